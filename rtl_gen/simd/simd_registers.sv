// The registers (models/simd/README.md has the map), behind AXI4-Lite: one access at a time, reads and writes independently.
module simd_registers #(
  parameter int AddrWidth = 40,
  parameter logic [31:0] Shape = 32'd0  // bus bytes, tile
) (
  input  logic                 clk_i,            // clock
  input  logic                 rst_ni,           // synchronous reset, active low
  input  logic                 aw_valid_i,       // AXI4-Lite
  output logic                 aw_ready_o,
  input  logic [7:0]           aw_addr_i,
  input  logic                 w_valid_i,
  output logic                 w_ready_o,
  input  logic [31:0]          w_data_i,
  input  logic [3:0]           w_strb_i,
  output logic                 b_valid_o,
  input  logic                 b_ready_i,
  input  logic                 ar_valid_i,
  output logic                 ar_ready_o,
  input  logic [7:0]           ar_addr_i,
  output logic                 r_valid_o,
  input  logic                 r_ready_i,
  output logic [31:0]          r_data_o,
  output logic                 start_o,          // pulses
  output logic                 clear_o,
  output logic                 interrupt_enable_o,
  output logic [31:0]          images_o,
  output logic [31:0]          passes_o,
  output logic [AddrWidth-1:0] program_o,
  output logic [AddrWidth-1:0] input_o,
  output logic [AddrWidth-1:0] result_o,
  input  logic [31:0]          status_i,
  input  logic [31:0]          images_done_i,
  input  logic [63:0]          cycles_i,
  input  logic [255:0]         capacities_i      // eight, the first in the low bits
);
  localparam logic [31:0] Id = 32'h46415350, Version = 32'd1;

  // images, passes, then three addresses of two words; the interrupt's enable apart.
  logic [31:0]  file_q [0:7];
  logic         enable_q, b_valid_q, r_valid_q, start_q, clear_q;
  logic [31:0]  r_data_q, read;
  logic         write;
  logic [5:0]   at;
  assign write      = aw_valid_i && w_valid_i && !b_valid_q;
  assign at         = aw_addr_i[7:2];
  assign aw_ready_o = write;
  assign w_ready_o  = write;
  assign b_valid_o  = b_valid_q;
  assign ar_ready_o = !r_valid_q;
  assign r_valid_o  = r_valid_q;
  assign r_data_o   = r_data_q;

  // Of file_q: images 0, passes 1, program 2 and 3, input 4 and 5, result 6 and 7.
  logic [2:0] slot;
  logic       in_file;
  assign in_file = at == 6'h05 || at == 6'h06 || (at >= 6'h08 && at <= 6'h0d);
  assign slot    = at == 6'h05 ? 3'd0 : at == 6'h06 ? 3'd1 : 3'(at - 6'h06);
  always_ff @(posedge clk_i) begin
    start_q <= write && at == 6'h02 && w_strb_i[0] && w_data_i[0];
    clear_q <= write && at == 6'h02 && w_strb_i[0] && w_data_i[1];
    if (write && at == 6'h04 && w_strb_i[0]) enable_q <= w_data_i[0];
    for (int b = 0; b < 4; b++) begin
      if (write && in_file && w_strb_i[b]) file_q[slot][b*8+:8] <= w_data_i[b*8+:8];
    end
    if (write) b_valid_q <= 1'b1;
    else if (b_ready_i) b_valid_q <= 1'b0;
    if (ar_valid_i && !r_valid_q) begin
      r_valid_q <= 1'b1;
      r_data_q  <= read;
    end else if (r_ready_i) begin
      r_valid_q <= 1'b0;
    end
    if (!rst_ni) begin
      enable_q  <= 1'b0;
      b_valid_q <= 1'b0;
      r_valid_q <= 1'b0;
      start_q   <= 1'b0;
      clear_q   <= 1'b0;
    end
  end

  // (A name each: Icarus Verilog takes no constant select in always_comb.)
  logic [31:0] images, passes, program0, program1, input0, input1, result0, result1;
  logic [31:0] capacity0, capacity1, capacity2, capacity3, capacity4, capacity5, capacity6, capacity7;
  logic [31:0] cycles0, cycles1;
  assign {images, passes}     = {file_q[0], file_q[1]};
  assign {program1, program0} = {file_q[3], file_q[2]};
  assign {input1, input0}     = {file_q[5], file_q[4]};
  assign {result1, result0}   = {file_q[7], file_q[6]};
  assign {cycles1, cycles0}   = cycles_i;
  assign {capacity7, capacity6, capacity5, capacity4, capacity3, capacity2, capacity1, capacity0} = capacities_i;
  logic [5:0] from;
  assign from = ar_addr_i[7:2];
  always_comb begin
    read = 32'd0;
    case (from)
      6'h00: read = Id;
      6'h01: read = Version;
      6'h03: read = status_i;
      6'h04: read = {31'd0, enable_q};
      6'h05: read = images;
      6'h06: read = passes;
      6'h07: read = images_done_i;
      6'h08: read = program0;
      6'h09: read = program1;
      6'h0a: read = input0;
      6'h0b: read = input1;
      6'h0c: read = result0;
      6'h0d: read = result1;
      6'h0e: read = cycles0;
      6'h0f: read = cycles1;
      6'h10: read = Shape;
      6'h11: read = capacity0;
      6'h12: read = capacity1;
      6'h13: read = capacity2;
      6'h14: read = capacity3;
      6'h15: read = capacity4;
      6'h16: read = capacity5;
      6'h17: read = capacity6;
      6'h18: read = capacity7;
      default: ;
    endcase
  end

  logic [63:0] program_address, input_address, result_address;
  assign program_address    = {program1, program0};
  assign input_address      = {input1, input0};
  assign result_address     = {result1, result0};
  assign start_o            = start_q;
  assign clear_o            = clear_q;
  assign interrupt_enable_o = enable_q;
  assign images_o           = images;
  assign passes_o           = passes;
  assign program_o          = {program_address[AddrWidth-1:12], 12'd0};  // bursts end at multiples of 4 KiB
  assign input_o            = {input_address[AddrWidth-1:12], 12'd0};
  assign result_o           = {result_address[AddrWidth-1:12], 12'd0};
  logic unused_bits;
  assign unused_bits = ^{aw_addr_i[1:0], ar_addr_i[1:0], program_address, input_address, result_address};
endmodule
