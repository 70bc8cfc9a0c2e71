// Reads the program, then image after image and pass after pass what the rings must hold, as far ahead as they have space. Space for a
// whole segment is there before its first burst is asked for, so that read data never waits.
//
// A burst ends at a multiple of its longest length (BurstBeats * BusBytes, at most 4096), so none crosses 4 KiB. Requests wait for a
// place among Outstanding, and stay as they are until they are taken.
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
  input  logic                  start_i,           // a run begins; the next four stand until it ends
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
  localparam int BusLog2 = $clog2(BusBytes), BurstLog2 = $clog2(BurstBeats);
  localparam int DescBeats = 64 / BusBytes;
  localparam int ProgramBeats = (Programs + 1) * DescBeats;
  localparam int MostImage = InputBeats > ConstantBeats ? InputBeats : ConstantBeats;
  localparam int MostParameters = WeightBeats > TableBeats ? WeightBeats : TableBeats;
  localparam int MostPass = MostImage > MostParameters ? MostImage : MostParameters;
  localparam int LeftWidth = $clog2((MostPass > ProgramBeats ? MostPass : ProgramBeats) + 257);  // of the beats of a legal segment
  localparam logic [31:0] Magic = 32'h46415350, Version = 32'd1;
  localparam logic [7:0] ReadError = 8'd1, HeaderError = 8'd3, CountError = 8'd4, PassError = 8'd5, ImageError = 8'd6;

