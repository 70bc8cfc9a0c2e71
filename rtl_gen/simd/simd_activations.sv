// The activations, tiles of Tile x Tile bytes, in Tile banks: element (row, column) of a tile lies in bank (row + column) mod Tile,
// at the address {tile, column}. So the Tile rows of a column lie in as many banks, and so do the Tile columns of a row: either is
// read in one cycle, and turned by the row's or column's number.
//
//   read:   addresses --> banks (two registers) --> turn --> word_o         three registers
//   write:  a row --> turn --> banks                                        one register
module simd_activations #(
  parameter int Tile = 16,   // a power of two
  parameter int Tiles = 48,
  localparam int TileWidth = Tiles > 1 ? $clog2(Tiles) : 1,
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic                 clk_i,         // clock
  input  logic [TileWidth-1:0] rd_tile_i,     // read: of this tile ...
  input  logic [LowWidth-1:0]  rd_low_i,      // ... the column, or the row ...
  input  logic                 rd_across_i,   // ... as this says: 1 a row's columns, 0 a column's rows
  output logic [Tile*8-1:0]    rd_word_o,     // three cycles later
  input  logic                 wr_en_i,       // write a row's columns
  input  logic [TileWidth-1:0] wr_tile_i,
  input  logic [LowWidth-1:0]  wr_row_i,
  input  logic [Tile*8-1:0]    wr_word_i      // readable two cycles later
);

`ifndef __ICARUS__
  if (Tile < 2 || (1 << LowWidth) != Tile || Tiles < 1) begin : gen_illegal
    $error("simd_activations: Tile a power of two, Tiles at least 1");
  end
`endif

  // Lane i is bank (i + low) mod Tile.
  logic [Tile*8-1:0]   banks, word_d, word_q, turned_d, turned_q;
  logic [LowWidth-1:0] low1_q, low2_q, row_q;
  logic [TileWidth-1:0] tile_q;
  logic                write_q;
  simd_turn #(.Tile(Tile)) u_read_turn (.word_i(banks), .by_i(low2_q), .word_o(word_d));
  simd_turn #(.Tile(Tile)) u_write_turn (.word_i(wr_word_i), .by_i(-wr_row_i), .word_o(turned_d));

  always_ff @(posedge clk_i) begin
    low1_q   <= rd_low_i;
    low2_q   <= low1_q;
    word_q   <= word_d;
    turned_q <= turned_d;
    row_q    <= wr_row_i;
    tile_q   <= wr_tile_i;
    write_q  <= wr_en_i;
  end
  assign rd_word_o = word_q;

  for (genvar b = 0; b < Tile; b++) begin : gen_bank
    logic [LowWidth-1:0] rd_column, wr_column;
    assign rd_column = rd_across_i ? LowWidth'(b) - rd_low_i : rd_low_i;
    assign wr_column = LowWidth'(b) - row_q;
    simd_ram #(
      .Width(8),
      .Depth((Tiles > 1 ? Tiles : 2) * Tile)
    ) u_ram (
      .clk_i,
      .wr_en_i  (write_q),
      .wr_addr_i({tile_q, wr_column}),
      .wr_data_i(turned_q[b*8+:8]),
      .rd_addr_i({rd_tile_i, rd_column}),
      .rd_data_o(banks[b*8+:8])
    );
  end
endmodule
