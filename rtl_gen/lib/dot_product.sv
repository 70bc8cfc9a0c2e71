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

`ifndef __ICARUS__
  if (Simd < 1) begin : gen_illegal
    $error("dot_product: Simd at least 1");
  end
`endif

  logic [Simd*16-1:0] product_q;
  for (genvar i = 0; i < Simd; i++) begin : gen_product
    logic signed [7:0] x, weight;
    assign x      = x_i[i*8+:8];
    assign weight = weight_i[i*8+:8];
    always_ff @(posedge clk_i) begin
      if (en_i) product_q[i*16+:16] <= x * weight;
    end
  end

  for (genvar l = 0; l <= Levels; l++) begin : gen_level
    localparam int Width = 16 + l;                       // of a sum of 2^l products
    localparam int Nodes = (Simd + (1 << l) - 1) >> l;
    logic [Nodes*Width-1:0] sum_q;
    if (l == 0) begin : gen_products
      assign sum_q = product_q;
    end else begin : gen_sums
      localparam int Below = (Simd + (1 << (l - 1)) - 1) >> (l - 1);
      for (genvar n = 0; n < Nodes; n++) begin : gen_node
        logic signed [Width-2:0] a;
        assign a = gen_level[l-1].sum_q[2*n*(Width-1)+:Width-1];
        if (2 * n + 1 < Below) begin : gen_add
          logic signed [Width-2:0] b;
          assign b = gen_level[l-1].sum_q[(2*n+1)*(Width-1)+:Width-1];
          always_ff @(posedge clk_i) begin
            if (en_i) sum_q[n*Width+:Width] <= a + b;
          end
        end else begin : gen_pass
          always_ff @(posedge clk_i) begin
            if (en_i) sum_q[n*Width+:Width] <= {a[Width-2], a};
          end
        end
      end
    end
  end
  assign sum_o = gen_level[Levels].sum_q;
endmodule
