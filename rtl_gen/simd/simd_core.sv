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
  localparam int PointBits = 8 - WordsLog2;  // of a table's beats

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
  logic [Tile*8-1:0] input_word, constant_word, weight_word, act_word, main_word, operand;
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

  logic [2:0] first_q, tokens_q, input_q;
  always_ff @(posedge clk_i) begin
    first_q  <= {first_q[1:0], step_first};
    tokens_q <= {tokens_q[1:0], over_tokens};
    input_q  <= {input_q[1:0], from_input};
  end
  assign operand = input_q[2] ? input_word : act_word;

  // ---- Cycles 4 to 8: the tile. Row j of a block is selected j cycles after row 0.
  logic [Tile*AccWidth-1:0] sums;
  logic                     row_valid;
  logic [LowWidth-1:0]      row;
  simd_tile #(
    .Tile    (Tile),
    .AccWidth(AccWidth)
  ) u_tile (
    .clk_i,
    .rows_i   (tokens_q[2] ? weight_word : operand),
    .columns_i(tokens_q[2] ? operand : weight_word),
    .first_i  (first_q[2]),
    .row_i    (row),
    .sums_o   (sums)
  );

  // What the way out must know of a block, kept from its last step until its last row has gone on its way.
  localparam int BlockWidth = 8 + 3 * TileWidth + TableWidth + LowWidth + 1 + 33;
  logic [BlockWidth-1:0] block_d, block_q, block6_q;
  logic [4:0]            last_q;
  logic                  rows_on_q;
  logic [LowWidth-1:0]   row_q;
  logic                  pass_last_q;
  assign block_d = {pass_last, columns, column, rows, table_beat, residual_tile, side_tile, main_tile,
                    flags[10], flags[8], flags[7], flags[6], flags[5], flags[4], flags[2], flags[0]};
  always_ff @(posedge clk_i) begin
    last_q <= {last_q[3:0], last};
    if (last) block_q <= block_d;
    if (last_q[4]) begin
      block6_q  <= block_q;
      rows_on_q <= 1'b1;
      row_q     <= '0;
    end else begin
      row_q <= row_q + 1'b1;
      if (&row_q) rows_on_q <= 1'b0;
    end
    if (!rst_ni) begin
      last_q    <= '0;
      rows_on_q <= 1'b0;
    end
  end
  assign pass_last_q = block6_q[BlockWidth-1];
  assign row_valid = rows_on_q;
  assign row       = row_q;

  // ---- The row's own record, from cycle 6 on: meta_q at bit (c - 7) * MetaWidth is that of cycle c.
  localparam int MetaWidth = BlockWidth + 1 + LowWidth, Stages = 14;
  logic [MetaWidth-1:0]        meta6;
  logic [MetaWidth*Stages-1:0] meta_q;
  assign meta6 = {row, row_valid, block6_q};
  always_ff @(posedge clk_i) begin
    meta_q <= {meta_q[MetaWidth*(Stages-1)-1:0], meta6};
    if (!rst_ni) meta_q <= '0;
  end
`define SIMD_META(cycle) meta_q[((cycle)-7)*MetaWidth+:MetaWidth]
  localparam int FTokens = 0, FRelu = 1, FAdd = 2, FMain = 3, FSide = 4, FResult = 5, FTable = 6, FArgmax = 7;
  localparam int MMain = 8, MSide = MMain + TileWidth, MResidual = MSide + TileWidth, MTable = MResidual + TileWidth,
      MRows = MTable + TableWidth, MColumn = MRows + LowWidth + 1, MColumns = MColumn + 16, MValid = BlockWidth,
      MRow = BlockWidth + 1;

  logic [MetaWidth-1:0] m7, m8, m9, m10, m11, m13, m17, m19, m20;
  assign m7  = `SIMD_META(7);
  assign m8  = `SIMD_META(8);
  assign m9  = `SIMD_META(9);
  assign m10 = `SIMD_META(10);
  assign m11 = `SIMD_META(11);
  assign m13 = `SIMD_META(13);
  assign m17 = `SIMD_META(17);
  assign m19 = `SIMD_META(19);
  assign m20 = `SIMD_META(20);
