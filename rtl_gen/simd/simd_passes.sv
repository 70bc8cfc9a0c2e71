// Passes on their way through the core: the next one's descriptor, fetched while the pass before runs; whether it may begin; and what
// those that have begun give back when they are retired.
module simd_passes #(
  parameter int Tile = 16,
  parameter int BusBytes = 16,
  parameter int ResultWords = 2
) (
  input  logic                  clk_i,             // clock
  input  logic                  rst_ni,            // synchronous reset, active low
  input  logic                  start_i,           // a run begins
  input  logic [31:0]           passes_i,          // of its program
  input  logic                  ready_i,           // the program is there
  input  logic                  halt_i,            // something failed: begin nothing
  output logic [15:0]           desc_addr_o,       // program memory, a beat two cycles later
  input  logic [BusBytes*8-1:0] desc_beat_i,
  input  logic                  loaded_i,          // all for one more pass is in the rings
  input  logic                  image_done_i,      // an image's results are in memory
  output logic                  go_o,              // the pass of desc_o may begin
  output logic [511:0]          desc_o,
  input  logic                  take_i,            // it begins
  input  logic                  retire_i,          // the oldest one is done; with it, what it gives back:
  output logic                  free_input_o,      // the image
  output logic [15:0]           free_constants_o,  // beats
  output logic [31:0]           free_weights_o,
  output logic [31:0]           free_tables_o,
  output logic [31:0]           words_o,           // of an image's results: the same in each
  output logic                  complete_o         // those of an image are all there
);
  localparam int DescBeats = 64 / BusBytes;
  localparam int ResultFlag = 7, ReleaseFlag = 9, ArgmaxFlag = 10;

  logic [511:0] desc_q;
  logic [4:0]   fetch_q;
  logic [15:0]  pass_q;
  logic         fetched_q;
  assign desc_addr_o = (pass_q + 16'd1) * 16'(DescBeats) + 16'(fetch_q);
  for (genvar b = 0; b < DescBeats; b++) begin : gen_desc
    always_ff @(posedge clk_i)
      if (!fetched_q && fetch_q == 5'(b + 2)) desc_q[b*BusBytes*8+:BusBytes*8] <= desc_beat_i;
  end
  always_ff @(posedge clk_i) begin
    if (!fetched_q && ready_i) begin
      fetch_q <= fetch_q + 5'd1;
      if (fetch_q == 5'(DescBeats + 1)) fetched_q <= 1'b1;
    end
    if (take_i) begin
      fetched_q <= 1'b0;
      fetch_q   <= '0;
      pass_q    <= 32'(pass_q) + 32'd1 == passes_i ? '0 : pass_q + 16'd1;
    end
    if (!rst_ni || start_i) begin
      fetched_q <= 1'b0;
      fetch_q   <= '0;
      pass_q    <= '0;
    end
  end
  assign desc_o = desc_q;

  // ---- What may begin: a pass that is loaded, and has space for its results.
  logic [31:0] waiting_q, places_q, result_words, words_q;
  assign result_words = desc_q[11*32+:32];
  assign go_o         = fetched_q && waiting_q != 32'd0 && !halt_i && (!desc_q[ResultFlag] || places_q >= result_words);
  always_ff @(posedge clk_i) begin
    waiting_q <= waiting_q + 32'(loaded_i) - 32'(take_i);
    places_q  <= places_q + (image_done_i ? words_q : 32'd0) - (take_i && desc_q[ResultFlag] ? result_words : 32'd0);
    if (take_i && desc_q[ResultFlag]) words_q <= result_words;
    if (!rst_ni || start_i) begin
      waiting_q <= '0;
      places_q  <= 32'(ResultWords);
    end
  end
  assign words_o = words_q;

  // ---- Passes between their first step and their retirement. Eight are more than the pipeline holds.
  logic [82:0] given [0:7];
  logic [82:0] back;
  logic [2:0]  given_in_q, given_out_q;
  assign back = given[given_out_q];
  always_ff @(posedge clk_i) begin
    if (take_i) begin
      given[given_in_q] <= {desc_q[ArgmaxFlag], desc_q[ResultFlag], desc_q[ReleaseFlag], desc_q[8*32+:16], desc_q[9*32+:32], desc_q[10*32+:32]};
      given_in_q        <= given_in_q + 3'd1;
    end
    if (retire_i) given_out_q <= given_out_q + 3'd1;
    if (!rst_ni || start_i) begin
      given_in_q  <= '0;
      given_out_q <= '0;
    end
  end
  assign {free_input_o, free_constants_o, free_weights_o, free_tables_o} = back[80:0];

  // ---- Results: complete when the pass is retired; an argmax a tile's width later.
  logic [$clog2(Tile):0] later_q;
  assign complete_o = (retire_i && back[81] && !back[82]) || later_q == ($clog2(Tile) + 1)'(1);
  always_ff @(posedge clk_i) begin
    if (retire_i && back[81] && back[82]) later_q <= ($clog2(Tile) + 1)'(Tile);
    else if (later_q != '0) later_q <= later_q - 1'b1;
    if (!rst_ni || start_i) later_q <= '0;
  end
endmodule
