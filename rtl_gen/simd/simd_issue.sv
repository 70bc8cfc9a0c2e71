// The sequencer: walks the blocks and steps of one pass after another. Everything it says holds in the cycle in which the buffers
// take the step's addresses; what follows in the pipeline (simd_core) is counted from there.
//
// A pass is taken in the cycle before its first: as soon as go_i says that it may begin, and gap_cycles have passed since the last
// step of the pass before. Within a pass nothing waits. Rings are read from where the passes before have stopped.
module simd_issue #(
  parameter int Tile = 16,
  parameter int TileWidth = 8,           // of tile numbers, activations and residuals
  parameter int ConstantWidth = 9,       // of word addresses in the rings ...
  parameter int WeightWidth = 11,
  parameter int InputWidth = 9,
  parameter int TableWidth = 12,         // ... and of beats in the tables
  parameter int WordsLog2 = 0,           // words of a beat
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic                     clk_i,          // clock
  input  logic                     rst_ni,         // synchronous reset, active low
  input  logic                     go_i,           // the pass that desc_i describes may begin
  input  logic [511:0]             desc_i,         // its descriptor, while go_i
  input  logic [15:0]              image_beats_i,  // of the input ring, a pass that releases the input is past
  output logic                     take_o,         // the pass is taken; desc_i may change in the next cycle
  output logic                     step_first_o,   // the step begins new sums
  output logic [TileWidth-1:0]     act_tile_o,     // of the activations; also high bits of the input's words
  output logic [LowWidth-1:0]      act_low_o,
  output logic                     over_tokens_o,
  output logic                     from_input_o,
  output logic [InputWidth-1:0]    input_addr_o,
  output logic [WeightWidth-1:0]   weight_addr_o,
  output logic [ConstantWidth-1:0] constant_addr_o,   // a word each cycle from the seventh of a block on ...
  output logic [3:0]               constant_index_o,  // ... 0..10, 15: none
  output logic                     last_o,            // the last step of a block; with it, of the block:
  output logic                     pass_last_o,       // the last of the pass
  output logic [10:0]              flags_o,           // word 0 of the descriptor
  output logic [TileWidth-1:0]     main_tile_o,
  output logic [TileWidth-1:0]     side_tile_o,
  output logic [TileWidth-1:0]     residual_tile_o,
  output logic [TableWidth-1:0]    table_beat_o,      // of its 256 points
  output logic [LowWidth:0]        rows_o,            // 1..Tile, rows that go out
  output logic [15:0]              column_o,          // of the first lane
  output logic [15:0]              columns_o          // of the whole matrix
);
  localparam int TokensFlag = 0, DiagonalFlag = 1, InputFlag = 3, ReleaseFlag = 9;
  localparam int TableBeats = 256 >> WordsLog2;  // of the tables of one block of columns

  // What stands in a descriptor (models/simd/README.md).
  logic [15:0] d_steps, d_block, d_row_blocks, d_col_blocks, d_rows, d_cols, d_source, d_row_tiles, d_main, d_side, d_residual, d_gap,
      d_constants;
  logic [31:0] d_weights, d_tables;
  assign {d_block, d_steps}           = desc_i[1*32+:32];
  assign {d_col_blocks, d_row_blocks} = desc_i[2*32+:32];
  assign {d_cols, d_rows}             = desc_i[3*32+:32];
  assign {d_row_tiles, d_source}      = desc_i[4*32+:32];
  assign {d_side, d_main}             = desc_i[5*32+:32];
  assign {d_gap, d_residual}          = desc_i[6*32+:32];
  assign d_constants                  = desc_i[8*32+:16];
  assign d_weights                    = desc_i[9*32+:32];
  assign d_tables                     = desc_i[10*32+:32];

  // Of the pass.
  logic                     running_q;
  logic [10:0]              flags_q;
  logic                     whole_q;                  // its blocks have no cycle without a step
  logic [15:0]              steps_q, block_q, row_tiles_q, cols_q;
  logic [TileWidth-1:0]     source_q;
  logic [ConstantWidth-1:0] affines_q, requants_q;    // of the first block
  logic [WeightWidth-1:0]   weights_q;
  logic [InputWidth-1:0]    input_q;
  logic [TableWidth-1:0]    tables_q;
  logic [15:0]              gap_q;                    // cycles since the last step, up to all ones; none while it runs
  // Rings: where the next pass begins, in words (tables: beats).
  logic [ConstantWidth-1:0] next_constants_q;
  logic [WeightWidth-1:0]   next_weights_q;
  logic [InputWidth-1:0]    next_input_q;
  logic [TableWidth-1:0]    next_tables_q;

  // Of the block and the step. A block has at least twelve cycles, so that what depends on it alone can be known a cycle later.
  logic                     active_q, first_q;        // the tile takes operands; the first of a block
  logic                     block_last_q;             // the last cycle of a block
  logic                     next_col_q, next_row_q;   // another block of columns follows, of rows
  logic [15:0]              rest_q;                   // cycles of the block after this one
  logic [15:0]              col_left_q, row_left_q;   // blocks after this one
  logic [15:0]              rows_left_q, column_q;
  logic [TileWidth-1:0]     tile_q, row_tile_q, col_tile_q, main_q, side_q, residual_q;
  logic [LowWidth-1:0]      low_q;
  logic [InputWidth-1:0]    in_addr_q, in_row_q;
  logic [WeightWidth-1:0]   w_addr_q, w_start_q;
  logic [ConstantWidth-1:0] affine_q, requant_q;
  logic [TableWidth-1:0]    table_q;

  logic tokens, diagonal, from_input, active, block_last, pass_last, gap_over, next_col;
  assign tokens     = flags_q[TokensFlag];
  assign diagonal   = flags_q[DiagonalFlag];
  assign from_input = flags_q[InputFlag];
  assign active     = active_q;
  assign block_last = block_last_q;
  assign next_col   = next_col_q;
  assign pass_last  = block_last_q && !next_col_q && !next_row_q;
  assign gap_over   = (pass_last || !running_q) && gap_q >= d_gap;
  assign take_o     = go_i && gap_over;

  // The first tile of the next block, for rows (tokens are lanes) and across (channels are).
  logic [TileWidth-1:0] next_row_tile_q, next_col_tile_q, next_tile, step_tiles;
  always_ff @(posedge clk_i) begin
    next_row_tile_q <= next_col ? row_tile_q : row_tile_q + TileWidth'(row_tiles_q);
    next_col_tile_q <= !next_col ? '0 : col_tile_q + 1'b1;
  end
  assign next_tile     = tokens ? source_q + next_col_tile_q : next_row_tile_q + (diagonal ? next_col_tile_q : '0);
  assign step_tiles    = tokens ? TileWidth'(row_tiles_q) : {{(TileWidth - 1) {1'b0}}, 1'b1};

  // The input lies in the order of the steps, padded to whole tiles: rows of blocks (tokens: columns of blocks), one behind the other.
  logic [InputWidth-1:0] in_stride, next_in_row, next_in;
  assign in_stride   = InputWidth'({row_tiles_q, {LowWidth{1'b0}}});
  assign next_in_row = tokens ? (next_col ? in_row_q + in_stride : input_q) : (next_col ? in_row_q : in_row_q + in_stride);
  assign next_in     = next_in_row + (diagonal ? InputWidth'({next_col_tile_q, {LowWidth{1'b0}}}) : '0);

  // Weights go on where the next block takes others, and begin again where it takes the same.
  logic [WeightWidth-1:0] next_w;
  always_comb begin
    next_w = w_start_q;
    if (tokens) begin
      if (!next_col) next_w = w_addr_q + 1'b1;
    end else if (!diagonal) begin
      next_w = next_col ? w_addr_q + 1'b1 : weights_q;
    end
  end

  always_ff @(posedge clk_i) begin
    next_col_q   <= col_left_q != 16'd0;
    next_row_q   <= row_left_q != 16'd0;
    block_last_q <= rest_q == 16'd1;
    first_q      <= rest_q == steps_q;
    if (rest_q == steps_q) active_q <= 1'b1;
    if (running_q) begin
      rest_q <= rest_q - 16'd1;
      if (active) begin
        low_q     <= low_q + 1'b1;
        w_addr_q  <= w_addr_q + 1'b1;
        in_addr_q <= in_addr_q + 1'b1;
        if (&low_q) tile_q <= tile_q + step_tiles;
      end
      if (block_last) begin
        active_q   <= whole_q;
        first_q    <= whole_q;
        rest_q     <= block_q - 16'd1;
        tile_q     <= next_tile;
        low_q      <= '0;
        row_tile_q <= next_row_tile_q;
        col_tile_q <= next_col_tile_q;
        in_row_q   <= next_in_row;
        in_addr_q  <= next_in;
        w_addr_q   <= next_w;
        w_start_q  <= next_w;
        main_q     <= main_q + 1'b1;
        side_q     <= side_q + 1'b1;
        residual_q <= residual_q + 1'b1;
        affine_q   <= next_col ? affine_q + ConstantWidth'(9) : affines_q;
        table_q    <= next_col ? table_q + TableWidth'(TableBeats) : tables_q;
        column_q   <= next_col ? column_q + 16'(Tile) : 16'd0;
        requant_q  <= tokens ? (next_col ? requant_q : requant_q + ConstantWidth'(2))
                             : (next_col ? requant_q + ConstantWidth'(2) : requants_q);
        col_left_q <= next_col ? col_left_q - 16'd1 : col_count_q;
        if (!next_col) begin
          row_left_q  <= row_left_q - 16'd1;
          rows_left_q <= rows_left_q - 16'(Tile);
        end
      end
      if (pass_last) begin
        running_q <= 1'b0;
        active_q  <= 1'b0;
        rest_q    <= '0;
        gap_q     <= 16'd1;
        if (flags_q[ReleaseFlag]) next_input_q <= next_input_q + InputWidth'({16'd0, image_beats_i} << WordsLog2);
      end
    end else if (!(&gap_q)) begin
      gap_q <= gap_q + 16'd1;
    end
    if (take_o) begin
      running_q   <= 1'b1;
      gap_q       <= '0;
      active_q    <= d_block == d_steps;
      first_q     <= d_block == d_steps;
      whole_q     <= d_block == d_steps;
      flags_q     <= desc_i[10:0];
      steps_q     <= d_steps;
      block_q     <= d_block;
      row_tiles_q <= d_row_tiles;
      cols_q      <= d_cols;
      source_q    <= TileWidth'(d_source);
      rest_q      <= d_block - 16'd1;
      col_count_q <= d_col_blocks - 16'd1;
      col_left_q  <= d_col_blocks - 16'd1;
      row_left_q  <= d_row_blocks - 16'd1;
      rows_left_q <= d_rows;
      column_q    <= 16'd0;
      tile_q      <= TileWidth'(d_source);
      row_tile_q  <= TileWidth'(d_source);
      col_tile_q  <= '0;
      low_q       <= '0;
      main_q      <= TileWidth'(d_main);
      side_q      <= TileWidth'(d_side);
      residual_q  <= TileWidth'(d_residual);
      w_addr_q    <= next_weights_q;
      w_start_q   <= next_weights_q;
      weights_q   <= next_weights_q;
      next_weights_q <= next_weights_q + WeightWidth'(d_weights << WordsLog2);
      requant_q   <= next_constants_q;
      requants_q  <= next_constants_q;
      affine_q    <= first_affines;
      affines_q   <= first_affines;
      next_constants_q <= next_constants_q + ConstantWidth'({16'd0, d_constants} << WordsLog2);
      table_q     <= next_tables_q;
      tables_q    <= next_tables_q;
      next_tables_q <= next_tables_q + TableWidth'(d_tables);
      in_addr_q   <= first_input;
      in_row_q    <= first_input;
      input_q     <= first_input;
    end
    if (!rst_ni) begin
      running_q        <= 1'b0;
      active_q         <= 1'b0;
      block_last_q     <= 1'b0;
      rest_q           <= '0;
      gap_q            <= '1;
      next_constants_q <= '0;
      next_weights_q   <= '0;
      next_input_q     <= '0;
      next_tables_q    <= '0;
    end
  end

  logic [15:0]              col_count_q;
  logic [ConstantWidth-1:0] first_affines;  // behind bias and shift of each block
  logic [InputWidth-1:0]    first_input;    // of an image that the pass before may be releasing
  assign first_affines = next_constants_q + ConstantWidth'({(desc_i[TokensFlag] ? d_row_blocks : d_col_blocks), 1'b0});
  assign first_input =
      next_input_q + (pass_last && flags_q[ReleaseFlag] ? InputWidth'({16'd0, image_beats_i} << WordsLog2) : '0);

  // Constants: eleven words for each block, from its seventh cycle on. The shadows that they go to hold the block before until then.
  logic [5:0]               begun_q;
  logic [3:0]               index_q;
  logic [ConstantWidth-1:0] constant_q, fetch_affine_q;
  always_ff @(posedge clk_i) begin
    begun_q <= {begun_q[4:0], take_o || (block_last && !pass_last)};
    if (begun_q[5]) begin  // the block's addresses stand until its twelfth cycle
      index_q        <= 4'd0;
      constant_q     <= requant_q;
      fetch_affine_q <= affine_q;
    end else if (index_q != 4'd15) begin
      index_q    <= index_q == 4'd10 ? 4'd15 : index_q + 4'd1;
      constant_q <= index_q == 4'd1 ? fetch_affine_q : constant_q + 1'b1;
    end
    if (!rst_ni) begin
      begun_q <= '0;
      index_q <= 4'd15;
    end
  end
  assign constant_addr_o  = constant_q;
  assign constant_index_o = index_q;

  assign step_first_o    = first_q;
  assign act_tile_o      = tile_q;
  assign act_low_o       = low_q;
  assign over_tokens_o   = tokens;
  assign from_input_o    = from_input;
  assign input_addr_o    = in_addr_q;
  assign weight_addr_o   = w_addr_q;
  assign last_o          = block_last;
  assign pass_last_o     = pass_last;
  assign flags_o         = flags_q;
  assign main_tile_o     = main_q;
  assign side_tile_o     = side_q;
  assign residual_tile_o = residual_q;
  assign table_beat_o    = table_q;
  assign rows_o          = rows_left_q >= 16'(Tile) ? (LowWidth + 1)'(Tile) : rows_left_q[LowWidth:0];
  assign column_o        = column_q;
  assign columns_o       = cols_q;

  logic unused_desc;
  assign unused_desc = ^{desc_i, d_source, d_main, d_side, d_residual, d_tables, d_weights};
endmodule
