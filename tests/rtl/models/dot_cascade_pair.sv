// dot_cascade as the slices that are built and as the arrays that Verilator gets: what the test compares.
module dot_cascade_pair #(
  parameter int Simd = 96,
  parameter int Lanes = 1,
  parameter int Held = 1,
  localparam int Pieces = (Simd / Lanes + 15) / 16,
  localparam int Rows = (Simd / Lanes + Pieces - 1) / Pieces,
  localparam int Skews = Rows + 2 * (Lanes * Pieces - 1),
  localparam int SumWidth = 16 + $clog2(Simd)
) (
  input  logic                                    clk_i,
  input  logic                                    en_i,
  input  logic [(Held == 1 ? Lanes : Simd)*8-1:0] x_i,
  input  logic [Simd-1:0]                         load_i,
  input  logic [Skews-1:0]                        switch_i,
  input  logic [Simd*8-1:0]                       weight_i,
  output logic [SumWidth-1:0]                     slices_o,
  output logic [SumWidth-1:0]                     arrays_o
);
  for (genvar f = 0; f < 2; f++) begin : gen_form
    logic [SumWidth-1:0] sum, odd_sum;
    dot_cascade #(
      .Simd(Simd), .Lanes(Lanes), .Held(Held), .Loops(f)
    ) u_dot (
      .clk_i, .en_i, .x_i, .load_i, .switch_i, .weight_i, .acc_i(1'b0), .sum_o(sum), .odd_sum_o(odd_sum)
    );
    logic unused;
    assign unused = ^odd_sum;
  end
  assign slices_o = gen_form[0].sum;
  assign arrays_o = gen_form[1].sum;
endmodule
