// Accumulator to INT8, the contract's requant(acc, s, b) = sat8(round_shift(acc, s) + b), in two registers:
//
//   acc, shift --> by 0, 8, 16, 24 --> by 0..7 --> value_q, round_q, over_q --> clamp to 9 bits, + bias + round, clamp to INT8 --> data_q
//
// Appending a zero below the accumulator before the shift leaves the rounding bit in bit 0, for a shift of 0 as well. Clamping to 9 bits
// before the bit is added and the bias changes nothing (beyond +-255 any bias saturates), so that only what 9 bits can come from
// is shifted; of what lies above it is enough to know whether it repeats the sign.
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

  localparam int Top = 41;  // bits of the accumulator, its sign repeated, that any shift can reach
  logic [Top-1:0] wide;
  logic [16:0]    coarse;  // of it, by the upper two bits of the shift
  logic [16:0]    fine;
  logic [23:0]    above;   // the rest: where it differs from the sign
  logic           negative_acc, over_coarse, over_d, over_q, round_q, negative_q;
  logic [8:0]     value_q, clamped;
  logic [7:0]     bias_q, low, data_d, data_q;
  logic           negative, beyond;
  logic [9:0]     sum;

  assign negative_acc = acc_i[AccWidth-1];
  if (AccWidth + 1 < Top) begin : gen_extend
    assign wide = {{(Top - AccWidth - 1) {negative_acc}}, acc_i, 1'b0};
  end else begin : gen_whole
    assign wide = {acc_i[Top-2:0], 1'b0};
  end
  assign above = wide[40:17] ^ {24{negative_acc}};
  assign coarse = shift_i[4] ? (shift_i[3] ? wide[40:24] : wide[32:16]) : (shift_i[3] ? wide[24:8] : wide[16:0]);
  assign over_coarse = (!(&shift_i[4:3]) && |above[23:16]) || (!shift_i[4] && |above[15:8]) || (shift_i[4:3] == 2'b00 && |above[7:0]);
  assign fine   = coarse >> shift_i[2:0];
  // Of the bits that are shifted in from above none matters here: they are not beyond the sign's place.
  assign over_d = over_coarse || |((coarse[16:9] ^ {8{negative_acc}}) >> shift_i[2:0]);

  assign clamped = over_q ? {negative_q, {8{!negative_q}}} : value_q;
  assign sum     = {clamped[8], clamped} + {{2{bias_q[7]}}, bias_q} + {9'd0, round_q};

  // Beyond what the output holds where the bits above it do not repeat the sign.
  assign low      = sum[7:0];
  assign negative = sum[9];
  assign beyond   = sum[8:7] != {2{negative}};
  if (Relu == 1) begin : gen_relu
    assign data_d = {1'b0, low[6:0] | {7{beyond}}} & {8{!negative}};
  end else begin : gen_both
    assign data_d = beyond ? {negative, {7{!negative}}} : low;
  end

  always_ff @(posedge clk_i) begin
    if (en_i) begin
      value_q    <= fine[9:1];
      round_q    <= fine[0];
      over_q     <= over_d;
      negative_q <= negative_acc;
      bias_q     <= bias_i;
      data_q     <= data_d;
    end
  end
  assign data_o = data_q;
  logic unused;
  assign unused = ^{low[7], fine[16:10]};
endmodule
