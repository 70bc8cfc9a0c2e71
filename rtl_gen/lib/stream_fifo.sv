// FIFO of Depth beats between two stages. Whatever the depth and the memory behind it, its cycles are the same: a beat pushed
// at a clock edge can leave from the next cycle on, and in_ready_o is a register that tells whether fewer than Depth beats
// are held. So it cuts every combinational path, and a pipeline's cycles follow from the depths alone.
//
//   in --> [ memory: register (1), skid (2), LUT RAM, block RAM ] --> out
//
// Block RAM answers a cycle late: it reads the next head ahead, and a beat that becomes head at once goes round it:
//
//   in --+--> mem[write] ... mem[next head] --> head_q --+--> out
//        +------------------> bypass_q ------------------+
module stream_fifo #(
  parameter int Width = 8,
  parameter int Depth = 2,
  parameter int BlockRam = (Depth > 256) ? 1 : 0  // from 3 beats on: 1 block RAM, 0 LUT RAM
) (
  input  logic             clk_i,        // clock
  input  logic             rst_ni,       // synchronous reset, active low
  input  logic             in_valid_i,   // stream in; keep it low during reset
  output logic             in_ready_o,
  input  logic [Width-1:0] in_data_i,
  output logic             out_valid_o,  // stream out
  input  logic             out_ready_i,
  output logic [Width-1:0] out_data_o
);

`ifndef __ICARUS__
  if (Width < 1 || Depth < 1 || BlockRam < 0 || BlockRam > 1) begin : gen_illegal
    $error("stream_fifo: Width and Depth at least 1, BlockRam 0 or 1");
  end
`endif

  if (Depth == 1) begin : gen_register
    logic [Width-1:0] data_q;
    logic             valid_q;
    assign in_ready_o  = !valid_q;
    assign out_valid_o = valid_q;
    assign out_data_o  = data_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) valid_q <= 1'b0;
      else if (valid_q) valid_q <= !out_ready_i;
      else valid_q <= in_valid_i;
    end
    always_ff @(posedge clk_i) begin
      if (!valid_q) data_q <= in_data_i;
    end
  end else if (Depth == 2) begin : gen_skid
    stream_skid #(
      .Width(Width)
    ) u_skid (
      .clk_i,
      .rst_ni,
      .in_valid_i,
      .in_ready_o,
      .in_data_i,
      .out_valid_o,
      .out_ready_i,
      .out_data_o
    );
  end else if (Depth > 2) begin : gen_memory
    localparam int AddrWidth = $clog2(Depth);
    localparam int LevelWidth = $clog2(Depth + 1);
    localparam logic [AddrWidth-1:0] LastAddr = AddrWidth'(Depth - 1);

    logic [AddrWidth-1:0]  write_q, read_q, read_d;
    logic [LevelWidth-1:0] level_q, level_d;
    logic                  ready_q, valid_q;
    logic                  push, pop;

    assign push        = in_valid_i && ready_q;
    assign pop         = valid_q && out_ready_i;
    assign in_ready_o  = ready_q;
    assign out_valid_o = valid_q;

    always_comb begin
      level_d = level_q;
      if (push && !pop) level_d = level_q + 1'b1;
      if (pop && !push) level_d = level_q - 1'b1;
      read_d = read_q;
      if (pop) read_d = (read_q == LastAddr) ? '0 : read_q + 1'b1;
    end

    always_ff @(posedge clk_i) begin
      if (!rst_ni) begin
        write_q <= '0;
        read_q  <= '0;
        level_q <= '0;
        ready_q <= 1'b1;
        valid_q <= 1'b0;
      end else begin
        if (push) write_q <= (write_q == LastAddr) ? '0 : write_q + 1'b1;
        read_q  <= read_d;
        level_q <= level_d;
        ready_q <= level_d != LevelWidth'(Depth);
        valid_q <= level_d != '0;
      end
    end

    if (BlockRam == 1) begin : gen_block
      (* ram_style = "block" *) logic [Width-1:0] mem [0:Depth-1];
      logic [Width-1:0] head_q, bypass_q;
      logic             use_bypass_q;
      always_ff @(posedge clk_i) begin
        if (push) mem[write_q] <= in_data_i;
        head_q       <= mem[read_d];
        bypass_q     <= in_data_i;
        use_bypass_q <= push && write_q == read_d;
      end
      assign out_data_o = use_bypass_q ? bypass_q : head_q;
    end else begin : gen_lut
      (* ram_style = "distributed" *) logic [Width-1:0] mem [0:Depth-1];
      always_ff @(posedge clk_i) begin
        if (push) mem[write_q] <= in_data_i;
      end
      assign out_data_o = mem[read_q];
    end

`ifdef VERILATOR
    no_overflow :
    assert property (@(posedge clk_i) disable iff (!rst_ni) push |-> level_q != LevelWidth'(Depth));
    no_underflow :
    assert property (@(posedge clk_i) disable iff (!rst_ni) pop |-> level_q != '0);
`endif
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
