// The state of a run, as the registers show it: busy, done, failed and why, images done, cycles; the interrupt.
module simd_control (
  input  logic        clk_i,             // clock
  input  logic        rst_ni,            // synchronous reset, active low
  input  logic        start_request_i,   // registers: the host wants a run ...
  input  logic        clear_i,           // ... or has read how it ended
  input  logic        enable_i,          // the interrupt may rise
  input  logic [31:0] images_i,          // of the run
  input  logic [31:0] passes_i,
  input  logic        load_fail_i,       // loader: something is wrong, why, and in which pass
  input  logic [7:0]  load_code_i,
  input  logic [15:0] load_fail_pass_i,
  input  logic        load_quiet_i,      // nothing is under way
  input  logic        write_fail_i,      // writer
  input  logic        write_quiet_i,
  input  logic        image_done_i,      // an image's results are in memory
  output logic        start_o,           // a run begins
  output logic        busy_o,
  output logic        halt_o,            // something failed: begin nothing
  output logic [31:0] status_o,          // as the register has it
  output logic [31:0] images_done_o,
  output logic [63:0] cycles_o,
  output logic        interrupt_o
);
  logic        busy_q, done_q, failed_q, finished;
  logic [7:0]  code_q;
  logic [15:0] fail_pass_q;
  logic [31:0] images_done_q;
  logic [63:0] cycles_q;
  assign start_o  = start_request_i && !busy_q;
  assign halt_o   = failed_q || load_fail_i || write_fail_i;
  assign finished = busy_q && (failed_q ? load_quiet_i && write_quiet_i : images_done_q == images_i && images_i != 32'd0);
  always_ff @(posedge clk_i) begin
    if (busy_q) cycles_q <= cycles_q + 64'd1;
    if (image_done_i) images_done_q <= images_done_q + 32'd1;
    if (busy_q && !failed_q && (load_fail_i || write_fail_i)) begin
      failed_q    <= 1'b1;
      code_q      <= load_fail_i ? load_code_i : 8'd2;
      fail_pass_q <= load_fail_i ? load_fail_pass_i : 16'(passes_i - 32'd1);
    end
    if (finished) begin
      busy_q <= 1'b0;
      done_q <= !failed_q;
    end
    if (clear_i && !busy_q || start_o) begin
      done_q      <= 1'b0;
      failed_q    <= 1'b0;
      code_q      <= '0;
      fail_pass_q <= '0;
    end
    if (start_o) begin
      busy_q        <= 1'b1;
      cycles_q      <= 64'd1;
      images_done_q <= '0;
    end
    if (!rst_ni) begin
      busy_q      <= 1'b0;
      done_q      <= 1'b0;
      failed_q    <= 1'b0;
      code_q      <= '0;
      fail_pass_q <= '0;
    end
  end
  assign busy_o        = busy_q;
  assign status_o      = {fail_pass_q, code_q, 5'd0, failed_q, done_q, busy_q};
  assign images_done_o = images_done_q;
  assign cycles_o      = cycles_q;
  assign interrupt_o   = enable_i && !busy_q && (done_q || failed_q);
endmodule
