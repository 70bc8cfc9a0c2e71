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
  logic                 start_request, start, clear, enable, busy, halt;
  logic [31:0]          images, passes, images_done, status;
  logic [63:0]          cycles;
  logic [AddrWidth-1:0] program_address, input_address, result_address;
  logic                 load_fail, write_fail, load_quiet, write_quiet, ready, image_done;
  logic [7:0]           load_code;
  logic [15:0]          load_fail_pass;
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
    .status_i          (status),
    .images_done_i     (images_done),
    .cycles_i          (cycles),
    .capacities_i      (capacities)
  );
  simd_control u_control (
    .clk_i           (aclk),
    .rst_ni          (aresetn),
    .start_request_i (start_request),
    .clear_i         (clear),
    .enable_i        (enable),
    .images_i        (images),
    .passes_i        (passes),
    .load_fail_i     (load_fail),
    .load_code_i     (load_code),
    .load_fail_pass_i(load_fail_pass),
    .load_quiet_i    (load_quiet),
    .write_fail_i    (write_fail),
    .write_quiet_i   (write_quiet),
    .image_done_i    (image_done),
    .start_o         (start),
    .busy_o          (busy),
    .halt_o          (halt),
    .status_o        (status),
    .images_done_o   (images_done),
    .cycles_o        (cycles),
    .interrupt_o
  );

  // ---- Loader, and the program memory: a copy for it, one for the core.
  logic                  loaded, free_input, program_we, go, complete, take, issued, retire, word_valid;
  logic [15:0]           image_beats, program_addr, load_addr, free_constants;
  logic [31:0]           free_weights, free_tables, result_bytes, words;
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
    .idle_i          (!busy),
    .fail_o          (load_fail),
    .fail_code_o     (load_code),
    .fail_pass_o     (load_fail_pass),
    .quiet_o         (load_quiet),
    .ready_o         (ready),
    .image_beats_o   (image_beats),
    .result_bytes_o  (result_bytes),
    .loaded_o        (loaded),
    .free_i          (retire),
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

  logic [511:0] desc;
  simd_passes #(
    .Tile       (Tile),
    .BusBytes   (BusBytes),
    .ResultWords(ResultWords)
  ) u_passes (
    .clk_i           (aclk),
    .rst_ni          (aresetn),
    .start_i         (start),
    .passes_i        (passes),
    .ready_i         (ready),
    .halt_i          (halt),
    .desc_addr_o     (core_addr),
    .desc_beat_i     (core_beat),
    .loaded_i        (loaded),
    .image_done_i    (image_done),
    .go_o            (go),
    .desc_o          (desc),
    .take_i          (take),
    .retire_i        (retire),
    .free_input_o    (free_input),
    .free_constants_o(free_constants),
    .free_weights_o  (free_weights),
    .free_tables_o   (free_tables),
    .words_o         (words),
    .complete_o      (complete)
  );
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
    .desc_i        (desc),
    .image_beats_i (image_beats),
    .take_o        (take),
    .issued_o      (issued),
    .retire_o      (retire),
    .result_valid_o(word_valid),
    .result_o      (word)
  );

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
    .words_i     (words),
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
  assign unused_bits = ^{s_axi_awprot, s_axi_arprot, program_addr, load_addr, core_addr, result_bytes};
endmodule
