// Dot product of Simd INT8 pairs in DSP slices and nothing else: partial sums go down the cascade, one slice a cycle, so that every slice
// works one cycle after the one before it.
//
//   x[0], w[0] --> slice --+                   x[4], w[4] --> slice --+
//   x[1], w[1] --> slice --+  a column         x[5], w[5] --> slice --+     the next column, 2 cycles later; its last
//   ...                    +-- P --> C --->    ...             slice --+-- P --> sum      slice adds the one before
//
// A column takes up to Chain inputs of one lane of the stream. Skew is by how many cycles a slice works later than the first one.
// Held = 1: x does not change during a vector. Input b * Lanes + l comes on lane l and is loaded into its slice's B1 by load_i; B2 takes
// it over when the slice begins with the vector: the next vector collects in B1.
// Packed = 1: two dot products with the same inputs. The slice's pre-adder makes odd weight * 2^18 + even weight; up to 7 products, with
// 2^17 to keep the lower field from being negative, fit a column. More slices add the columns up in halves, two columns each, the last
// one Slices times.
//
// Slices are what is built. Verilator does the same registers in arrays (Loops = 1) in half the time: of loops over them a compiler makes
// vector instructions.
`ifndef PSAFLOW_DSP_FORM  // as in dsp_mac
`define PSAFLOW_DSP_FORM 0
`endif
module dot_cascade #(
  parameter int Simd = 96,
  parameter int Lanes = 1,    // divides Simd
  parameter int Chain = 16,   // inputs of a column, at least 4; packed: at most 7
  parameter int Held = 1,
  parameter int Packed = 0,
  parameter int Slices = 1,   // packed: so many sums are added up
  parameter int Loops = `PSAFLOW_DSP_FORM == 0 ? 1 : 0,  // 1: in Verilator, arrays instead of slices where not packed
  localparam int Beats = Simd / Lanes,
  localparam int Pieces = (Beats + Chain - 1) / Chain,       // of a lane
  localparam int Rows = (Beats + Pieces - 1) / Pieces,       // of a column; the last piece of a lane may have less
  localparam int Columns = Lanes * Pieces,
  localparam int Joins = (Columns + 1) / 2,
  localparam int Skews = Rows + (Packed == 1 ? (Columns - 1) / 2 + 1 : 2 * (Columns - 1)),
  localparam int XWidth = Held == 1 ? Lanes * 8 : Simd * 8,
  localparam int SumWidth = Packed == 1 ? 24 : 16 + $clog2(Simd)
) (
  input  logic                         clk_i,     // clock
  input  logic                         en_i,      // moves all registers but B1 and B2 where held
  input  logic [XWidth-1:0]            x_i,       // signed bytes; not held: input j one of them, its slice's skew after the first
  input  logic [Simd-1:0]              load_i,    // held: B1 takes its input
  input  logic [Skews-1:0]             switch_i,  // held: B2 takes over from B1, by skew (packed: one cycle more), with en_i
  input  logic [(Packed+1)*Simd*8-1:0] weight_i,  // signed bytes, each its slice's skew after the first; packed: then the odd ones
  input  logic                         acc_i,     // packed: the sum that the columns give goes on; not its first slice
  output logic [SumWidth-1:0]          sum_o,     // signed; Skews + 2 enabled cycles after the first weight (packed: see linear_unit)
  output logic [SumWidth-1:0]          odd_sum_o  // packed
);
  /* verilator no_inline_module */  // one copy of the compiled code for all of a size

`ifndef __ICARUS__
  if (Simd < 1 || Lanes < 1 || Simd % Lanes != 0 || Chain < 4 || (Packed == 1 && Chain > 7) || (Packed == 1 && Simd * Slices > 511)) begin : gen_illegal
    $error("dot_cascade: Lanes must divide Simd; Chain at least 4, packed at most 7; packed up to 511 inputs");
  end
`endif

  localparam int PWidth = Packed == 1 ? 36 : SumWidth;
  logic unused;
  assign unused = ^{Loops[0], load_i, switch_i, acc_i};

