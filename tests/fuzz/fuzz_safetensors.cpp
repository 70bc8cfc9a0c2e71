// libFuzzer target: the model file reader on any bytes. Good input loads, bad input is a UserError; whatever else comes
// out (a crash, a sanitizer's report, another exception, a file that does not survive writing and reading) is a bug.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/golden/model.h"
#include "sw/io/safetensors.h"

namespace psaflow {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

void read_tensors(const std::vector<char>& bytes) {
  try {
    const Safetensors file = Safetensors::parse(bytes, "f");
    const Safetensors again = Safetensors::parse(file.serialize(), "f");
    require(again.metadata == file.metadata && again.tensors.size() == file.tensors.size());
    for (const auto& [name, tensor] : file.tensors) {
      require(again.expect(name, tensor.dtype, tensor.shape).bytes == tensor.bytes);
    }
  } catch (const UserError&) {
  }
}

void read_model(const std::vector<char>& bytes) {
  try {
    const IntModel model = parse_int_model(bytes, "f");
    const ModelConfig& config = model.config;
    require(pixel_table(config.mean, config.std, config.input_scale).size() ==
            static_cast<size_t>(config.image_channels));
    require(model.network.nodes.size() == resmlp(config).nodes.size());
    require(count_macs(model.network) > 0 && count_parameters(model.network) > 0);
  } catch (const UserError&) {
  }
}

void read_config(const std::vector<char>& bytes) {
  try {
    const ModelConfig config = config_from_json(std::string(bytes.begin(), bytes.end()), "f");
    config_from_json(config_to_json(config), "f");
  } catch (const UserError&) {
  }
}

}  // namespace
}  // namespace psaflow

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::vector<char> bytes(data, data + size);
  psaflow::read_tensors(bytes);
  psaflow::read_model(bytes);
  psaflow::read_config(bytes);
  return 0;
}
