#include "sw/golden/model.h"

namespace psaflow {

const char* to_string(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kPsa:
      return "psa";
    case Activation::kBspline:
      return "bspline";
    case Activation::kTable:
      return "table";
  }
  return "?";
}

int64_t count_macs(const IntModel& model) {
  const int64_t tokens = model.config.tokens();
  const auto layer = [](const LinearParams& p, int64_t vectors) { return vectors * p.in * p.out; };
  int64_t macs = layer(model.embed, tokens) + layer(model.head, 1);
  for (const BlockParams& b : model.blocks) {
    for (const auto* p : {&b.token_residual, &b.token_pre, &b.token_post, &b.channel_residual}) {
      macs += tokens * p->channels();
    }
    macs += layer(b.token_mix, model.config.embed) + layer(b.fc1, tokens) + layer(b.fc2, tokens);
  }
  return macs;
}

int64_t count_parameters(const IntModel& model) {
  const auto layer = [](const LinearParams& p) { return int64_t{p.in} * p.out + 2 * int64_t{p.out}; };
  int64_t count = layer(model.embed) + layer(model.head);
  for (const BlockParams& b : model.blocks) {
    for (const auto* p : {&b.token_residual, &b.token_pre, &b.token_post, &b.channel_residual}) {
      count += 3 * int64_t{p->channels()};
    }
    count += layer(b.token_mix) + layer(b.fc1) + layer(b.fc2);
    for (const auto* p : {&b.psa1, &b.psa2}) count += p->has_value() ? static_cast<int64_t>((*p)->values.size()) : 0;
  }
  return count;
}

}  // namespace psaflow
