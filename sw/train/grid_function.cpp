#include "sw/train/grid_function.h"

#include <algorithm>

namespace psaflow {
namespace {

// Where u falls: the left grid point and the fraction to the next one.
template <typename Real>
struct Place {
  int index;
  Real fraction;
  bool inside;
};

template <typename Real>
inline Place<Real> locate(const GridFunction<Real>& f, Real u) {
  const Real position = (u + f.range) * f.steps_per_unit();
  const Real clamped =
      std::min(position > 0 ? position : Real(0), Real(f.points - 1));  // NaN, of a diverged network, goes to 0
  const int index = std::min(static_cast<int>(clamped), f.points - 2);
  return {index, clamped - Real(index), position >= 0 && position <= Real(f.points - 1)};
}

template <typename Real>
void forward_scalar(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* x, int first,
                    Real* y) {
  for (int c = first; c < f.channels; ++c) {
    const Real u = x[c] * scale[c] + offset[c];
    const Place<Real> at = locate(f, u);
    const Real* g = f.grid + at.index * f.channels + c;
    y[c] = (f.adds_input ? u : Real(0)) + g[0] + at.fraction * (g[f.channels] - g[0]);
  }
}

template <typename Real>
void backward_scalar(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* mean,
                     const Real* x, int first, Real* dy, Real* dgrid, Real* sum_du, Real* sum_du_x) {
  for (int c = first; c < f.channels; ++c) {
    const Place<Real> at = locate(f, x[c] * scale[c] + offset[c]);
    const int left = at.index * f.channels + c;
    const Real slope = at.inside ? (f.grid[left + f.channels] - f.grid[left]) * f.steps_per_unit() : Real(0);
    const Real to_right = dy[c] * at.fraction;
    dgrid[left + f.channels] += to_right;
    dgrid[left] += dy[c] - to_right;
    dy[c] *= slope + (f.adds_input ? Real(1) : Real(0));
    sum_du[c] += dy[c];
    sum_du_x[c] += dy[c] * (x[c] - mean[c]);
  }
}

// The vector forms return the channel where the scalar form goes on. Only float with AVX-512 has one: compilers of
// today do not make scatters out of the loops above, and these two functions are a third of a training step.
template <typename Real>
int forward_vector(const GridFunction<Real>&, const Real*, const Real*, const Real*, Real*) {
  return 0;
}
template <typename Real>
int backward_vector(const GridFunction<Real>&, const Real*, const Real*, const Real*, const Real*, Real*, Real*, Real*,
                    Real*) {
  return 0;
}

#ifdef __AVX512F__
constexpr int kLanes = 16;

struct VectorPlace {
  __m512i left;  // element of the grid: index * channels + lane
  __m512 fraction;
  __mmask16 inside;
};

inline VectorPlace locate(const GridFunction<float>& f, __m512 u) {
  const __m512 last = _mm512_set1_ps(static_cast<float>(f.points - 1));
  const __m512 position = _mm512_mul_ps(_mm512_add_ps(u, _mm512_set1_ps(f.range)), _mm512_set1_ps(f.steps_per_unit()));
  const __m512 clamped = _mm512_min_ps(_mm512_max_ps(position, _mm512_setzero_ps()), last);
  const __m512i index = _mm512_min_epi32(_mm512_cvttps_epi32(clamped), _mm512_set1_epi32(f.points - 2));
  const __m512i lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return {_mm512_add_epi32(_mm512_mullo_epi32(index, _mm512_set1_epi32(f.channels)), lane),
          _mm512_sub_ps(clamped, _mm512_cvtepi32_ps(index)),
          static_cast<__mmask16>(_mm512_cmp_ps_mask(position, _mm512_setzero_ps(), _CMP_GE_OQ) &
                                 _mm512_cmp_ps_mask(position, last, _CMP_LE_OQ))};
}

template <>
int forward_vector(const GridFunction<float>& f, const float* scale, const float* offset, const float* x, float* y) {
  int c = 0;
  for (; c + kLanes <= f.channels; c += kLanes) {
    const __m512 u = _mm512_fmadd_ps(_mm512_loadu_ps(x + c), _mm512_loadu_ps(scale + c), _mm512_loadu_ps(offset + c));
    const VectorPlace at = locate(f, u);
    const __m512 g0 = _mm512_i32gather_ps(at.left, f.grid + c, 4);
    const __m512 g1 = _mm512_i32gather_ps(at.left, f.grid + f.channels + c, 4);
    const __m512 value = _mm512_fmadd_ps(at.fraction, _mm512_sub_ps(g1, g0), g0);
    _mm512_storeu_ps(y + c, f.adds_input ? _mm512_add_ps(value, u) : value);
  }
  return c;
}

template <>
int backward_vector(const GridFunction<float>& f, const float* scale, const float* offset, const float* mean,
                    const float* x, float* dy, float* dgrid, float* sum_du, float* sum_du_x) {
  int c = 0;
  for (; c + kLanes <= f.channels; c += kLanes) {
    const __m512 input = _mm512_loadu_ps(x + c);
    const __m512 upstream = _mm512_loadu_ps(dy + c);
    const VectorPlace at = locate(f, _mm512_fmadd_ps(input, _mm512_loadu_ps(scale + c), _mm512_loadu_ps(offset + c)));
    const __m512 g0 = _mm512_i32gather_ps(at.left, f.grid + c, 4);
    const __m512 g1 = _mm512_i32gather_ps(at.left, f.grid + f.channels + c, 4);
    const __m512 to_right = _mm512_mul_ps(upstream, at.fraction);
    // Lanes are distinct channels, so no two of them meet in one grid value.
    float* right = dgrid + f.channels + c;
    _mm512_i32scatter_ps(right, at.left, _mm512_add_ps(_mm512_i32gather_ps(at.left, right, 4), to_right), 4);
    _mm512_i32scatter_ps(dgrid + c, at.left,
                         _mm512_add_ps(_mm512_i32gather_ps(at.left, dgrid + c, 4), _mm512_sub_ps(upstream, to_right)),
                         4);
    const __m512 on_grid = _mm512_maskz_mul_ps(at.inside, _mm512_sub_ps(g1, g0), _mm512_set1_ps(f.steps_per_unit()));
    const __m512 slope = f.adds_input ? _mm512_add_ps(on_grid, _mm512_set1_ps(1)) : on_grid;
    const __m512 du = _mm512_mul_ps(upstream, slope);
    _mm512_storeu_ps(dy + c, du);
    _mm512_storeu_ps(sum_du + c, _mm512_add_ps(_mm512_loadu_ps(sum_du + c), du));
    _mm512_storeu_ps(sum_du_x + c, _mm512_fmadd_ps(du, _mm512_sub_ps(input, _mm512_loadu_ps(mean + c)),
                                                   _mm512_loadu_ps(sum_du_x + c)));
  }
  return c;
}
#endif

}  // namespace

template <typename Real>
void grid_forward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* x, int rows,
                  Real* y) {
  for (int r = 0; r < rows; ++r, x += f.channels, y += f.channels) {
    forward_scalar(f, scale, offset, x, forward_vector(f, scale, offset, x, y), y);
  }
}

template <typename Real>
void grid_backward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* mean, const Real* x,
                   int rows, Real* dy, Real* dgrid, Real* sum_du, Real* sum_du_x) {
  for (int r = 0; r < rows; ++r, x += f.channels, dy += f.channels) {
    const int done = backward_vector(f, scale, offset, mean, x, dy, dgrid, sum_du, sum_du_x);
    backward_scalar(f, scale, offset, mean, x, done, dy, dgrid, sum_du, sum_du_x);
  }
}

template void grid_forward(const GridFunction<float>&, const float*, const float*, const float*, int, float*);
template void grid_forward(const GridFunction<double>&, const double*, const double*, const double*, int, double*);
template void grid_backward(const GridFunction<float>&, const float*, const float*, const float*, const float*, int,
                            float*, float*, float*, float*);
template void grid_backward(const GridFunction<double>&, const double*, const double*, const double*, const double*,
                            int, double*, double*, double*, double*);

}  // namespace psaflow
