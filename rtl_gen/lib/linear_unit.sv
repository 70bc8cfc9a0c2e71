// Linear stage, K = InElements -> M = OutElements: y[m] = requant(sum_k x[k] * W[m][k], s[m], b[m]), Pe outputs at a time, each from
// Simd inputs a cycle. A vector takes max(K / LanesIn, Fold, M / LanesOut) cycles, Fold = (K / Simd) * (M / Pe), without a bubble.
//
//   in --> linear_operands --> Pe x dot_cascade --> requantize --> gather or stream_width --> out
//          (linear_buffer)     weight_rom  ^        param ROM      where Pe is not LanesOut
//
// Simd = K: the slices of dot_cascade hold the vector; linear_operands brings it to them. Simd < K: linear_buffer holds it in memory,
// and a slice's input comes late by its skew; the sums of K / Simd steps are added up here (packed: by dot_cascade).
// Packed = 1: outputs 2p and 2p + 1 of a group come from one dot_cascade, with half the DSPs in the same cycles.
//
// All of it moves as a whole (en) and stands still only while a finished beat cannot leave; nothing comes in then either.
// From the beat that completes a vector to the first beat out: 7 + Drain cycles (Drain: from the first slice's sum to the last one's) when
// K = Simd and Pe = LanesOut; plus 1 where slices are added up and not packed; plus the further steps of that beat, as many as a result
// takes (see Slots) - 1; plus 1 when Pe > LanesOut.
module linear_unit #(
  parameter int InElements = 96,   // K
  parameter int OutElements = 96,  // M
  parameter int LanesIn = 1,       // elements a beat in; divides K
  parameter int LanesOut = 1,      // elements a beat out; divides M
  parameter int Pe = 1,            // divides M, and divides or is a multiple of LanesOut
  parameter int Simd = 96,         // divides K
  parameter int Relu = 0,          // 1: outputs are clamped to 0..127
  parameter int Packed = 0,        // 1: two outputs a multiplier; Pe is even, K at most 511
  parameter int Chain = 16,        // inputs of a column of dot_cascade; packed: at most 7
  localparam int Slices = InElements / Simd,
  localparam int Groups = OutElements / Pe,
  localparam int Fold = Slices * Groups,
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
  output logic                       weight_rom_en_o,    // weight_rom, Fold words
  output logic [WeightAddrWidth-1:0] weight_rom_addr_o,  // group * Slices + slice
  input  logic [Pe*Simd*8-1:0]       weight_rom_data_i,  // byte p * Simd + j: W[group * Pe + p][slice * Simd + j], one cycle and the
                                                         // skew of input j later
  output logic                       param_rom_en_o,     // parameter ROM, Groups words; answers in the next cycle
  output logic [ParamAddrWidth-1:0]  param_rom_addr_o,   // group
  input  logic [Pe*13-1:0]           param_rom_data_i    // output by output {shift[4:0], bias[7:0]}
);

