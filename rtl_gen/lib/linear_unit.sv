// Linear stage, K = InElements -> M = OutElements: y[m] = requant(sum_k x[k] * W[m][k], s[m], b[m]), Pe outputs at a time, each from
// Simd inputs a cycle. A vector takes max(K / LanesIn, Fold, M / LanesOut) cycles, Fold = (K / Simd) * (M / Pe), without a bubble.
//
//   in --> linear_buffer --> operand_q --> Pe x dot_product --> acc_q --> requantize --> gather or stream_width --> out
//           two vectors      weight ROM's    1 + log2 Simd        ^          param ROM      where Pe is not LanesOut
//                            register                             +-- adds up K / Simd slices
//
// Packed = 1: outputs 2p and 2p + 1 of a group come from one dot_product_pair, with half the DSPs in the same cycles.
//
// All after the buffer moves as a whole (en) and stands still only while a finished beat cannot leave; the buffer fills meanwhile.
// From the beat that completes a vector to the first beat out: 6 + ceil(log2 Simd) cycles when K = Simd and Pe = LanesOut,
// plus the further steps of that beat ((K / Simd) * max(1, LanesOut / Pe) - 1), plus 1 when Pe > LanesOut.
module linear_unit #(
  parameter int InElements = 96,   // K
  parameter int OutElements = 96,  // M
  parameter int LanesIn = 1,       // elements a beat in; divides K
  parameter int LanesOut = 1,      // elements a beat out; divides M
  parameter int Pe = 1,            // divides M, and divides or is a multiple of LanesOut
  parameter int Simd = 96,         // divides K
  parameter int Relu = 0,          // 1: outputs are clamped to 0..127
  parameter int Packed = 0,        // 1: two outputs a multiplier; Pe is even
  localparam int Slices = InElements / Simd,
  localparam int Groups = OutElements / Pe,
  localparam int Fold = Slices * Groups,
  localparam int WeightWidth = Packed == 1 ? Pe / 2 * Simd * 17 : Pe * Simd * 8,
  localparam int WeightAddrWidth = Fold > 1 ? $clog2(Fold) : 1,
  localparam int ParamAddrWidth = Groups > 1 ? $clog2(Groups) : 1
) (
  input  logic                       clk_i,              // clock
  input  logic                       rst_ni,             // synchronous reset, active low
  input  logic                       in_valid_i,         // stream in
  output logic                       in_ready_o,
  input  logic [LanesIn*8-1:0]       in_data_i,
  output logic                       out_valid_o,        // stream out
  input  logic                       out_ready_i,
  output logic [LanesOut*8-1:0]      out_data_o,
  output logic                       weight_rom_en_o,    // weight ROM, Fold words; answers in the next cycle
  output logic [WeightAddrWidth-1:0] weight_rom_addr_o,  // group * Slices + slice
  input  logic [WeightWidth-1:0]     weight_rom_data_i,  // byte p * Simd + j: W[group * Pe + p][slice * Simd + j]; packed: 17 bits at
                                                         // p/2 * Simd + j as dot_product_pair takes them, even p low, odd p high
  output logic                       param_rom_en_o,     // parameter ROM, Groups words; answers in the next cycle
  output logic [ParamAddrWidth-1:0]  param_rom_addr_o,   // group
  input  logic [Pe*13-1:0]           param_rom_data_i    // output by output {shift[4:0], bias[7:0]}
);

