// libFuzzer target: weights of any bytes, under the names of a small network's state dict, are imported or are a
// UserError; what was imported can be folded.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sw/base/error.h"
#include "sw/import/weights.h"
#include "sw/quant/folded.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace psaflow;
  static const ImportConfig config = parse_import_config(
      "name: n\n"
      "network: {activation: relu, image: [1, 4, 2], patch: 2, embed: 2, hidden: 2, blocks: 1, classes: 2, mean: "
      "[0.5], "
      "std: [0.5]}\n"
      "fill: {head.bias: 0, 'blocks.{i}.channel.scale': 1}\nnorm_epsilon: 0.001\n",
      "c");
  const std::vector<char> bytes(data, data + size);
  try {
    fold(import_weights(Safetensors::parse(bytes, "f"), config).checkpoint);
  } catch (const UserError&) {
  }
  return 0;
}
