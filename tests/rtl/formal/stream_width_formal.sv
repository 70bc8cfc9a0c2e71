// Width converter, narrowing 3 to 1 and widening 1 to 3 one after the other: what comes out of both is what went in, in order and
// held while stalled, at the wide stream between them and at the end, for every traffic.
// proof: bmc 10, unbounded
module stream_width_formal (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       mark_i,
  input logic       in_valid_i,
  input logic [2:0] in_data_i,
  input logic       middle_stall_i,
  input logic       out_ready_i
);
  logic       in_ready, middle_valid, middle_ready, out_valid, wide_ready;
  logic       middle_data;
  logic [2:0] out_data;
  logic       started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always @* assume (started_q == rst_ni);

  stream_width #(
    .LanesIn(3), .LanesOut(1), .LaneWidth(1)
  ) u_narrow (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o(in_ready), .in_data_i,
    .out_valid_o(middle_valid), .out_ready_i(middle_ready), .out_data_o(middle_data)
  );
  assign middle_ready = wide_ready && !middle_stall_i;
  stream_width #(
    .LanesIn(1), .LanesOut(3), .LaneWidth(1)
  ) u_widen (
    .clk_i, .rst_ni, .in_valid_i(middle_valid && !middle_stall_i), .in_ready_o(wide_ready), .in_data_i(middle_data),
    .out_valid_o(out_valid), .out_ready_i, .out_data_o(out_data)
  );

  beat_tracker #(
    .Width(3)
  ) u_tracker (
    .clk_i, .rst_ni, .mark_i, .in_valid_i, .in_ready_i(in_ready), .in_data_i,
    .out_valid_i(out_valid), .out_ready_i, .out_data_i(out_data), .level_o()
  );

  // The narrow stream between them, for itself: lane by lane of the wide beat that went in.
  logic       stalled_q = 1'b0;
  logic       last_q;
  logic [1:0] lane_q;
  logic [2:0] wide_q;
  always_ff @(posedge clk_i) begin
    stalled_q <= rst_ni && middle_valid && !middle_ready;
    last_q    <= middle_data;
    if (in_valid_i && in_ready) wide_q <= in_data_i;
    if (!rst_ni) lane_q <= '0;
    else if (middle_valid && middle_ready) lane_q <= (lane_q == 2'd2) ? 2'd0 : lane_q + 1'b1;
  end
  always @* begin
    if (rst_ni && stalled_q) assert (middle_valid && middle_data == last_q);
    if (rst_ni && middle_valid) assert (middle_data == wide_q[lane_q]);
  end
endmodule
