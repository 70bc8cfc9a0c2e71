// Curves against the tables and formulas they come from; measures of shape on functions whose shape is known.
#include "sw/inspect/functions.h"

#include <catch2/catch.hpp>
#include <cmath>

#include "sw/golden/arithmetic.h"
#include "tests/inspect/small_models.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

template <typename F>
FunctionSet one_function(const F& f) {
  FunctionSet set;
  set.channels = 1;
  for (int x = -128; x <= 127; ++x) {
    set.x.push_back(x);
    set.y.push_back(f(x));
  }
  return set;
}

template <typename F>
void use(FunctionSet& set, const F& f) {
  set.uses.clear();
  for (const double x : set.x) set.uses.push_back(f(x));
}

}  // namespace

TEST_CASE("integer curves are the tables, lerp ones expanded") {
  for (int points : {2 + 1, 17, 129, 256}) {
    const IntModel model = small_model(Activation::kBspline, points);
    const std::vector<FunctionSet> sets = learned_functions(model);
    REQUIRE(sets.size() == 4);
    CHECK(sets[0].layer == "blocks.0.channel.psa1");
    CHECK(sets[0].input == "blocks.0.token.add");
    CHECK(sets[3].layer == "blocks.1.channel.psa2");
    CHECK(sets[3].input == "blocks.1.channel.fc1");
    const TableParams& table = model.network.get<op::Lookup>("blocks.1.channel.psa2").params;
    for (int c = 0; c < table.channels; ++c) {
      for (int x = -128; x <= 127; ++x) {
        CHECK(sets[3].x[static_cast<size_t>(x + 128)] == x);
        CHECK(sets[3].channel(c)[x + 128] == table_lookup(table.channel(c), table.lerp_log2(), static_cast<int8_t>(x)));
      }
    }
  }
  CHECK(learned_functions(small_model(Activation::kRelu)).empty());
}

TEST_CASE("float curves are the functions, on the input that follows the affine") {
  for (const Activation activation : {Activation::kPsa, Activation::kBspline}) {
    const FoldedModel model = small_float_model(activation);
    const std::vector<FunctionSet> sets = learned_functions(model);
    REQUIRE(sets.size() == 4);
    const FunctionSet& set = sets[2];
    const FoldedFunction& f = model.blocks[1].functions[0];
    CHECK(set.x.front() == -3);
    CHECK(set.x.back() == 3);
    CHECK((set.samples() - 1) % 15 == 0);  // the grid points are among the samples
    std::vector<float> in(10), out(10);
    for (size_t i = 0; i < set.samples(); i += 7) {
      for (size_t c = 0; c < 10; ++c) in[c] = (static_cast<float>(set.x[i]) - f.before.offset[c]) / f.before.scale[c];
      f.apply(in.data(), 1, out.data());
      for (int c = 0; c < 10; ++c) CHECK(set.channel(c)[i] == Approx(out[static_cast<size_t>(c)]).margin(1e-4));
    }
  }
  CHECK(learned_functions(small_float_model(Activation::kRelu)).empty());
}

TEST_CASE("shapes that are known") {
  const FunctionShape identity = measure_shape(one_function([](int x) { return x; }), 0);
  CHECK(identity.slope == Approx(1));
  CHECK(identity.nonlinearity == Approx(0).margin(1e-7));
  CHECK(identity.from_identity == 0);
  CHECK((identity.rising && !identity.falling && identity.straight() && !identity.constant));
  CHECK((identity.low == -128 && identity.high == 127));

  const FunctionShape down = measure_shape(one_function([](int x) { return 20 - x / 2.0; }), 0);
  CHECK(down.slope == Approx(-0.5));
  CHECK((down.falling && !down.rising && down.straight()));

  const FunctionShape constant = measure_shape(one_function([](int) { return 5; }), 0);
  CHECK((constant.constant && constant.rising && constant.falling && !constant.straight()));

  // y = (x + 1/2)^2 is even about the middle of the samples: no line explains any of it.
  const FunctionShape even = measure_shape(one_function([](int x) { return (x + 0.5) * (x + 0.5); }), 0);
  CHECK(even.slope == Approx(0).margin(1e-9));
  CHECK(even.nonlinearity == Approx(1));
  CHECK_FALSE(even.monotone());

  // A step in the middle: its line explains 3/4 of the variance (n large), so 1/2 of the RMS is left.
  const FunctionShape step = measure_shape(one_function([](int x) { return x < 0 ? -1 : 1; }), 0);
  CHECK(step.nonlinearity == Approx(0.5).epsilon(1e-4));
  CHECK(step.rising);
  CHECK_FALSE(step.straight());
}

TEST_CASE("measured uses judge what is used") {
  FunctionSet fold = one_function([](int x) { return std::abs(x); });
  CHECK_FALSE(measure_shape(fold, 0).monotone());
  CHECK_FALSE(measure_shape(fold, 0).straight());
  use(fold, [](double x) { return x > 0 ? uint64_t{3} : uint64_t{0}; });
  const FunctionShape right = measure_shape(fold, 0);
  CHECK((right.rising && right.straight()));
  CHECK(right.slope == Approx(1));
  CHECK(right.from_identity == 0);
  CHECK(right.high == 128);  // of the whole function

  use(fold, [](double x) { return x == -3 || x == 3 ? uint64_t{1} : uint64_t{0}; });
  CHECK(measure_shape(fold, 0).constant);

  use(fold, [](double) { return uint64_t{0}; });  // never used: as if not measured
  CHECK(measure_shape(fold, 0).nonlinearity ==
        measure_shape(one_function([](int x) { return std::abs(x); }), 0).nonlinearity);
}

TEST_CASE("the rarest inputs at either end are left out of the used samples") {
  FunctionSet set = one_function([](int x) { return x; });
  CHECK(used_samples(set, 0) == std::pair<size_t, size_t>{0, 255});
  // 1000 inputs: 5 of them at either end may be left out.
  use(set, [](double x) -> uint64_t { return x == -100 ? 5 : x == -10 ? 485 : x == 10 ? 504 : x == 90 ? 6 : 0; });
  CHECK(used_samples(set, 0) == std::pair<size_t, size_t>{-10 + 128, 90 + 128});
  use(set, [](double x) -> uint64_t { return x == 7 ? 1 : 0; });
  CHECK(used_samples(set, 0) == std::pair<size_t, size_t>{7 + 128, 7 + 128});
}

TEST_CASE("a diverged float network is an error that names the layer") {
  FoldedModel model = small_float_model();
  model.blocks[0].functions[1].grid[3] = INFINITY;
  CHECK_THROWS_WITH(learned_functions(model), Catch::Matchers::Contains("blocks.0.channel.psa2"));
}
