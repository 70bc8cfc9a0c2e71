// The write master of the fixed-size accelerator: addresses and data stand as they are until they are taken; a burst has the beats that its
// address announced, WLAST with the last; none is longer than the longest, crosses 4 KiB or is not aligned to beats; every response is taken in
// its cycle, and something follows it. The core gives no more words than there is space for, and starts nothing while something is under way.
// proof: bmc 10, unbounded
module writer_formal (
  input logic       clk_i,
  input logic       rst_ni,
  input logic       start_i,
  input logic       halt_i,
  input logic       word_valid_i,
  input logic [7:0] word_i,
  input logic       complete_i,
  input logic       aw_ready_i,
  input logic       w_ready_i,
  input logic       b_valid_i,
  input logic       b_error_i
);
  localparam int BusBytes = 64, BurstBeats = 2, ResultWords = 4, AddrWidth = 13;
  (* anyconst *) logic       result_page;
  (* anyconst *) logic [2:0] words;  // of an image
  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always @* assume (started_q == rst_ni);  // one reset, at the start

  logic                  quiet, done, aw_valid, w_valid, w_last;
  logic [AddrWidth-1:0]  aw_addr, last_byte;
  logic [7:0]            aw_len;
  logic [BusBytes*8-1:0] w_data;
  simd_writer #(
    .Tile(1), .BusBytes(BusBytes), .AddrWidth(AddrWidth), .BurstBeats(BurstBeats), .ResultWords(ResultWords)
  ) u_dut (
    .clk_i, .rst_ni, .start_i, .result_i({result_page, 12'd0}), .word_valid_i, .word_i, .complete_i, .words_i({29'd0, words}), .halt_i,
    .quiet_o(quiet), .done_o(done), .aw_valid_o(aw_valid), .aw_ready_i, .aw_addr_o(aw_addr), .aw_len_o(aw_len), .w_valid_o(w_valid),
    .w_ready_i, .w_data_o(w_data), .w_last_o(w_last), .b_valid_i, .b_resp_i({b_error_i, 1'b0})
  );

  // What the core keeps to: words of an image one behind the other, none beyond the space, complete when all are there.
  logic [2:0] made_q, held_q;
  logic       begun_q;  // a run, the first one
  always_ff @(posedge clk_i) begin
    begun_q <= (begun_q || start_i) && rst_ni;
    made_q <= complete_i ? '0 : made_q + 3'(word_valid_i);
    held_q <= held_q + 3'(word_valid_i) - (done ? words : 3'd0);
    if (!rst_ni || start_i) begin
      made_q <= '0;
      held_q <= '0;
    end
  end
  // What the memory has seen.
  logic [8:0]           left_q;  // beats of the burst
  logic                 answer_q, answered_q, aw_waits_q, w_waits_q, last_q;
  logic [AddrWidth-1:0] addr_q;
  logic [7:0]           len_q, data_q;
  assign last_byte = aw_addr + {aw_len[6:0], 6'h3f};
  always_ff @(posedge clk_i) begin
    if (aw_valid && aw_ready_i) left_q <= {1'b0, aw_len} + 9'd1;
    if (w_valid && w_ready_i) left_q <= left_q - 9'd1;
    if (w_valid && w_ready_i && left_q == 9'd1) answer_q <= 1'b1;
    if (b_valid_i) answer_q <= 1'b0;
    answered_q <= b_valid_i;
    aw_waits_q <= aw_valid && !aw_ready_i;
    w_waits_q  <= w_valid && !w_ready_i;
    addr_q     <= aw_addr;
    len_q      <= aw_len;
    data_q     <= w_data[7:0];
    last_q     <= w_last;
    if (!rst_ni) begin
      left_q     <= '0;
      answer_q   <= 1'b0;
      answered_q <= 1'b0;
      aw_waits_q <= 1'b0;
      w_waits_q  <= 1'b0;
    end
  end
  always @* begin
    assume (words >= 3'd1 && words <= ResultWords);
    if (!begun_q) assume (!word_valid_i && !complete_i);
    if (word_valid_i) assume (held_q < ResultWords && made_q < words);
    if (complete_i) assume (made_q == words && !word_valid_i);
    if (start_i) assume (quiet && held_q == '0 && !word_valid_i && !complete_i);
    if (b_valid_i) assume (answer_q);  // a response follows its data
    if (rst_ni) begin
      if (aw_waits_q) assert (aw_valid && aw_addr == addr_q && aw_len == len_q);
      if (w_waits_q) assert (w_valid && w_data[7:0] == data_q && w_last == last_q);
      if (aw_valid) begin
        assert (aw_len < BurstBeats);
        assert (aw_addr[5:0] == '0);
        assert (aw_addr[AddrWidth-1:12] == last_byte[AddrWidth-1:12]);
        assert (left_q == '0 && !answer_q);  // one burst at a time
      end
      if (w_valid) begin
        assert (left_q != '0);
        assert (w_last == (left_q == 9'd1));
      end
      if (left_q != '0) assert (w_valid);  // no beat is missing
      if (answered_q) assert (aw_valid || quiet);
    end
  end
endmodule
