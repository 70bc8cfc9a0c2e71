// AXI4-Stream in: packets to images. An image is Beats beats and ends with TLAST; where a packet is longer or shorter, the error output
// rises for good, and the next packet is the next image. So every packet is one image to what follows, whatever it holds:
//
//   too short:  zeros fill the image up after TLAST, while the sender waits
//   too long:   what follows the image is taken and dropped, up to TLAST
//
//   axis --+--> out         no register: a beat passes in the cycle in which it comes
//          +--> image       with an image's last beat: whether its packet was of another length
module axis_in #(
  parameter int Lanes = 1,   // bytes a beat
  parameter int Beats = 192  // of an image
) (
  input  logic               clk_i,          // clock
  input  logic               rst_ni,         // synchronous reset, active low
  input  logic               axis_valid_i,   // AXI4-Stream in; not taken during reset
  output logic               axis_ready_o,
  input  logic [Lanes*8-1:0] axis_data_i,
  input  logic               axis_last_i,
  output logic               out_valid_o,    // stream out: whole images, beat by beat
  input  logic               out_ready_i,
  output logic [Lanes*8-1:0] out_data_o,
  output logic               image_valid_o,  // stream out, a beat an image, together with its last one
  input  logic               image_ready_i,  // (a FIFO's: it does not wait for valid)
  output logic               image_bad_o,    // its packet was not one image long
  output logic               error_o         // there was such a packet since the reset
);

`ifndef __ICARUS__
  if (Lanes < 1 || Beats < 1) begin : gen_illegal
    $error("axis_in: Lanes and Beats at least 1");
  end
`endif

  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  logic [BeatWidth-1:0] beat_q;
  logic                 pad_q, drop_q, error_q;
  logic                 last, free, take, give;

  assign last          = beat_q == LastBeat;
  assign free          = out_ready_i && (!last || image_ready_i);
  assign axis_ready_o  = rst_ni && (drop_q || (!pad_q && free));
  assign take          = axis_valid_i && axis_ready_o;
  assign out_valid_o   = rst_ni && !drop_q && (pad_q || axis_valid_i) && (!last || image_ready_i);
  assign out_data_o    = pad_q ? '0 : axis_data_i;
  assign give          = out_valid_o && out_ready_i;
  assign image_valid_o = give && last;
  assign image_bad_o   = pad_q || !axis_last_i;
  assign error_o       = error_q;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      beat_q  <= '0;
      pad_q   <= 1'b0;
      drop_q  <= 1'b0;
      error_q <= 1'b0;
    end else begin
      if (give) begin
        beat_q <= last ? '0 : beat_q + 1'b1;
        pad_q  <= (pad_q || axis_last_i) && !last;
      end
      if (take) drop_q <= !axis_last_i && (drop_q || last);
      if (give && !pad_q && axis_last_i != last) error_q <= 1'b1;
    end
  end

`ifdef VERILATOR
  one_of_both :
  assert property (@(posedge clk_i) disable iff (!rst_ni) !(pad_q && drop_q));
  pads_no_whole_image :
  assert property (@(posedge clk_i) disable iff (!rst_ni) pad_q |-> beat_q != '0 && error_q);
`endif
endmodule
