// Folding the batch norms away changes nothing but rounding.
#include <catch2/catch.hpp>

#include "sw/quant/folded.h"

namespace psaflow {
namespace {

Checkpoint random_checkpoint(Activation activation, bool exact) {
  Checkpoint c;
  ModelConfig& m = c.recipe.net.model;
  m.image_height = m.image_width = 8;
  m.embed = 6;
  m.hidden = 7;
  m.blocks = 2;
  m.mean = m.std = {0.5, 0.5, 0.5};
  m.activation = activation;
  c.recipe.net.exact_psa = exact;
  const ResMlp<float> net(c.recipe.net);
  Rng rng(21);
  net.initialize(c.parameters, c.statistics, rng);
  for (float& p : c.parameters) p += static_cast<float>(0.2 * rng.normal());
  for (float& s : c.statistics) s = static_cast<float>(rng.uniform(0.3, 1.5));
  return c;
}

}  // namespace

TEST_CASE("the folded model computes the network's logits") {
  for (const auto& [activation, exact] : {std::pair{Activation::kRelu, false},
                                          {Activation::kPsa, false},
                                          {Activation::kPsa, true},
                                          {Activation::kBspline, false}}) {
    const Checkpoint c = random_checkpoint(activation, exact);
    const ResMlp<float> net(c.recipe.net);
    const ModelConfig& m = c.recipe.net.model;
    const FoldedModel folded = fold(c);
    Rng rng(22);
    std::vector<float> patches(static_cast<size_t>(m.tokens()) * m.features());
    for (float& x : patches) x = static_cast<float>(rng.normal());
    AlignedVector<float> effective;
    net.make_effective(c.parameters, effective);
    const auto workspace = net.make_workspace(1);
    net.infer(effective, c.statistics, patches.data(), 1, *workspace);
    const std::vector<float> logits = run_folded(folded, patches.data());
    INFO(to_string(activation) << (exact ? " exact" : ""));
    REQUIRE(logits.size() == static_cast<size_t>(m.classes));
    for (int k = 0; k < m.classes; ++k) CHECK(logits[k] == Approx(ResMlp<float>::logits(*workspace)[k]).margin(1e-4));
  }
}

}  // namespace psaflow