`ifdef VERILATOR
  localparam bit Arrays = Loops == 1 && Packed == 0;
  if (Arrays) begin : gen_arrays
    // Index 0 is the last slice of the last column; sums come down from the next index, and the column before begins Rows further.
    // Sizes are powers of 2, or Verilator would check each index; a loop that shall stay one has a counter that is compared by !=.
    localparam int Count = Columns * Rows;
    localparam int Size = 1 << $clog2(Count + 1);
    localparam int Short = Pieces * Rows - Beats;  // what the last piece of a lane has less
    logic signed [7:0]        a_q   [0:Size-1];
    logic signed [7:0]        b1_q  [0:Size-1];
    logic signed [7:0]        b2_q  [0:Size-1];
    logic signed [15:0]       m_q   [0:Size-1];
    logic signed [PWidth-1:0] p_q   [0:Size-1];
    logic signed [PWidth-1:0] c_q   [0:Size-1];  // by column: the sum of the one before it
    logic signed [PWidth-1:0] joined[0:Size-1];

    function automatic int index_of(int j);
      return (Columns - 1 - j % Lanes * Pieces - j / Lanes / Rows) * Rows + Rows - 1 - j / Lanes % Rows -
        (j / Lanes / Rows == Pieces - 1 ? Short : 0);
    endfunction

    /* verilator lint_off BLKSEQ */  // of this process alone, and each is read before it is written
    always_ff @(posedge clk_i) begin
      automatic int unsigned i = 0;
      automatic int unsigned k = 0;
      if (en_i) begin
        for (int c = 1; c < Columns; c++) begin
          joined[c] = c_q[c];
          c_q[c]    = p_q[(Columns-c)*Rows];
        end
        while (i != Count) begin
          p_q[i] = p_q[i+1] + PWidth'(m_q[i]);
          i      = i + 1;
        end
        for (int c = 0; c < Columns; c++) begin  // no sum comes down to the first slice of a column
          if (c % Pieces != Pieces - 1) p_q[(Columns-c)*Rows-1] = PWidth'(m_q[(Columns-c)*Rows-1]);
          else p_q[(Columns-c)*Rows-1-Short] = PWidth'(m_q[(Columns-c)*Rows-1-Short]);
          if (c > 0) p_q[(Columns-c-1)*Rows] = p_q[(Columns-c-1)*Rows] + joined[c];
        end
        while (k != Count) begin
          m_q[k] = a_q[k] * b2_q[k];
          k      = k + 1;
        end
        for (int j = 0; j < Simd; j++) a_q[index_of(j)] = weight_i[j*8+:8];
        if (Held == 0) begin
          for (int j = 0; j < Simd; j++) b2_q[index_of(j)] = x_i[j*8+:8];
        end
      end
      if (Held == 1) begin
        if (switch_i != '0) begin
          for (int c = 0; c < Columns; c++) begin
            for (int r = 0; r < Rows; r++) begin  // from the column's last slice on
              if (switch_i[2*c+Rows-1-r]) b2_q[(Columns-c-1)*Rows+r] = b1_q[(Columns-c-1)*Rows+r];
            end
          end
        end
        for (int g = 0; g < Simd; g += 16) begin  // of 16 loads seldom one is due
          if (((load_i >> g) & Simd'(65535)) != '0) begin
            for (int j = g; j < g + 16 && j < Simd; j++) begin
              if (load_i[j]) b1_q[index_of(j)] = x_i[j%Lanes*8+:8];
            end
          end
        end
      end
    end
    /* verilator lint_on BLKSEQ */
    assign sum_o     = p_q[0];
    assign odd_sum_o = '0;
  end
`else
  localparam bit Arrays = 1'b0;
