// Speed of the golden model on random models (the work does not depend on the values), beside the GEMM peak of the same
// run.
#include <benchmark/benchmark.h>

#include <Eigen/Dense>

#include "sw/golden/evaluator.h"
#include "sw/golden/kernels.h"
#include "sw/golden/random_model.h"
#include "sw/golden/reference.h"

namespace {

using namespace psaflow;

// The paper's network: 32 x 32 images, patch 4, D = H = 96, 4 blocks.
ModelConfig paper_config(Activation activation) {
  ModelConfig config;
  config.activation = activation;
  return config;
}

void images_per_second(benchmark::State& state, int64_t images) {
  state.counters["images/s"] =
      benchmark::Counter(static_cast<double>(images), benchmark::Counter::kIsIterationInvariantRate);
}

void evaluator(benchmark::State& state) {
  constexpr int kImages = 2048;
  const auto activation = state.range(1) == 0 ? Activation::kRelu : Activation::kPsa;
  const IntModel model = random_model(paper_config(activation), 65, 1);
  const std::vector<uint8_t> images = random_images(model.config, kImages, 2);
  std::vector<int8_t> logits(static_cast<size_t>(kImages) * model.config.classes);
  const Evaluator run(model, static_cast<int>(state.range(0)));
  for (auto _ : state) run.logits(images.data(), kImages, logits.data());
  images_per_second(state, kImages);
}
BENCHMARK(evaluator)
    ->ArgNames({"threads", "tables"})
    ->ArgsProduct({{1, 2}, {0, 1}})
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime();

void reference(benchmark::State& state) {
  const IntModel model = random_model(paper_config(Activation::kPsa), 65, 1);
  Int8Matrix patches(model.config.tokens(), model.config.features());
  Rng rng(3);
  for (int8_t& v : patches.data) v = random_int8(rng);
  for (auto _ : state) benchmark::DoNotOptimize(run_reference(model.network, patches));
  images_per_second(state, 1);
}
BENCHMARK(reference)->Unit(benchmark::kMillisecond)->UseRealTime();

// 256 vectors, as the evaluator runs them.
constexpr int kVectors = 256;

void linear_kernel(benchmark::State& state) {
  Rng rng(4);
  const int in = static_cast<int>(state.range(0)), out = static_cast<int>(state.range(1));
  const LinearKernel kernel(random_linear(in, out, rng), false);
  std::vector<int8_t> x(static_cast<size_t>(kVectors) * in, 3), y(static_cast<size_t>(kVectors) * out);
  Workspace workspace;
  for (auto _ : state) {
    kernel.run(x.data(), kVectors, y.data(), workspace);
    benchmark::ClobberMemory();
  }
  state.counters["MAC/s"] =
      benchmark::Counter(double{kVectors} * in * out, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(linear_kernel)
    ->Args({48, 96})
    ->Args({64, 64})
    ->Args({96, 96})
    ->Args({192, 96})
    ->Args({1024, 1024})
    ->Unit(benchmark::kMicrosecond);

void affine_kernel(benchmark::State& state) {
  Rng rng(5);
  const AffineKernel kernel(random_affine(96, rng));
  std::vector<int8_t> x(size_t{kVectors} * 96, 3);
  for (auto _ : state) {
    kernel.run(x.data(), kVectors, x.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(affine_kernel)->Unit(benchmark::kMicrosecond);

void table_kernel(benchmark::State& state) {
  Rng rng(6);
  const TableKernel kernel(random_table(96, 65, rng));
  std::vector<int8_t> x(size_t{kVectors} * 96), y(x.size());
  for (int8_t& v : x) v = random_int8(rng);
  for (auto _ : state) {
    kernel.run(x.data(), kVectors, y.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(table_kernel)->Unit(benchmark::kMicrosecond);

void transpose_kernel(benchmark::State& state) {
  std::vector<int8_t> x(size_t{kVectors} * 96), y(x.size());
  for (auto _ : state) {
    for (int i = 0; i < kVectors / 64; ++i) transpose_into(x.data() + i * 64 * 96, 64, 96, y.data() + i * 64 * 96);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(transpose_kernel)->Unit(benchmark::kMicrosecond);

// The yardstick: a large float product on one core.
void eigen_gemm(benchmark::State& state) {
  constexpr int kSize = 1024;
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(kSize, kSize), b = Eigen::MatrixXf::Random(kSize, kSize);
  Eigen::MatrixXf c(kSize, kSize);
  for (auto _ : state) {
    c.noalias() = a * b;
    benchmark::ClobberMemory();
  }
  state.counters["MAC/s"] =
      benchmark::Counter(double{kSize} * kSize * kSize, benchmark::Counter::kIsIterationInvariantRate);
}
BENCHMARK(eigen_gemm)->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
