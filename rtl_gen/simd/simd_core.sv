// The accelerator without its ports: rings, sequencer, tile, way out, buffers. Passes begin when go_i allows; what the rings must
// hold by then is whoever's who fills them. Cycles from a step's addresses on (models/simd/README.md):
//
//   0 addresses  3 words  4 operands  5 products  6 + j sums of row j  8 + j row selected  10 requantised  13 affine  14 residual added
//   17 affines of both sides; side written  19 table read; result out  20 main written  20 + Tile retired
module simd_core #(
  parameter int Tile = 16,
  parameter int BusBytes = 16,
  parameter int MainTiles = 48,
  parameter int SideTiles = 24,
  parameter int InputBeats = 512,     // rings: powers of two
  parameter int ConstantBeats = 512,
  parameter int WeightBeats = 2048,
  parameter int TableBeats = 4096,    // 0: no table units
  parameter int AccWidth = 32
) (
  input  logic                  clk_i,           // clock
  input  logic                  rst_ni,          // synchronous reset, active low
  input  logic [3:0]            wr_en_i,         // a beat for a ring: 0 input, 1 constants, 2 weights, 3 tables
  input  logic [BusBytes*8-1:0] wr_data_i,
  input  logic                  go_i,            // the pass of desc_i may begin
  input  logic [511:0]          desc_i,
  input  logic [15:0]           image_beats_i,
  output logic                  take_o,          // it is taken: its first block begins in the next cycle
  output logic                  issued_o,        // the last step of a pass
  output logic                  retire_o,        // of the pass whose last step was issued 20 + Tile cycles before
  output logic                  result_valid_o,  // a word goes out; argmax: as much behind the retirement as the tile is wide
  output logic [Tile*8-1:0]     result_o
);
  localparam int LowWidth = $clog2(Tile);
  localparam int WordsLog2 = $clog2(BusBytes / Tile);
  localparam int TileWidth = $clog2(MainTiles > SideTiles ? MainTiles : SideTiles) + 1;
  localparam int MainWidth = MainTiles > 1 ? $clog2(MainTiles) : 1;
  localparam int SideWidth = SideTiles > 1 ? $clog2(SideTiles) : 1;
  localparam int InputWidth = (InputBeats > 1 ? $clog2(InputBeats) : 1) + WordsLog2;
  localparam int ConstantWidth = (ConstantBeats > 1 ? $clog2(ConstantBeats) : 1) + WordsLog2;
  localparam int WeightWidth = (WeightBeats > 1 ? $clog2(WeightBeats) : 1) + WordsLog2;
  localparam int TableWidth = TableBeats > 256 ? $clog2(TableBeats) : 9;

  // ---- Cycle 0: addresses.
  logic                     step_first, over_tokens, from_input, last, pass_last;
  logic [TileWidth-1:0]     act_tile, main_tile, side_tile, residual_tile;
  logic [LowWidth-1:0]      act_low;
  logic [InputWidth-1:0]    input_addr;
  logic [WeightWidth-1:0]   weight_addr;
  logic [ConstantWidth-1:0] constant_addr;
  logic [3:0]               constant_index;
  logic [10:0]              flags;
  logic [TableWidth-1:0]    table_beat;
  logic [LowWidth:0]        rows;
  logic [15:0]              column, columns;
  simd_issue #(
    .Tile         (Tile),
    .TileWidth    (TileWidth),
    .ConstantWidth(ConstantWidth),
    .WeightWidth  (WeightWidth),
    .InputWidth   (InputWidth),
    .TableWidth   (TableWidth),
    .WordsLog2    (WordsLog2)
  ) u_issue (
    .clk_i, .rst_ni, .go_i, .desc_i, .image_beats_i, .take_o,
    .step_first_o    (step_first),
    .act_tile_o      (act_tile),
    .act_low_o       (act_low),
    .over_tokens_o   (over_tokens),
    .from_input_o    (from_input),
    .input_addr_o    (input_addr),
    .weight_addr_o   (weight_addr),
    .constant_addr_o (constant_addr),
    .constant_index_o(constant_index),
    .last_o          (last),
    .pass_last_o     (pass_last),
    .flags_o         (flags),
    .main_tile_o     (main_tile),
    .side_tile_o     (side_tile),
    .residual_tile_o (residual_tile),
    .table_beat_o    (table_beat),
    .rows_o          (rows),
    .column_o        (column),
    .columns_o       (columns)
  );
  assign issued_o = pass_last;

  // ---- Cycle 3: words.
  logic [Tile*8-1:0] input_word, constant_word, weight_word, act_word, main_word;
  simd_ring #(.Tile(Tile), .BusBytes(BusBytes), .Beats(InputBeats)) u_input (
    .clk_i, .rst_ni, .wr_en_i(wr_en_i[0]), .wr_data_i, .rd_addr_i(input_addr), .rd_word_o(input_word));
  simd_ring #(.Tile(Tile), .BusBytes(BusBytes), .Beats(ConstantBeats)) u_constants (
    .clk_i, .rst_ni, .wr_en_i(wr_en_i[1]), .wr_data_i, .rd_addr_i(constant_addr), .rd_word_o(constant_word));
  simd_ring #(.Tile(Tile), .BusBytes(BusBytes), .Beats(WeightBeats)) u_weights (
    .clk_i, .rst_ni, .wr_en_i(wr_en_i[2]), .wr_data_i, .rd_addr_i(weight_addr), .rd_word_o(weight_word));

  logic                 main_we;
  logic [MainWidth-1:0] main_wr_tile;
  logic [LowWidth-1:0]  main_wr_row;
  simd_activations #(
    .Tile (Tile),
    .Tiles(MainTiles)
  ) u_activations (
    .clk_i,
    .rd_tile_i  (act_tile[MainWidth-1:0]),
    .rd_low_i   (act_low),
    .rd_across_i(over_tokens),
    .rd_word_o  (act_word),
    .wr_en_i    (main_we),
    .wr_tile_i  (main_wr_tile),
    .wr_row_i   (main_wr_row),
    .wr_word_i  (main_word)
  );

  logic [Tile*8-1:0] row_operands, column_operands;
  logic              first;
  simd_operands #(
    .Tile(Tile)
  ) u_operands (
    .clk_i,
    .first_i      (step_first),
    .over_tokens_i(over_tokens),
    .from_input_i (from_input),
    .input_i      (input_word),
    .activations_i(act_word),
    .weights_i    (weight_word),
    .rows_o       (row_operands),
    .columns_o    (column_operands),
    .first_o      (first)
  );

  // ---- Cycles 4 to 8: the tile. Row j of a block is selected j cycles after row 0.
  logic [Tile*AccWidth-1:0] sums;
  logic [LowWidth-1:0]      row6, row7;
  simd_tile #(
    .Tile    (Tile),
    .AccWidth(AccWidth)
  ) u_tile (
    .clk_i,
    .rows_i   (row_operands),
    .columns_i(column_operands),
    .first_i  (first),
    .row_i    (row6),
    .sums_o   (sums)
  );

  // ---- What the stages behind must know of each row.
  logic                          requant_row0, tokens8, pre_row0, relu10, add13, both_row0, side17_we, table19, result19, argmax19;
  logic                          retire_argmax;
  logic [SideWidth+LowWidth-1:0] residual11, side17;
  logic [TableWidth-1:0]         table17;
  logic [15:0]                   column19, columns19;
  simd_rows #(
    .Tile      (Tile),
    .TileWidth (TileWidth),
    .MainWidth (MainWidth),
    .SideWidth (SideWidth),
    .TableWidth(TableWidth)
  ) u_rows (
    .clk_i, .rst_ni,
    .last_i         (last),
    .pass_last_i    (pass_last),
    .flags_i        (flags),
    .main_tile_i    (main_tile),
    .side_tile_i    (side_tile),
    .residual_tile_i(residual_tile),
    .table_beat_i   (table_beat),
    .rows_i         (rows),
    .column_i       (column),
    .columns_i      (columns),
    .row6_o         (row6),
    .requant_row0_o (requant_row0),
    .row7_o         (row7),
    .tokens8_o      (tokens8),
    .pre_row0_o     (pre_row0),
    .relu10_o       (relu10),
    .residual11_o   (residual11),
    .add13_o        (add13),
    .both_row0_o    (both_row0),
    .side17_we_o    (side17_we),
    .side17_o       (side17),
    .table17_o      (table17),
    .table19_o      (table19),
    .main19_we_o    (main_we),
    .main19_tile_o  (main_wr_tile),
    .row19_o        (main_wr_row),
    .result19_o     (result19),
    .argmax19_o     (argmax19),
    .column19_o     (column19),
    .columns19_o    (columns19),
    .retire_o       (retire_o),
    .retire_argmax_o(retire_argmax)
  );

  // ---- Constants of the block.
  logic [Tile*8-1:0]  biases;
  logic [Tile*5-1:0]  shifts;
  logic [Tile*21-1:0] pre, main, side;
  simd_constants #(
    .Tile(Tile)
  ) u_block_constants (
    .clk_i,
    .index_i       (constant_index),
    .word_i        (constant_word),
    .requant_row0_i(requant_row0),
    .row7_i        (row7),
    .tokens8_i     (tokens8),
    .pre_row0_i    (pre_row0),
    .both_row0_i   (both_row0),
    .bias_o        (biases),
    .shift_o       (shifts),
    .pre_o         (pre),
    .main_o        (main),
    .side_o        (side)
  );

  // ---- Residuals: addressed in cycle 11, there in 13; written in 17.
  logic [Tile*8-1:0] residual, side_word;
  simd_ram #(
    .Width(Tile * 8),
    .Depth((SideTiles > 1 ? SideTiles : 2) * Tile)
  ) u_residuals (
    .clk_i,
    .wr_en_i  (side17_we),
    .wr_addr_i(side17),
    .wr_data_i(side_word),
    .rd_addr_i(residual11),
    .rd_data_o(residual)
  );

  // ---- Lanes: cycle 8 to 17; tables to 19.
  logic [Tile*8-1:0] main17;
  for (genvar l = 0; l < Tile; l++) begin : gen_lane
    simd_lane #(
      .AccWidth(AccWidth)
    ) u_lane (
      .clk_i,
      .sum_i     (sums[l*AccWidth+:AccWidth]),
      .bias_i    (biases[l*8+:8]),
      .shift_i   (shifts[l*5+:5]),
      .relu_i    (relu10),
      .pre_i     (pre[l*21+:21]),
      .add_i     (add13),
      .residual_i(residual[l*8+:8]),
      .main_i    (main[l*21+:21]),
      .side_i    (side[l*21+:21]),
      .main_o    (main17[l*8+:8]),
      .side_o    (side_word[l*8+:8])
    );
  end
  simd_tables #(
    .Tile      (Tile),
    .BusBytes  (BusBytes),
    .TableBeats(TableBeats)
  ) u_tables (
    .clk_i, .rst_ni,
    .wr_en_i(wr_en_i[3]),
    .wr_data_i,
    .beat_i (table17),
    .word_i (main17),
    .table_i(table19),
    .word_o (main_word)
  );

  // ---- Cycle 19: results out, and activations on their way in (u_activations).
  simd_results #(
    .Tile(Tile)
  ) u_results (
    .clk_i, .rst_ni,
    .word_i   (main_word),
    .result_i (result19),
    .argmax_i (argmax19),
    .column_i (column19),
    .columns_i(columns19),
    .retire_i (retire_argmax),
    .valid_o  (result_valid_o),
    .word_o   (result_o)
  );

  logic unused_bits;
  assign unused_bits = ^act_tile;
endmodule
