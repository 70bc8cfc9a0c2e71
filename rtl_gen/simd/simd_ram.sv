// A memory of one write and one read port, as block RAM has them: the read address' word comes after two registers, the memory's
// own and its output's. A word that is written can be read from the next cycle on.
module simd_ram #(
  parameter int Width = 8,
  parameter int Depth = 512,  // words
  localparam int AddrWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,      // clock
  input  logic                 wr_en_i,    // write
  input  logic [AddrWidth-1:0] wr_addr_i,
  input  logic [Width-1:0]     wr_data_i,
  input  logic [AddrWidth-1:0] rd_addr_i,  // read, in every cycle
  output logic [Width-1:0]     rd_data_o   // two cycles later
);

`ifndef __ICARUS__
  if (Width < 1 || Depth < 1) begin : gen_illegal
    $error("simd_ram: Width and Depth at least 1");
  end
`endif

  logic [Width-1:0] mem [0:Depth-1];
  logic [Width-1:0] read_q, data_q;

  always_ff @(posedge clk_i) begin
    if (wr_en_i) mem[wr_addr_i] <= wr_data_i;
    read_q <= mem[rd_addr_i];
    data_q <= read_q;
  end
  assign rd_data_o = data_q;
endmodule
