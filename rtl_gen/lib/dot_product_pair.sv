// Two dot products that share their inputs, with one DSP48E2 an input instead of two: both weights lie in one operand, 18 bits apart,
// so a product holds both products, and the first level of the tree (in the DSPs, as in dot_product) adds up both.
//
//   x[0] * {high, low}[0] --> product_q --+                              +--> low --> ... --> low_o
//   x[1] * {high, low}[1] --> product_q --+--> high * 2^18 + low = sum_q +
//   x[2] ...                                                             +--> high -> ... --> high_o
//
// The upper bits of a packed number are 1 short of the high part where the low part is negative. Nothing is lost, and no adder spent on it:
// - A weight word holds high - 1 where low is negative, so that the operand is a concatenation.
// - Where a pair of products is taken apart, its high sum owes the sign bit of the low one. An adder further up has one free carry
//   input: it adds what its left child owes, and owes what its right child does.
// - Node 0 of each level owes nothing, for 2^17 in product 0 keep its low sum from being negative: it adds what its right child owes.
module dot_product_pair #(
  parameter int Simd = 96,
  localparam int Levels = $clog2(Simd),
  localparam int SumWidth = 16 + Levels
) (
  input  logic                clk_i,     // clock
  input  logic                en_i,      // moves all registers
  input  logic [Simd*8-1:0]   x_i,       // signed bytes
  input  logic [Simd*17-1:0]  weight_i,  // for each of them {high weight - (low weight < 0) [8:0], low weight [7:0]}
  output logic [SumWidth-1:0] low_o,     // signed; of the inputs 1 + Levels enabled cycles before
  output logic [SumWidth-1:0] high_o
);
  /* verilator no_inline_module */  // one copy of the compiled code for all of a size

`ifndef __ICARUS__
  if (Simd < 1) begin : gen_illegal
    $error("dot_product_pair: Simd at least 1");
  end
`endif

  for (genvar n = 0; n < Simd; n++) begin : gen_product
    localparam logic signed [33:0] Offset = (n == 0) ? 34'sd131072 : 34'sd0;
    logic signed [7:0]  x;
    logic signed [26:0] weight;
    logic signed [33:0] product_q;
    assign x      = x_i[n*8+:8];
    assign weight = {weight_i[n*17+8+:9], {10{weight_i[n*17+7]}}, weight_i[n*17+:8]};
    always_ff @(posedge clk_i) begin
      if (en_i) product_q <= x * weight + Offset;
    end
  end

  for (genvar l = 1; l <= Levels; l++) begin : gen_level
    localparam int Below = (Simd + (1 << (l - 1)) - 1) >> (l - 1);  // nodes a level down
    for (genvar n = 0; n < (Simd + (1 << l) - 1) >> l; n++) begin : gen_node
      logic signed [15+l:0] low, high;  // of 2^l products
      logic                 owes;       // high is 1 short
      logic                 unused_owes;  // node 0 has nobody to owe to
      assign unused_owes = owes;
      if (l == 1) begin : gen_packed
        logic signed [34:0] sum_q;
        assign low  = sum_q[16:0];
        assign high = sum_q[34:18];
        assign owes = n != 0 && sum_q[17];
        if (2 * n + 1 < Below) begin : gen_add
          always_ff @(posedge clk_i) begin
            if (en_i) sum_q <= gen_product[2*n].product_q + gen_product[2*n+1].product_q;
          end
        end else begin : gen_pass
          always_ff @(posedge clk_i) begin
            if (en_i) sum_q <= {gen_product[2*n].product_q[33], gen_product[2*n].product_q};
          end
        end
      end else begin : gen_split
        logic signed [15+l:0] low_q, high_q;
        logic                 owes_q;
        assign low  = low_q;
        assign high = high_q;
        assign owes = owes_q;
        if (2 * n + 1 < Below) begin : gen_add
          localparam int Paid = n == 0 ? 1 : 2 * n;  // the child whose debt this adder settles
          logic signed [15+l:0] carry;
          assign carry = {{(15 + l) {1'b0}}, gen_level[l-1].gen_node[Paid].owes};
          always_ff @(posedge clk_i) begin
            if (en_i) begin
              low_q  <= gen_level[l-1].gen_node[2*n].low + gen_level[l-1].gen_node[2*n+1].low;
              high_q <= gen_level[l-1].gen_node[2*n].high + gen_level[l-1].gen_node[2*n+1].high + carry;
              owes_q <= n != 0 && gen_level[l-1].gen_node[2*n+1].owes;
            end
          end
        end else begin : gen_pass
          always_ff @(posedge clk_i) begin
            if (en_i) begin
              low_q  <= {gen_level[l-1].gen_node[2*n].low[14+l], gen_level[l-1].gen_node[2*n].low};
              high_q <= {gen_level[l-1].gen_node[2*n].high[14+l], gen_level[l-1].gen_node[2*n].high};
              owes_q <= gen_level[l-1].gen_node[2*n].owes;
            end
          end
        end
      end
    end
  end

  if (Simd == 1) begin : gen_one
    assign low_o  = gen_product[0].product_q[15:0];
    assign high_o = gen_product[0].product_q[33:18];
    logic unused_sign;
    assign unused_sign = ^gen_product[0].product_q[17:16];
  end else if (Simd > 1) begin : gen_root
    assign low_o  = gen_level[Levels].gen_node[0].low;
    assign high_o = gen_level[Levels].gen_node[0].high;
  end
endmodule
