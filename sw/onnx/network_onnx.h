// The integer network as standard ONNX, exact to the bit: a second opinion on what it computes, by whoever runs ONNX.
#pragma once
#include <string>

#include "sw/network/network.h"

namespace psaflow {

struct OnnxModel {
  std::string bytes;  // the file
  int nodes = 0;
  bool is_class = false;  // the output is an index (uint8), not logits (int8)
};

// Opset 13, integers throughout. Input "patches", int8 [N,T,F] (of a network that takes bytes as they are "pixels", int8 of
// the same bits); output "logits", int8 [N,classes] (or "class", uint8
// [N,1], of a network that ends in an argmax). `network` keeps all rules of verify(); its output is one vector.
//
//   linear      MatMul in int32, which the contract keeps from overflowing
//   requantize  Add, Div, Add, Clip in int64. Rounding half up is floor((acc + 2^(s-1)) / 2^s); integer Div truncates,
//               so 2^(31+s) is added before, which makes it positive, and 2^31 subtracted behind
//   lookup      Gather of the table that a learned function expands into, 256 entries a channel
OnnxModel network_onnx(const Network& network, const std::string& name);

}  // namespace psaflow
