// Residual add: y = sat8(a + r), one beat of each way a cycle, latency 1. Takes both beats in the same cycle, or none.
//
//   long ----+
//            + --> clamp --> sum_q --> out
//   short ---+
module add_unit #(
  parameter int Lanes = 1  // elements a beat
) (
  input  logic               clk_i,          // clock
  input  logic               rst_ni,         // synchronous reset, active low
  input  logic               long_valid_i,   // stream in: the long way
  output logic               long_ready_o,
  input  logic [Lanes*8-1:0] long_data_i,
  input  logic               short_valid_i,  // stream in: the residual way
  output logic               short_ready_o,
  input  logic [Lanes*8-1:0] short_data_i,
  output logic               out_valid_o,    // stream out
  input  logic               out_ready_i,
  output logic [Lanes*8-1:0] out_data_o
);

`ifndef __ICARUS__
  if (Lanes < 1) begin : gen_illegal
    $error("add_unit: Lanes at least 1");
  end
`endif

  logic en, valid_q;

  // Each ready waits for the other's valid: joining two streams cannot do without.
  assign en            = !valid_q || out_ready_i;
  assign long_ready_o  = en && short_valid_i;
  assign short_ready_o = en && long_valid_i;
  assign out_valid_o   = valid_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) valid_q <= 1'b0;
    else if (en) valid_q <= long_valid_i && short_valid_i;
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [7:0] a, r, sum_d, sum_q;
    logic [8:0] sum;
    assign a   = long_data_i[l*8+:8];
    assign r   = short_data_i[l*8+:8];
    assign sum = {a[7], a} + {r[7], r};
    assign sum_d = (sum[8] == sum[7]) ? sum[7:0] : {sum[8], {7{!sum[8]}}};
    always_ff @(posedge clk_i) begin
      if (en) sum_q <= sum_d;
    end
    assign out_data_o[l*8+:8] = sum_q;
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