`ifndef __ICARUS__
  if (DescBeats < 1 || DescBeats * BusBytes != 64 || (1 << BurstLog2) != BurstBeats || BurstBeats > 256 || BurstBeats * BusBytes > 4096 ||
      Outstanding < 1) begin : gen_illegal
    $error("simd_loader: BusBytes divides 64; BurstBeats a power of two of at most 256 and 4096 bytes; Outstanding at least 1");
  end
`endif

  typedef enum logic [2:0] {Idle, Program, Header, Fetch, Look, Burst, Stop} state_e;
  state_e state_q;

  // ---- Bursts.
  logic [AddrWidth-1:0] addr_q, param_q, image_q;
  logic [LeftWidth-1:0] left_q;                  // beats of the segment
  logic [1:0]           ring_q;
  logic                 program_q;               // the segment is the program
  logic [SlotWidth-1:0] under_way_q;             // bursts
  logic [8:0]           burst, to_boundary;
  logic                 issue, issued, segment_last, arrived;
  if (BurstLog2 == 0) begin : gen_single
    assign to_boundary = 9'd1;
  end else begin : gen_boundary
    assign to_boundary = 9'(BurstBeats) - 9'(addr_q[BusLog2+:BurstLog2]);
  end
  assign burst        = left_q < LeftWidth'(to_boundary) ? left_q[8:0] : to_boundary;
  assign issue        = (state_q == Program || state_q == Burst) && left_q != '0 && under_way_q < SlotWidth'(Outstanding);
  assign issued       = issue && ar_ready_i;
  assign segment_last = left_q <= LeftWidth'(to_boundary);
  assign ar_valid_o   = issue;
  assign ar_addr_o    = addr_q;
  assign ar_len_o     = 8'(burst - 9'd1);
  assign arrived      = r_valid_i && r_last_i;
  assign quiet_o      = under_way_q == '0 && !issue;

  // ---- Where each burst under way goes: {last of the pass, program, ring}.
  logic [3:0]           way_d, way;
  logic [3:0]           ways [0:(1<<SlotWidth)-1];
  logic [SlotWidth-1:0] way_in_q, way_out_q;
  logic                 pass_end;                // nothing follows in this pass
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
  logic [511:0] desc_q;
  logic [4:0]   fetch_q;                         // cycles in Fetch
  logic [15:0]  pass_q;
  logic [31:0]  image_count_q;
  assign desc_addr_o = (pass_q + 16'd1) * 16'(DescBeats) + 16'(fetch_q);
  for (genvar b = 0; b < DescBeats; b++) begin : gen_desc
    always_ff @(posedge clk_i)
      if (state_q == Fetch && fetch_q == 5'(b + 2)) desc_q[b*BusBytes*8+:BusBytes*8] <= desc_beat_i;
  end
  logic [31:0] need0, need1, need2, need3;  // beats: input, constants, weights, tables; of this ring
  logic [LeftWidth-1:0] need;
  assign need0 = 32'(desc_q[8*32+16+:16]);
  assign need1 = 32'(desc_q[8*32+:16]);
  assign need2 = desc_q[9*32+:32];
  assign need3 = desc_q[10*32+:32];
  assign need  = LeftWidth'(ring_q == 2'd0 ? need0 : ring_q == 2'd1 ? need1 : ring_q == 2'd2 ? need2 : need3);
  logic more1, more2, more3;                     // segments behind this one
  assign more3    = need3 != 32'd0;
  assign more2    = more3 || need2 != 32'd0;
  assign more1    = more2 || need1 != 32'd0;
  assign pass_end = ring_q == 2'd3 || (ring_q == 2'd2 && !more3) || (ring_q == 2'd1 && !more2) || (ring_q == 2'd0 && !more1);

  logic [15:0] d_steps, d_block, d_rows, d_cols;
  assign {d_block, d_steps} = desc_q[1*32+:32];
  assign {d_cols, d_rows}   = desc_q[2*32+:32];
  logic legal, illegal_q;
  assign legal = d_steps != 16'd0 && d_rows != 16'd0 && d_cols != 16'd0 && d_block >= d_steps && d_block >= 16'(Tile > 12 ? Tile : 12) &&
                 need0 <= 32'(InputBeats) && need1 <= 32'(ConstantBeats) && need2 <= 32'(WeightBeats) && need3 <= 32'(TableBeats) &&
                 desc_q[7*32+:BusLog2] == '0 && more1 && desc_q[11*32+:32] <= 32'(ResultWords) && !(desc_q[8] && TableBeats == 0);

  logic unused_bits;
  assign unused_bits = ^{desc_q, r_data_i};

  // ---- Space in the rings.
  logic [4*LeftWidth-1:0] spaces;
  logic [LeftWidth-1:0]   space;  // in this ring
  assign space = ring_q == 2'd0 ? spaces[0+:LeftWidth] : ring_q == 2'd1 ? spaces[LeftWidth+:LeftWidth] :
                 ring_q == 2'd2 ? spaces[2*LeftWidth+:LeftWidth] : spaces[3*LeftWidth+:LeftWidth];
  logic        take;
  assign take = state_q == Look && need != '0 && need <= space && !halt_i;
  for (genvar r = 0; r < 4; r++) begin : gen_space
    localparam int Beats = r == 0 ? InputBeats : r == 1 ? ConstantBeats : r == 2 ? WeightBeats : TableBeats;
    localparam int Width = Beats > 0 ? $clog2(Beats + 1) : 1;
    logic [31:0]      back;
    logic [Width-1:0] space_q;
    assign spaces[r*LeftWidth+:LeftWidth] = LeftWidth'(space_q);
    assign back = r == 0 ? 32'(image_beats_o) : r == 1 ? 32'(free_constants_i) : r == 2 ? free_weights_i : free_tables_i;
    always_ff @(posedge clk_i) begin
      space_q <= space_q + (free_i && (r != 0 || free_input_i) ? Width'(back) : '0) - (take && ring_q == 2'(r) ? Width'(need) : '0);
      if (!rst_ni || start_i) space_q <= Width'(Beats);
    end
    logic unused_back;
    assign unused_back = ^back;
  end

  // ---- The walk.
  logic next_ring;                               // the segment of this ring is done with
  assign next_ring = (state_q == Look && need == '0) || (state_q == Burst && issued && segment_last);
  always_ff @(posedge clk_i) begin
    fail_o  <= 1'b0;
    fetch_q <= '0;
    case (state_q)
      Idle, Stop: begin  // (a run may begin in the cycle after the one before)
        if (start_i) begin
          state_q        <= Program;
          program_q      <= 1'b1;
          addr_q         <= program_i;
          image_q        <= input_i;
          left_q         <= (LeftWidth'(passes_i) + 1'b1) * LeftWidth'(DescBeats);
          program_beat_q <= '0;
          pass_q         <= '0;
          image_count_q  <= '0;
          ring_q         <= '0;
          if (images_i == 32'd0 || passes_i == 32'd0 || passes_i > 32'(Programs)) begin
            state_q     <= Stop;
            fail_o      <= 1'b1;
            fail_code_o <= images_i == 32'd0 ? ImageError : CountError;
            fail_pass_o <= '0;
          end
        end
      end
      Program: if (left_q == '0 && under_way_q == SlotWidth'(arrived)) state_q <= Header;
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
        fetch_q <= fetch_q + 5'd1;
        ring_q  <= '0;
        if (fetch_q == 5'(DescBeats + 1)) state_q <= Look;
      end
      Look: begin
        addr_q <= ring_q == 2'd0 ? image_q : ring_q == 2'd1 ? program_i + AddrWidth'(desc_q[7*32+:32]) : param_q;
        if (ring_q == 2'd1) param_q <= program_i + AddrWidth'(desc_q[7*32+:32]);
        left_q <= need;
        if (take) state_q <= Burst;
      end
      default: ;
    endcase
    if (issued) begin
      addr_q <= addr_q + (AddrWidth'(burst) << BusLog2);
      left_q <= left_q - LeftWidth'(burst);
      if (state_q == Burst) begin
        if (ring_q == 2'd0) image_q <= addr_q + (AddrWidth'(burst) << BusLog2);
        else param_q <= addr_q + (AddrWidth'(burst) << BusLog2);
      end
    end
    if (program_we_o) program_beat_q <= program_beat_q + 16'd1;
    if (next_ring) begin
      state_q <= Look;
      ring_q  <= ring_q + 2'd1;
      if (ring_q == 2'd3) begin
        state_q <= Fetch;
        pass_q  <= pass_q + 16'd1;
        if (32'(pass_q) + 32'd1 == passes_i) begin
          pass_q        <= '0;
          image_count_q <= image_count_q + 32'd1;
          if (image_count_q + 32'd1 == images_i) state_q <= Stop;
        end
      end
    end
    // Known a cycle after the first look: at most the image has been asked for meanwhile.
    illegal_q <= state_q == Look && ring_q == 2'd0 && !legal;
    if (illegal_q) begin
      if (!(issue && !ar_ready_i)) state_q <= Stop;
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
    if (!rst_ni) begin
      fail_o    <= 1'b0;
      illegal_q <= 1'b0;
    end
  end
endmodule
