// A ring that DRAM fills beat by beat, and from which words of Tile bytes are read at addresses of the reader's own.
//
//   beats --> [ ring, as wide as the bus ] --> word of the beat --> word_o       three registers
module simd_ring #(
  parameter int Tile = 16,      // bytes of a word
  parameter int BusBytes = 16,  // of a beat: Tile times a power of two
  parameter int Beats = 512,    // a power of two
  localparam int WordsLog2 = $clog2(BusBytes / Tile),
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1,
  localparam int WordWidth = BeatWidth + WordsLog2
) (
  input  logic                  clk_i,      // clock
  input  logic                  rst_ni,     // synchronous reset, active low: empties the ring
  input  logic                  wr_en_i,    // a beat, behind the last one
  input  logic [BusBytes*8-1:0] wr_data_i,
  input  logic [WordWidth-1:0]  rd_addr_i,  // of a word in the ring
  output logic [Tile*8-1:0]     rd_word_o   // three cycles later
);

`ifndef __ICARUS__
  if (Tile < 1 || BusBytes % Tile != 0 || (1 << WordsLog2) * Tile != BusBytes || (1 << $clog2(Beats)) != Beats) begin : gen_illegal
    $error("simd_ring: BusBytes is Tile times a power of two, Beats a power of two");
  end
`endif

  logic [BeatWidth-1:0]  wr_addr_q;
  logic [BusBytes*8-1:0] beat;
  logic [Tile*8-1:0]     word_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) wr_addr_q <= '0;
    else if (wr_en_i) wr_addr_q <= Beats > 1 ? wr_addr_q + 1'b1 : '0;
  end

  simd_ram #(
    .Width(BusBytes * 8),
    .Depth(Beats)
  ) u_ram (
    .clk_i,
    .wr_en_i,
    .wr_addr_i(wr_addr_q),
    .wr_data_i,
    .rd_addr_i(rd_addr_i[WordWidth-1:WordsLog2]),
    .rd_data_o(beat)
  );

  if (WordsLog2 == 0) begin : gen_word
    always_ff @(posedge clk_i) word_q <= beat;
  end else begin : gen_select
    logic [WordsLog2-1:0] first_q, second_q;
    always_ff @(posedge clk_i) begin
      first_q  <= rd_addr_i[WordsLog2-1:0];
      second_q <= first_q;
      word_q   <= beat[second_q*(Tile*8)+:Tile*8];
    end
  end
  assign rd_word_o = word_q;
endmodule
