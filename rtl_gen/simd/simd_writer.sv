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
  localparam int BusLog2 = $clog2(BusBytes), BurstLog2 = $clog2(BurstBeats);

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
  logic [AddrWidth-1:0] addr_q;
  logic [31:0]          left_q;
  logic [8:0]           burst, to_boundary, beats_q;
  logic [15:0]          complete_q;  // images that wait
  if (BurstLog2 == 0) begin : gen_single
    assign to_boundary = 9'd1;
  end else begin : gen_boundary
    assign to_boundary = 9'(BurstBeats) - 9'(addr_q[BusLog2+:BurstLog2]);
  end
  assign burst      = left_q < 32'(to_boundary) ? left_q[8:0] : to_boundary;
  assign aw_valid_o = state_q == Address;
  assign aw_addr_o  = addr_q;
  assign aw_len_o   = 8'(burst - 9'd1);
  assign w_valid_o  = state_q == Data;
  assign w_last_o   = beats_q == 9'd1;
  assign w_data_o   = (BusBytes * 8)'(words[out_q]);
  assign quiet_o    = state_q == Wait;

  logic begin_image, answered;
  assign answered    = state_q == Answer && b_valid_i;
  assign done_o      = answered && left_q == 32'd0 && b_resp_i == 2'b00;
  assign begin_image = (complete_q != '0 || complete_i) && !halt_i && (state_q == Wait || (answered && left_q == 32'd0));
  always_ff @(posedge clk_i) begin
    fail_o     <= answered && b_resp_i != 2'b00;
    complete_q <= complete_q + 16'(complete_i) - 16'(begin_image);
    case (state_q)
      Address:
      if (aw_ready_i) begin
        state_q <= Data;
        beats_q <= burst;
        left_q  <= left_q - 32'(burst);
        addr_q  <= addr_q + (AddrWidth'(burst) << BusLog2);
      end
      Data:
      if (w_ready_i) begin
        beats_q <= beats_q - 9'd1;
        out_q   <= ResultWords > 1 ? out_q + 1'b1 : '0;
        if (w_last_o) state_q <= Answer;
      end
      Answer: if (b_valid_i) state_q <= left_q == 32'd0 || halt_i || b_resp_i != 2'b00 ? Wait : Address;
      default: ;
    endcase
    if (begin_image) begin
      state_q <= Address;
      left_q  <= words_i;
    end
    if (!rst_ni || start_i) begin
      state_q    <= Wait;
      complete_q <= '0;
      out_q      <= '0;
      addr_q     <= result_i;
      fail_o     <= 1'b0;
    end
  end
endmodule
