#include "sw/train/grid_function.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#ifdef __AVX2__
#include <immintrin.h>
#endif

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

// The vector forms return the channel where the scalar form goes on. Only float with AVX2 has one. Eight channels are
// taken through all rows before the next eight, so that their cells lie in the first-level cache, each as a pair that
// one 8-byte load brings: no gathers, and no scatters, which AVX2 has not.
template <typename Real>
int forward_vector(const GridFunction<Real>&, const Real*, const Real*, const Real*, int, Real*) {
  return 0;
}
template <typename Real>
int backward_vector(const GridFunction<Real>&, const Real*, const Real*, const Real*, const Real*, int, Real*, Real*,
                    Real*, Real*) {
  return 0;
}

#ifdef __AVX2__
constexpr int kLanes = 8, kMaxPoints = 128;  // finer grids would leave the first-level cache
using Cells = float[kMaxPoints][kLanes][2];

struct VectorPlace {
  __m256i cell;  // index of the left grid point
  __m256 fraction, inside;
};

inline VectorPlace locate(const GridFunction<float>& f, __m256 u) {
  const __m256 last = _mm256_set1_ps(static_cast<float>(f.points - 1));
  const __m256 position = _mm256_mul_ps(_mm256_add_ps(u, _mm256_set1_ps(f.range)), _mm256_set1_ps(f.steps_per_unit()));
  const __m256 clamped = _mm256_min_ps(_mm256_max_ps(position, _mm256_setzero_ps()), last);  // NaN goes to 0
  const __m256i cell = _mm256_min_epi32(_mm256_cvttps_epi32(clamped), _mm256_set1_epi32(f.points - 2));
  return {cell, _mm256_sub_ps(clamped, _mm256_cvtepi32_ps(cell)),
          _mm256_and_ps(_mm256_cmp_ps(position, _mm256_setzero_ps(), _CMP_GE_OQ),
                        _mm256_cmp_ps(position, last, _CMP_LE_OQ))};
}

inline void store_offsets(const VectorPlace& place, uint32_t* offset) {
  static_assert(sizeof(float[kLanes][2]) == 1 << 6, "bytes of a cell");
  _mm256_store_si256(reinterpret_cast<__m256i*>(offset), _mm256_slli_epi32(place.cell, 6));
}

inline void store_pairs(__m256 first, __m256 second, float (*to)[2]) {
  const __m256 low = _mm256_unpacklo_ps(first, second), high = _mm256_unpackhi_ps(first, second);
  _mm256_store_ps(to[0], _mm256_permute2f128_ps(low, high, 0x20));
  _mm256_store_ps(to[4], _mm256_permute2f128_ps(low, high, 0x31));
}

// Channels c..c+7: (value at the left point, difference to the right one).
inline void load_cells(const GridFunction<float>& f, int c, Cells cells) {
  __m256 left = _mm256_loadu_ps(f.grid + c);
  for (int i = 0; i + 1 < f.points; ++i) {
    const __m256 right = _mm256_loadu_ps(f.grid + static_cast<ptrdiff_t>(i + 1) * f.channels + c);
    store_pairs(left, _mm256_sub_ps(right, left), cells[i]);
    left = right;
  }
}

// offset: in bytes, of the cells that the lanes fall into.
inline __m64* pair(Cells cells, const uint32_t* offset, int lane) {
  return reinterpret_cast<__m64*>(reinterpret_cast<char*>(&cells[0][lane]) + offset[lane]);
}
inline __m128 two_pairs(Cells cells, const uint32_t* offset, int lane) {
  const __m128i low = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(pair(cells, offset, lane)));
  return _mm_loadh_pi(_mm_castsi128_ps(low), pair(cells, offset, lane + 1));
}

// The cells that the eight lanes fall into: left values and differences.
inline void gather_cells(Cells cells, const uint32_t* offset, __m256& left, __m256& difference) {
  const __m256 even = _mm256_set_m128(two_pairs(cells, offset, 4), two_pairs(cells, offset, 0)),
               odd = _mm256_set_m128(two_pairs(cells, offset, 6), two_pairs(cells, offset, 2));
  left = _mm256_shuffle_ps(even, odd, 0x88);
  difference = _mm256_shuffle_ps(even, odd, 0xdd);
}

// Adds (first, second) of every lane to its cell. Lanes are distinct channels, so no two of them meet.
inline void add_to_cells(Cells sums, const uint32_t* offset, __m256 first, __m256 second) {
  const __m256 low = _mm256_unpacklo_ps(first, second), high = _mm256_unpackhi_ps(first, second);
  const auto add = [&](int lane, __m128 pairs) {
    const __m128 sum = _mm_add_ps(two_pairs(sums, offset, lane), pairs);
    _mm_storel_pi(pair(sums, offset, lane), sum);
    _mm_storeh_pi(pair(sums, offset, lane + 1), sum);
  };
  add(0, _mm256_castps256_ps128(low));
  add(2, _mm256_castps256_ps128(high));
  add(4, _mm256_extractf128_ps(low, 1));
  add(6, _mm256_extractf128_ps(high, 1));
}

