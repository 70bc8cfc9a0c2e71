// Dot product of Simd INT8 pairs: products, then a tree of two-input adders with a register a level, so that every adder is one
// carry chain. The first level's adders disappear into the DSPs of the odd products (P = A*B + the neighbour's P).
//
//   x[0] * w[0] --> product_q --+
//   x[1] * w[1] --> product_q --+--> sum_q --+ ...            latency 1 + ceil(log2 Simd)
//   x[2] * w[2] --> product_q --+--> sum_q --+ ... --> sum_o
module dot_product #(
  parameter int Simd = 96,
  localparam int Levels = $clog2(Simd),
  localparam int SumWidth = 16 + Levels
) (
  input  logic                clk_i,     // clock
  input  logic                en_i,      // moves all registers
  input  logic [Simd*8-1:0]   x_i,       // signed bytes
  input  logic [Simd*8-1:0]   weight_i,  // signed bytes
  output logic [SumWidth-1:0] sum_o      // signed; of the inputs 1 + Levels enabled cycles before
);
  /* verilator no_inline_module */  // one copy of the compiled code for all of a size

`ifndef __ICARUS__
  if (Simd < 1) begin : gen_illegal
    $error("dot_product: Simd at least 1");
  end
`endif

  // Every node is a variable of its own, not a slice of a wide vector: a simulator then computes it as one integer.
  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Below = l == 0 ? 0 : (Simd + (1 << (l - 1)) - 1) >> (l - 1);  // nodes a level down
    for (genvar n = 0; n < (Simd + (1 << l) - 1) >> l; n++) begin : gen_node
      logic signed [15+l:0] sum_q;  // of 2^l products
      if (l == 0) begin : gen_product
        logic signed [7:0] x, weight;
        assign x      = x_i[n*8+:8];
        assign weight = weight_i[n*8+:8];
        always_ff @(posedge clk_i) begin
          if (en_i) sum_q <= x * weight;
        end
      end else if (2 * n + 1 < Below) begin : gen_add
        always_ff @(posedge clk_i) begin
          if (en_i) sum_q <= gen_level[l-1].gen_node[2*n].sum_q + gen_level[l-1].gen_node[2*n+1].sum_q;
        end
      end else begin : gen_pass
        always_ff @(posedge clk_i) begin
          if (en_i) sum_q <= {gen_level[l-1].gen_node[2*n].sum_q[14+l], gen_level[l-1].gen_node[2*n].sum_q};
        end
      end
    end
  end
  if (Simd >= 1) begin : gen_root
    assign sum_o = gen_level[Levels].gen_node[0].sum_q;
  end
endmodule
