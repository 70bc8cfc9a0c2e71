// y = requant(x * weight, shift, bias), three registers: product; rounded; biased.
module simd_affine (
  input  logic        clk_i,        // clock
  input  logic [7:0]  x_i,          // signed
  input  logic [20:0] constants_i,  // with it: {shift[4:0], bias[7:0], weight[7:0]}
  output logic [7:0]  y_o           // three cycles later
);
  logic signed [7:0]  x, weight;
  logic signed [15:0] product_q;
  logic        [7:0]  bias_q;
  logic        [4:0]  shift_q;
  assign x      = x_i;
  assign weight = constants_i[7:0];
  always_ff @(posedge clk_i) begin
    product_q <= x * weight;
    bias_q    <= constants_i[15:8];
    shift_q   <= constants_i[20:16];
  end
  requantize #(
    .AccWidth(16),
    .Relu    (0)
  ) u_requantize (
    .clk_i,
    .en_i   (1'b1),
    .acc_i  (product_q),
    .shift_i(shift_q),
    .bias_i (bias_q),
    .data_o (y_o)
  );
endmodule