`undef SIMD_META

  // ---- Constants: fetched while the block before is on its way; each stage takes its own with row 0.
  logic [11:0]          index_q;  // three cycles of constant_index
  logic [11*Tile*8-1:0] shadow_q;
  logic [2*Tile*8-1:0]  requant_q;
  logic [3*Tile*8-1:0]  pre_q;
  logic [6*Tile*8-1:0]  both_q;
  function automatic logic row0(input logic [MetaWidth-1:0] m);
    row0 = m[MValid] && m[MRow+:LowWidth] == '0;
  endfunction
  always_ff @(posedge clk_i) begin
    index_q <= {index_q[7:0], constant_index};
    for (int n = 0; n < 11; n++) begin
      if (index_q[11:8] == 4'(n)) shadow_q[n*Tile*8+:Tile*8] <= constant_word;
    end
    if (row0(m7)) requant_q <= shadow_q[0+:2*Tile*8];
    else requant_q <= {8'd0, requant_q[Tile*8+8+:Tile*8-8], 8'd0, requant_q[8+:Tile*8-8]} & {(2 * Tile * 8) {m8[FTokens]}} |
                      requant_q & {(2 * Tile * 8) {!m8[FTokens]}};  // over tokens: a row's own
    if (row0(m9)) pre_q <= shadow_q[2*Tile*8+:3*Tile*8];
    if (row0(m13)) both_q <= shadow_q[5*Tile*8+:6*Tile*8];
  end

  // ---- Residuals: addressed in cycle 11, there in 13; written in 17.
  logic [Tile*8-1:0] residual, side_word;
  simd_ram #(
    .Width(Tile * 8),
    .Depth(SideTiles * Tile)
  ) u_residuals (
    .clk_i,
    .wr_en_i  (m17[MValid] && m17[FSide]),
    .wr_addr_i({m17[MSide+:SideWidth], m17[MRow+:LowWidth]}),
    .wr_data_i(side_word),
    .rd_addr_i({m11[MResidual+:SideWidth], m11[MRow+:LowWidth]}),
    .rd_data_o(residual)
  );

  // ---- Lanes: cycle 8 to 17; tables to 19.
  logic [Tile*8-1:0] main17, main18_q, main19_q, table19;
  for (genvar l = 0; l < Tile; l++) begin : gen_lane
    logic [7:0] bias, shift;
    assign bias  = m8[FTokens] ? requant_q[7:0] : requant_q[l*8+:8];
    assign shift = m8[FTokens] ? requant_q[Tile*8+:8] : requant_q[(Tile+l)*8+:8];
    simd_lane #(
      .AccWidth(AccWidth)
    ) u_lane (
      .clk_i,
      .sum_i     (sums[l*AccWidth+:AccWidth]),
      .bias_i    (bias),
      .shift_i   (shift[4:0]),
      .relu_i    (m10[FRelu]),
      .pre_i     ({pre_q[(2*Tile+l)*8+:5], pre_q[(Tile+l)*8+:8], pre_q[l*8+:8]}),
      .add_i     (m13[FAdd]),
      .residual_i(residual[l*8+:8]),
      .main_i    ({both_q[(2*Tile+l)*8+:5], both_q[(Tile+l)*8+:8], both_q[l*8+:8]}),
      .side_i    ({both_q[(5*Tile+l)*8+:5], both_q[(4*Tile+l)*8+:8], both_q[(3*Tile+l)*8+:8]}),
      .main_o    (main17[l*8+:8]),
      .side_o    (side_word[l*8+:8])
    );
    logic unused_shift;
    assign unused_shift = ^{shift[7:5], pre_q[(2*Tile+l)*8+5+:3], both_q[(2*Tile+l)*8+5+:3], both_q[(5*Tile+l)*8+5+:3]};
  end
  always_ff @(posedge clk_i) begin
    main18_q <= main17;
    main19_q <= main18_q;
  end

  if (TableBeats > 0) begin : gen_tables
    logic [TableWidth-1:0] wr_addr_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) wr_addr_q <= '0;
      else if (wr_en_i[3]) wr_addr_q <= wr_addr_q + 1'b1;
    end
    for (genvar l = 0; l < Tile; l++) begin : gen_table
      logic [7:0]                  point;  // x + 128
      logic [(8<<WordsLog2)-1:0]   points, beat;
      assign point = {!main17[l*8+7], main17[l*8+:7]};
      for (genvar w = 0; w < (1 << WordsLog2); w++) begin : gen_word
        assign beat[w*8+:8] = wr_data_i[(w*Tile+l)*8+:8];
      end
      simd_ram #(
        .Width(8 << WordsLog2),
        .Depth(TableBeats)
      ) u_ram (
        .clk_i,
        .wr_en_i  (wr_en_i[3]),
        .wr_addr_i(wr_addr_q),
        .wr_data_i(beat),
        .rd_addr_i({m17[MTable+PointBits+:TableWidth-PointBits], point[7:WordsLog2]}),
        .rd_data_o(points)
      );
      if (WordsLog2 == 0) begin : gen_point
        assign table19[l*8+:8] = points;
      end else begin : gen_select
        logic [WordsLog2-1:0] which18_q, which19_q;
        always_ff @(posedge clk_i) begin
          which18_q <= point[WordsLog2-1:0];
          which19_q <= which18_q;
        end
        assign table19[l*8+:8] = points[32'(which19_q)*8+:8];
      end
    end
  end else begin : gen_no_tables
    assign table19 = main19_q;
    logic unused_tables;
    assign unused_tables = wr_en_i[3];
  end

  // ---- Cycle 19: results out, and activations on their way in.
  assign main_word    = m19[FTable] ? table19 : main19_q;
  assign main_we      = m19[MValid] && m19[FMain];
  assign main_wr_tile = m19[MMain+:MainWidth];
  assign main_wr_row  = m19[MRow+:LowWidth];

  // ---- Argmax: the lanes of a block one by one, while the next block's come.
  logic [Tile*8-1:0]   values_q;
  logic [LowWidth:0]   left_q;
  logic [15:0]         at_q, limit_q;
  logic [7:0]          best_q, winner_q;
  logic                fresh_q;  // no value yet
  logic                load;
  assign load = m19[MValid] && m19[FArgmax] && m19[FResult] && m19[MRow+:LowWidth] == '0;
  always_ff @(posedge clk_i) begin
    if (left_q != '0) begin
      left_q   <= left_q - 1'b1;
      values_q <= {8'd0, values_q[Tile*8-1:8]};
      at_q     <= at_q + 16'd1;
      if (at_q < limit_q && (fresh_q || $signed(values_q[7:0]) > $signed(best_q))) begin
        best_q   <= values_q[7:0];
        winner_q <= at_q[7:0];
        fresh_q  <= 1'b0;
      end
    end
    if (load) begin
      values_q <= main_word;
      left_q   <= (LowWidth + 1)'(Tile);
      at_q     <= m19[MColumn+:16];
      limit_q  <= m19[MColumns+:16];
      if (m19[MColumn+:16] == 16'd0) fresh_q <= 1'b1;
    end
    if (!rst_ni) begin
      left_q  <= '0;
      fresh_q <= 1'b1;
    end
  end

  // ---- Retirement: a cycle after the last row's write.
  logic                 retired_q, argmax_q;
  logic [LowWidth:0]    argmax_left_q;
  always_ff @(posedge clk_i) begin
    retired_q <= m20[MValid] && m20[BlockWidth-1] && (&m20[MRow+:LowWidth]) && rst_ni;
    argmax_q  <= m20[FArgmax];
    if (retired_q && argmax_q) argmax_left_q <= (LowWidth + 1)'(Tile);
    else if (argmax_left_q != '0) argmax_left_q <= argmax_left_q - 1'b1;
    if (!rst_ni) argmax_left_q <= '0;
  end
  assign retire_o = retired_q;

  logic argmax_out;
  assign argmax_out     = argmax_left_q == (LowWidth + 1)'(1);
  assign result_valid_o = argmax_out ||
                          (m19[MValid] && m19[FResult] && !m19[FArgmax] && {1'b0, m19[MRow+:LowWidth]} < m19[MRows+:LowWidth+1]);
  assign result_o       = argmax_out ? {{(Tile * 8 - 8) {1'b0}}, winner_q} : main_word;

  logic unused_bits;
  assign unused_bits = ^{act_tile, main_tile, m7, m8, m9, m10, m11, m13, m17, m19, m20, flags, pass_last_q};
endmodule
