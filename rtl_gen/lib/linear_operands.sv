// Input side of a linear stage whose slices hold the inputs (dot_cascade, Held = 1): brings every element to its slice in time.
//
//   in --> delay of its lane --> x --> B1 of all slices of the lane      load: one of them, the one whose beat it is
//
// B1 may be overwritten once B2 has taken over, which is Skew cycles later than in the first slice. As everything here moves with the
// pipeline (en_i), beats of the vector after the next one come no sooner than that if each lane is late by its first column's skew and 2 (packed: 3, for the pre-adder).
// So a slice may load anything while its turn lasts; but in the first one's turn the vector before may still wait.
module linear_operands #(
  parameter int Elements = 96,  // K, of a vector
  parameter int Lanes = 1,      // elements a beat; divides Elements
  parameter int Chain = 16,     // as in dot_cascade
  parameter int Packed = 0,
  localparam int Beats = Elements / Lanes
) (
  input  logic                clk_i,       // clock
  input  logic                rst_ni,      // synchronous reset, active low
  input  logic                en_i,        // the stage moves
  input  logic                in_valid_i,  // stream in
  output logic                in_ready_o,
  input  logic [Lanes*8-1:0]  in_data_i,
  output logic                full_o,      // a whole vector has come that is not being read
  input  logic                release_i,   // the vector being read is read for the last time in this cycle
  output logic [Lanes*8-1:0]  x_o,         // lane by lane, each in its own time
  output logic [Elements-1:0] load_o       // by element: x_o of its lane is for it
);
  localparam int Pieces = (Beats + Chain - 1) / Chain;
  localparam int BeatWidth = Beats > 1 ? $clog2(Beats) : 1;
  localparam logic [BeatWidth-1:0] LastBeat = BeatWidth'(Beats - 1);

  // Vectors that have come and are not computed: 0 to 2.
  logic                 push, complete;
  logic [1:0]           held_q;
  logic [BeatWidth-1:0] beat_q;
  assign in_ready_o = en_i && !held_q[1];
  assign push       = in_valid_i && in_ready_o;
  assign complete   = push && beat_q == LastBeat;
  assign full_o     = held_q != '0;
  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      held_q <= '0;
      beat_q <= '0;
    end else begin
      if (push) beat_q <= (beat_q == LastBeat) ? '0 : beat_q + 1'b1;
      if (complete && !release_i) held_q <= held_q + 1'b1;
      if (release_i && !complete) held_q <= held_q - 1'b1;
    end
  end

  for (genvar l = 0; l < Lanes; l++) begin : gen_lane
    localparam int Late = (Beats > 1 ? 2 : 1) + Packed + (Packed == 1 ? l * Pieces / 2 : 2 * l * Pieces);
    logic [Late-1:0]  push_q;   // bit Late - 1 goes with x_o
    logic [Beats-1:0] turn_q;   // one of them: the element that comes next
    logic             first;
    delay_line #(
      .Width (8),
      .Cycles(Late)
    ) u_data (
      .clk_i,
      .en_i,
      .data_i(in_data_i[l*8+:8]),
      .data_o(x_o[l*8+:8])
    );
    if (Late == 1) begin : gen_next
      always_ff @(posedge clk_i) begin
        if (!rst_ni) push_q <= '0;
        else if (en_i) push_q <= push;
      end
    end else begin : gen_later
      always_ff @(posedge clk_i) begin
        if (!rst_ni) push_q <= '0;
        else if (en_i) push_q <= {push_q[Late-2:0], push};
      end
    end
    assign first = en_i && push_q[Late-1];
    if (Beats == 1) begin : gen_one_beat
      assign turn_q    = '0;
      assign load_o[l] = first;
      logic unused_turn;
      assign unused_turn = ^turn_q;
    end else begin : gen_beats
      always_ff @(posedge clk_i) begin
        if (!rst_ni) turn_q <= Beats'(1);
        else if (first) turn_q <= {turn_q[Beats-2:0], turn_q[Beats-1]};
      end
      assign load_o[l] = first && turn_q[0];
      for (genvar b = 1; b < Beats; b++) begin : gen_load
        assign load_o[b*Lanes+l] = turn_q[b];
      end
    end
  end
endmodule