`endif

  if (!Arrays) begin : gen_slices
    for (genvar c = 0; c < Columns; c++) begin : gen_column
      localparam int Lane = c / Pieces;
      localparam int First = c % Pieces * Rows;  // beat of its first input
      localparam int Count = First + Rows <= Beats ? Rows : Beats - First;
      localparam int Skew = (Packed == 1 ? c / 2 : 2 * c) + Rows - Count;  // all columns end in step
      for (genvar r = 0; r < Count; r++) begin : gen_row
        localparam int Input = (First + r) * Lanes + Lane;
        localparam bit Joined = Packed == 0 && r == Count - 1 && c > 0;
        logic [47:0]       pcin, pcout;
        logic [PWidth-1:0] p, joined;
        logic [7:0]        x;
        logic              load, take;
        if (Held == 1) begin : gen_held
          assign x    = x_i[Lane*8+:8];
          assign load = load_i[Input];
          assign take = switch_i[Skew+r+Packed];
        end else begin : gen_passing
          assign x    = x_i[Input*8+:8];
          assign load = en_i;
          assign take = en_i;
        end
        if (r > 0) begin : gen_cascade
          assign pcin = gen_column[c].gen_row[r-1].pcout;
        end else begin : gen_first
          assign pcin = '0;
        end
        if (Joined) begin : gen_joined
          assign joined = gen_column[c-1].total;
        end else begin : gen_alone
          assign joined = '0;
        end
        if (Packed == 0) begin : gen_single
          dsp_mac #(
            .AWidth(8), .BWidth(8), .CWidth(PWidth), .PWidth(PWidth), .BRegs(Held == 1 ? 2 : 1), .Cascade(r > 0 ? 1 : 0),
            .AddC(Joined ? 1 : 0)
          ) u_slice (
            .clk_i, .ce_a1_i(1'b0), .ce_a2_i(en_i), .ce_b1_i(load), .ce_b2_i(take), .ce_d_i(1'b0), .ce_ad_i(1'b0), .ce_c_i(en_i),
            .ce_m_i(en_i), .ce_p_i(en_i), .a_i(weight_i[Input*8+:8]), .b_i(x), .c_i(joined), .d_i(1'b0), .acc_i(1'b0),
            .pcin_i(pcin), .pcout_o(pcout), .p_o(p)
          );
        end else begin : gen_pair
          logic unused_joined;
          assign unused_joined = ^joined;
          dsp_mac #(
            .AWidth(26), .BWidth(8), .DWidth(8), .PWidth(PWidth), .BRegs(2), .PreAdd(1), .Cascade(r > 0 ? 1 : 0),
            .Rnd(r == 0 ? 48'd131072 : 48'd0)
          ) u_slice (
            .clk_i, .ce_a1_i(1'b0), .ce_a2_i(en_i), .ce_b1_i(load), .ce_b2_i(take), .ce_d_i(en_i), .ce_ad_i(en_i), .ce_c_i(1'b0),
            .ce_m_i(en_i), .ce_p_i(en_i), .a_i({weight_i[(Simd+Input)*8+:8], 18'd0}), .b_i(x), .c_i(1'b0), .d_i(weight_i[Input*8+:8]),
            .acc_i(1'b0), .pcin_i(pcin), .pcout_o(pcout), .p_o(p)
          );
        end
        logic unused_cascade;
        assign unused_cascade = ^{pcout, p};
      end
      logic [PWidth-1:0] total;
      assign total = gen_row[Count-1].p;
    end

    if (Packed == 0) begin : gen_sum
      assign sum_o     = gen_column[Columns-1].total;
      assign odd_sum_o = '0;
    end else begin : gen_joins
      for (genvar j = 0; j < Joins; j++) begin : gen_join
        localparam bit Last = j == Joins - 1;
        // What all columns of all slices have too much, of which the last join, which adds them up, knows.
        localparam logic [47:0] Excess = {24'd0, 24'(-(Slices * Columns * 131072))};
        logic [47:0] even, odd, pcin, pcout, p;
        assign even = {{6{gen_column[2*j].total[35]}}, gen_column[2*j].total[35:18], 6'd0, gen_column[2*j].total[17:0]};
        if (2 * j + 1 < Columns) begin : gen_two
          assign odd = {{6{gen_column[2*j+1].total[35]}}, gen_column[2*j+1].total[35:18], 6'd0, gen_column[2*j+1].total[17:0]};
        end else begin : gen_one
          assign odd = '0;
        end
        if (j > 0) begin : gen_cascade
          assign pcin = gen_join[j-1].pcout;
        end else begin : gen_first
          assign pcin = '0;
        end
        dsp_mac #(
          .AWidth(30), .BWidth(18), .CWidth(48), .PWidth(48), .Multiply(0), .Cascade(j > 0 ? 1 : 0),
          .AddC(2 * j + 1 < Columns ? 1 : 0), .Accumulate(Last && Slices > 1 ? 1 : 0), .Rnd(Last ? Excess : 48'd0)
        ) u_slice (
          .clk_i, .ce_a1_i(1'b0), .ce_a2_i(en_i), .ce_b1_i(1'b0), .ce_b2_i(en_i), .ce_d_i(1'b0), .ce_ad_i(1'b0), .ce_c_i(en_i),
          .ce_m_i(1'b0), .ce_p_i(en_i), .a_i(even[47:18]), .b_i(even[17:0]), .c_i(odd), .d_i(1'b0), .acc_i,
          .pcin_i(pcin), .pcout_o(pcout), .p_o(p)
        );
        logic unused_cascade;
        assign unused_cascade = ^{pcout, p};
      end
      assign sum_o     = gen_join[Joins-1].p[23:0];
      assign odd_sum_o = gen_join[Joins-1].p[47:24];
    end
  end
endmodule
