// What goes out: rows of results as they come; of a pass with argmax the index of a row's highest value, the lowest of equal ones, which is
// found lane by lane while the next block's come, and goes out a tile's width after the pass is retired.
module simd_results #(
  parameter int Tile = 16
) (
  input  logic              clk_i,      // clock
  input  logic              rst_ni,     // synchronous reset, active low
  input  logic [Tile*8-1:0] word_i,     // a row of a block ...
  input  logic              result_i,   // ... that goes out ...
  input  logic              argmax_i,   // ... or whose highest value is wanted: its first column, and how many there are
  input  logic [15:0]       column_i,
  input  logic [15:0]       columns_i,
  input  logic              retire_i,   // of a pass with argmax
  output logic              valid_o,
  output logic [Tile*8-1:0] word_o
);
  localparam int LowWidth = $clog2(Tile);
  logic [Tile*8-1:0] values_q;
  logic [LowWidth:0] left_q, out_left_q;
  logic [15:0]       at_q, limit_q;
  logic [7:0]        best_q, winner_q;
  logic              fresh_q;  // no value yet
  always_ff @(posedge clk_i) begin
    if (left_q != '0) begin
      left_q   <= left_q - 1'b1;
      values_q <= {8'd0, values_q[Tile*8-1:8]};
      at_q     <= at_q + 16'd1;
      if (at_q < limit_q && (fresh_q || $signed(values_q[7:0]) > $signed(best_q))) begin
        best_q   <= values_q[7:0];
        winner_q <= at_q[7:0];
        fresh_q  <= 1'b0;
      end
    end
    if (argmax_i) begin
      values_q <= word_i;
      left_q   <= (LowWidth + 1)'(Tile);
      at_q     <= column_i;
      limit_q  <= columns_i;
      if (column_i == 16'd0) fresh_q <= 1'b1;
    end
    if (retire_i) out_left_q <= (LowWidth + 1)'(Tile);
    else if (out_left_q != '0) out_left_q <= out_left_q - 1'b1;
    if (!rst_ni) begin
      left_q     <= '0;
      out_left_q <= '0;
      fresh_q    <= 1'b1;
    end
  end
  logic argmax_out;
  assign argmax_out = out_left_q == (LowWidth + 1)'(1);
  assign valid_o    = argmax_out || result_i;
  assign word_o     = argmax_out ? {{(Tile * 8 - 8) {1'b0}}, winner_q} : word_i;
endmodule
