// One DSP slice, every register and adder of it named: what is written here is what a vendor tool places and what we count.
//
//   d --> D ---+
//   a --> A1 -> A2 --(+)--> AD --+
//   b --> B1 -> B2 ------------ (*) --> M --> (+) --> P --> p, pcout        + : M, what comes down the cascade, C, and P itself or Rnd
//   c --> C ---------------------------------> ^  <-- pcin
//
// Form 0 is plain SystemVerilog, for simulators and for tools of other vendors. Form 1 is a DSP48E2 (UG579), form 2 a DSP48E1 (UG479)
// with the same registers. All numbers are signed. Multiply = 0 takes A and B side by side as one 48-bit addend instead of their
// product, in two halves of 24 bits that do not carry into each other.
`ifndef PSAFLOW_DSP_FORM  // what synthesis for a family defines
`define PSAFLOW_DSP_FORM 0
`endif
module dsp_mac #(
  parameter int Form = `PSAFLOW_DSP_FORM,
  parameter int AWidth = 8,             // of a_i: up to 27 (25 in form 2); Multiply = 0: 30
  parameter int BWidth = 8,             // of b_i: up to 18; Multiply = 0: 18
  parameter int CWidth = 1,             // of c_i: up to 48
  parameter int DWidth = 1,             // of d_i: up to 27 (25)
  parameter int PWidth = 48,            // of p_o: what the sum needs; higher bits of the sum are lost. Multiply = 0: 48
  parameter int ARegs = 1,              // 1: A2 alone; 2: A1, then A2
  parameter int BRegs = 1,              // likewise
  parameter int Multiply = 1,           // 0: {a, b} is added in halves
  parameter int PreAdd = 0,             // 1: the product is (a + d) * b
  parameter int Cascade = 0,            // 1: pcin_i is added
  parameter int AddC = 0,               // 1: c_i is added
  parameter int Accumulate = 0,         // 1: P is added where acc_i says so, Rnd where not
  parameter logic [47:0] Rnd = 48'd0    // a constant that is added; not to a product with both cascade and C, which have its place
) (
  input  logic              clk_i,    // clock
  input  logic              ce_a1_i,  // what loads each register; those of registers that are not there are not read
  input  logic              ce_a2_i,
  input  logic              ce_b1_i,
  input  logic              ce_b2_i,
  input  logic              ce_d_i,
  input  logic              ce_ad_i,
  input  logic              ce_c_i,
  input  logic              ce_m_i,
  input  logic              ce_p_i,
  input  logic [AWidth-1:0] a_i,
  input  logic [BWidth-1:0] b_i,
  input  logic [CWidth-1:0] c_i,
  input  logic [DWidth-1:0] d_i,
  input  logic              acc_i,    // read at the edge that loads M (Multiply = 0: A2), for the sum after it
  input  logic [47:0]       pcin_i,   // from the pcout_o of the slice below, and from nowhere else
  output logic [47:0]       pcout_o,  // P, its sign repeated
  output logic [PWidth-1:0] p_o       // P
);
  localparam int WideA = Multiply == 0 ? 30 : Form == 2 ? 25 : 27;
  localparam int WideD = Form == 2 ? 25 : 27;
  // DSP48E2: the fourth addend, W, is P or Rnd; beside a product with both cascade and C it is C. A DSP48E1 has no W: Z is the cascade,
  // C or P, and Rnd comes in by nothing.
  localparam bit WFree = !(Multiply == 1 && Cascade == 1 && AddC == 1);
  localparam bit OnlyZ = Rnd == 48'd0 && (Multiply == 1 ? Cascade + AddC + Accumulate <= 1 : Cascade + Accumulate <= 1);

