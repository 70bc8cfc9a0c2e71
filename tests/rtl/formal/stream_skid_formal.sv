// Skid buffer: order, nothing lost or repeated, held while stalled. By induction, so for all time: a model of two beats is tied to the
// registers inside.
// proof: bmc 20, induction 4
module stream_skid_formal (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       in_valid_i,
  input logic [3:0] in_data_i,
  input logic       out_ready_i
);
  logic       in_ready, out_valid;
  logic [3:0] out_data;
  stream_skid #(
    .Width(4)
  ) u_dut (
    .clk_i, .rst_ni, .in_valid_i, .in_ready_o(in_ready), .in_data_i,
    .out_valid_o(out_valid), .out_ready_i, .out_data_o(out_data)
  );

  // The same wires as in the flattened device.
  (* hierconn *) wire [3:0] \u_dut.main_q ;
  (* hierconn *) wire [3:0] \u_dut.spare_q ;

  logic [1:0] level_q;
  logic [3:0] first_q, second_q;
  logic       push, pop, started_q = 1'b0;
  assign push = in_valid_i && in_ready;
  assign pop  = out_valid && out_ready_i;
  always_ff @(posedge clk_i) begin
    started_q <= 1'b1;
    level_q   <= level_q + push - pop;
    if (pop) first_q <= second_q;
    if (push && level_q - pop == 2'd0) first_q <= in_data_i;
    if (push && level_q - pop == 2'd1) second_q <= in_data_i;
    if (!rst_ni) level_q <= 2'd0;
  end

  always @* begin
    assume (started_q || !rst_ni);
    if (rst_ni) begin
      assert (level_q <= 2'd2);
      assert (in_ready == (level_q < 2'd2));
      assert (out_valid == (level_q > 2'd0));
      if (level_q > 2'd0) assert (out_data == first_q && \u_dut.main_q == first_q);
      if (level_q > 2'd1) assert (\u_dut.spare_q == second_q);
    end
  end
endmodule
