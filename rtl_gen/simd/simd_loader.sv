// Reads the program, then image after image and pass after pass what the rings must hold, as far ahead as they have space. Space for a
// whole segment is there before its first burst is asked for, so that read data never waits.
//
// Requests wait for a place among Outstanding, and stay as they are until they are taken. What a descriptor says of its segments is
// looked at as its words pass by, so that a walk from segment to segment is short of logic.
module simd_loader #(
  parameter int BusBytes = 16,
  parameter int AddrWidth = 40,
  parameter int BurstBeats = 64,     // a power of two, 1..256
  parameter int Outstanding = 8,
  parameter int Tile = 16,
  parameter int Programs = 64,       // passes
  parameter int InputBeats = 512,
  parameter int ConstantBeats = 512,
  parameter int WeightBeats = 2048,
  parameter int TableBeats = 4096,
  parameter int ResultWords = 2,
  localparam int SlotWidth = $clog2(Outstanding + 1)
) (
  input  logic                  clk_i,             // clock
  input  logic                  rst_ni,            // synchronous reset, active low
  input  logic                  start_i,           // a run begins; the next four stand from the cycle before until it ends
  input  logic [AddrWidth-1:0]  program_i,
  input  logic [AddrWidth-1:0]  input_i,
  input  logic [31:0]           images_i,
  input  logic [31:0]           passes_i,
  input  logic                  halt_i,            // something failed: ask for nothing more
  input  logic                  idle_i,            // no run is on
  output logic                  fail_o,            // this has failed: for the reason ...
  output logic [7:0]            fail_code_o,       // ... SimdError (models/simd/registers.h) ...
  output logic [15:0]           fail_pass_o,       // ... and in this pass
  output logic                  quiet_o,           // nothing is under way
  output logic                  ready_o,           // the program has been read and its header is right
  output logic [15:0]           image_beats_o,
  output logic [31:0]           result_bytes_o,    // from one image's results to the next one's
  output logic                  loaded_o,          // the last beat for a pass is written in this cycle
  input  logic                  free_i,            // a pass is retired, which had taken:
  input  logic                  free_input_i,
  input  logic [15:0]           free_constants_i,
  input  logic [31:0]           free_weights_i,
  input  logic [31:0]           free_tables_i,
  output logic [3:0]            ring_we_o,         // to the rings, with r_data_i
  output logic                  program_we_o,      // to the program memory, likewise
  output logic [15:0]           program_addr_o,    // beat
  output logic [15:0]           desc_addr_o,       // reads the program memory ...
  input  logic [BusBytes*8-1:0] desc_beat_i,       // ... two cycles later
  output logic                  ar_valid_o,        // AXI4 read address
  input  logic                  ar_ready_i,
  output logic [AddrWidth-1:0]  ar_addr_o,
  output logic [7:0]            ar_len_o,
  input  logic                  r_valid_i,         // AXI4 read data; always taken
  input  logic [BusBytes*8-1:0] r_data_i,
  input  logic [1:0]            r_resp_i,
  input  logic                  r_last_i
);
  localparam int BusLog2 = $clog2(BusBytes);
  localparam int DescBeats = 64 / BusBytes;
  localparam int ProgramBeats = (Programs + 1) * DescBeats;
  localparam int MostImage = InputBeats > ConstantBeats ? InputBeats : ConstantBeats;
  localparam int MostParameters = WeightBeats > TableBeats ? WeightBeats : TableBeats;
  localparam int MostPass = MostImage > MostParameters ? MostImage : MostParameters;
  localparam int LeftWidth = $clog2((MostPass > ProgramBeats ? MostPass : ProgramBeats) + 257);  // of the beats of a legal segment
  localparam logic [31:0] Magic = 32'h46415350, Version = 32'd1;
  localparam logic [7:0] ReadError = 8'd1, HeaderError = 8'd3, CountError = 8'd4, PassError = 8'd5, ImageError = 8'd6;

