// FIFOs of one register, of LUT RAM and of block RAM, with a depth that is no power of two: order, nothing lost or repeated,
// held while stalled, never more than Depth beats inside, for every traffic.
// proof: bmc 8, unbounded
module stream_fifo_formal (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       mark_i,
  input logic [2:0] in_valid_i,
  input logic       in_data_i,
  input logic [2:0] out_ready_i
);
  logic [2:0] in_ready, out_valid;
  logic       started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always @* assume (started_q == rst_ni);  // one reset, at the start

  for (genvar i = 0; i < 3; i++) begin : gen_fifo
    localparam int Depth = i == 0 ? 1 : 3;
    logic       data;
    logic [2:0] level;
    stream_fifo #(
      .Width(1), .Depth(Depth), .BlockRam(i == 2 ? 1 : 0)
    ) u_dut (
      .clk_i, .rst_ni, .in_valid_i(in_valid_i[i] && rst_ni), .in_ready_o(in_ready[i]), .in_data_i,
      .out_valid_o(out_valid[i]), .out_ready_i(out_ready_i[i]), .out_data_o(data)
    );
    beat_tracker #(
      .Width(1)  // a wrong beat differs in some bit, and the solver chooses the data
    ) u_tracker (
      .clk_i, .rst_ni, .mark_i, .in_valid_i(in_valid_i[i]), .in_ready_i(in_ready[i]), .in_data_i,
      .out_valid_i(out_valid[i]), .out_ready_i(out_ready_i[i]), .out_data_i(data), .level_o(level)
    );
    always @* begin
      if (rst_ni) begin
        assert (in_ready[i] == (level < Depth));
        assert (out_valid[i] == (level > 0));
      end
    end
  end
endmodule
