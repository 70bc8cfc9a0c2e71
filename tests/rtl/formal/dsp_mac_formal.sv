// The generic form of a DSP slice and the primitive's give the same sums in the uses that the library makes of them, whatever the enables
// do, at reduced widths (the multiplier is then small enough for the solver). Registers begin anyhow; five cycles load them all.
// proof: bmc 8
module dsp_mac_formal (
  input logic       clk_i,
  input logic [8:0] ce_i,
  input logic [2:0] a_i,
  input logic [2:0] b_i,
  input logic [3:0] c_i,
  input logic [2:0] d_i,
  input logic       acc_i
);
  logic [2:0] cycle_q = 3'd0;
  always_ff @(posedge clk_i) if (cycle_q != 3'd5) cycle_q <= cycle_q + 3'd1;
  always @* assume (cycle_q == 3'd5 || ((&ce_i) && !acc_i));

  // As a DSP48E2: cascade and C; pre-adder and accumulation from a constant, both operands twice registered; a plain accumulation.
  for (genvar u = 0; u < 3; u++) begin : gen_use
    localparam int Double = u == 1 ? 2 : 1;
    logic [7:0] generic, primitive;
    dsp_mac_pair #(
      .AWidth(3), .BWidth(3), .CWidth(4), .DWidth(3), .PWidth(8), .ARegs(Double), .BRegs(u == 2 ? 1 : 2), .PreAdd(u == 1),
      .Cascade(u < 2), .AddC(u == 0), .Accumulate(u > 0), .Rnd(u == 1 ? 48'd5 : 48'd0)
    ) u_pair (
      .clk_i, .ce_i, .a_i, .b_i, .c_i, .d_i, .acc_i, .generic_o(generic), .primitive_o(primitive)
    );
    always @* if (cycle_q == 3'd5) assert (generic == primitive);
  end

  // As a DSP48E1: the cascade behind the pre-adder; C; a plain accumulation.
  for (genvar u = 0; u < 3; u++) begin : gen_use_e1
    localparam int Double = u == 0 ? 2 : 1;
    logic [7:0] generic, primitive;
    dsp_mac_pair #(
      .Primitive(2), .AWidth(3), .BWidth(3), .CWidth(4), .DWidth(3), .PWidth(8), .ARegs(Double), .BRegs(Double), .PreAdd(u == 0),
      .Cascade(u == 0), .AddC(u == 1), .Accumulate(u == 2)
    ) u_pair (
      .clk_i, .ce_i, .a_i, .b_i, .c_i, .d_i, .acc_i, .generic_o(generic), .primitive_o(primitive)
    );
    always @* if (cycle_q == 3'd5) assert (generic == primitive);
  end
endmodule
