// Self-checking test bench of a streaming IP: clock, reset, a source of packets and a checker of what comes back. Three passes over
// golden images, each from reset:
//
//   0  images back to back, never stalled: every byte, and the cycle in which each image's result is complete
//   1  the same images with random pauses on both sides
//   2  packets too short and too long, alone and in a row, among right ones: error rises in the cycle after the first and
//      stays, the results of wrong ones are marked by TUSER, and every right image gives what it gave before
//
// Throughout: TLAST where it belongs, nothing changes while it waits, no X on valid, ready, error, or on data that is valid.
// Plus arguments: +images=N (the first N only), +seed=N (of the pauses). Ends with the line PASS, or FAIL and $fatal.
module axis_bench #(
  parameter int InLanes = 1,   // bytes a beat
  parameter int InBeats = 1,   // of an image
  parameter int OutLanes = 1,
  parameter int OutBeats = 1,
  parameter int Images = 1,    // in the files
  parameter Dir = "sim",       // where they lie
  parameter Stimulus = "",     // Images * InBeats beats
  parameter Expected = "",     // Images * OutBeats beats
  parameter Cycles = "",       // by image: the cycle of its last output beat in pass 0, counted from the first input beat
  parameter int Finish = 1     // 0: others go on in this simulation when this one is done
) (
  output logic                  aclk,
  output logic                  aresetn,
  output logic                  s_axis_tvalid,
  input  logic                  s_axis_tready,
  output logic [InLanes*8-1:0]  s_axis_tdata,
  output logic                  s_axis_tlast,
  input  logic                  m_axis_tvalid,
  output logic                  m_axis_tready,
  input  logic [OutLanes*8-1:0] m_axis_tdata,
  input  logic                  m_axis_tlast,
  input  logic                  m_axis_tuser,
  input  logic                  error
);

  localparam int ResetCycles = 4;
  localparam int Patience = 2000000;  // cycles in which nothing moves

  logic [InLanes*8-1:0]  stimulus [0:Images*InBeats-1];
  logic [OutLanes*8-1:0] expected [0:Images*OutBeats-1];
  logic [31:0]           cycles [0:Images-1];

  int images, pass, reset_left, now, first_cycle, idle, checked;
  logic [31:0] random;
  logic        done;

  initial begin
    $readmemh({Dir, "/", Stimulus}, stimulus);
    $readmemh({Dir, "/", Expected}, expected);
    $readmemh({Dir, "/", Cycles}, cycles);
    images = Images;
    if ($value$plusargs("images=%d", images) && (images < 1 || images > Images)) begin
      $display("FAIL: +images=%0d, allowed: 1 to %0d", images, Images);
      $fatal(1);
    end
    random = 32'd1;
    if ($value$plusargs("seed=%d", random) && random == 32'd0) random = 32'd1;
    pass       = 0;
    reset_left = ResetCycles;
    now        = 0;
    idle       = 0;
    checked    = 0;
    aclk       = 1'b0;
    aresetn    = 1'b0;
    done       = 1'b0;
    while (!done) #5 aclk = !aclk;
  end

  // The packets of a pass. Where an image is one beat, none can be too short.
  function automatic int packets(input int in_pass);
    packets = in_pass == 2 ? 10 : images;
  endfunction
  function automatic int image_of(input int in_pass, input int packet);
    image_of = in_pass == 2 ? packet / 2 % images : packet;
  endfunction
  function automatic int length_of(input int in_pass, input int packet);
    length_of = InBeats;
    if (in_pass == 2 && packet == 1 && InBeats > 1) length_of = InBeats / 2;
    if (in_pass == 2 && packet == 3) length_of = InBeats + 3;
    if (in_pass == 2 && packet == 5) length_of = 1;
    if (in_pass == 2 && packet == 6) length_of = 2 * InBeats;
    if (in_pass == 2 && packet == 7 && InBeats > 1) length_of = InBeats - 1;
    if (in_pass == 2 && packet == 8) length_of = InBeats + 1;
  endfunction

  int   s_packet, s_beat;           // to be offered next
  int   in_beat;                    // of its packet: offered now
  int   m_packet, m_beat;           // expected next
  logic error_expected, checks_on;  // checks begin with the second edge, when registers have been reset
  logic was_stalled;
  logic [OutLanes*8+1:0] held;
  logic last_expected, bad_expected;

  assign last_expected = m_beat == OutBeats - 1;
  assign bad_expected  = length_of(pass, m_packet) != InBeats;

  initial begin
    checks_on     = 1'b0;
    s_axis_tvalid = 1'b0;
    s_axis_tlast  = 1'b0;
    s_axis_tdata  = '0;
    m_axis_tready = 1'b0;
  end

  always @(posedge aclk) begin
    checks_on <= 1'b1;
    random    <= {random[30:0], random[31] ^ random[21] ^ random[1] ^ random[0]};
    now       <= now + 1;
    if (checks_on && (^{s_axis_tready, m_axis_tvalid, error}) === 1'bx) begin
      $display("FAIL: pass %0d cycle %0d: an X: tready %b, tvalid %b, error %b", pass, now, s_axis_tready, m_axis_tvalid, error);
      $fatal(1);
    end
    if (reset_left != 0) begin
      aresetn        <= reset_left == 1;
      reset_left     <= reset_left - 1;
      s_axis_tvalid  <= 1'b0;
      s_axis_tlast   <= 1'b0;
      m_axis_tready  <= 1'b0;
      s_packet       <= 0;
      s_beat         <= 0;
      in_beat        <= 0;
      m_packet       <= 0;
      m_beat         <= 0;
      first_cycle    <= -1;
      error_expected <= 1'b0;
      was_stalled    <= 1'b0;
      if (checks_on && m_axis_tvalid !== 1'b0) begin
        $display("FAIL: pass %0d cycle %0d: tvalid during reset", pass, now);
        $fatal(1);
      end
    end else begin
      // Source: a beat stays until it is taken.
      if (!s_axis_tvalid || s_axis_tready) begin
        s_axis_tvalid <= 1'b0;
        if (s_packet < packets(pass) && (pass == 0 || random[1:0] != 2'd0)) begin
          s_axis_tvalid <= 1'b1;
          s_axis_tdata  <= stimulus[image_of(pass, s_packet)*InBeats+s_beat%InBeats];
          s_axis_tlast  <= s_beat == length_of(pass, s_packet) - 1;
          in_beat       <= s_beat;
          if (s_beat == length_of(pass, s_packet) - 1) begin
            s_beat   <= 0;
            s_packet <= s_packet + 1;
          end else begin
            s_beat <= s_beat + 1;
          end
        end
      end
      if (s_axis_tvalid && s_axis_tready) begin
        if (first_cycle < 0) first_cycle <= now;
        if (in_beat < InBeats && s_axis_tlast != (in_beat == InBeats - 1)) error_expected <= 1'b1;
      end
      if (error !== error_expected) begin
        $display("FAIL: pass %0d cycle %0d: error is %b, expected %b", pass, now, error, error_expected);
        $fatal(1);
      end

      // Sink.
      m_axis_tready <= pass == 0 || (random[4:3] != 2'd0 && random[12:10] != 3'd0);
      was_stalled   <= m_axis_tvalid && !m_axis_tready;
      held          <= {m_axis_tdata, m_axis_tlast, m_axis_tlast && m_axis_tuser};
      if (was_stalled && (!m_axis_tvalid || held !== {m_axis_tdata, m_axis_tlast, m_axis_tlast && m_axis_tuser})) begin
        $display("FAIL: pass %0d cycle %0d: the output changed while it was stalled", pass, now);
        $fatal(1);
      end
      if (m_axis_tvalid && m_axis_tready) begin
        if (m_packet >= packets(pass)) begin
          $display("FAIL: pass %0d cycle %0d: a beat too many", pass, now);
          $fatal(1);
        end else begin
          if (m_axis_tlast !== last_expected) begin
            $display("FAIL: pass %0d packet %0d beat %0d: TLAST is %b", pass, m_packet, m_beat, m_axis_tlast);
            $fatal(1);
          end
          if (last_expected && m_axis_tuser !== bad_expected) begin
            $display("FAIL: pass %0d packet %0d: TUSER is %b", pass, m_packet, m_axis_tuser);
            $fatal(1);
          end
          if (!bad_expected && m_axis_tdata !== expected[image_of(pass, m_packet)*OutBeats+m_beat]) begin
            $display("FAIL: pass %0d packet %0d (image %0d) beat %0d: %h, expected %h", pass, m_packet, image_of(pass, m_packet),
                     m_beat, m_axis_tdata, expected[image_of(pass, m_packet)*OutBeats+m_beat]);
            $fatal(1);
          end
          if (pass == 0 && last_expected) begin
            if (m_packet == 0) $display("first image: %0d cycles", now - first_cycle);
            if (now - first_cycle != int'(cycles[m_packet])) begin
              $display("FAIL: image %0d is complete in cycle %0d, planned %0d", m_packet, now - first_cycle, cycles[m_packet]);
              $fatal(1);
            end
          end
          m_beat <= last_expected ? 0 : m_beat + 1;
          if (last_expected) begin
            m_packet <= m_packet + 1;
            checked  <= checked + 1;
          end
        end
      end

      // The pass ends when nothing has come for a while behind its last beat.
      idle <= (s_axis_tvalid && s_axis_tready) || (m_axis_tvalid && m_axis_tready) ? 0 : idle + 1;
      if (m_packet == packets(pass) && idle == 20) begin
        $display("pass %0d: %0d packets, %0d cycles", pass, m_packet, now - first_cycle);
        now        <= 0;
        idle       <= 0;
        pass       <= pass + 1;
        reset_left <= ResetCycles;
        aresetn    <= 1'b0;
        if (pass == 2) begin
          $display("PASS");
          done = 1'b1;
          if (Finish != 0) $finish;
        end
      end else if (idle > Patience) begin
        $display("FAIL: pass %0d packet %0d: nothing moves", pass, m_packet);
        $fatal(1);
      end
    end
  end
endmodule
