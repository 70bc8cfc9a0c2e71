// Transpose of 2 x 4 elements, 2 lanes: an element that the solver marks as it goes in comes out in its place, for every
// traffic. And the output holds while stalled.
// proof: bmc 10, unbounded
module transpose_formal (
  input logic        clk_i,
  input logic        rst_ni,
  input logic         mark_i,
  input logic         in_valid_i,
  input logic [15:0] in_data_i,
  input logic        out_ready_i
);
  logic        in_ready, out_valid;
  logic [15:0] out_data;
  logic        started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always @* assume (started_q == rst_ni);

  transpose_unit #(
    .Vectors(2), .Elements(4), .Lanes(2)
  ) u_dut (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o(in_ready), .in_data_i,
    .out_valid_o(out_valid), .out_ready_i, .out_data_o(out_data)
  );

  // The mark: in beat {row, column[1]} of an image (4 beats in) the element of lane column[0]; it comes out in beat column (4 beats out)
  // in lane row. ahead_q counts the beats that come out before it.
  logic        push, pop, marked_q, lane_q, stalled_q;
  logic [1:0]  in_beat_q, column;
  logic [3:0]  complete_q, ahead_q;  // complete_q: beats of complete images that have not come out
  logic [7:0]  element_q;
  logic [15:0] last_q;
  (* anyconst *) logic lane;
  assign push   = in_valid_i && in_ready;
  assign pop    = out_valid && out_ready_i;
  assign column = {in_beat_q[0], lane};
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      in_beat_q  <= '0;
      complete_q <= '0;
      marked_q   <= 1'b0;
      stalled_q  <= 1'b0;
    end else begin
      if (push) in_beat_q <= in_beat_q + 1'b1;
      complete_q <= complete_q - pop + (push && in_beat_q == 2'd3 ? 4'd4 : 4'd0);
      if (marked_q && pop) begin
        ahead_q <= ahead_q - 1'b1;
        if (ahead_q == '0) marked_q <= 1'b0;
      end else if (!marked_q && push && mark_i) begin
        marked_q  <= 1'b1;
        ahead_q   <= complete_q - pop + column;
        lane_q    <= in_beat_q[1];
        element_q <= in_data_i[lane*8+:8];
      end
      stalled_q <= out_valid && !out_ready_i;
    end
    last_q <= out_data;
  end
  always @* begin
    assume ((in_data_i & 16'hfefe) == '0);  // one bit of data is enough, as the solver chooses it
    if (rst_ni) begin
      if (out_valid) assert (complete_q != '0);  // only of images that are complete
      if (marked_q && ahead_q == '0 && out_valid) assert (out_data[lane_q*8+:8] == element_q);
      if (stalled_q) assert (out_valid && out_data == last_q);
    end
  end
endmodule
