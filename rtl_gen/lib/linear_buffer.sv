// Input side of a linear stage: two banks of one vector each. One fills beat by beat while the other is read, Simd elements a step.
//
//   in --> bank 0 --+--> operand (slice of the bank being read)
//     \--> bank 1 --+
//
// A bank becomes readable the cycle after its last beat and fillable the cycle after release_i. Registers where all of a vector or
// an odd part of it is read at once: they shift down as they fill, so that no write address is decoded. LUT RAM where the slices
// are whole beats: Simd / Lanes columns, written one at a time and read together; and where a beat is 2, 4, 8, ... slices.
module linear_buffer #(
  parameter int Elements = 96,  // K, of a vector
  parameter int Lanes = 1,      // elements a beat; divides Elements
  parameter int Simd = 96,      // elements a step; divides Elements
  localparam int Slices = Elements / Simd,
  localparam int SliceWidth = Slices > 1 ? $clog2(Slices) : 1
) (
  input  logic                  clk_i,       // clock
  input  logic                  rst_ni,      // synchronous reset, active low
  input  logic                  en_i,        // the stage moves: only then is anything taken
  input  logic                  in_valid_i,  // stream in
  output logic                  in_ready_o,
  input  logic [Lanes*8-1:0]    in_data_i,
  output logic                  full_o,      // a whole vector can be read
  input  logic [SliceWidth-1:0] slice_i,     // which Simd elements of it
  output logic [Simd*8-1:0]     operand_o,   // those elements, in the same cycle
  input  logic                  release_i    // the vector is read for the last time in this cycle
);

`ifndef __ICARUS__
  if (Lanes < 1 || Simd < 1 || Elements < 1 || Elements % Lanes != 0 || Elements % Simd != 0) begin : gen_illegal
    $error("linear_buffer: Lanes and Simd must divide Elements");
  end
`endif

  localparam int Beats = Elements / Lanes;
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  // Whole vectors held: 0 to 2. Their banks take turns, so this alone says which of them is full.
  logic                 write_bank_q, read_bank_q, push, complete;
  logic [1:0]           held_q;
  logic [BeatWidth-1:0] beat_q;

  assign in_ready_o = en_i && !held_q[1];
  assign push       = in_valid_i && in_ready_o;
  assign complete   = push && beat_q == LastBeat;
  assign full_o     = held_q != '0;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_bank_q <= 1'b0;
      read_bank_q  <= 1'b0;
      held_q       <= '0;
      beat_q       <= '0;
    end else begin
      if (push) beat_q <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
      if (complete) write_bank_q <= !write_bank_q;
      if (release_i) read_bank_q <= !read_bank_q;
      if (complete && !release_i) held_q <= held_q + 1'b1;
      if (release_i && !complete) held_q <= held_q - 1'b1;
    end
  end

  if (Slices > 1 && Simd % Lanes == 0) begin : gen_columns
    localparam int Columns = Simd / Lanes;
    localparam int ColumnWidth = Columns > 1 ? $clog2(Columns) : 1;
    localparam logic [ColumnWidth-1:0] LastColumn = ColumnWidth'(Columns - 1);
    localparam logic [SliceWidth-1:0] LastSlice = SliceWidth'(Slices - 1);
    logic [ColumnWidth-1:0] column_q;
    logic [SliceWidth-1:0]  write_slice_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        column_q      <= '0;
        write_slice_q <= '0;
      end else if (push) begin
        column_q <= (column_q == LastColumn) ? '0 : column_q + 1'b1;
        if (column_q == LastColumn) write_slice_q <= (write_slice_q == LastSlice) ? '0 : write_slice_q + 1'b1;
      end
    end
    for (genvar c = 0; c < Columns; c++) begin : gen_column
      (* ram_style = "distributed" *) logic [Lanes*8-1:0] mem [0:(2<<SliceWidth)-1];
      always_ff @(posedge clk_i) begin
        if (push && column_q == ColumnWidth'(c)) mem[{write_bank_q, write_slice_q}] <= in_data_i;
      end
      assign operand_o[c*Lanes*8+:Lanes*8] = mem[{read_bank_q, slice_i}];
    end
  end else if (Slices > 1 && Lanes % Simd == 0 && (1 << $clog2(Lanes / Simd)) == Lanes / Simd) begin : gen_parts
    // Several slices a beat: whole beats are stored, and a slice is a part of one.
    localparam int PartWidth = $clog2(Lanes / Simd);
    (* ram_style = "distributed" *) logic [Lanes*8-1:0] mem [0:(2<<BeatWidth)-1];
    logic [Lanes*8-1:0] beat;
    always_ff @(posedge clk_i) begin
      if (push) mem[{write_bank_q, beat_q}] <= in_data_i;
    end
    if (Beats > 1) begin : gen_beats
      assign beat = mem[{read_bank_q, slice_i[SliceWidth-1:PartWidth]}];
    end else begin : gen_one_beat
      assign beat = mem[{read_bank_q, 1'b0}];
    end
    assign operand_o = beat[slice_i[PartWidth-1:0]*Simd*8+:Simd*8];
  end else begin : gen_registers
    logic [Elements*8-1:0] bank0_q, bank1_q, bank;
    assign bank = read_bank_q ? bank1_q : bank0_q;
    if (Beats == 1) begin : gen_one_beat
      always_ff @(posedge clk_i) begin
        if (push && !write_bank_q) bank0_q <= in_data_i;
        if (push && write_bank_q) bank1_q <= in_data_i;
      end
    end else begin : gen_beats
      always_ff @(posedge clk_i) begin
        if (push && !write_bank_q) bank0_q <= {in_data_i, bank0_q[Elements*8-1:Lanes*8]};
        if (push && write_bank_q) bank1_q <= {in_data_i, bank1_q[Elements*8-1:Lanes*8]};
      end
    end
    if (Slices == 1) begin : gen_whole
      assign operand_o = bank;
      logic unused_slice;
      assign unused_slice = ^slice_i;
    end else begin : gen_slices
      assign operand_o = bank[slice_i*Simd*8+:Simd*8];
    end
  end

`ifdef VERILATOR
  // Counted from the ports alone: the beats held. The count of vectors must tell the same.
  int beats_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) beats_q <= 0;
    else beats_q <= beats_q + (in_valid_i && in_ready_o ? 1 : 0) - (release_i ? Beats : 0);
  end
  ready_while_two_vectors_fit :
  assert property (@(posedge clk_i) disable iff (!rst_ni) in_ready_o == (en_i && beats_q < 2 * Beats));
  full_with_a_whole_vector :
  assert property (@(posedge clk_i) disable iff (!rst_ni) full_o == (beats_q >= Beats));
  no_underflow :
  assert property (@(posedge clk_i) disable iff (!rst_ni) release_i |-> full_o);
`endif
endmodule