`ifndef __ICARUS__
  if (Pe < 1 || LanesOut < 1 || OutElements % Pe != 0 || OutElements % LanesOut != 0 ||
      (Pe % LanesOut != 0 && LanesOut % Pe != 0) || Relu < 0 || Relu > 1 || Packed < 0 || Packed > 1 ||
      (Packed == 1 && (Pe % 2 != 0 || InElements > 511))) begin : gen_illegal
    $error("linear_unit: Pe and LanesOut must divide OutElements and one of them the other; Relu and Packed 0 or 1; packed, Pe even and InElements at most 511");
  end
`endif

  // The shape of dot_cascade.
  localparam int Held = Slices == 1 ? 1 : 0;
  localparam int CascadeLanes = Held == 1 ? LanesIn : 1;
  localparam int Beats = Simd / CascadeLanes;
  localparam int Pieces = (Beats + Chain - 1) / Chain;
  localparam int Rows = (Beats + Pieces - 1) / Pieces;
  localparam int Columns = CascadeLanes * Pieces;
  localparam int Skews = Rows + (Packed == 1 ? (Columns - 1) / 2 + 1 : 2 * (Columns - 1));
  localparam int Drain = Packed == 1 ? Rows - 1 + 3 + (Columns - 1) / 2 : Skews - 1;
  localparam int SumWidth = Packed == 1 ? 24 : 16 + $clog2(Simd);
  localparam int AccWidth = 16 + $clog2(InElements);
  localparam bit AddSlices = Slices > 1 && Packed == 0;

  // A result of Pe outputs takes Slots steps: its slices, and before them as many idle ones as its beats are more than its slices.
  localparam int Slots = Pe / LanesOut > Slices ? Pe / LanesOut : Slices;
  localparam int Gather = LanesOut > Pe ? LanesOut / Pe : 1;  // groups of a beat out
  localparam int SlotWidth = Slots > 1 ? $clog2(Slots) : 1;
  localparam int SliceWidth = Slices > 1 ? $clog2(Slices) : 1;
  localparam int SumStage = 2 + Drain + (AddSlices ? 1 : 0);  // index of the flag that comes one cycle before the sum to requantize
  localparam logic [WeightAddrWidth-1:0] LastStep = WeightAddrWidth'(Fold - 1);
  localparam logic [SlotWidth-1:0] FirstSlice = SlotWidth'(Slots - Slices);
  localparam logic [SlotWidth-1:0] LastSlot = SlotWidth'(Slots - 1);
  localparam logic [ParamAddrWidth-1:0] LastGroup = ParamAddrWidth'(Groups - 1);

  // Steps: one slot of one group of outputs each cycle, as long as a vector is there.
  logic                       en, slot, step, full, release_vector;
  logic [WeightAddrWidth-1:0] step_q;
  logic [SlotWidth-1:0]       slot_q;
  logic [SliceWidth-1:0]      slice;

  assign slot              = en && full;
  assign slice             = SliceWidth'(slot_q - FirstSlice);
  assign release_vector    = step && step_q == LastStep;
  assign weight_rom_en_o   = en;
  assign weight_rom_addr_o = step_q;

  if (Slots == Slices) begin : gen_all_slices
    assign step = slot;
  end else begin : gen_idle
    assign step = slot && slot_q >= FirstSlice;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      step_q <= '0;
      slot_q <= '0;
    end else begin
      if (step) step_q <= (step_q == LastStep) ? '0 : step_q + 1'b1;
      if (slot) slot_q <= (slot_q == LastSlot) ? '0 : slot_q + 1'b1;
    end
  end

  // What goes along with a step: does it end a sum. Bit 0 is the cycle after it.
  logic [SumStage:0] done_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) done_q <= '0;
    else if (en) done_q <= {done_q[SumStage-1:0], step && slot_q == LastSlot};
  end

  // Parameters of a group are read as its sums are completed.
  logic                      sum_done, acc_valid_q, rounded_valid_q, group_valid_q;
  logic [ParamAddrWidth-1:0] group_q;
  assign sum_done         = done_q[SumStage];
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

  // Inputs for the cascades.
  localparam int XWidth = Held == 1 ? LanesIn * 8 : Simd * 8;
  logic [XWidth-1:0] x;
  logic [Simd-1:0]   load;
  logic [Skews-1:0]  take;
  if (Held == 1) begin : gen_held
    linear_operands #(
      .Elements(InElements),
      .Lanes   (LanesIn),
      .Chain   (Chain),
      .Packed  (Packed)
    ) u_operands (
      .clk_i,
      .rst_ni,
      .en_i     (en),
      .in_valid_i,
      .in_ready_o,
      .in_data_i,
      .full_o   (full),
      .release_i(release_vector),
      .x_o      (x),
      .load_o   (load)
    );
    // The vector's first slot goes down the cascades: B2 takes over.
    logic [Skews-1:0] take_q;
    logic             first;
    assign first = slot && step_q == '0 && slot_q == '0;
    if (Skews == 1) begin : gen_one
      always_ff @(posedge clk_i) begin
        if (!rst_ni) take_q <= '0;
        else if (en) take_q <= first;
      end
    end else begin : gen_skews
      always_ff @(posedge clk_i) begin
        if (!rst_ni) take_q <= '0;
        else if (en) take_q <= {take_q[Skews-2:0], first};
      end
    end
    assign take = take_q & {Skews{en}};
    logic unused_slice;
    assign unused_slice = ^slice;
  end else begin : gen_passing
    logic [Simd*8-1:0] operand;
    linear_buffer #(
      .Elements(InElements),
      .Lanes   (LanesIn),
      .Simd    (Simd)
    ) u_buffer (
      .clk_i,
      .rst_ni,
      .en_i     (en),
      .in_valid_i,
      .in_ready_o,
      .in_data_i,
      .full_o   (full),
      .slice_i  (slice),
      .operand_o(operand),
      .release_i(release_vector)
    );
    for (genvar j = 0; j < Simd; j++) begin : gen_input
      localparam int Column = j / Rows;
      localparam int Count = Column * Rows + Rows <= Beats ? Rows : Beats - Column * Rows;
      localparam int Skew = (Packed == 1 ? Column / 2 : 2 * Column) + Rows - Count + j % Rows;
      delay_line #(
        .Width (8),
        .Cycles(1 + Skew)
      ) u_delay (
        .clk_i,
        .en_i  (en),
        .data_i(operand[j*8+:8]),
        .data_o(x[j*8+:8])
      );
    end
    assign load = '0;
    assign take = '0;
  end

  // Packed: a sum goes on with any slice but its first one.
  logic go_on;
  if (Packed == 1 && Slices > 1) begin : gen_go_on
    delay_line #(
      .Width (1),
      .Cycles(Drain + 2)
    ) u_delay (
      .clk_i,
      .en_i  (en),
      .data_i(slice != '0),
      .data_o(go_on)
    );
  end else begin : gen_no_go_on
    assign go_on = 1'b0;
  end

  for (genvar p = 0; p < Pe; p++) begin : gen_sum
    logic [SumWidth-1:0] sum;
  end
  for (genvar q = 0; q < Pe / (Packed + 1); q++) begin : gen_dot
    logic [SumWidth-1:0] sum, odd_sum;
    dot_cascade #(
      .Simd  (Simd),
      .Lanes (CascadeLanes),
      .Chain (Chain),
      .Held  (Held),
      .Packed(Packed),
      .Slices(Slices)
    ) u_dot (
      .clk_i,
      .en_i     (en),
      .x_i      (x),
      .load_i   (load),
      .switch_i (take),
      .weight_i (weight_rom_data_i[q*(Packed+1)*Simd*8+:(Packed+1)*Simd*8]),
      .acc_i    (go_on),
      .sum_o    (sum),
      .odd_sum_o(odd_sum)
    );
    assign gen_sum[q*(Packed+1)].sum = sum;
    if (Packed == 1) begin : gen_odd
      assign gen_sum[2*q+1].sum = odd_sum;
    end else begin : gen_no_odd
      logic unused_odd;
      assign unused_odd = ^odd_sum;
    end
  end

  // Not packed, the slices of a sum are added up here; valid and first go along.
  logic add_slice, first_slice;
  if (AddSlices) begin : gen_flags
    logic [Drain+3:0] step_valid_q;
    delay_line #(
      .Width (1),
      .Cycles(Drain + 4)
    ) u_first (
      .clk_i,
      .en_i  (en),
      .data_i(slice == '0),
      .data_o(first_slice)
    );
    always_ff @(posedge clk_i) begin
      if (!rst_ni) step_valid_q <= '0;
      else if (en) step_valid_q <= {step_valid_q[Drain+2:0], step};
    end
    assign add_slice = step_valid_q[Drain+3];
  end else begin : gen_no_flags
    assign add_slice   = 1'b0;
    assign first_slice = 1'b0;
    logic unused_flags;
    assign unused_flags = add_slice ^ first_slice;
  end

  logic [Pe*8-1:0] group;  // Pe outputs, valid with group_valid_q
  for (genvar p = 0; p < Pe; p++) begin : gen_pe
    logic [SumWidth-1:0] sum;
    logic [AccWidth-1:0] extended, acc;
    assign sum = gen_sum[p].sum;
    if (AccWidth > SumWidth) begin : gen_extend
      assign extended = {{(AccWidth - SumWidth) {sum[SumWidth-1]}}, sum};
    end else begin : gen_same
      assign extended = sum[AccWidth-1:0];
      logic unused_sign;
      assign unused_sign = ^sum;
    end
    if (AddSlices) begin : gen_add
      logic [AccWidth-1:0] acc_q;
      always_ff @(posedge clk_i) begin
        if (en && add_slice) acc_q <= (first_slice ? '0 : acc_q) + extended;
      end
      assign acc = acc_q;
    end else begin : gen_whole
      assign acc = extended;
    end
    requantize #(
      .AccWidth(AccWidth),
      .Relu    (Relu)
    ) u_requantize (
      .clk_i,
      .en_i   (en),
      .acc_i  (acc),
      .shift_i(param_rom_data_i[p*13+8+:5]),
      .bias_i (param_rom_data_i[p*13+:8]),
      .data_o (group[p*8+:8])
    );
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
