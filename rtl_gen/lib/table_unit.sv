// Learned 1-D function from direct tables: y = table[d][x + 128], one beat of Lanes channels a cycle, latency 2. The table is split:
// lane l's ROM holds channels l, l + Lanes, ..., so that more lanes need more ports but not more bits.
//
//   in --> {beat of the vector, x + 128} --> ROM (its register) --> out_q (a block RAM's output register) --> out
module table_unit #(
  parameter int Elements = 96,  // channels of a vector
  parameter int Lanes = 1,      // elements a beat; divides Elements
  localparam int Beats = Elements / Lanes,
  localparam int AddrWidth = $clog2(Beats * 256)
) (
  input  logic                       clk_i,            // clock
  input  logic                       rst_ni,           // synchronous reset, active low
  input  logic                       in_valid_i,       // stream in
  output logic                       in_ready_o,
  input  logic [Lanes*8-1:0]         in_data_i,
  output logic                       out_valid_o,      // stream out
  input  logic                       out_ready_i,
  output logic [Lanes*8-1:0]         out_data_o,
  output logic                       table_rom_en_o,   // one ROM a lane, Beats * 256 words; answers in the next cycle
  output logic [Lanes*AddrWidth-1:0] table_rom_addr_o, // lane by lane: beat * 256 + x + 128
  input  logic [Lanes*8-1:0]         table_rom_data_i  // lane by lane: table[beat * Lanes + lane][x + 128]
);

`ifndef __ICARUS__
  if (Lanes < 1 || Elements < 1 || Elements % Lanes != 0) begin : gen_illegal
    $error("table_unit: Lanes must divide Elements");
  end
`endif

  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  logic                 en;
  logic [1:0]           valid_q;  // bit 1: the output
  logic [BeatWidth-1:0] beat_q;
  logic [Lanes*8-1:0]   out_q;

  assign en             = !valid_q[1] || out_ready_i;
  assign in_ready_o     = en;
  assign out_valid_o    = valid_q[1];
  assign out_data_o     = out_q;
  assign table_rom_en_o = en;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      valid_q <= '0;
      beat_q  <= '0;
    end else if (en) begin
      valid_q <= {valid_q[0], in_valid_i};
      if (in_valid_i) beat_q <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    logic [7:0] u;
    assign u = in_data_i[l*8+:8] ^ 8'h80;
    if (Beats == 1) begin : gen_one_beat
      assign table_rom_addr_o[l*AddrWidth+:AddrWidth] = u;
    end else begin : gen_beats
      assign table_rom_addr_o[l*AddrWidth+:AddrWidth] = {beat_q, u};
    end
  end

  always_ff @(posedge clk_i) begin
    if (en) out_q <= table_rom_data_i;
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
