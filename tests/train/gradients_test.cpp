// Every layer's gradient against central finite differences, in double, through the whole network's loss.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "sw/train/resmlp.h"

namespace psaflow {
namespace {

NetConfig tiny(Activation activation, bool exact) {
  NetConfig c;
  c.model.image_height = c.model.image_width = 8;
  c.model.patch = 4;
  c.model.embed = 5;
  c.model.hidden = 6;
  c.model.blocks = 2;
  c.model.classes = 3;
  c.model.activation = activation;
  c.exact_psa = exact;
  c.experts = 3;
  c.grid_points = 16;
  return c;
}

struct Problem {
  ResMlp<double> net;
  int images = 6;
  AlignedVector<double> parameters, statistics, patches, targets, soft;

  Problem(const NetConfig& config, uint64_t seed) : net(config) {
    Rng rng(seed);
    net.initialize(parameters, statistics, rng);
    // Away from the initial values, where zero biases and unit scales could hide a wrong gradient.
    for (double& p : parameters) p += 0.2 * rng.normal();
    const ModelConfig& m = config.model;
    patches.resize(static_cast<size_t>(images) * m.tokens() * m.features());
    for (double& x : patches) x = rng.normal();
    for (AlignedVector<double>* rows : {&targets, &soft}) {
      for (int i = 0; i < images; ++i) {
        double total = 0;
        for (int c = 0; c < m.classes; ++c) total += rows->emplace_back(rng.uniform());
        for (int c = 0; c < m.classes; ++c) (*rows)[static_cast<size_t>(i) * m.classes + c] /= total;
      }
    }
  }

  // The B-spline's, written as its definition: weight * sum of |change of slope|.
  double penalty(const AlignedVector<double>& p) const {
    const NetConfig& c = net.config();
    if (c.model.activation != Activation::kBspline) return 0;
    const double step = 2 * c.grid_range / (c.grid_points - 1);
    double sum = 0;
    for (const ParameterSlice& slice : net.parameters().slices()) {
      if (slice.name.find(".grid") == std::string::npos) continue;
      const auto channels = static_cast<size_t>(slice.shape[1]);
      const auto at = [&](size_t point, size_t channel) { return p[slice.offset + point * channels + channel]; };
      for (size_t i = 1; i + 1 < static_cast<size_t>(c.grid_points); ++i) {
        for (size_t ch = 0; ch < channels; ++ch)
          sum += std::abs((at(i + 1, ch) - at(i, ch)) / step - (at(i, ch) - at(i - 1, ch)) / step);
      }
    }
    return c.tv2_weight * sum;
  }

