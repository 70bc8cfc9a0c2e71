// A summary against what the model file holds, tensor by tensor.
#include "sw/inspect/summary.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sw/io/safetensors.h"
#include "tests/inspect/small_models.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

const LayerSummary& find(const ModelSummary& summary, const std::string& name) {
  const auto it =
      std::find_if(summary.layers.begin(), summary.layers.end(), [&](const auto& l) { return l.name == name; });
  REQUIRE(it != summary.layers.end());
  return *it;
}

void check_range(const NumberRange& range, const Safetensors& file, const std::string& tensor) {
  INFO(tensor);
  const auto it = file.tensors.find(tensor);
  REQUIRE(range.empty == (it == file.tensors.end()));
  if (range.empty) return;
  std::set<int> values;
  for (const char byte : it->second.bytes)
    values.insert(it->second.dtype == "U8" ? static_cast<uint8_t>(byte) : static_cast<int8_t>(byte));
  CHECK(range.low == *values.begin());
  CHECK(range.high == *values.rbegin());
}

}  // namespace

TEST_CASE("each layer holds what its tensors in the file hold") {
  for (const auto& [activation, points] :
       {std::pair{Activation::kPsa, 17}, {Activation::kFixed, 256}, {Activation::kRelu, 0}}) {
    const IntModel model = small_model(activation, points);
    const ScratchFolder scratch;
    save_int_model(model, scratch / "m.safetensors");
    const Safetensors file = Safetensors::load(scratch / "m.safetensors");
    const ModelSummary summary = summarize(model);
    std::set<std::string> seen;
    int64_t bytes = 0;
    for (const LayerSummary& layer : summary.layers) {
      INFO(layer.name);
      int64_t elements = 0;
      for (const auto& [name, tensor] : file.tensors) {
        if (name.substr(0, name.rfind('.')) != layer.name) continue;
        elements += tensor.elements();
        bytes += static_cast<int64_t>(tensor.bytes.size());
        seen.insert(name);
      }
      CHECK(elements > 0);
      CHECK(layer.parameters == elements);
      CHECK(layer.storage_bits == 8 * elements);
      const bool functions = layer.kind == LayerKind::kFunctions;
      check_range(layer.weight, file, layer.name + (functions ? ".table" : ".weight"));
      check_range(layer.bias, file, layer.name + ".bias");
      check_range(layer.shift, file, layer.name + ".shift");
      CHECK(layer.points == (functions ? points : 0));
    }
    CHECK(seen.size() == file.tensors.size());
    CHECK(summary.storage_bits() == 8 * bytes);
    CHECK(summary.parameters() == count_parameters(model.network));
    CHECK(summary.macs() == count_macs(model.network));
    // By hand: 16 tokens, embed 10, hidden 6, 192 features, 10 classes, 2 blocks of 4 affines.
    CHECK(summary.macs() == 16 * 192 * 10 + 2 * (4 * 16 * 10 + 10 * 16 * 16 + 2 * 16 * 10 * 6) + 10 * 10);
    CHECK(summary.storage_bits(LayerKind::kFunctions) == 8 * 2 * (10 + 6) * points);
  }
}

TEST_CASE("layers come in the order of the data") {
  std::vector<std::string> names;
  for (const LayerSummary& layer : summarize(small_model()).layers) names.push_back(layer.name);
  REQUIRE(names.size() == 2 + 2 * 9);
  CHECK(names.front() == "embed");
  CHECK(names[5] == "blocks.0.channel.residual");
  CHECK(names[6] == "blocks.0.channel.psa1");
  CHECK(names[7] == "blocks.0.channel.fc1");
  CHECK(names[8] == "blocks.0.channel.psa2");
  CHECK(names[10] == "blocks.1.token.residual");
  CHECK(names.back() == "head");
}

TEST_CASE("dead channels: no weights, or a constant function") {
  IntModel model = small_model();
  for (const LayerSummary& layer : summarize(model).layers) CHECK(layer.dead_channels == 0);
  LinearParams& fc1 = model.network.get<op::Linear>("blocks.1.channel.fc1").params;
  for (int m : {0, 5}) std::fill_n(fc1.weight.begin() + m * 10, 10, int8_t{0});
  fc1.weight[10] = 0;  // one weight of a live channel
  model.network.get<op::Affine>("blocks.1.token.pre").params.weight[3] = 0;
  std::fill_n(model.network.get<op::Lookup>("blocks.1.channel.psa1").params.values.begin() + 4 * 17, 17, int8_t{-7});
  const ModelSummary summary = summarize(model);
  CHECK(find(summary, "blocks.1.channel.fc1").dead_channels == 2);
  CHECK(find(summary, "blocks.1.token.pre").dead_channels == 1);
  CHECK(find(summary, "blocks.1.channel.psa1").dead_channels == 1);
  CHECK(find(summary, "blocks.0.channel.fc1").dead_channels == 0);
}

TEST_CASE("a float model has the integer model's layers, but for those that are exact there") {
  const FoldedModel model = small_float_model();
  const ModelSummary summary = summarize(model);
  CHECK_FALSE(summary.integer);
  CHECK(summary.layers.size() == 2 + 2 * 7 - 2);  // pre, mix, psa1, fc1, psa2, fc2 a block
  const LayerSummary& fc2 = find(summary, "blocks.1.channel.fc2");
  CHECK(fc2.in == 6);
  CHECK(fc2.out == 10);
  CHECK(fc2.parameters == 6 * 10 + 10);
  CHECK(fc2.storage_bits == 32 * 70);
  CHECK(fc2.macs == 16 * 60);
  CHECK(fc2.shift.empty);
  const auto& weight = model.blocks[1].fc2.weight;
  CHECK(fc2.weight.low == *std::min_element(weight.begin(), weight.end()));
  CHECK(fc2.weight.high == *std::max_element(weight.begin(), weight.end()));
  const LayerSummary& psa1 = find(summary, "blocks.0.channel.psa1");
  CHECK(psa1.points == 16);
  CHECK(psa1.parameters == 10 * (16 + 2));
  CHECK(find(summarize(small_float_model(Activation::kRelu)), "blocks.0.channel.fc1").in == 10);
}
