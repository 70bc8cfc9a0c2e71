// Results out: keeps the words of several images, and writes those of one image, a beat a word, when all are there. One burst at a
// time, its response awaited.
module simd_writer #(
  parameter int Tile = 16,
  parameter int BusBytes = 16,
  parameter int AddrWidth = 40,
  parameter int BurstBeats = 64,
  parameter int ResultWords = 2,  // a power of two
  localparam int WordWidth = ResultWords > 1 ? $clog2(ResultWords) : 1
) (
  input  logic                  clk_i,            // clock
  input  logic                  rst_ni,           // synchronous reset, active low
  input  logic                  start_i,          // a run begins
  input  logic [AddrWidth-1:0]  result_i,         // of the first image's results; those of the next follow
  input  logic                  word_valid_i,     // a word of results
  input  logic [Tile*8-1:0]     word_i,
  input  logic                  complete_i,       // the words of an image are all there ...
  input  logic [31:0]           words_i,          // ... so many, while the run lasts
  input  logic                  halt_i,           // something failed: begin no burst
  output logic                  fail_o,           // a write was answered with an error
  output logic                  quiet_o,          // nothing is under way
  output logic                  done_o,           // an image's results are in memory
  output logic                  aw_valid_o,       // AXI4 write address
  input  logic                  aw_ready_i,
  output logic [AddrWidth-1:0]  aw_addr_o,
  output logic [7:0]            aw_len_o,
  output logic                  w_valid_o,        // AXI4 write data
  input  logic                  w_ready_i,
  output logic [BusBytes*8-1:0] w_data_o,
  output logic                  w_last_o,
  input  logic                  b_valid_i,        // AXI4 write response; always taken
  input  logic [1:0]            b_resp_i
);
  localparam int BeatsWidth = $clog2(ResultWords + BurstBeats + 1);

  logic [Tile*8-1:0]    words [0:(1<<WordWidth)-1];
  logic [WordWidth-1:0] in_q, out_q;
  always_ff @(posedge clk_i) begin
    if (word_valid_i) begin
      words[in_q] <= word_i;
      in_q        <= ResultWords > 1 ? in_q + 1'b1 : '0;
    end
    if (!rst_ni || start_i) in_q <= '0;
  end

  typedef enum logic [1:0] {Wait, Address, Data, Answer} state_e;
  state_e               state_q;
  logic [WordWidth:0]   complete_q;  // images that wait: each has a word at least
  logic                 more_q;      // bursts of the image follow this one
  logic [7:0]           beats_q;     // of the burst, after this one
  logic                 begin_image, answered, last;
  logic [AddrWidth-1:0] next_addr;
  simd_bursts #(
    .BusBytes  (BusBytes),
    .AddrWidth (AddrWidth),
    .BurstBeats(BurstBeats),
    .BeatsWidth(BeatsWidth)
  ) u_bursts (
    .clk_i,
    .load_i (start_i || begin_image),
    .addr_i (start_i ? result_i : aw_addr_o),
    .beats_i(BeatsWidth'(words_i)),
    .taken_i(aw_valid_o && aw_ready_i),
    .addr_o (aw_addr_o),
    .len_o  (aw_len_o),
    .last_o (last),
    .next_o (next_addr)
  );
  assign aw_valid_o  = state_q == Address;
  assign w_valid_o   = state_q == Data;
  assign w_last_o    = beats_q == '0;
  assign w_data_o    = (BusBytes * 8)'(words[out_q]);
  assign quiet_o     = state_q == Wait;
  assign answered    = state_q == Answer && b_valid_i;
  assign done_o      = answered && !more_q && b_resp_i == 2'b00;
  assign begin_image = (complete_q != '0 || complete_i) && !halt_i && (state_q == Wait || (answered && !more_q));
  always_ff @(posedge clk_i) begin
    fail_o     <= answered && b_resp_i != 2'b00;
    complete_q <= complete_q + (WordWidth + 1)'(complete_i) - (WordWidth + 1)'(begin_image);
    case (state_q)
      Address:
      if (aw_ready_i) begin
        state_q <= Data;
        beats_q <= aw_len_o;
        more_q  <= !last;
      end
      Data:
      if (w_ready_i) begin
        beats_q <= beats_q - 8'd1;
        out_q   <= ResultWords > 1 ? out_q + 1'b1 : '0;
        if (w_last_o) state_q <= Answer;
      end
      Answer: if (b_valid_i) state_q <= !more_q || halt_i || b_resp_i != 2'b00 ? Wait : Address;
      default: ;
    endcase
    if (begin_image) state_q <= Address;
    if (!rst_ni || start_i) begin
      state_q    <= Wait;
      complete_q <= '0;
      out_q      <= '0;
      fail_o     <= 1'b0;
    end
  end
  logic unused_bits;
  assign unused_bits = ^{next_addr, words_i};
endmodule
