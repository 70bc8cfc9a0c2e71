// A word turned towards lane 0: lane i of word_o is lane (i + by) mod Tile of word_i. Two bits of the number at a time, which is a lookup
// table of six inputs for each bit of the word.
module simd_turn #(
  parameter int Tile = 16,  // lanes of a byte, a power of two up to 64
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic [Tile*8-1:0]   word_i,
  input  logic [LowWidth-1:0] by_i,
  output logic [Tile*8-1:0]   word_o
);
  logic [5:0]        by;
  logic [Tile*8-1:0] ones, fours;
  assign by = 6'(by_i);
  for (genvar i = 0; i < Tile; i++) begin : gen_lane
    localparam int To1 = (i + 1) % Tile * 8, To2 = (i + 2) % Tile * 8, To3 = (i + 3) % Tile * 8;
    localparam int To4 = (i + 4) % Tile * 8, To8 = (i + 8) % Tile * 8, To12 = (i + 12) % Tile * 8;
    localparam int To16 = (i + 16) % Tile * 8, To32 = (i + 32) % Tile * 8, To48 = (i + 48) % Tile * 8;
    assign ones[i*8+:8]   = by[1] ? (by[0] ? word_i[To3+:8] : word_i[To2+:8]) : (by[0] ? word_i[To1+:8] : word_i[i*8+:8]);
    assign fours[i*8+:8]  = by[3] ? (by[2] ? ones[To12+:8] : ones[To8+:8]) : (by[2] ? ones[To4+:8] : ones[i*8+:8]);
    assign word_o[i*8+:8] = by[5] ? (by[4] ? fours[To48+:8] : fours[To32+:8]) : (by[4] ? fours[To16+:8] : fours[i*8+:8]);
  end
endmodule
