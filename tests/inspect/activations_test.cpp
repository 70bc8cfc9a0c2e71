// Measured ranges against a plain recount of everything that the reference computes.
#include "sw/inspect/activations.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "sw/data/normalize.h"
#include "sw/golden/reference.h"
#include "sw/train/trainer.h"
#include "tests/inspect/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

constexpr size_t kImages = 7;

Dataset noise_images() {
  Dataset data;
  data.images = random_images(small_config(Activation::kPsa), kImages, kSeed);
  data.labels.assign(kImages, 0);
  return data;
}

// Every value of a tensor over all images, [values][channels].
using Seen = std::map<std::string, std::vector<std::vector<double>>>;

template <typename T>
void see(Seen& seen, const std::string& name, const T* values, int rows, int channels) {
  for (int r = 0; r < rows; ++r) seen[name].emplace_back(values + r * channels, values + (r + 1) * channels);
}

Seen run_all(const IntModel& model, const Dataset& data) {
  const ModelConfig& c = model.config;
  const auto pixels = pixel_table(c.mean, c.std, c.input_scale);
  Seen seen;
  for (size_t i = 0; i < kImages; ++i) {
    Int8Matrix patches(c.tokens(), c.features());
    cut_patches(data.image(i), 3, 32, 32, c.patch, patches.data.data(),
                [&](int ch, uint8_t p) { return pixels[static_cast<size_t>(ch)][p]; });
    see(seen, "input", patches.data.data(), patches.rows, patches.cols);
    run_reference(model.network, patches, [&](const std::string& name, const Int8Matrix& m) {
      see(seen, name, m.data.data(), m.rows, m.cols);
    });
  }
  return seen;
}

void check(const std::vector<TensorRange>& ranges, const Seen& seen, bool integer) {
  REQUIRE(ranges.size() == seen.size());
  for (const TensorRange& range : ranges) {
    INFO(range.tensor << ", seed " << kSeed);
    REQUIRE(seen.count(range.tensor) == 1);
    const auto& rows = seen.at(range.tensor);
    double low = 1e9, high = -1e9, sum = 0;
    uint64_t at_low = 0, at_high = 0, zeros = 0;
    int constant = 0;
    for (const auto& row : rows) {
      for (const double v : row) {
        low = std::min(low, v);
        high = std::max(high, v);
        sum += std::abs(v);
        zeros += v == 0;
        at_low += integer && v == -128;
        at_high += integer && v == 127;
      }
    }
    for (size_t c = 0; c < rows[0].size(); ++c)
      constant += std::all_of(rows.begin(), rows.end(), [&](const auto& row) { return row[c] == rows[0][c]; });
    CHECK(range.channels == static_cast<int>(rows[0].size()));
    CHECK(range.values == rows.size() * rows[0].size());
    CHECK(range.low == low);
    CHECK(range.high == high);
    CHECK(range.mean_abs == Approx(sum / static_cast<double>(range.values)));
    CHECK(range.at_low_limit == at_low);
    CHECK(range.at_high_limit == at_high);
    CHECK(range.zeros == zeros);
    CHECK(range.constant_channels == constant);
  }
}

}  // namespace

TEST_CASE("integer ranges and uses, on any number of threads") {
  IntModel model = small_model();
  std::fill_n(model.network.get<op::Linear>("blocks.0.channel.fc1").params.weight.begin() + 20, 10,
              int8_t{0});  // a channel that is constant
  const Dataset data = noise_images();
  const Seen seen = run_all(model, data);
  for (int threads : {1, 3}) {
    ThreadPool pool(threads);
    std::vector<FunctionSet> functions = learned_functions(model);
    size_t progress = 0;
    const auto ranges =
        measure_activations(model, data, 100, pool, functions, [&](size_t n) { progress += threads == 1 ? n : 0; });
    check(ranges, seen, true);
    CHECK(ranges.front().tensor == "input");
    CHECK(ranges.back().tensor == "head");
    if (threads == 1) CHECK(progress == kImages);
    for (const FunctionSet& set : functions) {
      INFO(set.layer);
      std::vector<uint64_t> expected(set.y.size());
      for (const auto& row : seen.at(set.input)) {
        for (size_t c = 0; c < row.size(); ++c) ++expected[c * 256 + static_cast<size_t>(row[c] + 128)];
      }
      CHECK(set.uses == expected);
    }
  }
}

TEST_CASE("fewer images than there are") {
  const IntModel model = small_model(Activation::kRelu);
  ThreadPool pool(2);
  std::vector<FunctionSet> none;
  const auto ranges = measure_activations(model, noise_images(), 2, pool, none);
  CHECK(ranges.back().values == 2 * 10);
}

TEST_CASE("float ranges and uses") {
  const FoldedModel model = small_float_model();
  const ModelConfig& c = model.config;
  const Dataset data = noise_images();
  const auto pixels = normalized_pixels(c);
  Seen seen;
  for (size_t i = 0; i < kImages; ++i) {
    std::vector<float> patches(16 * 192);
    cut_patches(data.image(i), 3, 32, 32, c.patch, patches.data(),
                [&](int ch, uint8_t p) { return pixels[static_cast<size_t>(ch)][p]; });
    see(seen, "input", patches.data(), 16, 192);
    run_folded(model, patches.data(), [&](const std::string& name, const float* v, int rows, int channels) {
      see(seen, name, v, rows, channels);
    });
  }
  ThreadPool pool(3);
  std::vector<FunctionSet> functions = learned_functions(model);
  check(measure_activations(model, data, kImages, pool, functions), seen, false);
  for (const FunctionSet& set : functions) {
    INFO(set.layer);
    const double step = set.x[1] - set.x[0];
    std::vector<uint64_t> expected(set.y.size());
    for (const auto& row : seen.at(set.input)) {
      for (size_t ch = 0; ch < row.size(); ++ch) {
        const double u = row[ch] * set.scale[ch] + set.offset[ch];
        const double place = std::clamp(std::floor((u + 3) / step + 0.5), 0.0, static_cast<double>(set.samples() - 1));
        ++expected[ch * set.samples() + static_cast<size_t>(place)];
      }
    }
    uint64_t apart = 0;  // an input just between two samples may count for either
    for (size_t i = 0; i < expected.size(); ++i)
      apart += expected[i] > set.uses[i] ? expected[i] - set.uses[i] : set.uses[i] - expected[i];
    CHECK(apart <= 4);
  }
}
