// Two slices, the lower one's cascade into the upper one, in the generic form and in the primitive's: what test and proof compare.
module dsp_mac_pair #(
  parameter int Primitive = 1,  // its form: 1, DSP48E2; 2, DSP48E1
  parameter int AWidth = 8,
  parameter int BWidth = 8,
  parameter int CWidth = 8,
  parameter int DWidth = 8,
  parameter int PWidth = 24,
  parameter int ARegs = 1,
  parameter int BRegs = 1,
  parameter int Multiply = 1,
  parameter int PreAdd = 0,
  parameter int Cascade = 0,
  parameter int AddC = 0,
  parameter int Accumulate = 0,
  parameter logic [47:0] Rnd = 48'd0
) (
  input  logic              clk_i,
  input  logic [8:0]        ce_i,  // a1, a2, b1, b2, d, ad, c, m, p from bit 0 on
  input  logic [AWidth-1:0] a_i,
  input  logic [BWidth-1:0] b_i,
  input  logic [CWidth-1:0] c_i,
  input  logic [DWidth-1:0] d_i,
  input  logic              acc_i,
  output logic [PWidth-1:0] generic_o,
  output logic [PWidth-1:0] primitive_o
);
  for (genvar f = 0; f < 2; f++) begin : gen_form
    localparam int Form = f * Primitive;
    logic [47:0]       low_cascade, high_cascade;
    logic [PWidth-1:0] low, high;
    dsp_mac #(
      .Form(Form), .AWidth(AWidth), .BWidth(BWidth), .PWidth(PWidth), .Multiply(Multiply)
    ) u_low (
      .clk_i,
      .ce_a1_i(1'b0), .ce_a2_i(ce_i[1]), .ce_b1_i(1'b0), .ce_b2_i(ce_i[3]), .ce_d_i(1'b0), .ce_ad_i(1'b0), .ce_c_i(1'b0),
      .ce_m_i(ce_i[7]), .ce_p_i(ce_i[8]), .a_i, .b_i, .c_i(1'b0), .d_i(1'b0), .acc_i(1'b0),
      .pcin_i(48'd0), .pcout_o(low_cascade), .p_o(low)
    );
    dsp_mac #(
      .Form(Form), .AWidth(AWidth), .BWidth(BWidth), .CWidth(CWidth), .DWidth(DWidth), .PWidth(PWidth), .ARegs(ARegs), .BRegs(BRegs),
      .Multiply(Multiply), .PreAdd(PreAdd), .Cascade(Cascade), .AddC(AddC), .Accumulate(Accumulate), .Rnd(Rnd)
    ) u_high (
      .clk_i,
      .ce_a1_i(ce_i[0]), .ce_a2_i(ce_i[1]), .ce_b1_i(ce_i[2]), .ce_b2_i(ce_i[3]), .ce_d_i(ce_i[4]), .ce_ad_i(ce_i[5]),
      .ce_c_i(ce_i[6]), .ce_m_i(ce_i[7]), .ce_p_i(ce_i[8]), .a_i, .b_i, .c_i, .d_i, .acc_i,
      .pcin_i(low_cascade), .pcout_o(high_cascade), .p_o(high)
    );
    logic unused;
    assign unused = ^{low, high_cascade};
  end
  assign generic_o   = gen_form[0].high;
  assign primitive_o = gen_form[1].high;
endmodule
