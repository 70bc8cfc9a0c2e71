// Skid buffer: a FIFO of two beats in registers. Cuts every combinational path between its two sides at full throughput.
//
//   in --+------------------> main_q --> out
//        |                     ^
//        +--> spare_q ---------+      spare_q takes the beat that arrives while main_q is held
//
// What is pushed at a clock edge is visible after it; in_ready_o is a register (fewer than two beats are held).
module stream_skid #(
  parameter int Width = 8
) (
  input  logic             clk_i,        // clock
  input  logic             rst_ni,       // synchronous reset, active low
  input  logic             in_valid_i,   // stream in; keep it low during reset
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,  // stream out
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

`ifndef __ICARUS__
  if (Width < 1) begin : gen_illegal
    $error("stream_skid: Width at least 1");
  end
`endif

  logic [Width-1:0] main_q, spare_q;
  logic             main_valid_q, spare_valid_q;
  logic             main_free;

  assign main_free   = !main_valid_q || out_ready_i;
  assign in_ready_o  = !spare_valid_q;
  assign out_valid_o = main_valid_q;
  assign out_data_o  = main_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      main_valid_q  <= 1'b0;
      spare_valid_q <= 1'b0;
    end else if (main_free) begin
      main_valid_q  <= spare_valid_q || in_valid_i;
      spare_valid_q <= 1'b0;  // it moved up, and while it was taken in_ready_o kept the next one out
    end else begin
      spare_valid_q <= spare_valid_q || in_valid_i;
    end
  end

  always_ff @(posedge clk_i) begin
    if (main_free) main_q <= spare_valid_q ? spare_q : in_data_i;
    if (!spare_valid_q) spare_q <= in_data_i;
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
  spare_only_behind_main :
  assert property (@(posedge clk_i) disable iff (!rst_ni) spare_valid_q |-> main_valid_q);
`endif
endmodule
