// One channel on the way out of the tile, a row a cycle:
//
//   sum --> requantise (2) --> [relu] --> affine (3) --> + residual (1) --+--> affine (3) --> main_o
//                                                                         +--> affine (3) --> side_o
//
// Constants come as bytes of their own stages, each in the cycle in which its stage takes them.
module simd_lane #(
  parameter int AccWidth = 32
) (
  input  logic                clk_i,       // clock
  input  logic [AccWidth-1:0] sum_i,       // cycle 0
  input  logic [7:0]          bias_i,      // cycle 0
  input  logic [4:0]          shift_i,     // cycle 0
  input  logic                relu_i,      // cycle 2
  input  logic [20:0]         pre_i,       // cycle 2: {shift[4:0], bias[7:0], weight[7:0]} of the affine before the add
  input  logic                add_i,       // cycle 5
  input  logic [7:0]          residual_i,  // cycle 5
  input  logic [20:0]         main_i,      // cycle 6: of the main side's affine
  input  logic [20:0]         side_i,      // cycle 6
  output logic [7:0]          main_o,      // cycle 9
  output logic [7:0]          side_o       // cycle 9
);
  logic [7:0] sum8, rectified, scaled, tap_d, tap_q;
  logic [8:0] added;

  requantize #(
    .AccWidth(AccWidth),
    .Relu    (0)
  ) u_requantize (
    .clk_i,
    .en_i   (1'b1),
    .acc_i  (sum_i),
    .shift_i,
    .bias_i,
    .data_o (sum8)
  );
  assign rectified = relu_i && sum8[7] ? 8'h00 : sum8;

  simd_affine u_pre (
    .clk_i,
    .x_i        (rectified),
    .constants_i(pre_i),
    .y_o        (scaled)
  );
  assign added = {scaled[7], scaled} + (add_i ? {residual_i[7], residual_i} : 9'd0);
  assign tap_d = added[8] != added[7] ? {added[8], {7{!added[8]}}} : added[7:0];
  always_ff @(posedge clk_i) tap_q <= tap_d;

  simd_affine u_main (
    .clk_i,
    .x_i        (tap_q),
    .constants_i(main_i),
    .y_o        (main_o)
  );
  simd_affine u_side (
    .clk_i,
    .x_i        (tap_q),
    .constants_i(side_i),
    .y_o        (side_o)
  );
endmodule