  double loss(const AlignedVector<double>& p, AlignedVector<double>* gradients = nullptr) const {
    AlignedVector<double> effective, effective_gradients(net.effective().size(), 0.0), shard(net.statistics().size());
    net.make_effective(p, effective);
    const auto workspace = net.make_workspace(images);
    const double sum = net.train_shard(effective, patches.data(), {targets.data(), soft.data(), 0.7, 2.5}, images,
                                       images, *workspace, effective_gradients, shard);
    if (gradients != nullptr) net.finish_gradients(p, effective_gradients, *gradients);
    return sum / images + penalty(p);
  }
};

// Of the parameters of which `checked` says so, loss(parameters) against gradients.
template <typename Loss, typename Checked>
void check_slices(const Problem& problem, const Loss& loss, const AlignedVector<double>& gradients, uint64_t seed,
                  const Checked& checked) {
  for (const ParameterSlice& slice : problem.net.parameters().slices()) {
    if (!checked(slice)) continue;
    double worst = 0, largest = 0;
    for (size_t i = slice.offset; i < slice.offset + slice.size; ++i) {
      constexpr double kStep = 1e-6;
      AlignedVector<double> moved = problem.parameters;
      moved[i] += kStep;
      const double up = loss(moved);
      moved[i] -= 2 * kStep;
      const double numeric = (up - loss(moved)) / (2 * kStep);
      worst = std::max(worst, std::abs(numeric - gradients[i]));
      largest = std::max(largest, std::abs(numeric));
    }
    INFO("seed " << seed << ", " << slice.name << ": largest gradient " << largest << ", worst difference " << worst);
    CHECK(worst <= 1e-7 + 1e-4 * largest);
  }
}

void check_gradients(const NetConfig& config, uint64_t seed) {
  const Problem problem(config, seed);
  AlignedVector<double> gradients;
  problem.loss(problem.parameters, &gradients);
  check_slices(
      problem, [&](const AlignedVector<double>& p) { return problem.loss(p); }, gradients, seed,
      [](const ParameterSlice&) { return true; });
}

// A middle block alone, against outputs that are wanted of it, and a batch of which the shard is a part.
void check_block_gradients(NetConfig config, uint64_t seed) {
  constexpr int kBlock = 1;
  config.model.blocks = 3;
  const Problem problem(config, seed);
  const ResMlp<double>& net = problem.net;
  const int images = problem.images, batch = 2 * images;
  const ModelConfig& m = config.model;
  const size_t values = static_cast<size_t>(m.tokens()) * m.embed;
  Rng rng(seed + 1);
  AlignedVector<double> wanted(images * values);
  for (double& w : wanted) w = rng.normal();
  const auto workspace = net.make_workspace(images);
  AlignedVector<double> shard(net.statistics().size(), -7.0), effective_gradients;
  const auto loss = [&](const AlignedVector<double>& p) {
    AlignedVector<double> effective;
    net.make_effective(p, effective);
    effective_gradients.assign(net.effective().size(), 0.0);
    return net.train_block_shard(effective, problem.patches.data(), wanted.data(), kBlock, images, batch, *workspace,
                                 effective_gradients, shard) /
           batch;
  };
  const double value = loss(problem.parameters);
  AlignedVector<double> gradients;
  net.finish_gradients(problem.parameters, effective_gradients, gradients);
  const double* const output = ResMlp<double>::block_output(*workspace, kBlock);
  double squares = 0;
  for (size_t i = 0; i < wanted.size(); ++i) squares += (output[i] - wanted[i]) * (output[i] - wanted[i]);
  CHECK(value == Approx(squares / static_cast<double>(values) / batch).epsilon(1e-12));

  const auto of_block = [&](const ParameterSlice& slice) { return slice.name.rfind("blocks.1.", 0) == 0; };
  check_slices(problem, loss, gradients, seed, of_block);
  for (const ParameterSlice& slice : net.parameters().slices()) {
    if (of_block(slice)) continue;
    INFO(slice.name);
    CHECK(std::all_of(gradients.begin() + static_cast<int64_t>(slice.offset),
                      gradients.begin() + static_cast<int64_t>(slice.offset + slice.size),
                      [](double g) { return g == 0; }));
  }
  for (const ParameterSlice& slice : net.statistics().slices()) {  // of norms up to the block's
    INFO(slice.name);
    const bool passed = slice.name.rfind("blocks.0.", 0) == 0 || of_block(slice);
    CHECK((shard[slice.offset] != -7.0) == passed);
  }
}

}  // namespace

TEST_CASE("gradients match finite differences: ReLU") {
  check_gradients(tiny(Activation::kRelu, false), 11);
}
TEST_CASE("gradients match finite differences: PSA by its formula") {
  check_gradients(tiny(Activation::kPsa, true), 12);
}
TEST_CASE("gradients match finite differences: LERP-PSA") {
  check_gradients(tiny(Activation::kPsa, false), 13);
}
TEST_CASE("gradients match finite differences: B-spline with its penalty") {
  NetConfig config = tiny(Activation::kBspline, false);
  config.tv2_weight = 0.01;
  check_gradients(config, 14);
}
TEST_CASE("gradients of one block match finite differences") {
  check_block_gradients(tiny(Activation::kRelu, false), 21);
  check_block_gradients(tiny(Activation::kPsa, false), 22);
  check_block_gradients(tiny(Activation::kPsa, true), 23);
}
TEST_CASE("a block's output is what the head, or the next block, goes on from") {
  NetConfig config = tiny(Activation::kPsa, false);
  config.model.blocks = 3;
  const Problem problem(config, 24);
  const ResMlp<double>& net = problem.net;
  const ModelConfig& m = config.model;
  const int images = problem.images;
  AlignedVector<double> effective;
  net.make_effective(problem.parameters, effective);
  const auto whole = net.make_workspace(images), part = net.make_workspace(images);
  net.infer(effective, problem.statistics, problem.patches.data(), images, *whole);
  for (int block = 0; block < m.blocks; ++block) {
    INFO("block " << block);
    net.infer_block(effective, problem.statistics, problem.patches.data(), block, images, *part);
    const double* const a = ResMlp<double>::block_output(*whole, block);
    const double* const b = ResMlp<double>::block_output(*part, block);
    CHECK(std::equal(a, a + static_cast<int64_t>(images) * m.tokens() * m.embed, b));
  }
  // The last one, through norm, pool and head by their definitions, gives the logits.
  const double* const x = ResMlp<double>::block_output(*whole, m.blocks - 1);
  const auto at = [&](const char* name) { return problem.parameters.data() + net.parameters().find(name).offset; };
  const auto running = [&](const char* name) { return problem.statistics.data() + net.statistics().find(name).offset; };
  for (int i = 0; i < images; ++i) {
    for (int c = 0; c < m.classes; ++c) {
      double logit = at("head.bias")[c];
      for (int d = 0; d < m.embed; ++d) {
        double mean = 0;
        for (int t = 0; t < m.tokens(); ++t) mean += x[(i * m.tokens() + t) * m.embed + d] / m.tokens();
        const double normal = (mean - running("norm.mean")[d]) / std::sqrt(running("norm.var")[d] + kBatchNormEpsilon);
        logit += at("head.weight")[c * m.embed + d] * (normal * at("norm.weight")[d] + at("norm.bias")[d]);
      }
      CHECK(ResMlp<double>::logits(*whole)[i * m.classes + c] == Approx(logit).epsilon(1e-9));
    }
  }
}
TEST_CASE("gradients match finite differences: GELU") {
  check_gradients(tiny(Activation::kFixed, false), 15);
}

}  // namespace psaflow
