// Reordering buffer, ping-pong: a unit of Beats beats enters in one order and leaves in another, while the next one enters the other
// half of the memory. The order in which it leaves is that of five nested loops over the beats as they came, the innermost first:
//
//   for i4 < Count4, ... for i0 < Count0:  beat  i4 * Stride4 + ... + i0 * Stride0
//
//   in --> memory, two halves, a beat a word --> read_q --> out_q --> out
//
// Latency 3 from the beat that completes a unit: half complete; memory read; output register.
module reorder_unit #(
  parameter int Lanes = 1,    // elements a beat
  parameter int Beats = 12,   // of a unit; the product of the counts
  parameter int Count0 = 2,   // of the innermost loop
  parameter int Stride0 = 1,
  parameter int Count1 = 2,
  parameter int Stride1 = 6,
  parameter int Count2 = 3,
  parameter int Stride2 = 2,
  parameter int Count3 = 1,
  parameter int Stride3 = 0,
  parameter int Count4 = 1,
  parameter int Stride4 = 0
) (
  input  logic               clk_i,        // clock
  input  logic               rst_ni,       // synchronous reset, active low
  input  logic               in_valid_i,   // stream in
  output logic               in_ready_o,
  input  logic [Lanes*8-1:0] in_data_i,
  output logic               out_valid_o,  // stream out
  input  logic               out_ready_i,
  output logic [Lanes*8-1:0] out_data_o
);

`ifndef __ICARUS__
  if (Lanes < 1 || Beats < 1 || Count0 < 1 || Count1 < 1 || Count2 < 1 || Count3 < 1 || Count4 < 1 ||
      Count0 * Count1 * Count2 * Count3 * Count4 != Beats ||
      (Count0 - 1) * Stride0 + (Count1 - 1) * Stride1 + (Count2 - 1) * Stride2 + (Count3 - 1) * Stride3 +
      (Count4 - 1) * Stride4 != Beats - 1) begin : gen_illegal
    $error("reorder_unit: the counts' product must be Beats, the last beat of the loops the last of the unit");
  end
`endif

  localparam int AddrWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [AddrWidth-1:0] LastBeat = AddrWidth'(Beats - 1);

  // What a loop's step adds, with the loops inside it starting again. Negative ones wrap as unsigned numbers do.
  localparam int Back1 = (Count0 - 1) * Stride0;
  localparam int Back2 = Back1 + (Count1 - 1) * Stride1;
  localparam int Back3 = Back2 + (Count2 - 1) * Stride2;
  localparam int Back4 = Back3 + (Count3 - 1) * Stride3;
  localparam logic [AddrWidth-1:0] Step0 = AddrWidth'(Stride0);
  localparam logic [AddrWidth-1:0] Step1 = AddrWidth'(Stride1 - Back1);
  localparam logic [AddrWidth-1:0] Step2 = AddrWidth'(Stride2 - Back2);
  localparam logic [AddrWidth-1:0] Step3 = AddrWidth'(Stride3 - Back3);
  localparam logic [AddrWidth-1:0] Step4 = AddrWidth'(Stride4 - Back4);

  localparam int Width0 = Count0 > 1 ? $clog2(Count0) : 1;
  localparam int Width1 = Count1 > 1 ? $clog2(Count1) : 1;
  localparam int Width2 = Count2 > 1 ? $clog2(Count2) : 1;
  localparam int Width3 = Count3 > 1 ? $clog2(Count3) : 1;
  localparam logic [Width0-1:0] Last0 = Width0'(Count0 - 1);
  localparam logic [Width1-1:0] Last1 = Width1'(Count1 - 1);
  localparam logic [Width2-1:0] Last2 = Width2'(Count2 - 1);
  localparam logic [Width3-1:0] Last3 = Width3'(Count3 - 1);

  // Which half is being filled and read, and which halves hold a whole unit that has not been read to its end.
  logic       write_half_q, read_half_q;
  logic [1:0] full_q;

  logic                 push, write_last;
  logic [AddrWidth-1:0] write_q;

  assign in_ready_o = !full_q[write_half_q];
  assign push       = in_valid_i && in_ready_o;
  assign write_last = write_q == LastBeat;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_q      <= '0;
      write_half_q <= 1'b0;
    end else if (push) begin
      write_q <= write_last ? '0 : write_q + 1'b1;
      if (write_last) write_half_q <= !write_half_q;
    end
  end

  logic                 en, step, last0, last1, last2, last3, read_last;
  logic [1:0]           valid_q;  // bit 1: the output
  logic [AddrWidth-1:0] read_q, read_d;
  logic [Width0-1:0]    i0_q;
  logic [Width1-1:0]    i1_q;
  logic [Width2-1:0]    i2_q;
  logic [Width3-1:0]    i3_q;

  assign en          = !valid_q[1] || out_ready_i;
  assign step        = en && full_q[read_half_q];
  assign out_valid_o = valid_q[1];
  assign last0       = i0_q == Last0;
  assign last1       = last0 && i1_q == Last1;
  assign last2       = last1 && i2_q == Last2;
  assign last3       = last2 && i3_q == Last3;
  assign read_last   = read_q == LastBeat;  // the last of the loops is the last of the unit

  always_comb begin
    read_d = read_q + Step0;
    if (last0) read_d = read_q + Step1;
    if (last1) read_d = read_q + Step2;
    if (last2) read_d = read_q + Step3;
    if (last3) read_d = read_q + Step4;
    if (read_last) read_d = '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q     <= '0;
      read_q      <= '0;
      read_half_q <= 1'b0;
      i0_q        <= '0;
      i1_q        <= '0;
      i2_q        <= '0;
      i3_q        <= '0;
    end else begin
      if (en) valid_q <= {valid_q[0], step};
      if (step) begin
        read_q <= read_d;
        i0_q   <= last0 ? '0 : i0_q + 1'b1;
        if (last0) i1_q <= last1 ? '0 : i1_q + 1'b1;
        if (last1) i2_q <= last2 ? '0 : i2_q + 1'b1;
        if (last2) i3_q <= last3 ? '0 : i3_q + 1'b1;
        if (read_last) read_half_q <= !read_half_q;
      end
    end
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q <= '0;
    end else begin
      if (push && write_last) full_q[write_half_q] <= 1'b1;
      if (step && read_last) full_q[read_half_q] <= 1'b0;
    end
  end

  logic [Lanes*8-1:0] mem [0:(2<<AddrWidth)-1];
  logic [Lanes*8-1:0] word_q, out_q;
  always_ff @(posedge clk_i) begin
    if (push) mem[{write_half_q, write_q}] <= in_data_i;
    if (en) word_q <= mem[{read_half_q, read_q}];
  end
  always_ff @(posedge clk_i) begin
    if (en) out_q <= word_q;
  end
  assign out_data_o = out_q;

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
  // Counted apart from the halves: the beats of units that have not been read to their end, and those read of the oldest.
  int held_q, steps_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q  <= 0;
      steps_q <= 0;
    end else begin
      held_q <= held_q + (push ? 1 : 0) - (step && steps_q == Beats - 1 ? Beats : 0);
      if (step) steps_q <= (steps_q == Beats - 1) ? 0 : steps_q + 1;
    end
  end
  ready_while_two_units_fit :
  assert property (@(posedge clk_i) disable iff (!rst_ni) in_ready_o == (held_q < 2 * Beats));
  reads_while_a_whole_unit_is_there :
  assert property (@(posedge clk_i) disable iff (!rst_ni) full_q[read_half_q] == (held_q >= Beats));
`endif
endmodule
