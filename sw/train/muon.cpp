#include "sw/train/muon.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sw/train/adamw.h"
#include "sw/train/small_gemm.h"

namespace psaflow {

bool is_muon_weight(const ParameterSlice& slice) {
  return is_linear_weight(slice) && slice.name != "embed.weight" && slice.name != "head.weight";
}

void orthogonalize(int rows, int columns, float* matrix) {
  const size_t size = static_cast<size_t>(rows) * columns;
  double squares = 0;
  for (size_t i = 0; i < size; ++i) squares += double{matrix[i]} * matrix[i];
  if (!(squares > 1e-60)) {  // a layer that gets no gradient any more: what is left of its momentum says nothing
    std::fill_n(matrix, size, 0.f);
    return;
  }
  const auto inverse_norm = static_cast<float>(1 / std::sqrt(squares));
  const bool tall = rows > columns;  // the smaller Gram matrix is the cheaper one
  AlignedVector<float> x(size), x_transposed(size), next(size);
  if (tall) {
    transpose(rows, columns, matrix, x.data());
  } else {
    std::copy_n(matrix, size, x.data());
  }
  const int m = std::min(rows, columns), n = std::max(rows, columns);
  for (float& v : x) v *= inverse_norm;
  AlignedVector<float> gram(static_cast<size_t>(m) * m), polynomial(gram.size());
  constexpr float kA = 3.4445f, kB = -4.7750f, kC = 2.0315f;  // Jordan et al.: steepest at 0, bounded at 1
  for (int i = 0; i < 5; ++i) {                               // x = a x + (b (x x^T) + c (x x^T)^2) x
    transpose(m, n, x.data(), x_transposed.data());
    multiply(m, m, n, plain<float>(x.data(), n), x_transposed.data(), gram.data());
    multiply(m, m, m, plain<float>(gram.data(), m), gram.data(), polynomial.data());
    for (size_t e = 0; e < gram.size(); ++e) polynomial[e] = kB * gram[e] + kC * polynomial[e];
    for (int d = 0; d < m; ++d) polynomial[static_cast<size_t>(d) * m + d] += kA;
    multiply(m, n, m, plain<float>(polynomial.data(), m), x.data(), next.data());
    std::swap(x, next);
  }
  if (tall) {
    transpose(columns, rows, x.data(), matrix);
  } else {
    std::copy_n(x.data(), size, matrix);
  }
}

void muon_step(const ParameterLayout& layout, const AlignedVector<float>& gradients, double learning_rate, double decay,
               AlignedVector<float>& parameters, AlignedVector<float>& momentum, ThreadPool& pool) {
  std::vector<const ParameterSlice*> slices;
  for (const ParameterSlice& slice : layout.slices()) {
    if (is_muon_weight(slice)) slices.push_back(&slice);
  }
  pool.run(slices.size(), [&](size_t item, int) {
    const ParameterSlice& slice = *slices[item];
    const int rows = static_cast<int>(slice.shape[0]), columns = static_cast<int>(slice.shape[1]);
    float* m = momentum.data() + slice.offset;
    float* w = parameters.data() + slice.offset;
    const float* g = gradients.data() + slice.offset;
    AlignedVector<float> update(slice.size);
    for (size_t i = 0; i < slice.size; ++i) {
      m[i] = kMuonMomentum * m[i] + g[i];
      update[i] = kMuonMomentum * m[i] + g[i];
    }
    orthogonalize(rows, columns, update.data());
    const auto keep = static_cast<float>(1 - learning_rate * decay);
    const auto rate = static_cast<float>(learning_rate * std::sqrt(std::max(1.0, double(rows) / columns)));
    for (size_t i = 0; i < slice.size; ++i) w[i] = keep * w[i] - rate * update[i];
  });
}

}  // namespace psaflow
