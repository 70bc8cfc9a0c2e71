// Watches a stream that goes into a device under proof and one that comes out. The solver marks a beat as it goes in; the beats
// before it are counted, and after just as many it must come out unchanged. True for every mark, this means that nothing is lost,
// repeated or reordered. Also: what is offered on the output stays there until it is taken. One mark at a time and small counters
// instead of beat numbers keep the state small enough for a proof without a bound.
module beat_tracker #(
  parameter int Width = 1,
  parameter int LevelWidth = 3  // counts the beats inside the device
) (
  input  logic                  clk_i,
  input  logic                  rst_ni,
  input  logic                  mark_i,       // free
  input  logic                  in_valid_i,
  input  logic                  in_ready_i,
  input  logic [Width-1:0]      in_data_i,
  input  logic                  out_valid_i,
  input  logic                  out_ready_i,
  input  logic [Width-1:0]      out_data_i,
  output logic [LevelWidth-1:0] level_o       // beats inside
);
  logic                  push, pop, marked_q, stalled_q;
  logic [LevelWidth-1:0] level_q, ahead_q;
  logic [Width-1:0]      data_q, last_data_q;
  assign push    = in_valid_i && in_ready_i;
  assign pop     = out_valid_i && out_ready_i;
  assign level_o = level_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      level_q   <= '0;
      marked_q  <= 1'b0;
      stalled_q <= 1'b0;
    end else begin
      level_q   <= level_q + push - pop;
      stalled_q <= out_valid_i && !out_ready_i;
      if (marked_q && pop) begin
        ahead_q <= ahead_q - 1'b1;
        if (ahead_q == '0) marked_q <= 1'b0;
      end else if (!marked_q && push && mark_i) begin
        marked_q <= 1'b1;
        ahead_q  <= level_q - pop;
        data_q   <= in_data_i;
      end
    end
    last_data_q <= out_data_i;
  end

  always @* begin
    if (rst_ni) begin
      if (out_valid_i) assert (level_q != '0);  // nothing comes out that has not gone in
      if (marked_q && ahead_q == '0 && out_valid_i) assert (out_data_i == data_q);
      if (stalled_q) assert (out_valid_i && out_data_i == last_data_q);
    end
  end
endmodule
