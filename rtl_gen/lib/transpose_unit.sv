// Transpose, ping-pong: an image enters as Vectors vectors of Elements elements and leaves as Elements vectors of Vectors elements,
// Lanes elements a beat on both sides. While one image leaves, the next one enters the other half of the memory.
//
//   in --> rotate by row --> Lanes memories, 8 bits wide, two halves --> rotate back --> out_q --> out
//
// Cut the image into blocks of Lanes x Lanes. Element (row r, column c) of a block lies in memory (r + c) mod Lanes at word
// {block, r}: a row (a beat in) and a column (a beat out) both meet every memory exactly once. Latency 3 from the beat
// that completes an image: half complete; memory read; output register.
module transpose_unit #(
  parameter int Vectors = 64,   // of an image that enters
  parameter int Elements = 96,  // of a vector that enters
  parameter int Lanes = 1       // elements a beat; a power of two that divides Vectors and Elements
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

  localparam int LaneBits = $clog2(Lanes);
`ifndef __ICARUS__
  if (Lanes < 1 || Vectors < 1 || Elements < 1 || Lanes != (1 << LaneBits) || Vectors % Lanes != 0 ||
      Elements % Lanes != 0) begin : gen_illegal
    $error("transpose_unit: Lanes must be a power of two that divides Vectors and Elements");
  end
`endif

  localparam int BlocksDown = Vectors / Lanes;
  localparam int BlocksAcross = Elements / Lanes;
  localparam int Blocks = 2 * BlocksDown * BlocksAcross;  // of both halves; they are numbered row by row
  localparam int BlockWidth = $clog2(Blocks);
  localparam int LaneWidth = Lanes > 1 ? LaneBits : 1;
  localparam int DownWidth = BlocksDown > 1 ? $clog2(BlocksDown) : 1;
  localparam int AcrossWidth = BlocksAcross > 1 ? $clog2(BlocksAcross) : 1;
  localparam int AddrWidth = BlockWidth + LaneBits;
  localparam logic [DownWidth-1:0] LastDown = DownWidth'(BlocksDown - 1);
  localparam logic [AcrossWidth-1:0] LastAcross = AcrossWidth'(BlocksAcross - 1);
  localparam logic [LaneWidth-1:0] LastLane = LaneWidth'(Lanes - 1);

  // Which half is being filled and read, and which halves hold a whole image that has not been read to its end.
  logic       write_half_q, read_half_q;
  logic [1:0] full_q;

  // Filling: row by row, block by block across.
  logic                   push, write_across_last, write_row_last, write_last;
  logic [BlockWidth-1:0]  write_block_q, write_block_d;
  logic [AcrossWidth-1:0] write_across_q;
  logic [LaneWidth-1:0]   write_row_q;
  logic [DownWidth-1:0]   write_down_q;

  assign in_ready_o        = !full_q[write_half_q];
  assign push              = in_valid_i && in_ready_o;
  assign write_across_last = write_across_q == LastAcross;
  assign write_row_last    = write_row_q == LastLane;
  assign write_last        = write_across_last && write_row_last && write_down_q == LastDown;

  always_comb begin
    write_block_d = write_block_q + 1'b1;  // also from the last block of half 0 to the first one of half 1
    if (write_across_last && !write_row_last) write_block_d = write_block_q - BlockWidth'(BlocksAcross - 1);
    if (write_last && write_half_q) write_block_d = '0;
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      write_block_q  <= '0;
      write_across_q <= '0;
      write_row_q    <= '0;
      write_down_q   <= '0;
      write_half_q   <= 1'b0;
    end else if (push) begin
      write_block_q  <= write_block_d;
      write_across_q <= write_across_last ? '0 : write_across_q + 1'b1;
      if (write_across_last) begin
        write_row_q <= write_row_last ? '0 : write_row_q + 1'b1;
        if (write_row_last) write_down_q <= (write_down_q == LastDown) ? '0 : write_down_q + 1'b1;
      end
      if (write_last) write_half_q <= !write_half_q;
    end
  end

  // Reading: column by column, block by block down. A step starts a beat on its way out.
  logic                   en, step, read_down_last, read_column_last, read_last;
  logic [1:0]             valid_q;  // bit 1: the output
  logic [BlockWidth-1:0]  read_block_q, read_block_d;
  logic [DownWidth-1:0]   read_down_q;
  logic [LaneWidth-1:0]   read_column_q, column_q;
  logic [AcrossWidth-1:0] read_across_q;

  assign en               = !valid_q[1] || out_ready_i;
  assign step             = en && full_q[read_half_q];
  assign out_valid_o      = valid_q[1];
  assign read_down_last   = read_down_q == LastDown;
  assign read_column_last = read_column_q == LastLane;
  assign read_last        = read_down_last && read_column_last && read_across_q == LastAcross;

  always_comb begin
    read_block_d = read_block_q + BlockWidth'(BlocksAcross);
    if (read_down_last && !read_column_last) read_block_d = read_block_q - BlockWidth'((BlocksDown - 1) * BlocksAcross);
    if (read_down_last && read_column_last) read_block_d = read_block_q - BlockWidth'((BlocksDown - 1) * BlocksAcross) + 1'b1;
    if (read_last) read_block_d = read_half_q ? '0 : BlockWidth'(BlocksDown * BlocksAcross);
  end

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q       <= '0;
      read_block_q  <= '0;
      read_down_q   <= '0;
      read_column_q <= '0;
      read_across_q <= '0;
      read_half_q   <= 1'b0;
    end else begin
      if (en) valid_q <= {valid_q[0], step};
      if (step) begin
        read_block_q <= read_block_d;
        read_down_q  <= read_down_last ? '0 : read_down_q + 1'b1;
        if (read_down_last) begin
          read_column_q <= read_column_last ? '0 : read_column_q + 1'b1;
          if (read_column_last) read_across_q <= (read_across_q == LastAcross) ? '0 : read_across_q + 1'b1;
        end
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

  // The memories. Lane l of a row r goes to memory (l + r) mod Lanes; lane l of a column c comes from memory (l + c) mod Lanes.
  logic [Lanes*8-1:0] read_q, out_q;
  always_ff @(posedge clk_i) begin
    if (en) column_q <= read_column_q;
  end

  for (genvar m = 0; m < Lanes; m++) begin : gen_memory
    logic [7:0]           mem [0:Blocks*Lanes-1];
    logic [AddrWidth-1:0] write_addr, read_addr;
    logic [7:0]           write_data;
    if (Lanes == 1) begin : gen_one
      assign write_addr = write_block_q;
      assign read_addr  = read_block_q;
      assign write_data = in_data_i;
    end else begin : gen_rotate
      logic [LaneWidth-1:0] write_lane, read_row;
      assign write_lane = LaneWidth'(m) - write_row_q;
      assign read_row   = LaneWidth'(m) - read_column_q;
      assign write_addr = {write_block_q, write_row_q};
      assign read_addr  = {read_block_q, read_row};
      assign write_data = in_data_i[write_lane*8+:8];
    end
    always_ff @(posedge clk_i) begin
      if (push) mem[write_addr] <= write_data;
      if (en) read_q[m*8+:8] <= mem[read_addr];
    end
  end

  if (Lanes == 1) begin : gen_out_one
    always_ff @(posedge clk_i) begin
      if (en) out_q <= read_q;
    end
    logic unused_column;
    assign unused_column = ^column_q;
  end else begin : gen_out_lanes
    for (genvar l = 0; l < Lanes; l++) begin : gen_lane
      logic [LaneWidth-1:0] from;
      assign from = LaneWidth'(l) + column_q;
      always_ff @(posedge clk_i) begin
        if (en) out_q[l*8+:8] <= read_q[from*8+:8];
      end
    end
  end
  assign out_data_o = out_q;

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
  // Counted apart from the halves: the beats of images that have not been read to their end, and those read of the oldest.
  localparam int Beats = Vectors * Elements / Lanes;
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
  ready_while_two_images_fit :
  assert property (@(posedge clk_i) disable iff (!rst_ni) in_ready_o == (held_q < 2 * Beats));
  reads_while_a_whole_image_is_there :
  assert property (@(posedge clk_i) disable iff (!rst_ni) full_q[read_half_q] == (held_q >= Beats));
`endif
endmodule
