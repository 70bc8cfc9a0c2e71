// Self-checking test bench of a fixed-size accelerator: clock, reset, a host at the registers, and memory behind the AXI4 port that holds the
// program, its parameters and golden images. Four runs, without a reset between them:
//
//   0  all images back to back, from a memory that answers as the figures suppose: every value, and the cycle in which each image is done
//   1  the same from one that hesitates everywhere, at random
//   2  one that answers a read of an image with an error: the run ends, and says so
//   3  as run 1, with other pauses
//
// Throughout: AXI4's rules (what waits stays as it is, no burst crosses 4 KiB, WLAST with the last beat), no access outside the memory, no X
// on valid, ready and interrupt. Plus arguments: +images=N (the first N only), +seed=N (of the pauses). Ends with the line PASS, or FAIL and
// $fatal.
// verilator lint_off SYMRSVDWORD
module axi_bench #(
  parameter int Tile = 16,
  parameter int BusBytes = 16,       // of a beat
  parameter int AddrWidth = 40,
  parameter int Passes = 1,          // of the program
  parameter int Images = 1,          // in the files
  parameter int ImageBeats = 1,      // of each
  parameter int ResultBeats = 1,     // of the results of each
  parameter int InputBeat = 0,       // where they lie; the program is at 0
  parameter int ResultBeat = 0,
  parameter int MemoryBeats = 1,
  parameter int FileBeats = 1,       // of them, what the file holds
  parameter int ReadLatency = 1,     // run 0: cycles from a read's request to its first beat ...
  parameter int WriteLatency = 1,    // ... from a write's last beat to its response ...
  parameter int Outstanding = 1,     // ... reads that it takes at a time ...
  parameter int Interval256 = 256,   // ... and 1/256 cycles from beat to beat
  parameter Dir = "sim",             // where the files lie
  parameter Memory = "",             // FileBeats beats: program, parameters, images
  parameter Expected = "",           // Images * ResultBeats beats
  parameter Mask = "",               // ResultBeats beats: ones where a result's bits mean something
  parameter Cycles = "",             // by image: the cycle of run 0 in which its results are in memory, counted from the start
  parameter int Finish = 1           // 0: others go on in this simulation when this one is done
) (
  output logic                  aclk,
  output logic                  aresetn,
  output logic                  s_axi_awvalid,
  input  logic                  s_axi_awready,
  output logic [7:0]            s_axi_awaddr,
  output logic [2:0]            s_axi_awprot,
  output logic                  s_axi_wvalid,
  input  logic                  s_axi_wready,
  output logic [31:0]           s_axi_wdata,
  output logic [3:0]            s_axi_wstrb,
  input  logic                  s_axi_bvalid,
  output logic                  s_axi_bready,
  input  logic [1:0]            s_axi_bresp,
  output logic                  s_axi_arvalid,
  input  logic                  s_axi_arready,
  output logic [7:0]            s_axi_araddr,
  output logic [2:0]            s_axi_arprot,
  input  logic                  s_axi_rvalid,
  output logic                  s_axi_rready,
  input  logic [31:0]           s_axi_rdata,
  input  logic [1:0]            s_axi_rresp,
  input  logic                  m_axi_arvalid,
  output logic                  m_axi_arready,
  input  logic [AddrWidth-1:0]  m_axi_araddr,
  input  logic [7:0]            m_axi_arlen,
  input  logic [2:0]            m_axi_arsize,
  input  logic [1:0]            m_axi_arburst,
  output logic                  m_axi_rvalid,
  input  logic                  m_axi_rready,
  output logic [BusBytes*8-1:0] m_axi_rdata,
  output logic [1:0]            m_axi_rresp,
  output logic                  m_axi_rlast,
  input  logic                  m_axi_awvalid,
  output logic                  m_axi_awready,
  input  logic [AddrWidth-1:0]  m_axi_awaddr,
  input  logic [7:0]            m_axi_awlen,
  input  logic [2:0]            m_axi_awsize,
  input  logic [1:0]            m_axi_awburst,
  input  logic                  m_axi_wvalid,
  output logic                  m_axi_wready,
  input  logic [BusBytes*8-1:0] m_axi_wdata,
  input  logic [BusBytes-1:0]   m_axi_wstrb,
  input  logic                  m_axi_wlast,
  output logic                  m_axi_bvalid,
  input  logic                  m_axi_bready,
  output logic [1:0]            m_axi_bresp,
  input  logic                  interrupt
);

  localparam int Patience = 2000000;  // cycles in which nothing moves
  localparam int BusLog2 = $clog2(BusBytes);
  localparam logic [63:0] Base = 64'h0000_0034_5000_0000;  // of the memory; as much of it as the address has bits
  localparam logic [AddrWidth-1:0] Start = Base[AddrWidth-1:0];
  localparam logic [31:0] Id = 32'h46415350;

  logic [BusBytes*8-1:0] memory [0:MemoryBeats-1];
  logic [BusBytes*8-1:0] expected [0:Images*ResultBeats-1];
  logic [BusBytes*8-1:0] mask [0:ResultBeats-1];
  logic [31:0]           cycles [0:Images-1];

  int          images, run;
  logic        restless, failing, checks_on, done;
  logic [31:0] random;

  initial begin
    aclk = 1'b0;
    done = 1'b0;
    while (!done) #5 aclk = !aclk;
  end

  // ---- Memory. At the end of a cycle, now is that cycle's number, 0 the one in which the start is known.
  int          now, idle;
  int          head, count, sent;                // reads that wait: a ring of 64
  logic [63:0] free256, due256;
  logic [63:0] start256 [0:63];
  int          read_beat [0:63];
  int          read_left [0:63];
  int          write_beat, write_left, written, done_images, answer;
  logic        held, place, due;
  int          at, from;

  function automatic int beat_of(input logic [AddrWidth-1:0] address);
    beat_of = int'((address - Start) >> BusLog2);
  endfunction
  function automatic int draw(input logic [31:0] bits, input int low, input int limit);
    draw = int'((bits >> low) & 32'hff) % limit;
  endfunction

  logic                 ar_waited, aw_waited, w_waited;
  logic [AddrWidth+7:0] ar_held, aw_held;
  logic [BusBytes*8:0]  w_held;

  task automatic check_burst(input logic [AddrWidth-1:0] address, input logic [7:0] len, input logic [2:0] size, input logic [1:0] burst,
                             input int write);
    logic [AddrWidth-1:0] last;
    last = address + ((AddrWidth'(len) + AddrWidth'(1)) << BusLog2) - AddrWidth'(1);
    if (address[BusLog2-1:0] != '0 || size != 3'(BusLog2) || burst != 2'b01 || address[AddrWidth-1:12] != last[AddrWidth-1:12] ||
        address < Start || beat_of(last) >= MemoryBeats) begin
      $display("FAIL: run %0d cycle %0d: a burst (write %0d) at %h, length %0d, size %0d, type %0d: not whole beats in a page of memory", run,
               now, write, address, len, size, burst);
      $fatal(1);
    end
  endtask

  always @(posedge aclk) begin
    random <= {random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]};
    now    <= now + 1;
    if (checks_on && (^{s_axi_awready, s_axi_wready, s_axi_bvalid, s_axi_arready, s_axi_rvalid, m_axi_arvalid, m_axi_rready, m_axi_awvalid,
                        m_axi_wvalid, m_axi_bready, interrupt}) === 1'bx) begin
      $display("FAIL: run %0d cycle %0d: an X on valid, ready or interrupt", run, now);
      $fatal(1);
    end
    if (!aresetn) begin
      m_axi_arready <= 1'b0;
      m_axi_rvalid  <= 1'b0;
      m_axi_awready <= 1'b0;
      m_axi_wready  <= 1'b0;
      m_axi_bvalid  <= 1'b0;
      head          = 0;
      count         = 0;
      sent          = 0;
      write_left    = 0;
      answer        = -1;
      held          = 1'b0;
      ar_waited     <= 1'b0;
      aw_waited     <= 1'b0;
      w_waited      <= 1'b0;
      free256       = 64'd0;
      idle          = 0;
    end else begin
      // What waits stays as it is.
      ar_waited <= m_axi_arvalid && !m_axi_arready;
      aw_waited <= m_axi_awvalid && !m_axi_awready;
      w_waited  <= m_axi_wvalid && !m_axi_wready;
      ar_held   <= {m_axi_araddr, m_axi_arlen};
      aw_held   <= {m_axi_awaddr, m_axi_awlen};
      w_held    <= {m_axi_wdata, m_axi_wlast};
      if ((ar_waited && (!m_axi_arvalid || ar_held !== {m_axi_araddr, m_axi_arlen})) ||
          (aw_waited && (!m_axi_awvalid || aw_held !== {m_axi_awaddr, m_axi_awlen})) ||
          (w_waited && (!m_axi_wvalid || w_held !== {m_axi_wdata, m_axi_wlast}))) begin
        $display("FAIL: run %0d cycle %0d: a request or data changed while it waited", run, now);
        $fatal(1);
      end

      // Reads.
      idle = (m_axi_arvalid && m_axi_arready) || m_axi_rvalid || m_axi_awvalid || m_axi_wvalid || m_axi_bvalid ? 0 : idle + 1;
      if (m_axi_arvalid && m_axi_arready) begin
        check_burst(m_axi_araddr, m_axi_arlen, m_axi_arsize, m_axi_arburst, 0);
        at = (head + count) % 64;
        read_beat[at] = beat_of(m_axi_araddr);
        read_left[at] = int'(m_axi_arlen) + 1;
        if (restless) begin
          from         = now + 1 + draw(random, 3, 150);
          start256[at] = {24'd0, from, 8'd0};
        end else begin
          from         = now + ReadLatency;
          start256[at] = {24'd0, from, 8'd0};
          if (start256[at] < free256) start256[at] = free256;
          free256 = start256[at] + {32'd0, read_left[at]} * 64'(Interval256);
        end
        count = count + 1;
      end
      if (m_axi_rvalid && m_axi_rready) begin
        held = 1'b0;
        sent = sent + 1;
        if (sent == read_left[head]) begin
          head  = (head + 1) % 64;
          count = count - 1;
          sent  = 0;
        end
      end
      due256 = start256[head] + (restless ? 64'd0 : {32'd0, sent} * 64'(Interval256));
      from   = now + 1;
      due    = count > 0 && (due256 >> 8) <= {32'd0, from};
      if (due && (!restless || held || random[2:1] != 2'd0)) begin
        at           = read_beat[head] + sent;
        held         = 1'b1;
        m_axi_rvalid <= 1'b1;
        m_axi_rdata  <= memory[at];
        m_axi_rresp  <= failing && at >= InputBeat ? 2'b10 : 2'b00;
        m_axi_rlast  <= sent + 1 == read_left[head];
      end else begin
        m_axi_rvalid <= 1'b0;
      end
      place         = count < (restless ? 64 : Outstanding);
      m_axi_arready <= place && (!restless || random[5:4] != 2'd0);

      // Writes: one at a time.
      if (m_axi_bvalid && m_axi_bready) begin
        answer = -1;
        if (written == (done_images + 1) * ResultBeats) begin
          if (run == 0 && now != int'(cycles[done_images])) begin
            $display("FAIL: image %0d is done in cycle %0d, planned %0d", done_images, now, cycles[done_images]);
            $fatal(1);
          end
          if (run == 0 && done_images == 0) $display("first image: %0d cycles", now);
          done_images = done_images + 1;
        end
      end
      if (m_axi_awvalid && m_axi_awready) begin
        check_burst(m_axi_awaddr, m_axi_awlen, m_axi_awsize, m_axi_awburst, 1);
        if (write_left != 0 || answer >= 0) begin
          $display("FAIL: run %0d cycle %0d: a write before the response to the last one", run, now);
          $fatal(1);
        end
        write_beat = beat_of(m_axi_awaddr);
        write_left = int'(m_axi_awlen) + 1;
        if (write_beat < ResultBeat) begin
          $display("FAIL: run %0d cycle %0d: a write to %h, where the results are not", run, now, m_axi_awaddr);
          $fatal(1);
        end
      end
      if (m_axi_wvalid && m_axi_wready) begin
        if (write_left == 0 || m_axi_wlast != (write_left == 1) || m_axi_wstrb !== '1) begin
          $display("FAIL: run %0d cycle %0d: write data with %0d beats to come, WLAST %b, WSTRB %b", run, now, write_left, m_axi_wlast,
                   m_axi_wstrb);
          $fatal(1);
        end
        memory[write_beat] = m_axi_wdata;
        write_beat         = write_beat + 1;
        write_left         = write_left - 1;
        written            = written + 1;
        if (write_left == 0) answer = now + (restless ? 1 + draw(random, 9, 60) : WriteLatency);
      end
      m_axi_bvalid  <= answer >= 0 && answer <= now + 1;
      m_axi_bresp   <= 2'b00;
      m_axi_awready <= !restless || random[7:6] == 2'd0;
      m_axi_wready  <= !restless || random[8];

      if (s_axi_awvalid && s_axi_awready && s_axi_awaddr == 8'h08 && s_axi_wdata[0]) begin
        now         <= 0;
        free256     = 64'd0;
        written     = 0;
        done_images = 0;
      end
    end
  end

  // ---- Host.
  logic [31:0] value;
  task write_register(input logic [7:0] address, input logic [31:0] data);
    begin
      s_axi_awvalid <= 1'b1;
      s_axi_wvalid  <= 1'b1;
      s_axi_awaddr  <= address;
      s_axi_wdata   <= data;
      @(posedge aclk);
      while (s_axi_awready !== 1'b1) @(posedge aclk);
      s_axi_awvalid <= 1'b0;
      s_axi_wvalid  <= 1'b0;
      @(posedge aclk);
      while (s_axi_bvalid !== 1'b1) @(posedge aclk);
      if (s_axi_bresp !== 2'b00) begin
        $display("FAIL: register %h: response %b to a write", address, s_axi_bresp);
        $fatal(1);
      end
    end
  endtask
  task read_register(input logic [7:0] address);
    begin
      s_axi_arvalid <= 1'b1;
      s_axi_araddr  <= address;
      @(posedge aclk);
      while (s_axi_arready !== 1'b1) @(posedge aclk);
      s_axi_arvalid <= 1'b0;
      @(posedge aclk);
      while (s_axi_rvalid !== 1'b1) @(posedge aclk);
      value = s_axi_rdata;
      if (s_axi_rresp !== 2'b00) begin
        $display("FAIL: register %h: response %b to a read", address, s_axi_rresp);
        $fatal(1);
      end
    end
  endtask
  task expect_register(input logic [7:0] address, input logic [31:0] bits, input logic [31:0] wanted);
    begin
      read_register(address);
      if ((value & bits) !== wanted) begin
        $display("FAIL: run %0d: register %h holds %h, expected %h", run, address, value & bits, wanted);
        $fatal(1);
      end
    end
  endtask
  task write_address(input logic [7:0] address, input int beat);
    logic [63:0] bytes;
    begin
      bytes = 64'(Start) + (64'(beat) << BusLog2);
      write_register(address, bytes[31:0]);
      write_register(address + 8'h04, bytes[63:32]);
    end
  endtask
  task start_run(input int number, input logic hesitate, input logic fail);
    begin
      run      = number;
      restless = hesitate;
      failing  = fail;
      for (int i = ResultBeat; i < MemoryBeats; i++) memory[i] = {BusBytes{8'ha5}};
      write_register(8'h10, 32'd1);
      write_register(8'h14, 32'(images));
      write_register(8'h18, 32'(Passes));
      write_address(8'h20, 0);
      write_address(8'h28, InputBeat);
      write_address(8'h30, ResultBeat);
      write_register(8'h08, 32'd1);
      idle = 0;
      while (interrupt !== 1'b1) begin
        @(posedge aclk);
        if (idle > Patience) begin
          $display("FAIL: run %0d: nothing moves, and no interrupt comes", run);
          $fatal(1);
        end
      end
    end
  endtask
  task check_results;
    begin
      expect_register(8'h0c, 32'hffffffff, 32'd2);
      expect_register(8'h1c, 32'hffffffff, 32'(images));
      for (int i = 0; i < images * ResultBeats; i++) begin
        if (((memory[ResultBeat+i] ^ expected[i]) & mask[i%ResultBeats]) !== '0) begin
          $display("FAIL: run %0d image %0d beat %0d: %h, expected %h where %h", run, i / ResultBeats, i % ResultBeats, memory[ResultBeat+i],
                   expected[i], mask[i%ResultBeats]);
          $fatal(1);
        end
      end
      end_run;
    end
  endtask
  task end_run;
    begin
      read_register(8'h38);
      $display("run %0d: %0d images, %0d cycles", run, done_images, value);
      write_register(8'h08, 32'd2);
      expect_register(8'h0c, 32'hffffffff, 32'd0);
      @(posedge aclk);
      if (interrupt !== 1'b0) begin
        $display("FAIL: run %0d: the interrupt does not fall", run);
        $fatal(1);
      end
    end
  endtask

  // (A process of its own that never comes to its end: Verilator takes no delayed assignment in an initial block.)
  always begin
    $readmemh({Dir, "/", Memory}, memory, 0, FileBeats - 1);
    $readmemh({Dir, "/", Expected}, expected);
    $readmemh({Dir, "/", Mask}, mask);
    $readmemh({Dir, "/", Cycles}, cycles);
    images = Images;
    if ($value$plusargs("images=%d", images) && (images < 1 || images > Images)) begin
      $display("FAIL: +images=%0d, allowed: 1 to %0d", images, Images);
      $fatal(1);
    end
    random = 32'd1;
    if ($value$plusargs("seed=%d", random) && random == 32'd0) random = 32'd1;
    now           = 0;
    run           = 0;
    restless      = 1'b0;
    failing       = 1'b0;
    checks_on     = 1'b0;
    written       = 0;
    done_images   = 0;
    aresetn       = 1'b0;
    s_axi_awvalid = 1'b0;
    s_axi_awaddr  = 8'd0;
    s_axi_awprot  = 3'd0;
    s_axi_wvalid  = 1'b0;
    s_axi_wdata   = 32'd0;
    s_axi_wstrb   = 4'hf;
    s_axi_bready  = 1'b1;
    s_axi_arvalid = 1'b0;
    s_axi_araddr  = 8'd0;
    s_axi_arprot  = 3'd0;
    s_axi_rready  = 1'b1;
    repeat (4) @(posedge aclk);
    checks_on <= 1'b1;
    aresetn   <= 1'b1;
    repeat (2) @(posedge aclk);
    expect_register(8'h00, 32'hffffffff, Id);
    expect_register(8'h04, 32'hffffffff, 32'd1);
    expect_register(8'h40, 32'hffffffff, {16'(BusBytes), 16'(Tile)});
    start_run(0, 1'b0, 1'b0);
    check_results;
    start_run(1, 1'b1, 1'b0);
    check_results;
    start_run(2, 1'b1, 1'b1);
    expect_register(8'h0c, 32'h0000ffff, 32'h00000104);
    end_run;
    start_run(3, 1'b1, 1'b0);
    check_results;
    $display("PASS");
    done = 1'b1;
    if (Finish != 0) $finish;
    while (1) @(posedge aclk);
  end
endmodule
