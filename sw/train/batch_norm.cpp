// Batch norm over the rows of [rows, channels], split so that its passes fuse with the layers around it.
#include <cmath>

#include "sw/train/resmlp_impl.h"

namespace psaflow {

template <typename Real>
void NormState<Real>::resize(int channels) {
  for (auto* v : {&mean, &inv, &scale, &offset, &sum_du, &sum_du_x, &partial_, &partial_squares_})
    v->assign(channels, Real(0));
  sum.assign(channels, 0);
  sum_squares.assign(channels, 0);
}

template <typename Real>
void NormState<Real>::begin() {
  std::fill(sum.begin(), sum.end(), 0.0);
  std::fill(sum_squares.begin(), sum_squares.end(), 0.0);
}

template <typename Real>
void NormState<Real>::collect(const Real* x, int rows) {
  const int n = channels();
  Real* s = partial_.data();
  Real* s2 = partial_squares_.data();
  std::fill_n(s, n, Real(0));
  std::fill_n(s2, n, Real(0));
  for (int r = 0; r < rows; ++r, x += n) {
#pragma GCC ivdep
    for (int c = 0; c < n; ++c) {
      s[c] += x[c];
      s2[c] += x[c] * x[c];
    }
  }
  for (int c = 0; c < n; ++c) {  // in double: the variance is a difference of two large sums
    sum[c] += s[c];
    sum_squares[c] += s2[c];
  }
}

template <typename Real>
void NormState<Real>::finish(const Real* gamma, const Real* beta, int64_t rows, Real* mean_out, Real* var_out) {
  for (int c = 0; c < channels(); ++c) {
    const double m = sum[c] / static_cast<double>(rows);
    const double v = std::max(0.0, sum_squares[c] / static_cast<double>(rows) - m * m);
    mean_out[c] = static_cast<Real>(m);
    var_out[c] = static_cast<Real>(v);
  }
  use(gamma, beta, mean_out, var_out);
}

template <typename Real>
void NormState<Real>::use(const Real* gamma, const Real* beta, const Real* running_mean, const Real* running_var) {
  for (int c = 0; c < channels(); ++c) {
    mean[c] = running_mean[c];
    inv[c] = Real(1) / std::sqrt(running_var[c] + Real(kBatchNormEpsilon));
    scale[c] = gamma[c] * inv[c];
    offset[c] = beta[c] - mean[c] * scale[c];
  }
  std::fill(sum_du.begin(), sum_du.end(), Real(0));
  std::fill(sum_du_x.begin(), sum_du_x.end(), Real(0));
}

// With xhat = (x - mean) inv:  dx = scale (du - mean(du) - xhat mean(du xhat)), written as scale du + p x + q.
template <typename Real>
void NormState<Real>::finish_backward(int64_t rows, Real* dgamma, Real* dbeta, AlignedVector<Real>& p,
                                      AlignedVector<Real>& q) const {
  for (int c = 0; c < channels(); ++c) {
    const Real du_xhat = sum_du_x[c] * inv[c];
    dgamma[c] += du_xhat;
    dbeta[c] += sum_du[c];
    const Real n = static_cast<Real>(rows);
    p[c] = -scale[c] * inv[c] * (du_xhat / n);
    q[c] = -scale[c] * (sum_du[c] / n) - p[c] * mean[c];
  }
}

template struct NormState<float>;
template struct NormState<double>;

}  // namespace psaflow
