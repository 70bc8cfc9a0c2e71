// The networks that the tests of plan and streaming share.
#pragma once
#include "models/plan/build.h"
#include "sw/golden/random_model.h"

namespace psaflow::test {

// T tokens of a square image.
inline ModelConfig network(int embed, int hidden, int blocks, int image, int patch,
                           Activation activation = Activation::kPsa, int classes = 10) {
  ModelConfig c;
  c.embed = embed;
  c.hidden = hidden;
  c.blocks = blocks;
  c.image_height = c.image_width = image;
  c.patch = patch;
  c.activation = activation;
  c.classes = classes;
  return c;
}

inline ModelConfig paper_psa() {
  return network(96, 96, 4, 32, 4);
}
inline ModelConfig paper_relu(int hidden) {
  return network(96, hidden, 4, 32, 4, Activation::kRelu);
}
// T = 16, F = 48: small enough to step in milliseconds, with no two widths alike.
inline ModelConfig small_psa() {
  return network(24, 36, 2, 16, 4);
}
// Not among the paper's: T = 16, F = 192.
inline ModelConfig odd_psa() {
  return network(48, 96, 2, 32, 8);
}

inline StreamingOptions options(const std::string& profile, int lanes = 1) {
  StreamingOptions o;
  o.profile = profile;
  o.lanes = lanes;
  o.file = "test.yaml";
  return o;
}

inline int stage_index(const Pipeline& pipeline, const std::string& name) {
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    if (pipeline.stages[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

inline int stream_index(const Pipeline& pipeline, const std::string& name) {
  for (size_t i = 0; i < pipeline.streams.size(); ++i) {
    if (pipeline.streams[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace psaflow::test
