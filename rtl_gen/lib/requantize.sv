// Accumulator to INT8, the contract's requant(acc, s, b) = sat8(round_shift(acc, s) + b), in two registers:
//
//   acc, shift --> shift right, add the bit shifted out last --> rounded_q --> clamp to 9 bits, + bias, clamp to INT8 --> data_q
//
// Appending a zero below the accumulator before the shift leaves the rounding bit in bit 0, for a shift of 0 as well. The first
// clamp changes nothing (beyond +-256 any bias saturates) but makes the bias adder 10 bits wide instead of AccWidth + 1.
module requantize #(
  parameter int AccWidth = 23,  // at least 9
  parameter int Relu = 0        // 1: the lower clamp is 0
) (
  input  logic                clk_i,    // clock
  input  logic                en_i,     // moves both registers
  input  logic [AccWidth-1:0] acc_i,    // signed
  input  logic [4:0]          shift_i,  // 0..31
  input  logic [7:0]          bias_i,   // signed, at the output's scale
  output logic [7:0]          data_o    // signed; of the inputs two enabled cycles before
);

`ifndef __ICARUS__
  if (AccWidth < 9 || Relu < 0 || Relu > 1) begin : gen_illegal
    $error("requantize: AccWidth at least 9, Relu 0 or 1");
  end
`endif

  logic [AccWidth:0]   shifted;
  logic [AccWidth-1:0] rounded_d, rounded_q;
  logic [7:0]          bias_q, low, data_d, data_q;
  logic                fits, negative, beyond;
  logic [8:0]          clamped;
  logic [9:0]          sum;

  assign shifted   = $signed({acc_i, 1'b0}) >>> shift_i;
  assign rounded_d = shifted[AccWidth:1] + {{(AccWidth - 1) {1'b0}}, shifted[0]};

  assign fits    = (&rounded_q[AccWidth-1:8]) || !(|rounded_q[AccWidth-1:8]);
  assign clamped = fits ? rounded_q[8:0] : {rounded_q[AccWidth-1], {8{!rounded_q[AccWidth-1]}}};
  assign sum     = {clamped[8], clamped} + {{2{bias_q[7]}}, bias_q};

  assign low      = sum[7:0];
  assign negative = sum[9];
  assign beyond   = sum[8:7] != {2{negative}};
  always_comb begin
    data_d = low;
    if (beyond) data_d = {negative, {7{!negative}}};
    if (Relu == 1 && negative) data_d = 8'h00;
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      rounded_q <= rounded_d;
      bias_q    <= bias_i;
      data_q    <= data_d;
    end
  end
  assign data_o = data_q;
endmodule
