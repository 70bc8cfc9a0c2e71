// A ROM with one registered read port: weights, bias and shift, table points. Every leaf that needs constants reads them
// through ports, so that contents (a hex file) stay apart from structure and a simulation need not be rebuilt for new weights.
//
//   addr_i --> [ Depth words ] --> data_q --> data_o        one register; holds while en_i is low
//
// LUT style: one LUT6 a bit up to 64 words. Block style: RAMB18/36, at most 72 bits a port each.
module const_rom #(
  parameter int Width = 8,
  parameter int Depth = 64,
  parameter int BlockRam = 0,  // 1: block RAM, 0: LUTs
  parameter File = "",         // $readmemh: one word of Width bits a line, Depth lines; "": undefined
  parameter Dir = "",          // the folder where File lies; "": the one where the tool looks
  localparam int AddrWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,   // clock
  input  logic                 en_i,    // read: data_o changes only after a cycle with en_i
  input  logic [AddrWidth-1:0] addr_i,  // word, 0..Depth-1
  output logic [Width-1:0]     data_o   // the word, one cycle later
);

`ifndef __ICARUS__  // which has no elaboration tasks
  if (Width < 1 || Depth < 1 || BlockRam < 0 || BlockRam > 1) begin : gen_illegal
    $error("const_rom: Width and Depth at least 1, BlockRam 0 or 1");
  end
`endif

  logic [Width-1:0] data_q;
  assign data_o = data_q;

  if (Depth == 1) begin : gen_word
    logic [Width-1:0] mem [0:0];
    if (File != "" && Dir == "") begin : gen_contents
      initial $readmemh(File, mem);
    end else if (File != "") begin : gen_contents_of_dir
      initial $readmemh({Dir, "/", File}, mem);
    end
    always_ff @(posedge clk_i) begin
      if (en_i) data_q <= mem[0];
    end
    logic unused_addr;
    assign unused_addr = ^addr_i;
  end else if (BlockRam == 1) begin : gen_block
    (* rom_style = "block" *) logic [Width-1:0] mem [0:Depth-1];
    if (File != "" && Dir == "") begin : gen_contents
      initial $readmemh(File, mem);
    end else if (File != "") begin : gen_contents_of_dir
      initial $readmemh({Dir, "/", File}, mem);
    end
    always_ff @(posedge clk_i) begin
      if (en_i) data_q <= mem[addr_i];
    end
  end else begin : gen_lut
`ifdef YOSYS  // its "distributed" means LUT RAM, which has no initial contents
    (* rom_style = "logic" *)
`else
    (* rom_style = "distributed" *)
`endif
    logic [Width-1:0] mem [0:Depth-1];
    if (File != "" && Dir == "") begin : gen_contents
      initial $readmemh(File, mem);
    end else if (File != "") begin : gen_contents_of_dir
      initial $readmemh({Dir, "/", File}, mem);
    end
    always_ff @(posedge clk_i) begin
      if (en_i) data_q <= mem[addr_i];
    end
  end

`ifdef VERILATOR
  if (Depth > 1) begin : gen_checks
    addr_in_range :
    assert property (@(posedge clk_i) en_i |-> 32'(addr_i) < Depth);
  end
`endif
endmodule
