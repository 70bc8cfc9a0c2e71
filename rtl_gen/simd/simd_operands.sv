// What the tile takes of a step: a value a row and a value a column, out of image, activations and weights.
module simd_operands #(
  parameter int Tile = 16
) (
  input  logic              clk_i,          // clock
  input  logic              first_i,        // with the step's addresses: it begins new sums
  input  logic              over_tokens_i,  // weights are the rows
  input  logic              from_input_i,   // the image, not the activations
  input  logic [Tile*8-1:0] input_i,        // the words, three cycles later
  input  logic [Tile*8-1:0] activations_i,
  input  logic [Tile*8-1:0] weights_i,
  output logic [Tile*8-1:0] rows_o,         // with them
  output logic [Tile*8-1:0] columns_o,
  output logic              first_o
);
  logic [2:0]        first_q, tokens_q, input_q;
  logic [Tile*8-1:0] operand;
  always_ff @(posedge clk_i) begin
    first_q  <= {first_q[1:0], first_i};
    tokens_q <= {tokens_q[1:0], over_tokens_i};
    input_q  <= {input_q[1:0], from_input_i};
  end
  assign operand   = input_q[2] ? input_i : activations_i;
  assign rows_o    = tokens_q[2] ? weights_i : operand;
  assign columns_o = tokens_q[2] ? operand : weights_i;
  assign first_o   = first_q[2];
endmodule
