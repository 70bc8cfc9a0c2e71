// Fork: one stream into the long and the residual way round a sub-layer. The two output FIFOs are inside: both are written in the
// same cycle, and whether they can be is told by their registers alone, so no ready reaches a valid through this module.
//
//             +--> stream_fifo LongDepth  --> long
//   in --+----+
//             +--> stream_fifo ShortDepth --> short      no register of its own: latency 0 to the FIFOs
module stream_fork #(
  parameter int Width = 8,
  parameter int LongDepth = 2,
  parameter int ShortDepth = 2
) (
  input  logic             clk_i,          // clock
  input  logic             rst_ni,         // synchronous reset, active low
  input  logic             in_valid_i,     // stream in; keep it low during reset
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             long_valid_o,   // stream out of the long way's FIFO
  input  logic             long_ready_i,
  output logic [Width-1:0] long_data_o,
  output logic             short_valid_o,  // stream out of the residual way's FIFO
  input  logic             short_ready_i,
  output logic [Width-1:0] short_data_o
);

  logic long_space, short_space;

  assign in_ready_o = long_space && short_space;

  stream_fifo #(
    .Width(Width),
    .Depth(LongDepth)
  ) u_long (
    .clk_i,
    .rst_ni,
    .in_valid_i (in_valid_i && short_space),
    .in_ready_o (long_space),
    .in_data_i,
    .out_valid_o(long_valid_o),
    .out_ready_i(long_ready_i),
    .out_data_o (long_data_o)
  );

  stream_fifo #(
    .Width(Width),
    .Depth(ShortDepth)
  ) u_short (
    .clk_i,
    .rst_ni,
    .in_valid_i (in_valid_i && long_space),
    .in_ready_o (short_space),
    .in_data_i,
    .out_valid_o(short_valid_o),
    .out_ready_i(short_ready_i),
    .out_data_o (short_data_o)
  );
endmodule