`ifndef __ICARUS__
  if (Pe < 1 || LanesOut < 1 || OutElements % Pe != 0 || OutElements % LanesOut != 0 ||
      (Pe % LanesOut != 0 && LanesOut % Pe != 0) || Relu < 0 || Relu > 1 || Packed < 0 || Packed > 1 ||
      (Packed == 1 && Pe % 2 != 0)) begin : gen_illegal
    $error("linear_unit: Pe and LanesOut must divide OutElements and one of them the other; Relu and Packed 0 or 1, Pe even where packed");
  end
`endif

  localparam int Levels = $clog2(Simd);
  localparam int SumWidth = 16 + Levels;
  localparam int AccWidth = 16 + $clog2(InElements);
  localparam int Gather = LanesOut > Pe ? LanesOut / Pe : 1;  // groups of a beat out
  localparam int SliceWidth = Slices > 1 ? $clog2(Slices) : 1;
  localparam int SumStage = Levels + 1;  // index of the flags that go with the trees' sums
  localparam logic [WeightAddrWidth-1:0] LastStep = WeightAddrWidth'(Fold - 1);
  localparam logic [SliceWidth-1:0] LastSlice = SliceWidth'(Slices - 1);
  localparam logic [ParamAddrWidth-1:0] LastGroup = ParamAddrWidth'(Groups - 1);

  // Steps: one slice for one group of outputs each cycle, as long as a vector is there.
  logic                       en, step, full;
  logic [WeightAddrWidth-1:0] step_q;
  logic [SliceWidth-1:0]      slice_q;
  logic [Simd*8-1:0]          operand, operand_q;

  linear_buffer #(
    .Elements(InElements),
    .Lanes   (LanesIn),
    .Simd    (Simd)
  ) u_buffer (
    .clk_i,
    .rst_ni,
    .in_valid_i,
    .in_ready_o,
    .in_data_i,
    .full_o   (full),
    .slice_i  (slice_q),
    .operand_o(operand),
    .release_i(step && step_q == LastStep)
  );

  assign step              = en && full;
  assign weight_rom_en_o   = en;
  assign weight_rom_addr_o = step_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q  <= '0;
      slice_q <= '0;
    end else if (step) begin
      step_q  <= (step_q == LastStep) ? '0 : step_q + 1'b1;
      slice_q <= (slice_q == LastSlice) ? '0 : slice_q + 1'b1;
    end
  end

  always_ff @(posedge clk_i) begin
    if (en) operand_q <= operand;
  end

  // What goes along with a step: is it one, does it begin a sum, does it end one. Bit 0 goes with operand_q.
  logic [SumStage:0] valid_q, first_q, last_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
    end else if (en) begin
      valid_q <= {valid_q[SumStage-1:0], step};
      first_q <= {first_q[SumStage-1:0], slice_q == '0};
      last_q  <= {last_q[SumStage-1:0], slice_q == LastSlice};
    end
  end

  // Parameters of a group are read as its accumulators are completed.
  logic                      sum_done, acc_valid_q, rounded_valid_q, group_valid_q;
  logic [ParamAddrWidth-1:0] group_q;
  assign sum_done         = valid_q[SumStage] && last_q[SumStage];
  assign param_rom_en_o   = en;
  assign param_rom_addr_o = group_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      group_q         <= '0;
      acc_valid_q     <= 1'b0;
      rounded_valid_q <= 1'b0;
      group_valid_q   <= 1'b0;
    end else if (en) begin
      if (sum_done) group_q <= (group_q == LastGroup) ? '0 : group_q + 1'b1;
      acc_valid_q     <= sum_done;
      rounded_valid_q <= acc_valid_q;
      group_valid_q   <= rounded_valid_q;
    end
  end

  for (genvar p = 0; p < Pe; p++) begin : gen_sum
    logic [SumWidth-1:0] sum;
  end
  if (Packed == 0) begin : gen_single
    for (genvar p = 0; p < Pe; p++) begin : gen_dot
      dot_product #(
        .Simd(Simd)
      ) u_dot (
        .clk_i,
        .en_i    (en),
        .x_i     (operand_q),
        .weight_i(weight_rom_data_i[p*Simd*8+:Simd*8]),
        .sum_o   (gen_sum[p].sum)
      );
    end
  end else begin : gen_packed
    for (genvar q = 0; q < Pe / 2; q++) begin : gen_dot
      dot_product_pair #(
        .Simd(Simd)
      ) u_dot (
        .clk_i,
        .en_i    (en),
        .x_i     (operand_q),
        .weight_i(weight_rom_data_i[q*Simd*17+:Simd*17]),
        .low_o   (gen_sum[2*q].sum),
        .high_o  (gen_sum[2*q+1].sum)
      );
    end
  end

  logic [Pe*8-1:0] group;  // Pe outputs, valid with group_valid_q
  for (genvar p = 0; p < Pe; p++) begin : gen_pe
    logic [SumWidth-1:0] sum;
    logic [AccWidth-1:0] extended, acc_q;
    assign sum = gen_sum[p].sum;
    if (AccWidth > SumWidth) begin : gen_extend
      assign extended = {{(AccWidth - SumWidth) {sum[SumWidth-1]}}, sum};
    end else begin : gen_same
      assign extended = sum;
    end
    if (Slices == 1) begin : gen_register
      always_ff @(posedge clk_i) begin
        if (en) acc_q <= extended;
      end
    end else begin : gen_accumulate
      always_ff @(posedge clk_i) begin
        if (en && valid_q[SumStage]) acc_q <= (first_q[SumStage] ? '0 : acc_q) + extended;
      end
    end
    requantize #(
      .AccWidth(AccWidth),
      .Relu    (Relu)
    ) u_requantize (
      .clk_i,
      .en_i   (en),
      .acc_i  (acc_q),
      .shift_i(param_rom_data_i[p*13+8+:5]),
      .bias_i (param_rom_data_i[p*13+:8]),
      .data_o (group[p*8+:8])
    );
  end
  if (Slices == 1) begin : gen_unused
    logic unused_first;
    assign unused_first = ^first_q;
  end else begin : gen_used
    logic unused_first;
    assign unused_first = first_q[0];
  end

  if (Pe > LanesOut) begin : gen_narrow
    logic space;
    assign en = !group_valid_q || space;
    stream_width #(
      .LanesIn (Pe),
      .LanesOut(LanesOut)
    ) u_width (
      .clk_i,
      .rst_ni,
      .in_valid_i (group_valid_q),
      .in_ready_o (space),
      .in_data_i  (group),
      .out_valid_o,
      .out_ready_i,
      .out_data_o
    );
  end else if (Gather == 1) begin : gen_direct
    assign en          = !group_valid_q || out_ready_i;
    assign out_valid_o = group_valid_q;
    assign out_data_o  = group;
  end else begin : gen_gather
    // The groups of a beat that came before its last one wait here, the newest on top.
    localparam int GatherWidth = $clog2(Gather);
    localparam logic [GatherWidth-1:0] LastOfBeat = GatherWidth'(Gather - 1);
    logic [(Gather-1)*Pe*8-1:0] earlier_q;
    logic [GatherWidth-1:0]     gathered_q;
    assign out_valid_o = group_valid_q && gathered_q == LastOfBeat;
    assign out_data_o  = {group, earlier_q};
    assign en          = !out_valid_o || out_ready_i;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) gathered_q <= '0;
      else if (en && group_valid_q) gathered_q <= (gathered_q == LastOfBeat) ? '0 : gathered_q + 1'b1;
    end
    if (Gather == 2) begin : gen_one
      always_ff @(posedge clk_i) begin
        if (en && group_valid_q) earlier_q <= group;
      end
    end else begin : gen_more
      always_ff @(posedge clk_i) begin
        if (en && group_valid_q) earlier_q <= {group, earlier_q[(Gather-1)*Pe*8-1:Pe*8]};
      end
    end
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