`ifndef __ICARUS__
  if (DescBeats < 1 || DescBeats * BusBytes != 64 || (1 << $clog2(BurstBeats)) != BurstBeats || BurstBeats > 256 || BurstBeats * BusBytes > 4096 ||
      Outstanding < 1) begin : gen_illegal
    $error("simd_loader: BusBytes divides 64; BurstBeats a power of two of at most 256 and 4096 bytes; Outstanding at least 1");
  end
`endif

  typedef enum logic [2:0] {Idle, Program, Await, Header, Fetch, Look, Burst, Stop} state_e;
  state_e state_q;
  logic   begins, loads;                         // a run; a segment, perhaps
  assign begins = start_i && (state_q == Idle || state_q == Stop);  // (it may in the cycle after the one before)
  assign loads  = begins || state_q == Look;     // (Icarus Verilog takes an enumerator in a connection for a wire)

  // ---- Bursts.
  logic [AddrWidth-1:0] next_addr, param_q, image_q;
  logic [LeftWidth-1:0] need, program_beats_q;   // beats of the segment of this ring; of the program
  logic [1:0]           ring_q;
  logic                 image_turn_q;            // ring_q is 0
  logic                 next_ring;               // the segment of this ring is done with
  logic                 program_q;               // the segment is the program
  logic [SlotWidth-1:0] under_way_q;             // bursts
  logic                 issue, issued, segment_last, arrived;
  always_ff @(posedge clk_i) program_beats_q <= (LeftWidth'(passes_i) + 1'b1) * LeftWidth'(DescBeats);
  simd_bursts #(
    .BusBytes  (BusBytes),
    .AddrWidth (AddrWidth),
    .BurstBeats(BurstBeats),
    .BeatsWidth(LeftWidth)
  ) u_bursts (
    .clk_i,
    .load_i (loads),
    .addr_i (idle_i ? program_i : image_turn_q ? image_q : param_q),
    .beats_i(idle_i ? program_beats_q : need),
    .taken_i(issued),
    .addr_o (ar_addr_o),
    .len_o  (ar_len_o),
    .last_o (segment_last),
    .next_o (next_addr)
  );
  assign issue        = (state_q == Program || state_q == Burst) && under_way_q != SlotWidth'(Outstanding);
  assign issued       = issue && ar_ready_i;
  assign ar_valid_o   = issue;
  assign arrived      = r_valid_i && r_last_i;
  assign quiet_o      = under_way_q == '0 && !issue;

  // ---- Where each burst under way goes: {last of the pass, program, ring}.
  logic [3:0]           way_d, way;
  logic [3:0]           ways [0:(1<<SlotWidth)-1];
  logic [SlotWidth-1:0] way_in_q, way_out_q;
  assign way_d = {pass_end && segment_last && !program_q, program_q, ring_q};
  assign way   = ways[way_out_q];
  always_ff @(posedge clk_i) begin
    if (issued) begin
      ways[way_in_q] <= way_d;
      way_in_q       <= way_in_q + 1'b1;
    end
    if (arrived) way_out_q <= way_out_q + 1'b1;
    under_way_q <= under_way_q + SlotWidth'(issued) - SlotWidth'(arrived);
    if (!rst_ni) begin
      way_in_q    <= '0;
      way_out_q   <= '0;
      under_way_q <= '0;
    end
  end
  logic good;
  assign good         = r_valid_i && r_resp_i == 2'b00 && !halt_i;
  assign program_we_o = good && way[2];
  assign loaded_o     = good && way[3] && r_last_i;
  for (genvar r = 0; r < 4; r++) begin : gen_ring
    assign ring_we_o[r] = good && !way[2] && way[1:0] == 2'(r);
  end

  // ---- The header passes by.
  logic [15:0]  program_beat_q;
  logic [191:0] header_q;  // its six words
  assign program_addr_o = program_beat_q;
  for (genvar b = 0; b < DescBeats; b++) begin : gen_header
    if (b * BusBytes < 24) begin : gen_words
      localparam int Bytes = (b + 1) * BusBytes > 24 ? 24 - b * BusBytes : BusBytes;
      always_ff @(posedge clk_i)
        if (program_we_o && program_beat_q == 16'(b)) header_q[b*BusBytes*8+:Bytes*8] <= r_data_i[Bytes*8-1:0];
    end
  end
  logic header_right, count_right;
  assign header_right   = header_q[31:0] == Magic && header_q[63:32] == Version && header_q[64+:32] == {16'(BusBytes), 16'(Tile)};
  assign count_right    = header_q[96+:32] == passes_i;
  assign image_beats_o  = 16'(header_q[128+:32] >> BusLog2);
  assign result_bytes_o = header_q[160+:32];

  // ---- Descriptors: word by word of the bus.
  logic [4:0]   fetch_q;                         // cycles in Fetch
  logic [15:0]  pass_q;
  logic [31:0]  images_q;                        // left, this one among them
  logic         last_pass_q, last_image_q;
  assign desc_addr_o = (pass_q + 16'd1) * 16'(DescBeats) + 16'(fetch_q);

  // What is known of a pass when its descriptor has passed by: its segments, the one of ring_q first, and whether it is wrong.
  localparam int Shortest = Tile > 12 ? Tile : 12;  // cycles of a block
  logic [4*LeftWidth-1:0] needs_q;               // beats: input, constants, weights, tables
  logic [3:0]             some_q;                // whether there are any
  logic [31:0]            offset_q;              // of its weights in the program
  logic [11:0]            passes_by, wrong;      // by word
  logic [2:0]             wrong_q;               // word 1; others before the eighth; from there on
  logic                   right, pass_end;
  for (genvar w = 0; w < 12; w++) begin : gen_word
    localparam int Beat = w * 4 / BusBytes;
    logic        bad;
    logic [31:0] word;
    logic [15:0] high, low;
    assign passes_by[w] = state_q == Fetch && fetch_q == 5'(Beat + 2);
    assign word         = desc_beat_i[w*32%(BusBytes*8)+:32];
    assign {high, low}  = word;
    assign wrong[w]     = passes_by[w] && bad;
    case (w)
      0: assign bad = word[8] && TableBeats == 0;
      1: assign bad = low == 16'd0 || high < low || high < 16'(Shortest);  // steps, cycles of a block
      2: assign bad = low == 16'd0 || high == 16'd0;                       // blocks
      7: assign bad = word[BusLog2-1:0] != '0;
      8: assign bad = 32'(low) > 32'(ConstantBeats) || 32'(high) > 32'(InputBeats);
      9: assign bad = word > 32'(WeightBeats);
      10: assign bad = word > 32'(TableBeats);
      11: assign bad = word > 32'(ResultWords);
      default: assign bad = 1'b0;
    endcase
    logic unused_word;
    assign unused_word = ^{word, high, low};
  end
  for (genvar r = 0; r < 4; r++) begin : gen_need
    localparam int Word = r < 2 ? 8 : 7 + r;
    logic [31:0] beats;
    assign beats = r == 0 ? {16'd0, gen_word[8].high} : r == 1 ? {16'd0, gen_word[8].low} : gen_word[Word].word;
    always_ff @(posedge clk_i) begin
      if (passes_by[Word]) begin
        needs_q[r*LeftWidth+:LeftWidth] <= LeftWidth'(beats);
        some_q[r]                       <= beats != '0;
      end else if (next_ring) begin
        needs_q[r*LeftWidth+:LeftWidth] <= r < 3 ? needs_q[(r+1)%4*LeftWidth+:LeftWidth] : '0;
        some_q[r]                       <= r < 3 ? some_q[(r+1)%4] : 1'b0;
      end
    end
    logic unused_beats;
    assign unused_beats = ^beats;
  end
  assign need = needs_q[LeftWidth-1:0];
  always_ff @(posedge clk_i) begin
    if (state_q == Header) wrong_q <= '0;
    if (wrong[1]) wrong_q[0] <= 1'b1;
    if ({wrong[7:2], wrong[0]} != '0) wrong_q[1] <= 1'b1;
    if (wrong[11:8] != '0) wrong_q[2] <= 1'b1;
    if (passes_by[7]) offset_q <= gen_word[7].word;
  end
  assign right    = wrong_q == '0 && (!image_turn_q || some_q[3:1] != '0);
  assign pass_end = some_q[3:1] == '0;

  logic unused_bits;
  assign unused_bits = ^r_data_i;

  // ---- Space in the rings.
  logic [3:0] fits, takes;                       // by ring (of a pass that is wrong, too: then the run ends)
  for (genvar r = 0; r < 4; r++) begin : gen_space
    localparam int Beats = r == 0 ? InputBeats : r == 1 ? ConstantBeats : r == 2 ? WeightBeats : TableBeats;
    localparam int Width = Beats > 0 ? $clog2(Beats + 1) : 1;
    logic [31:0]      back;
    logic [Width-1:0] space_q;
    logic [Width:0]   less;                      // with the borrow
    logic             frees;
    assign back     = r == 0 ? 32'(image_beats_o) : r == 1 ? 32'(free_constants_i) : r == 2 ? free_weights_i : free_tables_i;
    assign frees    = free_i && (r != 0 || free_input_i);
    assign less     = {1'b0, space_q} - {1'b0, Width'(need)};
    assign fits[r]  = !less[Width];
    assign takes[r] = state_q == Look && ring_q == 2'(r) && some_q[0] && fits[r];
    always_ff @(posedge clk_i) begin  // (four sums side by side: the choice comes late)
      case ({takes[r], frees})
        2'b01: space_q <= space_q + Width'(back);
        2'b10: space_q <= less[Width-1:0];
        2'b11: space_q <= space_q + Width'(back) - Width'(need);
        default: ;
      endcase
      if (!rst_ni || start_i) space_q <= Width'(Beats);
    end
    logic unused_beats;
    assign unused_beats = ^{need, back};
  end

  // ---- The walk.
  assign next_ring = (state_q == Look && !some_q[0]) || (state_q == Burst && issued && segment_last);
  always_ff @(posedge clk_i) begin
    fail_o       <= 1'b0;
    fetch_q      <= '0;
    last_pass_q  <= 32'(pass_q) + 32'd1 == passes_i;
    last_image_q <= images_q == 32'd1;
    case (state_q)
      Idle, Stop: begin
        if (start_i) begin
          state_q        <= Program;
          program_q      <= 1'b1;
          image_q        <= input_i;
          program_beat_q <= '0;
          pass_q         <= '0;
          images_q       <= images_i;
          if (images_i == 32'd0 || passes_i == 32'd0 || passes_i > 32'(Programs)) begin
            state_q     <= Stop;
            fail_o      <= 1'b1;
            fail_code_o <= images_i == 32'd0 ? ImageError : CountError;
            fail_pass_o <= '0;
          end
        end
      end
      Program: if (issued && segment_last) state_q <= Await;
      Await: if (under_way_q == SlotWidth'(arrived)) state_q <= Header;
      Header: begin
        program_q <= 1'b0;
        state_q   <= Fetch;
        ready_o   <= 1'b1;
        if (!header_right || !count_right) begin
          state_q     <= Stop;
          ready_o     <= 1'b0;
          fail_o      <= 1'b1;
          fail_code_o <= header_right ? CountError : HeaderError;
          fail_pass_o <= '0;
        end
      end
      Fetch: begin
        fetch_q      <= fetch_q + 5'd1;
        ring_q       <= '0;
        image_turn_q <= 1'b1;
        if (fetch_q == 5'(DescBeats + 1)) state_q <= Look;
      end
      Look: begin
        if (image_turn_q) param_q <= program_i + AddrWidth'(offset_q);
        if (some_q[0] && fits[ring_q]) state_q <= Burst;
      end
      default: ;
    endcase
    if (issued && state_q == Burst) begin
      if (image_turn_q) image_q <= next_addr;
      else param_q <= next_addr;
    end
    if (program_we_o) program_beat_q <= program_beat_q + 16'd1;
    if (next_ring) begin
      state_q      <= Look;
      ring_q       <= ring_q + 2'd1;
      image_turn_q <= 1'b0;
      if (ring_q == 2'd3) begin
        state_q <= Fetch;
        pass_q  <= pass_q + 16'd1;
        if (last_pass_q) begin
          pass_q   <= '0;
          images_q <= images_q - 32'd1;
          if (last_image_q) state_q <= Stop;
        end
      end
    end
    if (state_q == Look && !right) begin
      state_q     <= Stop;
      fail_o      <= 1'b1;
      fail_code_o <= PassError;
      fail_pass_o <= pass_q;
    end
    if (r_valid_i && r_resp_i != 2'b00 && !halt_i) begin
      if (!(issue && !ar_ready_i)) state_q <= Stop;
      fail_o      <= 1'b1;
      fail_code_o <= ReadError;
      fail_pass_o <= program_q ? '0 : pass_q;
    end
    // A request that stands is taken first, here and above: AXI's rule.
    if (halt_i && !(issue && !ar_ready_i)) state_q <= Stop;
    if (!rst_ni || (state_q == Stop && idle_i && !start_i)) begin
      state_q <= Idle;
      ready_o <= 1'b0;
    end
    if (!rst_ni) fail_o <= 1'b0;
  end
endmodule
