// Affine stage: y[d] = requant(x[d] * w[d], s[d], b[d]), one beat of Lanes channels a cycle, latency 3.
//
//   in --> x * w --> product_q --> requantize (2 registers) --> out
//           ^          shift_q, bias_q
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
  logic [2:0]           valid_q;  // bit 2: the output
  logic [AddrWidth-1:0] beat_d, beat_q;

  assign en          = !valid_q[2] || out_ready_i;
  assign in_ready_o  = en;
  assign out_valid_o = valid_q[2];

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
    else if (en) valid_q <= {valid_q[1:0], in_valid_i};
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic signed [7:0]  x, weight;
    logic signed [15:0] product_q;
    logic        [4:0]  shift_q;
    logic        [7:0]  bias_q;
    assign x      = in_data_i[l*8+:8];
    assign weight = param_rom_data_i[l*21+:8];
    always_ff @(posedge clk_i) begin
      if (en) begin
        product_q <= x * weight;
        bias_q    <= param_rom_data_i[l*21+8+:8];
        shift_q   <= param_rom_data_i[l*21+16+:5];
      end
    end
    requantize #(
      .AccWidth(16),
      .Relu    (0)
    ) u_requantize (
      .clk_i,
      .en_i   (en),
      .acc_i  (product_q),
      .shift_i(shift_q),
      .bias_i (bias_q),
      .data_o (out_data_o[l*8+:8])
    );
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
