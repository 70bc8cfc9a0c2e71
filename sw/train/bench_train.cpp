// Training speed: one optimiser step of 128 images on all cores, forward alone, and the machine's GEMM peak in the same
// run.
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

// epoch_seconds: of 50,000 images at this rate.
void report(benchmark::State& state) {
  const auto images = static_cast<double>(state.iterations()) * kImages;
  state.counters["images_per_s"] = benchmark::Counter(images, benchmark::Counter::kIsRate);
  state.counters["epoch_s"] =
      benchmark::Counter(images / 50000, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void train(benchmark::State& state, Activation activation, int hidden) {
  const Dataset data = random_images();
  Trainer trainer(Trainer::fresh(recipe(activation, hidden)), data);
  trainer.run_epoch();  // touches all memory
  for (auto _ : state) trainer.run_epoch();
  report(state);
}

void infer(benchmark::State& state, Activation activation, int hidden) {
  const Dataset data = random_images();
  const Checkpoint checkpoint = Trainer::fresh(recipe(activation, hidden));
  ThreadPool pool;
  for (auto _ : state) benchmark::DoNotOptimize(evaluate_float(checkpoint, data, 0, data.count(), pool));
  report(state);
}

// One core's float GEMM rate on large matrices: the ceiling of everything above.
void gemm_peak(benchmark::State& state) {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(1024, 1024), b = a;
  Eigen::MatrixXf c(1024, 1024);
  for (auto _ : state) {
    c.noalias() = a * b;
    benchmark::DoNotOptimize(c.data());
  }
  state.counters["gflop_per_s"] = benchmark::Counter(
      2e-9 * 1024 * 1024 * 1024 * static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

BENCHMARK(gemm_peak)->UseRealTime();
BENCHMARK_CAPTURE(train, psa_h96, Activation::kPsa, 96)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, bspline_h96, Activation::kBspline, 96)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, relu_h96, Activation::kRelu, 96)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, relu_h192, Activation::kRelu, 192)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(infer, psa_h96, Activation::kPsa, 96)->UseRealTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace psaflow

BENCHMARK_MAIN();