`ifndef __ICARUS__
  if (Form < 0 || Form > 2 || AWidth < 1 || AWidth > WideA || BWidth < 1 || BWidth > 18 || CWidth < 1 || CWidth > 48 || DWidth < 1 ||
      DWidth > WideD || PWidth < 1 || PWidth > 48 || ARegs < 1 || ARegs > 2 || BRegs < 1 || BRegs > 2 ||
      (Multiply == 0 && (AWidth != 30 || BWidth != 18 || PWidth != 48 || PreAdd == 1)) ||
      (!WFree && (Accumulate == 1 || Rnd != 48'd0)) || (Form == 2 && !OnlyZ)) begin : gen_illegal
    $error("dsp_mac: this is not what a DSP slice of the form can do; see the comments of the parameters");
  end
`endif

  // Which of these are read, the parameters decide.
  logic unused_inputs;
  assign unused_inputs = ^{ce_a1_i, ce_b1_i, ce_d_i, ce_ad_i, ce_c_i, ce_m_i, c_i, d_i, acc_i, pcin_i};

  if (Form == 0) begin : gen_generic
    logic signed [AWidth-1:0] a2_q;
    logic signed [BWidth-1:0] b2_q;
    logic signed [PWidth-1:0] addend, start, p_q;
    if (ARegs == 2) begin : gen_a1
      logic signed [AWidth-1:0] a1_q;
      always_ff @(posedge clk_i) begin
        if (ce_a1_i) a1_q <= a_i;
        if (ce_a2_i) a2_q <= a1_q;
      end
    end else begin : gen_a
      always_ff @(posedge clk_i) begin
        if (ce_a2_i) a2_q <= a_i;
      end
    end
    if (BRegs == 2) begin : gen_b1
      logic signed [BWidth-1:0] b1_q;
      always_ff @(posedge clk_i) begin
        if (ce_b1_i) b1_q <= b_i;
        if (ce_b2_i) b2_q <= b1_q;
      end
    end else begin : gen_b
      always_ff @(posedge clk_i) begin
        if (ce_b2_i) b2_q <= b_i;
      end
    end

    if (Multiply == 1) begin : gen_multiply
      localparam int FactorWidth = PreAdd == 0 ? AWidth : (AWidth > DWidth ? AWidth : DWidth) + 1;
      localparam int ProductWidth = FactorWidth + BWidth;
      logic signed [FactorWidth-1:0]  factor;
      logic signed [ProductWidth-1:0] m_q;
      if (PreAdd == 1) begin : gen_pre_add
        logic signed [DWidth-1:0]      d_q;
        logic signed [FactorWidth-1:0] ad_q;
        always_ff @(posedge clk_i) begin
          if (ce_d_i) d_q <= d_i;
          if (ce_ad_i) ad_q <= FactorWidth'(a2_q) + FactorWidth'(d_q);
        end
        assign factor = ad_q;
      end else begin : gen_direct
        assign factor = a2_q;
      end
      always_ff @(posedge clk_i) begin
        if (ce_m_i) m_q <= factor * b2_q;
      end
      assign addend = PWidth'(m_q);
      logic unused_product;  // a sum may be told to be shorter than a product
      assign unused_product = ^m_q;
    end else begin : gen_beside
      assign addend = {a2_q, b2_q};
    end

    if (Accumulate == 1) begin : gen_accumulate
      logic acc_q;
      always_ff @(posedge clk_i) begin
        if (Multiply == 1 ? ce_m_i : ce_a2_i) acc_q <= acc_i;
      end
      assign start = acc_q ? p_q : Rnd[PWidth-1:0];
    end else begin : gen_start
      assign start = Rnd[PWidth-1:0];
    end

    logic [PWidth-1:0] passed, constant;  // what comes down the cascade, and C
    assign passed = Cascade == 1 ? pcin_i[PWidth-1:0] : '0;
    if (AddC == 1) begin : gen_c
      logic signed [CWidth-1:0] c_q;
      always_ff @(posedge clk_i) begin
        if (ce_c_i) c_q <= c_i;
      end
      assign constant = PWidth'(c_q);
    end else begin : gen_no_c
      assign constant = '0;
    end
    if (Multiply == 1) begin : gen_sum
      always_ff @(posedge clk_i) begin
        if (ce_p_i) p_q <= addend + passed + constant + start;
      end
    end else begin : gen_halves
      always_ff @(posedge clk_i) begin
        if (ce_p_i) begin
          p_q[23:0]  <= addend[23:0] + passed[23:0] + constant[23:0] + start[23:0];
          p_q[47:24] <= addend[47:24] + passed[47:24] + constant[47:24] + start[47:24];
        end
      end
    end
    assign p_o     = p_q;
    assign pcout_o = 48'(p_q);
  end else begin : gen_primitive
    logic [29:0] a;
    logic [26:0] d;
    logic [17:0] b;
    logic [47:0] c, p;
    assign a   = 30'($signed(a_i));
    assign b   = 18'($signed(b_i));
    assign c   = 48'($signed(c_i));
    assign d   = 27'($signed(d_i));
    assign p_o = p[PWidth-1:0];
    logic unused_p;
    assign unused_p = ^{p, d};

    // Multiplexers: X and Y together are the product, or X is {A, B} and Y is C; Z is the cascade or C (or, in form 2, P).
    logic [3:0] y_x;
    logic [2:0] z;
    assign y_x = Multiply == 1 ? 4'b0101 : AddC == 1 ? 4'b1111 : 4'b0011;
    if (Form == 1) begin : gen_e2
      logic [1:0] w;
      assign z = Cascade == 1 ? 3'b001 : (AddC == 1 && Multiply == 1) ? 3'b011 : 3'b000;
      assign w = !WFree ? 2'b11 : (Accumulate == 1 && acc_i) ? 2'b01 : Rnd != 48'd0 ? 2'b10 : 2'b00;
      DSP48E2 #(
        .AREG          (ARegs),
        .ACASCREG      (ARegs),
        .BREG          (BRegs),
        .BCASCREG      (BRegs),
        .CREG          (1),
        .DREG          (1),
        .ADREG         (1),
        .MREG          (Multiply),
        .PREG          (1),
        .OPMODEREG     (Accumulate),
        .ALUMODEREG    (0),
        .INMODEREG     (0),
        .CARRYINREG    (0),
        .CARRYINSELREG (0),
        .AMULTSEL      (PreAdd == 1 ? "AD" : "A"),
        .USE_MULT      (Multiply == 1 ? "MULTIPLY" : "NONE"),
        .USE_SIMD      (Multiply == 1 ? "ONE48" : "TWO24"),
        .RND           (Rnd)
      ) u_dsp (
        .CLK(clk_i),
        .A(a), .B(b), .C(c), .D(d), .PCIN(pcin_i), .PCOUT(pcout_o), .P(p),
        .OPMODE({w, z, y_x}), .ALUMODE(4'd0), .INMODE({2'd0, PreAdd == 1, 2'd0}), .CARRYIN(1'b0), .CARRYINSEL(3'd0),
        .CEA1(ce_a1_i), .CEA2(ce_a2_i), .CEB1(ce_b1_i), .CEB2(ce_b2_i), .CEC(ce_c_i), .CED(ce_d_i), .CEAD(ce_ad_i),
        .CEM(ce_m_i), .CEP(ce_p_i), .CECTRL(Multiply == 1 ? ce_m_i : ce_a2_i), .CEALUMODE(1'b1), .CEINMODE(1'b1), .CECARRYIN(1'b1),
        .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0), .RSTM(1'b0), .RSTP(1'b0), .RSTCTRL(1'b0), .RSTALUMODE(1'b0),
        .RSTINMODE(1'b0), .RSTALLCARRYIN(1'b0), .ACIN(30'd0), .BCIN(18'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0)
      );
    end else begin : gen_e1
      assign z = Cascade == 1 ? 3'b001 : (AddC == 1 && Multiply == 1) ? 3'b011 : (Accumulate == 1 && acc_i) ? 3'b010 : 3'b000;
      DSP48E1 #(
        .AREG          (ARegs),
        .ACASCREG      (ARegs),
        .BREG          (BRegs),
        .BCASCREG      (BRegs),
        .CREG          (1),
        .DREG          (1),
        .ADREG         (1),
        .MREG          (Multiply),
        .PREG          (1),
        .OPMODEREG     (Accumulate),
        .ALUMODEREG    (0),
        .INMODEREG     (0),
        .CARRYINREG    (0),
        .CARRYINSELREG (0),
        .USE_DPORT     (PreAdd == 1 ? "TRUE" : "FALSE"),
        .USE_MULT      (Multiply == 1 ? "MULTIPLY" : "NONE"),
        .USE_SIMD      (Multiply == 1 ? "ONE48" : "TWO24")
      ) u_dsp (
        .CLK(clk_i),
        .A(a), .B(b), .C(c), .D(d[24:0]), .PCIN(pcin_i), .PCOUT(pcout_o), .P(p),
        .OPMODE({z, y_x}), .ALUMODE(4'd0), .INMODE({2'd0, PreAdd == 1, 2'd0}), .CARRYIN(1'b0), .CARRYINSEL(3'd0),
        .CEA1(ce_a1_i), .CEA2(ce_a2_i), .CEB1(ce_b1_i), .CEB2(ce_b2_i), .CEC(ce_c_i), .CED(ce_d_i), .CEAD(ce_ad_i),
        .CEM(ce_m_i), .CEP(ce_p_i), .CECTRL(Multiply == 1 ? ce_m_i : ce_a2_i), .CEALUMODE(1'b1), .CEINMODE(1'b1), .CECARRYIN(1'b1),
        .RSTA(1'b0), .RSTB(1'b0), .RSTC(1'b0), .RSTD(1'b0), .RSTM(1'b0), .RSTP(1'b0), .RSTCTRL(1'b0), .RSTALUMODE(1'b0),
        .RSTINMODE(1'b0), .RSTALLCARRYIN(1'b0), .ACIN(30'd0), .BCIN(18'd0), .CARRYCASCIN(1'b0), .MULTSIGNIN(1'b0)
      );
    end
  end
endmodule
