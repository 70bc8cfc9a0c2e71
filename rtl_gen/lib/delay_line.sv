// A value, so many enabled cycles later. Without a reset, so that a tool makes shift registers of LUTs of it.
module delay_line #(
  parameter int Width = 8,
  parameter int Cycles = 1  // 0: a wire
) (
  input  logic             clk_i,   // clock
  input  logic             en_i,    // moves it
  input  logic [Width-1:0] data_i,
  output logic [Width-1:0] data_o
);

`ifndef __ICARUS__
  if (Width < 1 || Cycles < 0) begin : gen_illegal
    $error("delay_line: Width at least 1, Cycles at least 0");
  end
`endif

  if (Cycles == 0) begin : gen_wire
    assign data_o = data_i;
    logic unused;
    assign unused = ^{clk_i, en_i};
  end else if (Cycles == 1) begin : gen_register
    logic [Width-1:0] data_q;
    always_ff @(posedge clk_i) begin
      if (en_i) data_q <= data_i;
    end
    assign data_o = data_q;
  end else begin : gen_shift
    logic [Cycles*Width-1:0] data_q;
    always_ff @(posedge clk_i) begin
      if (en_i) data_q <= {data_q[(Cycles-1)*Width-1:0], data_i};
    end
    assign data_o = data_q[(Cycles-1)*Width+:Width];
  end
endmodule
