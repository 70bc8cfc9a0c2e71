// A behavioural model of the DSP48E1, of what dsp_mac uses of it, written from UG479: narrower than the DSP48E2, and without its fourth
// addend. For tests only: it has the primitive's name, and must not reach a vendor's tool.
module DSP48E1 #(
  parameter int AREG = 1, ACASCREG = 1, BREG = 1, BCASCREG = 1, CREG = 1, DREG = 1, ADREG = 1, MREG = 1, PREG = 1,
  parameter int OPMODEREG = 1, ALUMODEREG = 0, INMODEREG = 0, CARRYINREG = 0, CARRYINSELREG = 0,
  parameter USE_DPORT = "FALSE",
  parameter USE_MULT = "MULTIPLY",
  parameter USE_SIMD = "ONE48"
) (
  input  logic        CLK,
  input  logic [29:0] A,
  input  logic [17:0] B,
  input  logic [47:0] C,
  input  logic [24:0] D,
  input  logic [47:0] PCIN,
  output logic [47:0] PCOUT,
  output logic [47:0] P,
  input  logic [6:0]  OPMODE,
  input  logic [3:0]  ALUMODE,
  input  logic [4:0]  INMODE,
  input  logic        CARRYIN,
  input  logic [2:0]  CARRYINSEL,
  input  logic        CEA1, CEA2, CEB1, CEB2, CEC, CED, CEAD, CEM, CEP, CECTRL, CEALUMODE, CEINMODE, CECARRYIN,
  input  logic        RSTA, RSTB, RSTC, RSTD, RSTM, RSTP, RSTCTRL, RSTALUMODE, RSTINMODE, RSTALLCARRYIN,
  input  logic [29:0] ACIN,
  input  logic [17:0] BCIN,
  input  logic        CARRYCASCIN,
  input  logic        MULTSIGNIN
);
  // Not modelled, so it must not be asked for.
  if (CREG != 1 || DREG != 1 || ADREG != 1 || PREG != 1 || ALUMODEREG != 0 || INMODEREG != 0 || CARRYINREG != 0 ||
      CARRYINSELREG != 0 || ACASCREG != AREG || BCASCREG != BREG || AREG < 1 || AREG > 2 || BREG < 1 || BREG > 2 ||
      MREG != (USE_MULT == "MULTIPLY" ? 1 : 0) || (USE_MULT == "MULTIPLY" && USE_SIMD != "ONE48")) begin : gen_illegal
    $error("DSP48E1: not in the modelled subset");
  end

  logic [29:0] a1_q, a2_q;
  logic [17:0] b1_q, b2_q;
  logic [24:0] d_q, ad_q;
  logic [47:0] c_q, p_q;
  logic [42:0] m_q;
  logic [6:0]  opmode_q, opmode;
  assign opmode = OPMODEREG == 1 ? opmode_q : OPMODE;

  // INMODE[2]: D reaches the pre-adder; INMODE[1]: A does not. The rest of it is 0 here: A2, B2, and D + A.
  logic [24:0] pre_a, pre_d, factor;
  assign pre_a  = INMODE[1] ? 25'd0 : a2_q[24:0];
  assign pre_d  = INMODE[2] ? d_q : 25'd0;
  assign factor = USE_DPORT == "TRUE" ? ad_q : a2_q[24:0];

  logic [47:0] x, y, z, sum;
  always_comb begin
    x = 48'd0;
    y = 48'd0;
    if (opmode[1:0] == 2'b01 && opmode[3:2] == 2'b01) x = {{5{m_q[42]}}, m_q};  // X and Y are the halves of the product
    if (opmode[1:0] == 2'b10) x = p_q;
    if (opmode[1:0] == 2'b11) x = {a2_q, b2_q};
    if (opmode[3:2] == 2'b11) y = c_q;
    case (opmode[6:4])
      3'b001: z = PCIN;
      3'b010: z = p_q;
      3'b011: z = c_q;
      default: z = 48'd0;
    endcase
    sum = x + y + z;
    if (USE_SIMD == "TWO24") sum = {x[47:24] + y[47:24] + z[47:24], x[23:0] + y[23:0] + z[23:0]};
  end
  always_ff @(posedge CLK) begin
    if (CEA1) a1_q <= A;
    if (CEA2) a2_q <= AREG == 2 ? a1_q : A;
    if (CEB1) b1_q <= B;
    if (CEB2) b2_q <= BREG == 2 ? b1_q : B;
    if (CED) d_q <= D;
    if (CEAD) ad_q <= pre_d + pre_a;
    if (CEC) c_q <= C;
    if (CEM) m_q <= $signed(factor) * $signed(b2_q);
    if (CECTRL) opmode_q <= OPMODE;
    if (CEP) p_q <= sum;
  end
  assign P     = p_q;
  assign PCOUT = p_q;

  logic unused;
  assign unused = ^{ALUMODE, INMODE, CARRYIN, CARRYINSEL, CEALUMODE, CEINMODE, CECARRYIN, RSTA, RSTB, RSTC, RSTD, RSTM, RSTP, RSTCTRL,
                    RSTALUMODE, RSTINMODE, RSTALLCARRYIN, ACIN, BCIN, CARRYCASCIN, MULTSIGNIN, a1_q, b1_q};
endmodule
