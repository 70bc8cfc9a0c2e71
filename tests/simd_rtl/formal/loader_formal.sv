// The read master of the fixed-size accelerator, whatever program lies in memory and however it answers: a request stands as it is until it is
// taken, also while something fails; no burst is longer than the longest, crosses 4 KiB or is not aligned to beats; never more than Outstanding
// are under way. Controls of the run come as they like, but that simd_control is idle and starts only where nothing is under way, and halts for good
// what has failed.
// proof: bmc 10, unbounded
module loader_formal (
  input logic         clk_i,
  input logic         rst_ni,
  input logic         start_i,
  input logic         halt_i,
  input logic         idle_i,
  input logic [1:0]   program_page_i,
  input logic [1:0]   input_page_i,
  input logic [1:0]   images_i,
  input logic [1:0]   passes_i,
  input logic         free_i,
  input logic         free_input_i,
  input logic [1:0]   free_beats_i,
  input logic [511:0] desc_beat_i,
  input logic         ar_ready_i,
  input logic         r_valid_i,
  input logic         r_last_i,
  input logic         r_error_i,
  input logic [511:0] r_data_i
);
  localparam int BusBytes = 64, BurstBeats = 4, Outstanding = 2, AddrWidth = 14;
  logic started_q = 1'b0;
  always_ff @(posedge clk_i) started_q <= 1'b1;
  always @* assume (started_q == rst_ni);  // one reset, at the start

  logic                 ar_valid, fail, quiet;
  logic [AddrWidth-1:0] ar_addr, last_byte;
  logic [7:0]           ar_len;
  simd_loader #(
    .BusBytes(BusBytes), .AddrWidth(AddrWidth), .BurstBeats(BurstBeats), .Outstanding(Outstanding), .Tile(4), .Programs(2), .InputBeats(8),
    .ConstantBeats(2), .WeightBeats(8), .TableBeats(2), .ResultWords(2)
  ) u_dut (
    .clk_i, .rst_ni, .start_i, .halt_i, .idle_i, .fail_o(fail), .quiet_o(quiet), .program_i({program_page_i, 12'd0}), .input_i({input_page_i, 12'd0}),
    .images_i({30'd0, images_i}), .passes_i({30'd0, passes_i}), .free_i, .free_input_i, .free_constants_i({14'd0, free_beats_i}),
    .free_weights_i({30'd0, free_beats_i}), .free_tables_i({30'd0, free_beats_i}), .desc_beat_i, .ar_valid_o(ar_valid), .ar_ready_i,
    .ar_addr_o(ar_addr), .ar_len_o(ar_len), .r_valid_i, .r_data_i, .r_resp_i({r_error_i, 1'b0}), .r_last_i
  );

  logic [2:0]           under_way_q;
  logic                 failed_q;
  logic                 waits_q;  // the request of the cycle before was not taken
  logic [AddrWidth-1:0] addr_q;
  logic [7:0]           len_q;
  assign last_byte = ar_addr + {ar_len, 6'h3f};
  always_ff @(posedge clk_i) begin
    under_way_q <= under_way_q + 3'(ar_valid && ar_ready_i) - 3'(r_valid_i && r_last_i);
    waits_q     <= ar_valid && !ar_ready_i;
    addr_q      <= ar_addr;
    len_q       <= ar_len;
    failed_q    <= (failed_q || fail) && !idle_i;
    if (!rst_ni) begin
      failed_q    <= 1'b0;
      under_way_q <= '0;
      waits_q     <= 1'b0;
    end
  end
  always @* begin
    if (r_valid_i) assume (under_way_q != '0);  // data answer requests
    if (idle_i) assume (quiet);
    if (start_i) assume (idle_i);
    if (fail || failed_q) assume (halt_i);
    if (rst_ni) begin
      if (waits_q) assert (ar_valid && ar_addr == addr_q && ar_len == len_q);
      if (ar_valid) begin
        assert (ar_len < BurstBeats);
        assert (ar_addr[5:0] == '0);
        assert (ar_addr[AddrWidth-1:12] == last_byte[AddrWidth-1:12]);
        assert (under_way_q < Outstanding);
      end
      assert (under_way_q <= Outstanding);
    end
  end
endmodule