// Asks for what the next image's call will read in this place: a shard's activations are larger than the second-level
// cache and columns of eight channels are a stride that no hardware prefetcher follows. Every other call has the line
// already.
inline void fetch_ahead(const float* x, ptrdiff_t at, ptrdiff_t image) {
  constexpr ptrdiff_t kLine = 64 / sizeof(float);
  if (at % kLine == 0) _mm_prefetch(reinterpret_cast<const char*>(x + at + image), _MM_HINT_T1);
}

template <>
int forward_vector(const GridFunction<float>& f, const float* scale, const float* offset, const float* x, int rows,
                   float* y) {
  if (f.points > kMaxPoints) return 0;
  alignas(32) Cells cells;
  alignas(32) uint32_t cell_bytes[kLanes];
  int c = 0;
  for (; c + kLanes <= f.channels; c += kLanes) {
    load_cells(f, c, cells);
    const __m256 s = _mm256_loadu_ps(scale + c), o = _mm256_loadu_ps(offset + c);
    for (int r = 0; r < rows; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * f.channels + c;
      fetch_ahead(x, at, static_cast<ptrdiff_t>(rows) * f.channels);
      const __m256 u = _mm256_fmadd_ps(_mm256_loadu_ps(x + at), s, o);
      const VectorPlace place = locate(f, u);
      store_offsets(place, cell_bytes);
      __m256 left, difference;
      gather_cells(cells, cell_bytes, left, difference);
      const __m256 value = _mm256_fmadd_ps(place.fraction, difference, left);
      _mm256_storeu_ps(y + at, f.adds_input ? _mm256_add_ps(value, u) : value);
    }
  }
  return c;
}

template <>
int backward_vector(const GridFunction<float>& f, const float* scale, const float* offset, const float* mean,
                    const float* x, int rows, float* dy, float* dgrid, float* sum_du, float* sum_du_x) {
  if (f.points > kMaxPoints) return 0;
  alignas(32) Cells cells, sums;  // sums: of dy, and of dy * fraction
  alignas(32) uint32_t cell_bytes[kLanes];
  const __m256 steps = _mm256_set1_ps(f.steps_per_unit()), own_slope = _mm256_set1_ps(f.adds_input ? 1.f : 0.f);
  int c = 0;
  for (; c + kLanes <= f.channels; c += kLanes) {
    load_cells(f, c, cells);
    std::memset(sums, 0, sizeof(sums[0]) * (f.points - 1));
    const __m256 s = _mm256_loadu_ps(scale + c), o = _mm256_loadu_ps(offset + c), m = _mm256_loadu_ps(mean + c);
    __m256 du_sum = _mm256_loadu_ps(sum_du + c), du_x_sum = _mm256_loadu_ps(sum_du_x + c);
    for (int r = 0; r < rows; ++r) {
      const ptrdiff_t at = static_cast<ptrdiff_t>(r) * f.channels + c;
      fetch_ahead(x, at, static_cast<ptrdiff_t>(rows) * f.channels);
      const __m256 input = _mm256_loadu_ps(x + at), upstream = _mm256_loadu_ps(dy + at);
      const VectorPlace place = locate(f, _mm256_fmadd_ps(input, s, o));
      store_offsets(place, cell_bytes);
      __m256 left, difference;
      gather_cells(cells, cell_bytes, left, difference);
      add_to_cells(sums, cell_bytes, upstream, _mm256_mul_ps(upstream, place.fraction));
      const __m256 slope = _mm256_add_ps(_mm256_and_ps(place.inside, _mm256_mul_ps(difference, steps)), own_slope);
      const __m256 du = _mm256_mul_ps(upstream, slope);
      _mm256_storeu_ps(dy + at, du);
      du_sum = _mm256_add_ps(du_sum, du);
      du_x_sum = _mm256_fmadd_ps(du, _mm256_sub_ps(input, m), du_x_sum);
    }
    _mm256_storeu_ps(sum_du + c, du_sum);
    _mm256_storeu_ps(sum_du_x + c, du_x_sum);
    for (int i = 0; i + 1 < f.points; ++i) {
      float* left = dgrid + static_cast<ptrdiff_t>(i) * f.channels + c;
      for (int lane = 0; lane < kLanes; ++lane) {
        left[lane] += sums[i][lane][0] - sums[i][lane][1];
        left[lane + f.channels] += sums[i][lane][1];
      }
    }
  }
  return c;
}
#endif

}  // namespace

template <typename Real>
void grid_forward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* x, int rows,
                  Real* y) {
  const int done = forward_vector(f, scale, offset, x, rows, y);
  if (done == f.channels) return;
  for (int r = 0; r < rows; ++r, x += f.channels, y += f.channels) forward_scalar(f, scale, offset, x, done, y);
}

template <typename Real>
void grid_backward(const GridFunction<Real>& f, const Real* scale, const Real* offset, const Real* mean, const Real* x,
                   int rows, Real* dy, Real* dgrid, Real* sum_du, Real* sum_du_x) {
  const int done = backward_vector(f, scale, offset, mean, x, rows, dy, dgrid, sum_du, sum_du_x);
  if (done == f.channels) return;
  for (int r = 0; r < rows; ++r, x += f.channels, dy += f.channels) {
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
