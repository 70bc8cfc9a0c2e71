// The weights of a linear stage, each read when its slice of dot_cascade works: the byte of an input comes as many cycles after the
// first one's as the slice's skew.
//
//   addr_i --> addr_q[0] --> addr_q[1] --> ...        LUT style: the address moves on, and every slice has a ROM of its own, without an
//                |             |                      output register, for it is the slice's A register
//              bytes of      of skew 1
//              skew 0
//
// Block style (deep ROMs, which few slices read): one ROM, and its bytes are delayed.
module weight_rom #(
  parameter int Width = 768,   // Pe * Simd * 8
  parameter int Depth = 96,    // words
  parameter int BlockRam = 0,  // 1: block RAM, 0: LUTs
  parameter int Simd = 96,     // and Lanes, Chain, Packed: as in dot_cascade
  parameter int Lanes = 1,
  parameter int Chain = 16,
  parameter int Packed = 0,
  parameter File = "",         // $readmemh: one word of Width bits a line, Depth lines; "": undefined
  parameter Dir = "",          // the folder where File lies; "": the one where the tool looks
  localparam int AddrWidth = Depth > 1 ? $clog2(Depth) : 1
) (
  input  logic                 clk_i,   // clock
  input  logic                 en_i,    // moves all
  input  logic [AddrWidth-1:0] addr_i,  // word, 0..Depth-1
  output logic [Width-1:0]     data_o   // byte p * Simd + j: one cycle and the skew of input j later
);
  localparam int Outputs = Width / (Simd * 8);
  localparam int Beats = Simd / Lanes;
  localparam int Pieces = (Beats + Chain - 1) / Chain;
  localparam int Rows = (Beats + Pieces - 1) / Pieces;
  localparam int Columns = Lanes * Pieces;
  localparam int Skews = Rows + (Packed == 1 ? (Columns - 1) / 2 : 2 * (Columns - 1));

`ifndef __ICARUS__
  if (Depth < 1 || BlockRam < 0 || BlockRam > 1 || Simd < 1 || Lanes < 1 || Width % (Simd * 8) != 0 || Simd % Lanes != 0) begin : gen_illegal
    $error("weight_rom: Depth at least 1, Simd * 8 divides Width, Lanes divides Simd, BlockRam 0 or 1");
  end
`endif

  if (BlockRam == 1) begin : gen_block
    logic [Width-1:0] word;
    const_rom #(
      .Width   (Width),
      .Depth   (Depth),
      .BlockRam(1),
      .File    (File),
      .Dir     (Dir)
    ) u_rom (
      .clk_i,
      .en_i,
      .addr_i,
      .data_o(word)
    );
    for (genvar j = 0; j < Simd; j++) begin : gen_input
      localparam int Column = j % Lanes * Pieces + j / Lanes / Rows;
      localparam int First = Column % Pieces * Rows;
      localparam int Count = First + Rows <= Beats ? Rows : Beats - First;
      localparam int Skew = (Packed == 1 ? Column / 2 : 2 * Column) + Rows - Count + j / Lanes % Rows;
      for (genvar p = 0; p < Outputs; p++) begin : gen_output
        delay_line #(
          .Width (8),
          .Cycles(Skew)
        ) u_delay (
          .clk_i,
          .en_i,
          .data_i(word[(p*Simd+j)*8+:8]),
          .data_o(data_o[(p*Simd+j)*8+:8])
        );
      end
    end
  end else begin : gen_lut
`ifdef YOSYS  // its "distributed" means LUT RAM, which has no initial contents
    (* rom_style = "logic" *)
`else
    (* rom_style = "distributed" *)
`endif
    logic [Width-1:0] mem [0:Depth-1];
`ifdef VERILATOR
    // For each input Verilator would copy the whole word to take its bytes. So each has a memory of its own, Depth words in all of them.
    logic [Outputs*8-1:0] columns [0:Simd*Depth-1];
    int                   at;
    initial begin
      at = 0;
      if (File != "" && Dir == "") $readmemh(File, mem);
      if (File != "" && Dir != "") $readmemh({Dir, "/", File}, mem);
      while (at < Simd * Depth) begin  // its beginning stands apart: so it is not unrolled
        for (int p = 0; p < Outputs; p++) columns[at][p*8+:8] = mem[at%Depth][(p*Simd+at/Depth)*8+:8];
        at = at + 1;
      end
    end
`else
    if (File != "" && Dir == "") begin : gen_contents
      initial $readmemh(File, mem);
    end else if (File != "") begin : gen_contents_of_dir
      initial $readmemh({Dir, "/", File}, mem);
    end
`endif
    logic [Skews*AddrWidth-1:0] addr_q;
    if (Skews == 1) begin : gen_one
      always_ff @(posedge clk_i) begin
        if (en_i) addr_q <= addr_i;
      end
    end else begin : gen_skews
      always_ff @(posedge clk_i) begin
        if (en_i) addr_q <= {addr_q[(Skews-1)*AddrWidth-1:0], addr_i};
      end
    end
    for (genvar j = 0; j < Simd; j++) begin : gen_input
      localparam int Column = j % Lanes * Pieces + j / Lanes / Rows;
      localparam int First = Column % Pieces * Rows;
      localparam int Count = First + Rows <= Beats ? Rows : Beats - First;
      localparam int Skew = (Packed == 1 ? Column / 2 : 2 * Column) + Rows - Count + j / Lanes % Rows;
      logic [AddrWidth-1:0] addr;
      assign addr = Depth == 1 ? '0 : addr_q[Skew*AddrWidth+:AddrWidth];
`ifdef VERILATOR
      logic [Outputs*8-1:0] bytes;
      assign bytes = columns[j*Depth+32'(addr)];
`endif
      for (genvar p = 0; p < Outputs; p++) begin : gen_output
`ifdef VERILATOR
        assign data_o[(p*Simd+j)*8+:8] = bytes[p*8+:8];
`else
        assign data_o[(p*Simd+j)*8+:8] = mem[addr][(p*Simd+j)*8+:8];
`endif
      end
    end
  end

`ifdef VERILATOR
  if (Depth > 1) begin : gen_checks
    addr_in_range :
    assert property (@(posedge clk_i) en_i |-> 32'(addr_i) < Depth);
  end
`endif
endmodule
