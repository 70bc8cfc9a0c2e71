#include "models/streaming/divergence.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sw/base/error.h"
#include "sw/golden/reference.h"

namespace psaflow::streaming {
namespace {

int tap_rows(const Stage& s) {
  return s.transposed ? s.out.elements : s.out.vectors;
}
int tap_cols(const Stage& s) {
  return s.transposed ? s.out.vectors : s.out.elements;
}

}  // namespace

std::optional<Divergence> first_divergence(const Pipeline& pipeline, const int8_t* patches, size_t image,
                                           const std::function<const int8_t*(int stage)>& output) {
  const Network& network = *pipeline.network;
  Int8Matrix input(network.input().rows, network.input().cols);
  std::copy_n(patches, input.data.size(), input.data.begin());
  std::map<std::string, Int8Matrix> taps = {{network.input().name, input}};
  run_reference(network, input, [&](const std::string& name, const Int8Matrix& value) { taps[name] = value; });

  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const Stage& stage = pipeline.stages[i];
    const auto tap = taps.find(network.tensor(stage.tensor).name);
    PSAFLOW_CHECK(tap != taps.end(), "golden has the tensor of " + stage.name);
    const Int8Matrix& expected = tap->second;
    PSAFLOW_CHECK(expected.rows == tap_rows(stage) && expected.cols == tap_cols(stage),
                  "the tap has the stage's shape");
    const int8_t* found = output(static_cast<int>(i));
    for (int row = 0; row < expected.rows; ++row) {
      for (int col = 0; col < expected.cols; ++col) {
        const int8_t value = found[tap_element(stage, row, col)];
        if (value != expected.at(row, col))
          return Divergence{image, stage.name, row, col, expected.at(row, col), value, -1};
      }
    }
  }
  return {};
}

StageFault resolve_fault(const Pipeline& pipeline, const Fault& fault) {
  std::string names;
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const Stage& stage = pipeline.stages[i];
    names += (names.empty() ? "" : ", ") + stage.name;
    if (stage.name != fault.stage) continue;
    if (fault.token < 0 || fault.token >= tap_rows(stage)) {
      throw UserError("", "fault.token", std::to_string(fault.token),
                      fmt::format("0..{} for {}", tap_rows(stage) - 1, stage.name));
    }
    if (fault.channel < 0 || fault.channel >= tap_cols(stage)) {
      throw UserError("", "fault.channel", std::to_string(fault.channel),
                      fmt::format("0..{} for {}", tap_cols(stage) - 1, stage.name));
    }
    return {static_cast<int>(i), tap_element(stage, fault.token, fault.channel)};
  }
  throw UserError("", "fault.stage", "'" + fault.stage + "'", names);
}

}  // namespace psaflow::streaming
