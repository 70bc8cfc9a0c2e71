// Argmax: the index of the highest of a vector's INT8 elements, the lowest index on a tie, one input beat a cycle, latency 2 from the
// vector's last beat.
//
//   in --> tree over the lanes --> beat_q --> higher than best_q? --> best_q --> out      (valid only after the last beat)
//                                             ^-- best_q, or nothing for the first beat
module argmax_unit #(
  parameter int Elements = 10,  // of a vector, 1..256
  parameter int Lanes = 1       // elements a beat; divides Elements
) (
  input  logic               clk_i,        // clock
  input  logic               rst_ni,       // synchronous reset, active low
  input  logic               in_valid_i,   // stream in
  output logic               in_ready_o,
  input  logic [Lanes*8-1:0] in_data_i,
  output logic               out_valid_o,  // stream out: the index, one beat a vector
  input  logic               out_ready_i,
  output logic [7:0]         out_data_o
);

`ifndef __ICARUS__
  if (Lanes < 1 || Elements < 1 || Elements > 256 || Elements % Lanes != 0) begin : gen_illegal
    $error("argmax_unit: Lanes must divide Elements, which is at most 256");
  end
`endif

  localparam int Beats = Elements / Lanes;
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);
  localparam int Levels = Lanes > 1 ? $clog2(Lanes) : 0;  // of the tree over the lanes

  logic                 en;
  logic [1:0]           valid_q;  // bit 1: the output
  logic [BeatWidth-1:0] beat_q;   // of the beat that comes in
  logic [7:0]           base_q;   // index of its lane 0

  assign en          = !valid_q[1] || out_ready_i;
  assign in_ready_o  = en;
  assign out_valid_o = valid_q[1];

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      beat_q  <= '0;
      base_q  <= '0;
    end else if (en) begin
      valid_q <= {valid_q[0], in_valid_i && beat_q == LastBeat};
      if (in_valid_i) begin
        beat_q <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
        base_q <= (beat_q == LastBeat) ? '0 : base_q + 8'(Lanes);
      end
    end
  end

  // A tree over the lanes, level by level; of two alike the lower lane wins. An odd one out goes up as it is.
  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Below = l == 0 ? 0 : (Lanes + (1 << (l - 1)) - 1) >> (l - 1);  // nodes a level down
    for (genvar n = 0; n < (Lanes + (1 << l) - 1) >> l; n++) begin : gen_node
      logic signed [7:0] value;
      logic [7:0]        lane;
      if (l == 0) begin : gen_lane
        assign value = in_data_i[n*8+:8];
        assign lane  = 8'(n);
      end else if (2 * n + 1 < Below) begin : gen_higher
        logic upper;
        assign upper = gen_level[l-1].gen_node[2*n+1].value > gen_level[l-1].gen_node[2*n].value;
        assign value = upper ? gen_level[l-1].gen_node[2*n+1].value : gen_level[l-1].gen_node[2*n].value;
        assign lane  = upper ? gen_level[l-1].gen_node[2*n+1].lane : gen_level[l-1].gen_node[2*n].lane;
      end else begin : gen_pass
        assign value = gen_level[l-1].gen_node[2*n].value;
        assign lane  = gen_level[l-1].gen_node[2*n].lane;
      end
    end
  end

  logic [7:0] value, lane;  // of the beat
  if (Lanes >= 1) begin : gen_root
    assign value = gen_level[Levels].gen_node[0].value;
    assign lane  = gen_level[Levels].gen_node[0].lane;
  end

  logic       full_q, first_q;  // there is a beat; it is its vector's first
  logic [7:0] highest_q, index_q, best_q, best_index_q;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      full_q <= 1'b0;
    end else if (en) begin
      full_q <= in_valid_i;
    end
    if (en) begin
      first_q   <= beat_q == '0;
      highest_q <= value;
      index_q   <= base_q + lane;
      if (full_q && (first_q || $signed(highest_q) > $signed(best_q))) begin
        best_q       <= highest_q;
        best_index_q <= index_q;
      end
    end
  end
  assign out_data_o = best_index_q;

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
