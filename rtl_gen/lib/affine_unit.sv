// Affine stage: y[d] = requant(x[d] * w[d], s[d], b[d]), one beat of Lanes channels a cycle, latency 5.
//
//   in --> dsp_mac: operands, product, P --> requantize (2 registers) --> out
//            ^        shift, bias go along
//   param ROM, read ahead: its register holds the parameters of the beat that enters next
//
// Moves as a whole and stands still only while a finished beat cannot leave.
module affine_unit #(
  parameter int Elements = 96,  // channels of a vector
  parameter int Lanes = 1,      // elements a beat; divides Elements
  localparam int Beats = Elements / Lanes,
  localparam int AddrWidth = Beats > 1 ? $clog2(Beats) : 1
) (
  input  logic                 clk_i,             // clock
  input  logic                 rst_ni,            // synchronous reset, active low
  input  logic                 in_valid_i,        // stream in
  output logic                 in_ready_o,
  input  logic [Lanes*8-1:0]   in_data_i,
  output logic                 out_valid_o,       // stream out
  input  logic                 out_ready_i,
  output logic [Lanes*8-1:0]   out_data_o,
  output logic                 param_rom_en_o,    // parameter ROM, Beats words; answers in the next cycle
  output logic [AddrWidth-1:0] param_rom_addr_o,  // beat of the vector
  input  logic [Lanes*21-1:0]  param_rom_data_i   // lane by lane {shift[4:0], bias[7:0], weight[7:0]}
);

`ifndef __ICARUS__
  if (Lanes < 1 || Elements < 1 || Elements % Lanes != 0) begin : gen_illegal
    $error("affine_unit: Lanes must divide Elements");
  end
`endif

  localparam logic [AddrWidth-1:0] LastBeat = AddrWidth'(Beats - 1);

  logic                 en;
  logic [4:0]           valid_q;  // bit 4: the output
  logic [AddrWidth-1:0] beat_d, beat_q;

  assign en          = !valid_q[4] || out_ready_i;
  assign in_ready_o  = en;
  assign out_valid_o = valid_q[4];

  always_comb begin
    beat_d = beat_q;
    if (en && in_valid_i) beat_d = (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
    if (!rst_ni) beat_d = '0;
  end
  assign param_rom_en_o   = 1'b1;
  assign param_rom_addr_o = beat_d;

  always_ff @(posedge clk_i) begin
    beat_q <= beat_d;
    if (!rst_ni) valid_q <= '0;
    else if (en) valid_q <= {valid_q[3:0], in_valid_i};
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [15:0] product;
    logic [12:0] param1_q, param2_q, param3_q;  // {shift, bias}
    logic [47:0] unused_pcout;
    dsp_mac #(
      .AWidth(8),
      .BWidth(8),
      .PWidth(16)
    ) u_multiply (
      .clk_i, .ce_a1_i(1'b0), .ce_a2_i(en), .ce_b1_i(1'b0), .ce_b2_i(en), .ce_d_i(1'b0), .ce_ad_i(1'b0), .ce_c_i(1'b0), .ce_m_i(en),
      .ce_p_i(en), .a_i(param_rom_data_i[l*21+:8]), .b_i(in_data_i[l*8+:8]), .c_i(1'b0), .d_i(1'b0), .acc_i(1'b0), .pcin_i(48'd0),
      .pcout_o(unused_pcout), .p_o(product)
    );
    always_ff @(posedge clk_i) begin
      if (en) begin
        param1_q <= param_rom_data_i[l*21+8+:13];
        param2_q <= param1_q;
        param3_q <= param2_q;
      end
    end
    requantize #(
      .AccWidth(16),
      .Relu    (0)
    ) u_requantize (
      .clk_i,
      .en_i   (en),
      .acc_i  (product),
      .shift_i(param3_q[12:8]),
      .bias_i (param3_q[7:0]),
      .data_o (out_data_o[l*8+:8])
    );
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
