// The constants of a block: eleven words, fetched while the block before is on its way out; each stage of the lanes takes its own with the
// block's row 0.
module simd_constants #(
  parameter int Tile = 16,
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic                clk_i,          // clock
  input  logic [3:0]          index_i,        // with a word's address: which one, 0..10; 15: none
  input  logic [Tile*8-1:0]   word_i,         // the word, three cycles later
  input  logic                requant_row0_i, // row 0 is in cycle 7 ...
  input  logic [LowWidth-1:0] row7_i,         // the row that is in cycle 7
  input  logic                tokens8_i,      // that in cycle 8 is of a layer over tokens: bias and shift are its own, the same in all lanes
  input  logic                pre_row0_i,     // ... in cycle 9 ...
  input  logic                both_row0_i,    // ... in cycle 13
  output logic [Tile*8-1:0]   bias_o,         // cycle 8: of each lane
  output logic [Tile*5-1:0]   shift_o,
  output logic [Tile*21-1:0]  pre_o,          // cycle 10: {shift[4:0], bias[7:0], weight[7:0]} of the affine before the add ...
  output logic [Tile*21-1:0]  main_o,         // ... from cycle 14 on: of main ...
  output logic [Tile*21-1:0]  side_o          // ... and side
);
  // A byte a lane of each word: bias, shift; then thrice weight, bias, shift.
  logic [11:0]          index_q;  // of three cycles
  logic [11*Tile*8-1:0] shadow_q;
  logic [2*Tile*8-1:0]  requant_q;
  logic [3*Tile*8-1:0]  pre_q;
  logic [6*Tile*8-1:0]  both_q;
  logic [7:0]           own_bias_q;
  logic [4:0]           own_shift_q;
  always_ff @(posedge clk_i) begin
    index_q <= {index_q[7:0], index_i};
    for (int n = 0; n < 11; n++) begin
      if (index_q[11:8] == 4'(n)) shadow_q[n*Tile*8+:Tile*8] <= word_i;
    end
    if (requant_row0_i) requant_q <= shadow_q[0+:2*Tile*8];
    if (pre_row0_i) pre_q <= shadow_q[2*Tile*8+:3*Tile*8];
    if (both_row0_i) both_q <= shadow_q[5*Tile*8+:6*Tile*8];
    own_bias_q  <= requant_row0_i ? shadow_q[7:0] : requant_q[32'(row7_i)*8+:8];
    own_shift_q <= requant_row0_i ? shadow_q[Tile*8+:5] : requant_q[Tile*8+32'(row7_i)*8+:5];
  end
  for (genvar l = 0; l < Tile; l++) begin : gen_lane
    assign bias_o[l*8+:8]   = tokens8_i ? own_bias_q : requant_q[l*8+:8];
    assign shift_o[l*5+:5]  = tokens8_i ? own_shift_q : requant_q[(Tile+l)*8+:5];
    assign pre_o[l*21+:21]  = {pre_q[(2*Tile+l)*8+:5], pre_q[(Tile+l)*8+:8], pre_q[l*8+:8]};
    assign main_o[l*21+:21] = {both_q[(2*Tile+l)*8+:5], both_q[(Tile+l)*8+:8], both_q[l*8+:8]};
    assign side_o[l*21+:21] = {both_q[(5*Tile+l)*8+:5], both_q[(4*Tile+l)*8+:8], both_q[(3*Tile+l)*8+:8]};
  end
  logic unused_bits;
  assign unused_bits = ^{requant_q, pre_q, both_q};
endmodule
