// The teacher's speed: optimiser steps on all cores and inference, with the rate of useful arithmetic, and what one
// core reaches on a large matrix product (Eigen) in the same run.
#include <benchmark/benchmark.h>

#include <Eigen/Dense>

#include "sw/teacher/teacher.h"
#include "sw/teacher/teacher_trainer.h"

namespace psaflow {
namespace {

constexpr int kImages = 2048;  // 4 steps

Dataset random_images() {
  Dataset data;
  Rng rng(1);
  data.images.resize(kImages * kCifarImageBytes);
  for (uint8_t& byte : data.images) byte = static_cast<uint8_t>(rng.next());
  for (int i = 0; i < kImages; ++i) data.labels.push_back(static_cast<uint8_t>(rng.below(10)));
  return data;
}

TeacherRecipe recipe(double whiten_bias_epochs) {
  TeacherRecipe r;
  r.holdout = 0;
  r.epochs = 1000000;
  r.learning_rate = 1e-3;
  r.whiten_bias_epochs = whiten_bias_epochs;
  return r;
}

// flop_per_mac: 2 forward, 6 with both gradients. epoch_s: of 45,000 images.
void report(benchmark::State& state, double flop_per_mac, const ConvConfig& net) {
  const double images = static_cast<double>(state.iterations()) * kImages;
  const auto macs = static_cast<double>(ConvNet<float>(net).macs());
  state.counters["images_per_s"] = benchmark::Counter(images, benchmark::Counter::kIsRate);
  state.counters["gflop_per_s"] = benchmark::Counter(images * macs * flop_per_mac * 1e-9, benchmark::Counter::kIsRate);
  state.counters["epoch_s"] =
      benchmark::Counter(images / 45000, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

void train(benchmark::State& state, double whiten_bias_epochs) {
  const Dataset data = random_images();
  const TeacherRecipe r = recipe(whiten_bias_epochs);
  TeacherTrainer trainer(TeacherTrainer::fresh(r, data), data);
  trainer.run_epoch();  // touches all memory
  for (auto _ : state) trainer.run_epoch();
  report(state, 6, r.net);
}

void infer(benchmark::State& state, const ConvConfig& net, Precision precision) {
  if (precision == Precision::kBfloat16 && bf16_unit() == Bf16Unit::kNone)
    return state.SkipWithError("this CPU multiplies no bfloat16");
  const Dataset data = random_images();
  TeacherRecipe r = recipe(0);
  r.net = net;
  const Teacher teacher(TeacherTrainer::fresh(r, data));
  std::vector<float> logits(static_cast<size_t>(kImages) * teacher.classes());
  ThreadPool pool;
  for (auto _ : state) teacher.logits(data.images.data(), data.count(), logits.data(), pool, false, precision);
  report(state, 2, net);
}

// One core's float rate on large matrices.
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
BENCHMARK_CAPTURE(train, whiten_bias_frozen, 0)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(train, whiten_bias_trained, 1e5)->UseRealTime()->Unit(benchmark::kMillisecond);
const ConvConfig kWide{{64, 256, 256}, 10, 1.0 / 9};
#define PSAFLOW_BENCH_INFER(name, net, precision) \
  BENCHMARK_CAPTURE(infer, name, net, precision)->UseRealTime()->Unit(benchmark::kMillisecond)
PSAFLOW_BENCH_INFER(float32, ConvConfig{}, Precision::kFloat32);
PSAFLOW_BENCH_INFER(bfloat16, ConvConfig{}, Precision::kBfloat16);
PSAFLOW_BENCH_INFER(wide_float32, kWide, Precision::kFloat32);
PSAFLOW_BENCH_INFER(wide_bfloat16, kWide, Precision::kBfloat16);

}  // namespace
}  // namespace psaflow

BENCHMARK_MAIN();
