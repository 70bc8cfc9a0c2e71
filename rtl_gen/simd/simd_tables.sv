// Tables of 256 points a channel: a memory a lane, which DRAM fills beat by beat as a ring. Or none.
//
//   word_i --> address, two registers --> point of the beat --+--> word_o
//       +------------------- two registers -------------------+
module simd_tables #(
  parameter int Tile = 16,           // lanes
  parameter int BusBytes = 16,       // of a beat: Tile times a power of two
  parameter int TableBeats = 4096,   // 0: no table units
  localparam int WordsLog2 = $clog2(BusBytes / Tile),
  localparam int TableWidth = TableBeats > 256 ? $clog2(TableBeats) : 9
) (
  input  logic                  clk_i,      // clock
  input  logic                  rst_ni,     // synchronous reset, active low: empties the ring
  input  logic                  wr_en_i,    // a beat, behind the last one
  input  logic [BusBytes*8-1:0] wr_data_i,
  input  logic [TableWidth-1:0] beat_i,     // cycle 0: of the tables of the lanes' channels, a multiple of their 256 points
  input  logic [Tile*8-1:0]     word_i,     // cycle 0
  input  logic                  table_i,    // cycle 2: what the tables make of it, else the word itself ...
  output logic [Tile*8-1:0]     word_o      // ... goes out, in cycle 2
);
  localparam int PointBits = 8 - WordsLog2;  // of a table's beats

  logic [Tile*8-1:0] word1_q, word2_q;
  always_ff @(posedge clk_i) begin
    word1_q <= word_i;
    word2_q <= word1_q;
  end

  if (TableBeats > 0) begin : gen_tables
    logic [Tile*8-1:0]     read;
    localparam int RamWidth = TableBeats > 1 ? $clog2(TableBeats) : 1;
    logic [RamWidth-1:0]   wr_addr_q, wr_addr;
    assign wr_addr = wr_addr_q ^ (RamWidth'(1) << (PointBits - 1));
    always_ff @(posedge clk_i) begin
      if (!rst_ni) wr_addr_q <= '0;
      else if (wr_en_i) wr_addr_q <= wr_addr_q + 1'b1;
    end
    for (genvar l = 0; l < Tile; l++) begin : gen_table
      logic [7:0]                  point;  // the value, of which DRAM's point is x + 128: the highest bit is turned when it is written
      logic [TableWidth-1:0]       rd_addr;
      logic [(8<<WordsLog2)-1:0]   points, beat;
      assign rd_addr = {beat_i[TableWidth-1:PointBits], point[7:WordsLog2]};
      assign point = word_i[l*8+:8];
      for (genvar w = 0; w < (1 << WordsLog2); w++) begin : gen_word
        assign beat[w*8+:8] = wr_data_i[(w*Tile+l)*8+:8];
      end
      simd_ram #(
        .Width(8 << WordsLog2),
        .Depth(TableBeats)
      ) u_ram (
        .clk_i,
        .wr_en_i,
        .wr_addr_i(wr_addr),
        .wr_data_i(beat),
        .rd_addr_i(rd_addr[RamWidth-1:0]),
        .rd_data_o(points)
      );
      logic unused_addr;
      assign unused_addr = ^rd_addr;
      if (WordsLog2 == 0) begin : gen_point
        assign read[l*8+:8] = points;
      end else begin : gen_select
        logic [WordsLog2-1:0] which1_q, which2_q;
        always_ff @(posedge clk_i) begin
          which1_q <= point[WordsLog2-1:0];
          which2_q <= which1_q;
        end
        assign read[l*8+:8] = points[32'(which2_q)*8+:8];
      end
    end
    assign word_o = table_i ? read : word2_q;
    logic unused_bits;
    assign unused_bits = ^beat_i;
  end else begin : gen_none
    assign word_o = word2_q;
    logic unused_bits;
    assign unused_bits = ^{rst_ni, wr_en_i, wr_data_i, beat_i, table_i};
  end
endmodule
