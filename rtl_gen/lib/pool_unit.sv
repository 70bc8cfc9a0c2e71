// Average pool: p[d] = sat8(round_shift(sum over 2^VectorsLog2 vectors of x[d], VectorsLog2)), one beat a cycle, latency 2 from the
// last vector's beat. The running sums lie in a small memory; the last vector's finished sums go straight on, so that the next
// image's first vector can overwrite them at once.
//
//   in --> + --> sum_q --> round, shift --> out_q --> out      (valid only for the last vector)
//          ^ \--> sums[beat]
//          +--- sums[beat], or 0 for the first vector
//
// An average of INT8 values is an INT8 value: nothing is left to saturate.
module pool_unit #(
  parameter int VectorsLog2 = 6,  // 2^VectorsLog2 vectors an image, 0..16
  parameter int Elements = 96,    // of a vector
  parameter int Lanes = 1         // elements a beat; divides Elements
) (
  input  logic               clk_i,        // clock
  input  logic               rst_ni,       // synchronous reset, active low
  input  logic               in_valid_i,   // stream in
  output logic               in_ready_o,
  input  logic [Lanes*8-1:0] in_data_i,
  output logic               out_valid_o,  // stream out
  input  logic               out_ready_i,
  output logic [Lanes*8-1:0] out_data_o
);

`ifndef __ICARUS__
  if (Lanes < 1 || Elements < 1 || Elements % Lanes != 0 || VectorsLog2 < 0 || VectorsLog2 > 16) begin : gen_illegal
    $error("pool_unit: Lanes must divide Elements, VectorsLog2 in 0..16");
  end
`endif

  localparam int Beats = Elements / Lanes;
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam int SumWidth = 8 + VectorsLog2;
  localparam int VectorWidth = VectorsLog2 > 0 ? VectorsLog2 : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);
  localparam logic [VectorWidth-1:0] LastVector = VectorWidth'((1 << VectorsLog2) - 1);

  logic                      en, take;
  logic [1:0]                valid_q;  // bit 1: the output
  logic [BeatWidth-1:0]      beat_q;
  logic [VectorWidth-1:0]    vector_q;
  logic [Lanes*SumWidth-1:0] sums [0:Beats-1];
  logic [Lanes*SumWidth-1:0] old_sum, sum_d, sum_q;

  assign en          = !valid_q[1] || out_ready_i;
  assign take        = en && in_valid_i;
  assign in_ready_o  = en;
  assign out_valid_o = valid_q[1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q  <= '0;
      beat_q   <= '0;
      vector_q <= '0;
    end else if (en) begin
      valid_q <= {valid_q[0], in_valid_i && vector_q == LastVector};
      if (in_valid_i) begin
        beat_q <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
        if (beat_q == LastBeat) vector_q <= (vector_q == LastVector) ? '0 : vector_q + 1'b1;
      end
    end
  end

  assign old_sum = (vector_q == '0) ? '0 : sums[beat_q];
  always_ff @(posedge clk_i) begin
    if (take) sums[beat_q] <= sum_d;
    if (en) sum_q <= sum_d;
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [7:0]          x, out_q;
    logic [SumWidth-1:0] sum, rounded;
    assign x   = in_data_i[l*8+:8];
    assign sum = sum_q[l*SumWidth+:SumWidth];
    if (VectorsLog2 == 0) begin : gen_one_vector
      assign sum_d[l*SumWidth+:SumWidth] = x;
      assign rounded = sum;
      logic unused_old_sum;
      assign unused_old_sum = ^old_sum[l*SumWidth+:SumWidth];
    end else begin : gen_vectors
      assign sum_d[l*SumWidth+:SumWidth] = old_sum[l*SumWidth+:SumWidth] + {{VectorsLog2{x[7]}}, x};
      // The sum of 2^VectorsLog2 INT8 values plus half a step still fits.
      assign rounded = sum + SumWidth'(1 << (VectorsLog2 - 1));
      logic unused_rounded;
      assign unused_rounded = ^rounded[VectorsLog2-1:0];
    end
    always_ff @(posedge clk_i) begin
      if (en) out_q <= rounded[VectorsLog2+:8];
    end
    assign out_data_o[l*8+:8] = out_q;
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
