// A segment of memory, cut into AXI4 bursts: each ends at a multiple of its longest length (BurstBeats * BusBytes, at most 4096), so that
// none crosses 4 KiB.
//
//   segment     |        load_i: addr_i, beats_i
//   multiples   |   .   .   .   |   .   .   .   |   .   .   .   |
//   bursts            addr_o ^-----|---------------|-----|
//                                                        last_o
//
// Everything that a burst needs comes from counts kept since the last multiple, so that no address is compared with the segment's end.
module simd_bursts #(
  parameter int BusBytes = 16,
  parameter int AddrWidth = 40,
  parameter int BurstBeats = 64,  // a power of two, 1..256
  parameter int BeatsWidth = 16,  // of a segment's beats, up to 2^BeatsWidth - BurstBeats
  localparam int BusLog2 = $clog2(BusBytes),
  localparam int BurstLog2 = $clog2(BurstBeats)
) (
  input  logic                  clk_i,    // clock
  input  logic                  load_i,   // a segment: from the next cycle on, its first burst
  input  logic [AddrWidth-1:0]  addr_i,   // its address, a multiple of BusBytes ...
  input  logic [BeatsWidth-1:0] beats_i,  // ... and length, at least 1
  input  logic                  taken_i,  // the burst is taken: from the next cycle on, the one after it
  output logic [AddrWidth-1:0]  addr_o,   // of the burst; behind the last one, of what follows the segment
  output logic [7:0]            len_o,    // its beats less one, as AXI4 says it
  output logic                  last_o,   // it ends the segment
  output logic [AddrWidth-1:0]  next_o    // what follows it
);
  localparam int HighWidth = AddrWidth - BusLog2 - BurstLog2;
  localparam logic [7:0] Most = 8'(BurstBeats - 1);

  // Beats from the last multiple: to the burst's first (0 but for a segment's first burst), to the segment's last, to the burst's last.
  logic [AddrWidth-1:0]  addr_q;
  logic [BeatsWidth-1:0] span_q, below_next;
  logic [HighWidth-1:0]  high;
  logic [7:0]            below, ending, upto;
  assign high       = addr_q[AddrWidth-1-:HighWidth];
  assign below      = 8'(addr_q >> BusLog2) & Most;
  assign below_next = BeatsWidth'(addr_i >> BusLog2) & BeatsWidth'(BurstBeats - 1);
  assign last_o     = (span_q >> BurstLog2) == '0;
  assign ending     = 8'(span_q) & Most;
  assign upto       = last_o ? ending : Most;
  assign addr_o     = addr_q;
  assign len_o      = upto - below;

  logic [HighWidth-1:0] high_next, high_more;
  assign high_more = high + 1'b1;
  if (BurstLog2 == 0) begin : gen_single
    assign high_next = high_more;
    assign next_o    = AddrWidth'(high_next) << BusLog2;
  end else begin : gen_low
    logic [BurstLog2-1:0] low_next;
    assign high_next = last_o && ending != Most ? high : high_more;
    assign low_next  = last_o ? ending[BurstLog2-1:0] + 1'b1 : '0;
    assign next_o    = AddrWidth'({high_next, low_next}) << BusLog2;
  end

  always_ff @(posedge clk_i) begin
    if (taken_i) begin
      addr_q <= next_o;
      span_q <= span_q - BeatsWidth'(BurstBeats);
    end
    if (load_i) begin
      addr_q <= addr_i;
      span_q <= beats_i + (below_next - 1'b1);
    end
  end
endmodule
