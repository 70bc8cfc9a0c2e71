// Personal Self-Attention (Singh and Bazargan 2025): a softmax-gated mixture of E linear pieces, one function a
// channel.
//   q_e(x) = (x - c_e)^2 / (w_e^2 + eps), eps = 1;  a = softmax(-q);  psa(x) = o_w * sum_e a_e * v_e * x + o_b
// The layer's output is x + psa(x); the functions here compute psa alone.
#pragma once

namespace psaflow {

// Parameters of C channels, expert-major so that a loop over channels is contiguous: center, width, value [E, C];
// out_weight, out_bias [C].
template <typename Real>
struct PsaParams {
  const Real *center, *width, *value, *out_weight, *out_bias;
};
template <typename Real>
struct PsaGradients {  // accumulated into, same shapes
  Real *center, *width, *value, *out_weight, *out_bias;
};

constexpr int kMaxExperts = 64;

// x, y [rows, channels]; y = psa(x).
template <typename Real>
void psa_forward(const PsaParams<Real>& p, int experts, int channels, const Real* x, int rows, Real* y);

// dy [rows, channels]; adds to the parameters' gradients; dx (may be null, may be dy) = dy * psa'(x).
template <typename Real>
void psa_backward(const PsaParams<Real>& p, int experts, int channels, const Real* x, const Real* dy, int rows,
                  const PsaGradients<Real>& g, Real* dx);

}  // namespace psaflow
