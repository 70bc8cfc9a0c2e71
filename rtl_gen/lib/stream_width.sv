// Stream width converter: cuts a wide beat into narrow ones or packs narrow ones into a wide one, lowest lanes first. One side's
// lanes must divide the other's. A linear stage whose PEs finish more outputs at a time than a beat holds ends in one.
//
//   narrowing:  in --> data_q (shifts down a beat at a time) --> out      the next wide beat enters as the last narrow one leaves
//   widening:   in --> data_q (fills a slot at a time)       --> out      the next first slot is written as the wide beat leaves
//
// One register: the first narrow beat (the wide beat) is valid the cycle after the wide beat (the last narrow beat) was taken.
// in_ready_o follows out_ready_i through one gate, as in every stage; FIFOs between stages cut that path.
module stream_width #(
  parameter int LanesIn = 4,
  parameter int LanesOut = 1,
  parameter int LaneWidth = 8
) (
  input  logic                          clk_i,        // clock
  input  logic                          rst_ni,       // synchronous reset, active low
  input  logic                          in_valid_i,   // stream in
  output logic                          in_ready_o,
  input  logic [LanesIn*LaneWidth-1:0]  in_data_i,
  output logic                          out_valid_o,  // stream out
  input  logic                          out_ready_i,
  output logic [LanesOut*LaneWidth-1:0] out_data_o
);

`ifndef __ICARUS__
  if (LaneWidth < 1 || LanesIn < 1 || LanesOut < 1 || (LanesIn % LanesOut != 0 && LanesOut % LanesIn != 0)) begin : gen_illegal
    $error("stream_width: LanesIn and LanesOut at least 1, one a multiple of the other");
  end
`endif

  localparam int Narrow = (LanesIn < LanesOut ? LanesIn : LanesOut) * LaneWidth;  // bits of a narrow beat
  localparam int Ratio = LanesIn > LanesOut ? LanesIn / LanesOut : LanesOut / LanesIn;

  logic [Ratio*Narrow-1:0] data_q;
  logic                    valid_q, free;
  assign out_valid_o = valid_q;
  assign in_ready_o  = free;

  if (Ratio == 1) begin : gen_same
    assign free       = !valid_q || out_ready_i;
    assign out_data_o = data_q;
    always_ff @(posedge clk_i) begin
      if (!rst_ni) valid_q <= 1'b0;
      else if (free) valid_q <= in_valid_i;
    end
    always_ff @(posedge clk_i) begin
      if (free) data_q <= in_data_i;
    end
  end else begin : gen_ratio
    localparam int CountWidth = $clog2(Ratio);
    localparam logic [CountWidth-1:0] Last = CountWidth'(Ratio - 1);
    logic [CountWidth-1:0] count_q;

    if (LanesIn > LanesOut) begin : gen_narrow
      // count_q: narrow beats of data_q that have left
      assign free       = !valid_q || (out_ready_i && count_q == Last);
      assign out_data_o = data_q[Narrow-1:0];
      always_ff @(posedge clk_i) begin
        if (!rst_ni) begin
          valid_q <= 1'b0;
          count_q <= '0;
        end else if (free) begin
          valid_q <= in_valid_i;
          count_q <= '0;
        end else if (out_ready_i) begin
          count_q <= count_q + 1'b1;
        end
      end
      always_ff @(posedge clk_i) begin
        if (free) data_q <= in_data_i;
        else if (out_ready_i) data_q <= {data_q[Narrow-1:0], data_q[Ratio*Narrow-1:Narrow]};
      end
    end else begin : gen_widen
      // count_q: narrow beats of the next wide one that have arrived; data_q shifts down as they do
      assign free       = !valid_q || out_ready_i;
      assign out_data_o = data_q;
      always_ff @(posedge clk_i) begin
        if (!rst_ni) begin
          valid_q <= 1'b0;
          count_q <= '0;
        end else if (free) begin
          valid_q <= in_valid_i && count_q == Last;
          if (in_valid_i) count_q <= (count_q == Last) ? '0 : count_q + 1'b1;
        end
      end
      always_ff @(posedge clk_i) begin
        if (free && in_valid_i) data_q <= {in_data_i, data_q[Ratio*Narrow-1:Narrow]};
      end
    end
  end

`ifdef VERILATOR
  out_holds_while_stalled :
  assert property (@(posedge clk_i) disable iff (!rst_ni)
    out_valid_o && !out_ready_i |=> out_valid_o && $stable(out_data_o));
`endif
endmodule
