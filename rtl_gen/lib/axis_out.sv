// AXI4-Stream out: a packet an image of Beats beats. TLAST marks its last beat; with it TUSER tells that the packet which the image
// came from was too short or too long, so that the result means nothing.
//
//   in ----+--> axis      no register
//   image -+              taken with the last beat, which waits for it
module axis_out #(
  parameter int Lanes = 1,  // bytes a beat
  parameter int Beats = 10  // of an image's result
) (
  input  logic               clk_i,          // clock
  input  logic               rst_ni,         // synchronous reset, active low
  input  logic               in_valid_i,     // stream in: results
  output logic               in_ready_o,
  input  logic [Lanes*8-1:0] in_data_i,
  input  logic               image_valid_i,  // stream in, a beat an image
  output logic               image_ready_o,
  input  logic               image_bad_i,    // its packet was not one image long
  output logic               axis_valid_o,   // AXI4-Stream out; low during reset
  input  logic               axis_ready_i,
  output logic [Lanes*8-1:0] axis_data_o,
  output logic               axis_last_o,
  output logic               axis_user_o     // with axis_last_o: the result means nothing
);

`ifndef __ICARUS__
  if (Lanes < 1 || Beats < 1) begin : gen_illegal
    $error("axis_out: Lanes and Beats at least 1");
  end
`endif

  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  logic [BeatWidth-1:0] beat_q;
  logic                 last, told;

  assign last          = beat_q == LastBeat;
  assign told          = !last || image_valid_i;
  assign in_ready_o    = axis_ready_i && told && rst_ni;
  assign axis_valid_o  = in_valid_i && told && rst_ni;
  assign axis_data_o   = in_data_i;
  assign axis_last_o   = last;
  assign axis_user_o   = last && image_bad_i;
  assign image_ready_o = axis_valid_o && axis_ready_i && last;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_q <= '0;
    end else if (axis_valid_o && axis_ready_i) begin
      beat_q <= last ? '0 : beat_q + 1'b1;
    end
  end

`ifdef VERILATOR
  axis_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    axis_valid_o && !axis_ready_i |=> axis_valid_o && $stable(axis_data_o) && $stable(axis_last_o) && $stable(axis_user_o));
`endif
endmodule
