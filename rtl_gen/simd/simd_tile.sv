// Tile x Tile multiply-accumulates: a step is an outer product, row operand j times column operand i to the sum (j, i). Row j works j
// cycles behind row 0, so that finished rows come out one a cycle, and nobody waits for them.
//
//   column operands --+--> row 0: Tile DSPs --------------------------+
//                     +--reg--> row 1: Tile DSPs ---------------------+--> select (two registers) --> sums_o
//                             +--reg--> row 2 ...                     |
//   row operand j --j registers--> row j                              +
//
// The sums of row j stand in the DSPs 3 + j cycles after the operands of the last step, and are selected in that very cycle.
module simd_tile #(
  parameter int Tile = 16,      // a power of two, at least 4
  parameter int AccWidth = 32,  // bits of a sum
  localparam int LowWidth = $clog2(Tile)
) (
  input  logic                     clk_i,      // clock
  input  logic [Tile*8-1:0]        rows_i,     // a value a row
  input  logic [Tile*8-1:0]        columns_i,  // a value a column
  input  logic                     first_i,    // with them: the step begins new sums
  input  logic [LowWidth-1:0]      row_i,      // the row whose sums stand in the DSPs
  output logic [Tile*AccWidth-1:0] sums_o      // those, two cycles later
);
  localparam int Groups = Tile / 4;

`ifndef __ICARUS__
  if (Tile < 4 || (1 << LowWidth) != Tile || AccWidth < 17 || AccWidth > 48) begin : gen_illegal
    $error("simd_tile: Tile a power of two from 4, AccWidth 17..48");
  end
`endif

  // Of row j: column operands and acc, the row operands that have not been taken (its own is lane j), and its sums. A signal a row:
  // an event-driven simulator looks at all of a signal when a part of it changes.
  logic acc_q;  // in step with the operands' registers
  always_ff @(posedge clk_i) acc_q <= !first_i;
  for (genvar j = 0; j < Tile; j++) begin : gen_row
    logic [Tile*8-1:0]        columns, rows;
    logic                     acc;
    logic [Tile*AccWidth-1:0] sums;
    if (j == 0) begin : gen_first
      assign columns = columns_i;
      assign rows    = rows_i;
      assign acc     = acc_q;
    end else begin : gen_skew
      logic [Tile*8-1:0] columns_q, rows_q;
      logic              later_q;
      always_ff @(posedge clk_i) begin
        columns_q <= gen_row[j-1].columns;
        rows_q    <= gen_row[j-1].rows;
        later_q   <= gen_row[j-1].acc;
      end
      assign columns = columns_q;
      assign rows    = rows_q;
      assign acc     = later_q;
    end
    for (genvar i = 0; i < Tile; i++) begin : gen_mac
      logic [47:0] unused_cascade;
      dsp_mac #(
        .AWidth    (8),
        .BWidth    (8),
        .PWidth    (AccWidth),
        .Accumulate(1)
      ) u_mac (
        .clk_i,
        .ce_a1_i(1'b0), .ce_a2_i(1'b1), .ce_b1_i(1'b0), .ce_b2_i(1'b1), .ce_d_i(1'b0), .ce_ad_i(1'b0), .ce_c_i(1'b0),
        .ce_m_i (1'b1), .ce_p_i(1'b1),
        .a_i    (columns[i*8+:8]),
        .b_i    (rows[j*8+:8]),
        .c_i    (1'b0),
        .d_i    (1'b0),
        .acc_i  (acc),
        .pcin_i (48'd0),
        .pcout_o(unused_cascade),
        .p_o    (sums[i*AccWidth+:AccWidth])
      );
    end
    logic unused_rows;
    assign unused_rows = ^rows;  // a triangle is used
  end

  // One of four rows in each group, then one of the groups.
  logic [Groups*Tile*AccWidth-1:0] group_q;
  logic [Tile*AccWidth-1:0]        sums_q;
  localparam int RowWidth = Tile * AccWidth;
  for (genvar g = 0; g < Groups; g++) begin : gen_group
    always_ff @(posedge clk_i) begin
      case (row_i[1:0])
        2'd0: group_q[g*RowWidth+:RowWidth] <= gen_row[4*g].sums;
        2'd1: group_q[g*RowWidth+:RowWidth] <= gen_row[4*g+1].sums;
        2'd2: group_q[g*RowWidth+:RowWidth] <= gen_row[4*g+2].sums;
        default: group_q[g*RowWidth+:RowWidth] <= gen_row[4*g+3].sums;
      endcase
    end
  end
  if (Groups == 1) begin : gen_one
    always_ff @(posedge clk_i) sums_q <= group_q;
  end else begin : gen_groups
    logic [LowWidth-3:0] group_row_q;
    always_ff @(posedge clk_i) begin
      group_row_q <= row_i[LowWidth-1:2];
      for (int g = 0; g < Groups; g++) begin
        if (group_row_q == (LowWidth - 2)'(g)) sums_q <= group_q[g*RowWidth+:RowWidth];
      end
    end
  end
  assign sums_o = sums_q;
endmodule
