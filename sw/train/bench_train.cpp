// Training speed of each kind of network on all cores: whole steps of 128 images, the forward pass alone, and what of
// the machine's GEMM rate, measured in the same run, they reach.
#include <benchmark/benchmark.h>

#include <Eigen/Dense>

#include "sw/train/trainer.h"

namespace psaflow {
namespace {

constexpr int kImages = 12800;  // 100 steps

Dataset random_images() {
  Dataset data;
  Rng rng(1);
  data.images.resize(kImages * kCifarImageBytes);
  for (uint8_t& byte : data.images) byte = static_cast<uint8_t>(rng.next());
  for (int i = 0; i < kImages; ++i) data.labels.push_back(static_cast<uint8_t>(rng.below(10)));
  return data;
}

Recipe recipe(Activation activation, int hidden) {
  Recipe r;
  r.net.model.activation = activation;
  r.net.model.hidden = hidden;
  r.net.model.mean = {0.4914, 0.4822, 0.4465};
  r.net.model.std = {0.2470, 0.2435, 0.2616};
  r.holdout = 0;
  r.epochs = 1000000;
  return r;
}

// MACs of an image's forward pass.
double macs(const ModelConfig& m) {
  const double mixing = double(m.tokens()) * m.tokens() * m.embed, channels = 2.0 * m.tokens() * m.embed * m.hidden;
  return double(m.tokens()) * m.features() * m.embed + m.blocks * (mixing + channels) + double(m.embed) * m.classes;
}

// epoch_s: of 50,000 images at this rate. gflop_per_s: of the matrix products alone, 2 FLOP a MAC, `passes` times the
// forward pass; to be held against gemm_all_cores.
void report(benchmark::State& state, const ModelConfig& model, int passes) {
  const auto images = static_cast<double>(state.iterations()) * kImages;
  state.counters["gflop_per_s"] = benchmark::Counter(2e-9 * passes * macs(model) * images, benchmark::Counter::kIsRate);
  state.counters["images_per_s"] = benchmark::Counter(images, benchmark::Counter::kIsRate);
  state.counters["epoch_s"] =
      benchmark::Counter(images / 50000, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void train(benchmark::State& state, Activation activation, int hidden, Precision precision = Precision::kFloat32,
           OptimizerKind optimizer = OptimizerKind::kAdamW) {
  if (precision == Precision::kBfloat16 && bf16_unit() == Bf16Unit::kNone)
    return state.SkipWithError("this CPU multiplies no bfloat16");
  const Dataset data = random_images();
  Recipe r = recipe(activation, hidden);
  r.precision = precision;
  r.optimizer = optimizer;
  Trainer trainer(Trainer::fresh(r), data);
  trainer.run_epoch();  // touches all memory
  for (auto _ : state) trainer.run_epoch();
  report(state, trainer.state().recipe.net.model, 3);  // forward, by the inputs, by the weights
}

void infer(benchmark::State& state, Activation activation, int hidden) {
  const Dataset data = random_images();
  const Checkpoint checkpoint = Trainer::fresh(recipe(activation, hidden));
  ThreadPool pool;
  for (auto _ : state) benchmark::DoNotOptimize(evaluate_float(checkpoint, data, 0, data.count(), pool));
  report(state, checkpoint.recipe.net.model, 1);
}

// The library's float GEMM rate on large matrices, on every core at once.
void gemm_all_cores(benchmark::State& state) {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(1024, 1024), b = a;
  ThreadPool pool;
  std::vector<Eigen::MatrixXf> c(pool.size(), Eigen::MatrixXf(1024, 1024));
  for (auto _ : state) {
    pool.run(c.size(), [&](size_t item, int) {
      c[item].noalias() = a * b;
      benchmark::DoNotOptimize(c[item].data());
    });
  }
  state.counters["gflop_per_s"] = benchmark::Counter(
      2e-9 * 1024 * 1024 * 1024 * static_cast<double>(state.iterations() * c.size()), benchmark::Counter::kIsRate);
}

BENCHMARK(gemm_all_cores)->UseRealTime()->Unit(benchmark::kMillisecond);
#define PSAFLOW_BENCH_NETWORK(name, activation, hidden)                                             \
  BENCHMARK_CAPTURE(train, name, activation, hidden)->UseRealTime()->Unit(benchmark::kMillisecond); \
  BENCHMARK_CAPTURE(infer, name, activation, hidden)->UseRealTime()->Unit(benchmark::kMillisecond)
PSAFLOW_BENCH_NETWORK(psa_h96, Activation::kPsa, 96);
BENCHMARK_CAPTURE(train, psa_h96_bfloat16, Activation::kPsa, 96, Precision::kBfloat16)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, psa_h96_muon, Activation::kPsa, 96, Precision::kFloat32, OptimizerKind::kMuon)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, psa_h96_muon_bfloat16, Activation::kPsa, 96, Precision::kBfloat16, OptimizerKind::kMuon)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
PSAFLOW_BENCH_NETWORK(bspline_h96, Activation::kBspline, 96);
PSAFLOW_BENCH_NETWORK(relu_h96, Activation::kRelu, 96);
PSAFLOW_BENCH_NETWORK(relu_h192, Activation::kRelu, 192);

}  // namespace
}  // namespace psaflow

BENCHMARK_MAIN();
