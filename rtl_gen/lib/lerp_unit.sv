// Learned 1-D function from interpolated tables of 2^IndexBits + 1 points a channel, one beat of Lanes channels a cycle, latency 6:
// with n = 8 - IndexBits, i = u >> n, f = u mod 2^n, u = x + 128:  y = p[i] + round_shift((p[i+1] - p[i]) * f, n).
//
//   in --> addresses --> even ROM --> even_q --+--> dsp_mac: (p[i+1] + ~p[i]) * f + {p[i], f} + 2^(n-1) --> out
//                   \--> odd ROM  --> odd_q  --+      pre-adder, product, C, RND: ~p[i] is -p[i] - 1, whose f is made good beside
//                                                     p[i] * 2^n
//
// Of two neighbouring points one is even and one odd, so a ROM of the even points and one of the odd ones give both in one cycle
// without holding a point twice. As in table_unit, lane l's ROMs hold channels l, l + Lanes, ...
module lerp_unit #(
  parameter int Elements = 96,   // channels of a vector
  parameter int Lanes = 1,       // elements a beat; divides Elements
  parameter int IndexBits = 6,   // k of a table of 2^k + 1 points, 1..7
  localparam int Beats = Elements / Lanes,
  localparam int EvenPoints = (1 << (IndexBits - 1)) + 1,  // of a channel
  localparam int OddPoints = 1 << (IndexBits - 1),
  localparam int EvenAddrWidth = $clog2(Beats * EvenPoints),
  localparam int OddAddrWidth = Beats * OddPoints > 1 ? $clog2(Beats * OddPoints) : 1
) (
  input  logic                           clk_i,           // clock
  input  logic                           rst_ni,          // synchronous reset, active low
  input  logic                           in_valid_i,      // stream in
  output logic                           in_ready_o,
  input  logic [Lanes*8-1:0]             in_data_i,
  output logic                           out_valid_o,     // stream out
  input  logic                           out_ready_i,
  output logic [Lanes*8-1:0]             out_data_o,
  output logic                           table_rom_en_o,  // two ROMs a lane; they answer in the next cycle
  output logic [Lanes*EvenAddrWidth-1:0] even_rom_addr_o, // lane by lane: beat * EvenPoints + point / 2
  input  logic [Lanes*8-1:0]             even_rom_data_i, // lane by lane: points 0, 2, .., 2^k of a channel
  output logic [Lanes*OddAddrWidth-1:0]  odd_rom_addr_o,  // lane by lane: beat * OddPoints + point / 2
  input  logic [Lanes*8-1:0]             odd_rom_data_i   // lane by lane: points 1, 3, .., 2^k - 1 of a channel
);

`ifndef __ICARUS__
  if (Lanes < 1 || Elements < 1 || Elements % Lanes != 0 || IndexBits < 1 || IndexBits > 7) begin : gen_illegal
    $error("lerp_unit: Lanes must divide Elements, IndexBits in 1..7");
  end
`endif

  localparam int FractionBits = 8 - IndexBits;  // n
  localparam int SumWidth = 9 + FractionBits;
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  logic                     en;
  logic [5:0]               valid_q;  // bit 5: the output
  logic [BeatWidth-1:0]     beat_q;
  logic [EvenAddrWidth-1:0] even_base_q;  // beat_q * EvenPoints, counted along instead of multiplied

  assign en             = !valid_q[5] || out_ready_i;
  assign in_ready_o     = en;
  assign out_valid_o    = valid_q[5];
  assign table_rom_en_o = en;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= '0;
      beat_q      <= '0;
      even_base_q <= '0;
    end else if (en) begin
      valid_q <= {valid_q[4:0], in_valid_i};
      if (in_valid_i) begin
        beat_q      <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
        even_base_q <= (beat_q == LastBeat) ? '0 : even_base_q + EvenAddrWidth'(EvenPoints);
      end
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [7:0]              u;
    logic [IndexBits-1:0]    index;
    logic [IndexBits-1:0]    even_point;  // (index + 1) / 2: the even one of points index and index + 1
    // Numbered by stage: 1 ROM register, 2 ROM output, 3 operands, 4 difference, 5 product and C, 6 sum.
    logic [FractionBits-1:0] fraction1_q, fraction2_q, fraction3_q, fraction4_q;
    logic                    odd_first1_q, odd_first2_q;
    logic [7:0]              even_q, odd_q, first, second, base3_q, base4_q;
    logic [SumWidth-1:0]     sum;
    logic [47:0]             unused_pcout;

    assign u          = in_data_i[l*8+:8] ^ 8'h80;
    assign index      = u[7:FractionBits];
    assign even_point = (index >> 1) + IndexBits'(index[0]);
    assign even_rom_addr_o[l*EvenAddrWidth+:EvenAddrWidth] = even_base_q + EvenAddrWidth'(even_point);
    if (Beats == 1 && IndexBits == 1) begin : gen_one_odd
      assign odd_rom_addr_o[l] = 1'b0;
    end else if (Beats == 1) begin : gen_one_beat
      assign odd_rom_addr_o[l*OddAddrWidth+:OddAddrWidth] = u[7:FractionBits+1];
    end else if (IndexBits == 1) begin : gen_one_point
      assign odd_rom_addr_o[l*OddAddrWidth+:OddAddrWidth] = beat_q;
    end else begin : gen_points
      assign odd_rom_addr_o[l*OddAddrWidth+:OddAddrWidth] = {beat_q, u[7:FractionBits+1]};
    end

    assign first  = odd_first2_q ? odd_q : even_q;
    assign second = odd_first2_q ? even_q : odd_q;
    dsp_mac #(
      .AWidth(8),
      .BWidth(FractionBits + 1),
      .CWidth(8 + FractionBits),
      .DWidth(8),
      .PWidth(SumWidth),
      .BRegs (2),
      .PreAdd(1),
      .AddC  (1),
      .Rnd   (48'(1) << (FractionBits - 1))
    ) u_interpolate (
      .clk_i, .ce_a1_i(1'b0), .ce_a2_i(en), .ce_b1_i(en), .ce_b2_i(en), .ce_d_i(en), .ce_ad_i(en), .ce_c_i(en), .ce_m_i(en),
      .ce_p_i(en), .a_i(~first), .b_i({1'b0, fraction2_q}), .c_i({base4_q, fraction4_q}), .d_i(second), .acc_i(1'b0),
      .pcin_i(48'd0), .pcout_o(unused_pcout), .p_o(sum)
    );
    // The result lies between two INT8 points, so 8 bits of it do.
    assign out_data_o[l*8+:8] = sum[FractionBits+:8];
    logic unused_sum;
    assign unused_sum = ^{sum[SumWidth-1], sum[FractionBits-1:0]};

    always_ff @(posedge clk_i) begin
      if (en) begin
        fraction1_q  <= u[FractionBits-1:0];
        odd_first1_q <= index[0];
        fraction2_q  <= fraction1_q;
        odd_first2_q <= odd_first1_q;
        even_q       <= even_rom_data_i[l*8+:8];
        odd_q        <= odd_rom_data_i[l*8+:8];
        fraction3_q  <= fraction2_q;
        base3_q      <= first;
        fraction4_q  <= fraction3_q;
        base4_q      <= base3_q;
      end
    end
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
