// Row by row out of the tile: which row is selected when, and what each stage behind must know of it. Numbers in names are cycles from a
// step's addresses on (simd_core). Fields are delay lines without reset, so that they can be shift registers; only valid is reset.
module simd_rows #(
  parameter int Tile = 16,
  parameter int TileWidth = 7,     // of tile numbers
  parameter int MainWidth = 6,     // of those among the activations ...
  parameter int SideWidth = 5,     // ... and the residuals
  parameter int TableWidth = 12,   // of beats in the tables
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic                          clk_i,             // clock
  input  logic                          rst_ni,            // synchronous reset, active low
  input  logic                          last_i,            // cycle 0: the last step of a block; with it, of the block:
  input  logic                          pass_last_i,       // the last of the pass
  input  logic [10:0]                   flags_i,           // word 0 of the descriptor
  input  logic [TileWidth-1:0]          main_tile_i,
  input  logic [TileWidth-1:0]          side_tile_i,
  input  logic [TileWidth-1:0]          residual_tile_i,
  input  logic [TableWidth-1:0]         table_beat_i,
  input  logic [LowWidth:0]             rows_i,            // that go out
  input  logic [15:0]                   column_i,          // of the first lane
  input  logic [15:0]                   columns_i,         // of the whole matrix
  output logic [LowWidth-1:0]           row6_o,            // the row to select
  output logic                          requant_row0_o,    // row 0 is in cycle 7 ...
  output logic [LowWidth-1:0]           row7_o,
  output logic                          tokens8_o,
  output logic                          pre_row0_o,        // ... in 9
  output logic                          relu10_o,
  output logic [SideWidth+LowWidth-1:0] residual11_o,      // address
  output logic                          add13_o,
  output logic                          both_row0_o,       // ... in 13
  output logic                          side17_we_o,
  output logic [SideWidth+LowWidth-1:0] side17_o,          // address
  output logic [TableWidth-1:0]         table17_o,
  output logic                          table19_o,         // the value is that of the table
  output logic                          main19_we_o,
  output logic [MainWidth-1:0]          main19_tile_o,
  output logic [LowWidth-1:0]           row19_o,
  output logic                          result19_o,        // it goes out
  output logic                          argmax19_o,        // its values are to be compared: row 0 of a block with argmax
  output logic [15:0]                   column19_o,
  output logic [15:0]                   columns19_o,
  output logic                          retire_o,          // cycle 20 + Tile: a pass is done ...
  output logic                          retire_argmax_o    // ... that has an argmax
);
  localparam int FTokens = 0, FRelu = 1, FAdd = 2, FMain = 3, FSide = 4, FResult = 5, FTable = 6, FArgmax = 7;
  localparam int MMain = 8, MSide = MMain + MainWidth, MResidual = MSide + SideWidth, MTable = MResidual + SideWidth,
      MRows = MTable + TableWidth, MColumn = MRows + LowWidth + 1, MColumns = MColumn + 16, MLast = MColumns + 16, MRow = MLast + 1;
  localparam int BlockWidth = MLast + 1, MetaWidth = MRow + LowWidth, Stages = 14;

  // Of a block, kept from its last step until its last row has gone on its way.
  logic [BlockWidth-1:0] block_d, block_q, block6_q;
  logic [4:0]            last_q;
  logic                  rows_on_q;
  logic [LowWidth-1:0]   row_q;
  assign block_d = {pass_last_i, columns_i, column_i, rows_i, table_beat_i, residual_tile_i[SideWidth-1:0], side_tile_i[SideWidth-1:0],
                    main_tile_i[MainWidth-1:0], flags_i[10], flags_i[8], flags_i[7], flags_i[6], flags_i[5], flags_i[4], flags_i[2],
                    flags_i[0]};
  always_ff @(posedge clk_i) begin
    last_q <= {last_q[3:0], last_i};
    if (last_i) block_q <= block_d;
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
  assign row6_o = row_q;

  // Of a row: meta_q at (c - 7) * MetaWidth, valid_q at c - 7 is what cycle c sees.
  logic [MetaWidth*Stages-1:0] meta_q;
  logic [Stages-1:0]           valid_q;
  always_ff @(posedge clk_i) begin
    meta_q  <= {meta_q[MetaWidth*(Stages-1)-1:0], row_q, block6_q};
    valid_q <= {valid_q[Stages-2:0], rows_on_q};
    if (!rst_ni) valid_q <= '0;
  end
  logic [MetaWidth-1:0] m7, m8, m9, m10, m11, m13, m17, m19, m20;
  assign m7  = meta_q[0+:MetaWidth];
  assign m8  = meta_q[1*MetaWidth+:MetaWidth];
  assign m9  = meta_q[2*MetaWidth+:MetaWidth];
  assign m10 = meta_q[3*MetaWidth+:MetaWidth];
  assign m11 = meta_q[4*MetaWidth+:MetaWidth];
  assign m13 = meta_q[6*MetaWidth+:MetaWidth];
  assign m17 = meta_q[10*MetaWidth+:MetaWidth];
  assign m19 = meta_q[12*MetaWidth+:MetaWidth];
  assign m20 = meta_q[13*MetaWidth+:MetaWidth];

  assign requant_row0_o = valid_q[0] && m7[MRow+:LowWidth] == '0;
  assign row7_o         = m7[MRow+:LowWidth];
  assign tokens8_o      = m8[FTokens];
  assign pre_row0_o     = valid_q[2] && m9[MRow+:LowWidth] == '0;
  assign relu10_o       = m10[FRelu];
  assign residual11_o   = {m11[MResidual+:SideWidth], m11[MRow+:LowWidth]};
  assign add13_o        = m13[FAdd];
  assign both_row0_o    = valid_q[6] && m13[MRow+:LowWidth] == '0;
  assign side17_we_o    = valid_q[10] && m17[FSide];
  assign side17_o       = {m17[MSide+:SideWidth], m17[MRow+:LowWidth]};
  assign table17_o      = m17[MTable+:TableWidth];
  assign table19_o      = m19[FTable];
  assign main19_we_o    = valid_q[12] && m19[FMain];
  assign main19_tile_o  = m19[MMain+:MainWidth];
  assign row19_o        = m19[MRow+:LowWidth];
  assign result19_o     = valid_q[12] && m19[FResult] && !m19[FArgmax] && {1'b0, m19[MRow+:LowWidth]} < m19[MRows+:LowWidth+1];
  assign argmax19_o     = valid_q[12] && m19[FResult] && m19[FArgmax] && m19[MRow+:LowWidth] == '0;
  assign column19_o     = m19[MColumn+:16];
  assign columns19_o    = m19[MColumns+:16];

  // A cycle after the last row's write.
  logic retired_q, argmax_q;
  always_ff @(posedge clk_i) begin
    retired_q <= valid_q[13] && m20[MLast] && (&m20[MRow+:LowWidth]) && rst_ni;
    argmax_q  <= m20[FArgmax];
  end
  assign retire_o        = retired_q;
  assign retire_argmax_o = retired_q && argmax_q;

  logic unused_bits;
  assign unused_bits = ^{m7, m8, m9, m10, m11, m13, m17, m19, m20, flags_i, main_tile_i, side_tile_i, residual_tile_i};
endmodule
