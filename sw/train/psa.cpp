#include "sw/train/psa.h"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr double kWidthEpsilon = 1;
constexpr int kChunk = 64;  // channels at a time, so that the E softmax terms of a chunk stay in the first-level cache

// Unnormalised gates of one row's chunk of channels, shifted by the largest exponent; returns their sums.
template <typename Real>
void gates(const PsaParams<Real>& p, int experts, int channels, int first, int count, const Real* x,
           Real (*gate)[kChunk], Real* sum) {
  alignas(64) Real largest[kChunk];
  std::fill_n(largest, count, -std::numeric_limits<Real>::infinity());
  for (int e = 0; e < experts; ++e) {
    const Real* c = p.center + e * channels + first;
    const Real* w = p.width + e * channels + first;
    for (int d = 0; d < count; ++d) {
      const Real delta = x[d] - c[d];
      gate[e][d] = -delta * delta / (w[d] * w[d] + Real(kWidthEpsilon));
      largest[d] = std::max(largest[d], gate[e][d]);
    }
  }
  std::fill_n(sum, count, Real(0));
  for (int e = 0; e < experts; ++e) {
    using Row = Eigen::Array<Real, 1, Eigen::Dynamic>;
    Eigen::Map<Row> a(gate[e], count);
    a = (a - Eigen::Map<const Row>(largest, count)).exp();  // Eigen's exp is a vector one
    Eigen::Map<Row>(sum, count) += a;
  }
}

}  // namespace

template <typename Real>
void psa_forward(const PsaParams<Real>& p, int experts, int channels, const Real* x, int rows, Real* y) {
  PSAFLOW_CHECK(experts >= 1 && experts <= kMaxExperts, "number of experts");
  alignas(64) Real gate[kMaxExperts][kChunk], sum[kChunk];  // aligned: see sw/base/aligned.h
  for (int r = 0; r < rows; ++r, x += channels, y += channels) {
    for (int first = 0; first < channels; first += kChunk) {
      const int count = std::min(kChunk, channels - first);
      gates(p, experts, channels, first, count, x + first, gate, sum);
      Real mixed[kChunk] = {};
      for (int e = 0; e < experts; ++e) {
        const Real* v = p.value + e * channels + first;
        for (int d = 0; d < count; ++d) mixed[d] += gate[e][d] * v[d];
      }
      for (int d = 0; d < count; ++d)
        y[first + d] = p.out_weight[first + d] * (mixed[d] / sum[d]) * x[first + d] + p.out_bias[first + d];
    }
  }
}

template <typename Real>
void psa_backward(const PsaParams<Real>& p, int experts, int channels, const Real* x, const Real* dy, int rows,
                  const PsaGradients<Real>& g, Real* dx) {
  PSAFLOW_CHECK(experts >= 1 && experts <= kMaxExperts, "number of experts");
  alignas(64) Real gate[kMaxExperts][kChunk], sum[kChunk];  // aligned: see sw/base/aligned.h
  for (int r = 0; r < rows; ++r, x += channels, dy += channels) {
    for (int first = 0; first < channels; first += kChunk) {
      const int count = std::min(kChunk, channels - first);
      const Real* xs = x + first;
      const Real* dys = dy + first;
      gates(p, experts, channels, first, count, xs, gate, sum);
      Real mean_value[kChunk] = {}, slope[kChunk];  // mean_value = sum_e a_e v_e
      for (int e = 0; e < experts; ++e) {
        const Real* v = p.value + e * channels + first;
        for (int d = 0; d < count; ++d) {
          gate[e][d] /= sum[d];
          mean_value[d] += gate[e][d] * v[d];
        }
      }
      for (int d = 0; d < count; ++d) {
        g.out_bias[first + d] += dys[d];
        g.out_weight[first + d] += dys[d] * mean_value[d] * xs[d];
        slope[d] = p.out_weight[first + d] * mean_value[d];  // psa'(x): the direct path; the gates' path is added below
      }
      for (int e = 0; e < experts; ++e) {
        const size_t at = static_cast<size_t>(e) * channels + first;
        for (int d = 0; d < count; ++d) {
          const Real w2 = p.width[at + d] * p.width[at + d] + Real(kWidthEpsilon);
          const Real delta = xs[d] - p.center[at + d];
          const Real upstream = p.out_weight[first + d] * xs[d];  // d psa / d mean_value
          // d mean_value / d(-q_e) = a_e (v_e - mean_value)
          const Real through_gate = upstream * gate[e][d] * (p.value[at + d] - mean_value[d]);
          g.value[at + d] += dys[d] * upstream * gate[e][d];
          g.center[at + d] += dys[d] * through_gate * 2 * delta / w2;
          g.width[at + d] += dys[d] * through_gate * 2 * delta * delta * p.width[at + d] / (w2 * w2);
          slope[d] -= through_gate * 2 * delta / w2;
        }
      }
      if (dx != nullptr) {
        for (int d = 0; d < count; ++d) dx[first + d] = dys[d] * slope[d];
      }
    }
    if (dx != nullptr) dx += channels;
  }
}

template void psa_forward(const PsaParams<float>&, int, int, const float*, int, float*);
template void psa_forward(const PsaParams<double>&, int, int, const double*, int, double*);
template void psa_backward(const PsaParams<float>&, int, int, const float*, const float*, int,
                           const PsaGradients<float>&, float*);
template void psa_backward(const PsaParams<double>&, int, int, const double*, const double*, int,
                           const PsaGradients<double>&, double*);

}  // namespace psaflow
