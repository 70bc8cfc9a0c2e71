// The fixed-size accelerator: registers (AXI4-Lite), memory port (AXI4), interrupt; in between loader, core and writer. What runs on it
// is a program in memory (models/simd/README.md).
module simd_accelerator #(
  parameter int Tile = 16,
  parameter int BusBytes = 16,
  parameter int AddrWidth = 40,
  parameter int BurstBeats = 64,
  parameter int Outstanding = 8,
  parameter int Programs = 64,        // passes; the other buffers as in models/simd/hardware.h
  parameter int MainTiles = 48,
  parameter int SideTiles = 24,
  parameter int InputBeats = 512,
  parameter int ConstantBeats = 512,
  parameter int WeightBeats = 2048,
  parameter int TableBeats = 4096,    // 0: no table units
  parameter int ResultWords = 2,
  parameter int AccWidth = 32
) (
  input  logic                  aclk,              // clock
  input  logic                  aresetn,           // synchronous reset, active low
  input  logic                  s_axi_awvalid,     // registers, AXI4-Lite
  output logic                  s_axi_awready,
  input  logic [7:0]            s_axi_awaddr,
  input  logic [2:0]            s_axi_awprot,
  input  logic                  s_axi_wvalid,
  output logic                  s_axi_wready,
  input  logic [31:0]           s_axi_wdata,
  input  logic [3:0]            s_axi_wstrb,
  output logic                  s_axi_bvalid,
  input  logic                  s_axi_bready,
  output logic [1:0]            s_axi_bresp,
  input  logic                  s_axi_arvalid,
  output logic                  s_axi_arready,
  input  logic [7:0]            s_axi_araddr,
  input  logic [2:0]            s_axi_arprot,
  output logic                  s_axi_rvalid,
  input  logic                  s_axi_rready,
  output logic [31:0]           s_axi_rdata,
  output logic [1:0]            s_axi_rresp,
  output logic                  m_axi_arvalid,     // memory, AXI4
  input  logic                  m_axi_arready,
  output logic [AddrWidth-1:0]  m_axi_araddr,
  output logic [7:0]            m_axi_arlen,
  output logic [2:0]            m_axi_arsize,
  output logic [1:0]            m_axi_arburst,
  input  logic                  m_axi_rvalid,
  output logic                  m_axi_rready,
  input  logic [BusBytes*8-1:0] m_axi_rdata,
  input  logic [1:0]            m_axi_rresp,
  input  logic                  m_axi_rlast,
  output logic                  m_axi_awvalid,
  input  logic                  m_axi_awready,
  output logic [AddrWidth-1:0]  m_axi_awaddr,
  output logic [7:0]            m_axi_awlen,
  output logic [2:0]            m_axi_awsize,
  output logic [1:0]            m_axi_awburst,
  output logic                  m_axi_wvalid,
  input  logic                  m_axi_wready,
  output logic [BusBytes*8-1:0] m_axi_wdata,
  output logic [BusBytes-1:0]   m_axi_wstrb,
  output logic                  m_axi_wlast,
  input  logic                  m_axi_bvalid,
  output logic                  m_axi_bready,
  input  logic [1:0]            m_axi_bresp,
  output logic                  interrupt_o,       // (a design's top calls it interrupt, a name that Verilator would change)
  output logic                  probe_loaded_o,    // for benches: the last beat for a pass; a pass is taken, issued, retired; an
  output logic                  probe_take_o,      // image's results are in memory
  output logic                  probe_issued_o,
  output logic                  probe_retire_o,
  output logic                  probe_done_o
);
  localparam int DescBeats = 64 / BusBytes;
  localparam int ProgramBeats = (Programs + 1) * DescBeats;
  localparam int ProgramWidth = $clog2(ProgramBeats);

  logic [255:0] capacities;
  assign capacities[0*32+:32] = Programs;
  assign capacities[1*32+:32] = MainTiles;
  assign capacities[2*32+:32] = SideTiles;
  assign capacities[3*32+:32] = InputBeats;
  assign capacities[4*32+:32] = ConstantBeats;
  assign capacities[5*32+:32] = WeightBeats;
  assign capacities[6*32+:32] = TableBeats;
  assign capacities[7*32+:32] = ResultWords;

  assign m_axi_arsize  = 3'($clog2(BusBytes));
  assign m_axi_awsize  = 3'($clog2(BusBytes));
  assign m_axi_arburst = 2'b01;
  assign m_axi_awburst = 2'b01;
  assign m_axi_wstrb   = '1;
  assign m_axi_rready  = 1'b1;
  assign m_axi_bready  = 1'b1;
  assign s_axi_bresp   = 2'b00;
  assign s_axi_rresp   = 2'b00;

  // ---- The run.
  logic                 start_request, start, clear, enable, busy_q, done_q, failed_q, halt, finished;
  logic [7:0]           code_q;
  logic [15:0]          fail_pass_q;
  logic [31:0]          images, passes, images_done_q;
  logic [63:0]          cycles_q;
  logic [AddrWidth-1:0] program_address, input_address, result_address;
  logic                 load_fail, write_fail, load_quiet, write_quiet, ready, image_done;
  logic [7:0]           load_code;
  logic [15:0]          load_fail_pass;
  assign start    = start_request && !busy_q;
  assign halt     = failed_q || load_fail || write_fail;
  assign finished = busy_q && (failed_q ? load_quiet && write_quiet : images_done_q == images && images != 32'd0);
  simd_registers #(
    .AddrWidth(AddrWidth),
    .Shape    ({16'(BusBytes), 16'(Tile)})
  ) u_registers (
    .clk_i             (aclk),
    .rst_ni            (aresetn),
    .aw_valid_i        (s_axi_awvalid),
    .aw_ready_o        (s_axi_awready),
    .aw_addr_i         (s_axi_awaddr),
    .w_valid_i         (s_axi_wvalid),
    .w_ready_o         (s_axi_wready),
    .w_data_i          (s_axi_wdata),
    .w_strb_i          (s_axi_wstrb),
    .b_valid_o         (s_axi_bvalid),
    .b_ready_i         (s_axi_bready),
    .ar_valid_i        (s_axi_arvalid),
    .ar_ready_o        (s_axi_arready),
    .ar_addr_i         (s_axi_araddr),
    .r_valid_o         (s_axi_rvalid),
    .r_ready_i         (s_axi_rready),
    .r_data_o          (s_axi_rdata),
    .start_o           (start_request),
    .clear_o           (clear),
    .interrupt_enable_o(enable),
    .images_o          (images),
    .passes_o          (passes),
    .program_o         (program_address),
    .input_o           (input_address),
    .result_o          (result_address),
    .status_i          ({fail_pass_q, code_q, 5'd0, failed_q, done_q, busy_q}),
    .images_done_i     (images_done_q),
    .cycles_i          (cycles_q),
    .capacities_i      (capacities)
  );
  always_ff @(posedge aclk) begin
    if (busy_q) cycles_q <= cycles_q + 64'd1;
    if (image_done) images_done_q <= images_done_q + 32'd1;
    if (busy_q && !failed_q && (load_fail || write_fail)) begin
      failed_q    <= 1'b1;
      code_q      <= load_fail ? load_code : 8'd2;
      fail_pass_q <= load_fail ? load_fail_pass : 16'(passes - 32'd1);
    end
    if (finished) begin
      busy_q <= 1'b0;
      done_q <= !failed_q;
    end
    if (clear && !busy_q || start) begin
      done_q      <= 1'b0;
      failed_q    <= 1'b0;
      code_q      <= '0;
      fail_pass_q <= '0;
    end
    if (start) begin
      busy_q        <= 1'b1;
      cycles_q      <= 64'd1;
      images_done_q <= '0;
    end
    if (!aresetn) begin
      busy_q   <= 1'b0;
      done_q   <= 1'b0;
      failed_q <= 1'b0;
      code_q      <= '0;
      fail_pass_q <= '0;
    end
  end
  assign interrupt_o = enable && !busy_q && (done_q || failed_q);

  // ---- Loader, and the program memory: a copy for it, one for the core.
  logic                  loaded, free, free_input, program_we, go, take, issued, retire, word_valid;
  logic [15:0]           image_beats, program_addr, load_addr, free_constants;
  logic [31:0]           free_weights, free_tables, result_bytes;
  logic [3:0]            ring_we;
  logic [BusBytes*8-1:0] load_beat, core_beat;
  logic [Tile*8-1:0]     word;
  simd_loader #(
    .BusBytes     (BusBytes),
    .AddrWidth    (AddrWidth),
    .BurstBeats   (BurstBeats),
    .Outstanding  (Outstanding),
    .Tile         (Tile),
    .Programs     (Programs),
    .InputBeats   (InputBeats),
    .ConstantBeats(ConstantBeats),
    .WeightBeats  (WeightBeats),
    .TableBeats   (TableBeats),
    .ResultWords  (ResultWords)
  ) u_loader (
    .clk_i           (aclk),
    .rst_ni          (aresetn),
    .start_i         (start),
    .program_i       (program_address),
    .input_i         (input_address),
    .images_i        (images),
    .passes_i        (passes),
    .halt_i          (halt),
    .idle_i          (!busy_q),
    .fail_o          (load_fail),
    .fail_code_o     (load_code),
    .fail_pass_o     (load_fail_pass),
    .quiet_o         (load_quiet),
    .ready_o         (ready),
    .image_beats_o   (image_beats),
    .result_bytes_o  (result_bytes),
    .loaded_o        (loaded),
    .free_i          (free),
    .free_input_i    (free_input),
    .free_constants_i(free_constants),
    .free_weights_i  (free_weights),
    .free_tables_i   (free_tables),
    .ring_we_o       (ring_we),
    .program_we_o    (program_we),
    .program_addr_o  (program_addr),
    .desc_addr_o     (load_addr),
    .desc_beat_i     (load_beat),
    .ar_valid_o      (m_axi_arvalid),
    .ar_ready_i      (m_axi_arready),
    .ar_addr_o       (m_axi_araddr),
    .ar_len_o        (m_axi_arlen),
    .r_valid_i       (m_axi_rvalid),
    .r_data_i        (m_axi_rdata),
    .r_resp_i        (m_axi_rresp),
    .r_last_i        (m_axi_rlast)
  );
  logic [15:0] core_addr;
  simd_ram #(.Width(BusBytes * 8), .Depth(ProgramBeats)) u_program_load (
    .clk_i(aclk), .wr_en_i(program_we), .wr_addr_i(ProgramWidth'(program_addr)), .wr_data_i(m_axi_rdata),
    .rd_addr_i(ProgramWidth'(load_addr)), .rd_data_o(load_beat));
  simd_ram #(.Width(BusBytes * 8), .Depth(ProgramBeats)) u_program_core (
    .clk_i(aclk), .wr_en_i(program_we), .wr_addr_i(ProgramWidth'(program_addr)), .wr_data_i(m_axi_rdata),
    .rd_addr_i(ProgramWidth'(core_addr)), .rd_data_o(core_beat));

  // ---- The next pass's descriptor, fetched while the pass before runs.
  logic [511:0] desc_q;
  logic [4:0]   fetch_q;
  logic [15:0]  pass_q;
  logic         fetched_q;
  assign core_addr = (pass_q + 16'd1) * 16'(DescBeats) + 16'(fetch_q);
  for (genvar b = 0; b < DescBeats; b++) begin : gen_desc
    always_ff @(posedge aclk)
      if (!fetched_q && fetch_q == 5'(b + 2)) desc_q[b*BusBytes*8+:BusBytes*8] <= core_beat;
  end
  always_ff @(posedge aclk) begin
    if (!fetched_q && ready) begin
      fetch_q <= fetch_q + 5'd1;
      if (fetch_q == 5'(DescBeats + 1)) fetched_q <= 1'b1;
    end
    if (take) begin
      fetched_q <= 1'b0;
      fetch_q   <= '0;
      pass_q    <= 32'(pass_q) + 32'd1 == passes ? '0 : pass_q + 16'd1;
    end
    if (!aresetn || start) begin
      fetched_q <= 1'b0;
      fetch_q   <= '0;
      pass_q    <= '0;
    end
  end

  // ---- What may begin: a pass that is loaded, and has space for its results.
  localparam int ResultFlag = 7, ReleaseFlag = 9, ArgmaxFlag = 10;
  logic [31:0] waiting_q, places_q, result_words;
  assign result_words = desc_q[11*32+:32];
  assign go           = fetched_q && waiting_q != 32'd0 && !halt && (!desc_q[ResultFlag] || places_q >= result_words);
  always_ff @(posedge aclk) begin
    waiting_q <= waiting_q + 32'(loaded) - 32'(take);
    places_q  <= places_q + (image_done ? words_q : 32'd0) - (take && desc_q[ResultFlag] ? result_words : 32'd0);
    if (take && desc_q[ResultFlag]) words_q <= result_words;
    if (!aresetn || start) begin
      waiting_q <= '0;
      places_q  <= 32'(ResultWords);
    end
  end
  logic [31:0] words_q;  // of an image's results: the same in each

  // ---- Passes between their first step and their retirement: what they give back. Eight are more than the pipeline holds.
  logic [82:0] given [0:7];
  logic [82:0] back;
  logic [2:0]  given_in_q, given_out_q;
  assign back = given[given_out_q];
  always_ff @(posedge aclk) begin
    if (take) begin
      given[given_in_q] <= {desc_q[ArgmaxFlag], desc_q[ResultFlag], desc_q[ReleaseFlag], desc_q[8*32+:16], desc_q[9*32+:32], desc_q[10*32+:32]};
      given_in_q        <= given_in_q + 3'd1;
    end
    if (retire) given_out_q <= given_out_q + 3'd1;
    if (!aresetn || start) begin
      given_in_q  <= '0;
      given_out_q <= '0;
    end
  end
  assign free = retire;
  assign {free_input, free_constants, free_weights, free_tables} = back[80:0];

  simd_core #(
    .Tile         (Tile),
    .BusBytes     (BusBytes),
    .MainTiles    (MainTiles),
    .SideTiles    (SideTiles),
    .InputBeats   (InputBeats),
    .ConstantBeats(ConstantBeats),
    .WeightBeats  (WeightBeats),
    .TableBeats   (TableBeats),
    .AccWidth     (AccWidth)
  ) u_core (
    .clk_i         (aclk),
    .rst_ni        (aresetn && !start),
    .wr_en_i       (ring_we),
    .wr_data_i     (m_axi_rdata),
    .go_i          (go),
    .desc_i        (desc_q),
    .image_beats_i (image_beats),
    .take_o        (take),
    .issued_o      (issued),
    .retire_o      (retire),
    .result_valid_o(word_valid),
    .result_o      (word)
  );

  // ---- Results: complete when the pass is retired; an argmax a tile's width later.
  logic [$clog2(Tile):0] later_q;
  logic                  complete;
  assign complete = (retire && back[81] && !back[82]) || later_q == ($clog2(Tile) + 1)'(1);
  always_ff @(posedge aclk) begin
    if (retire && back[81] && back[82]) later_q <= ($clog2(Tile) + 1)'(Tile);
    else if (later_q != '0) later_q <= later_q - 1'b1;
    if (!aresetn || start) later_q <= '0;
  end
  simd_writer #(
    .Tile       (Tile),
    .BusBytes   (BusBytes),
    .AddrWidth  (AddrWidth),
    .BurstBeats (BurstBeats),
    .ResultWords(ResultWords)
  ) u_writer (
    .clk_i       (aclk),
    .rst_ni      (aresetn),
    .start_i     (start),
    .result_i    (result_address),
    .word_valid_i(word_valid),
    .word_i      (word),
    .complete_i  (complete),
    .words_i     (words_q),
    .halt_i      (halt),
    .fail_o      (write_fail),
    .quiet_o     (write_quiet),
    .done_o      (image_done),
    .aw_valid_o  (m_axi_awvalid),
    .aw_ready_i  (m_axi_awready),
    .aw_addr_o   (m_axi_awaddr),
    .aw_len_o    (m_axi_awlen),
    .w_valid_o   (m_axi_wvalid),
    .w_ready_i   (m_axi_wready),
    .w_data_o    (m_axi_wdata),
    .w_last_o    (m_axi_wlast),
    .b_valid_i   (m_axi_bvalid),
    .b_resp_i    (m_axi_bresp)
  );

  assign probe_loaded_o = loaded;
  assign probe_take_o   = take;
  assign probe_issued_o = issued;
  assign probe_retire_o = retire;
  assign probe_done_o   = image_done;
  logic unused_bits;
  assign unused_bits = ^{s_axi_awprot, s_axi_arprot, program_addr, load_addr, core_addr, result_bytes, desc_q};
endmodule
