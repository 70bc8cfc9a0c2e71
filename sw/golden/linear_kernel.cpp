// The linear layer as a register-blocked integer matrix product: kMaxRows input vectors times up to kMaxPanels panels
// of outputs stay in registers over all of K, and are requantised from there.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <type_traits>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"
#include "sw/golden/dot.h"
#include "sw/golden/kernels.h"

namespace psaflow {
namespace {

using detail::Dot;
using Acc = Dot::Acc;
constexpr int kLanes = Dot::kLanes, kStep = Dot::kStep;
// Rows x panels accumulators, the panels' weights and one input word: 32 vector registers hold 8 x 3, 16 hold 4 x 3.
constexpr int kMaxPanels = 3;
#if defined(__AVX512F__)
constexpr int kMaxRows = 8;
#else
constexpr int kMaxRows = 4;
#endif
// Input vectors staged at a time: they and the weights of one panel group stay in the L1 cache.
constexpr int kChunk = 64;

// What one panel's outputs need after the sum; arrays of kLanes.
struct Epilogue {
  const int32_t *start, *shift, *round_shift, *round_mask, *bias;
  int32_t low;
};

Acc load(const int32_t* values) {
  Acc acc;
  std::memcpy(&acc, values, sizeof acc);
  return acc;
}

// requant() of arithmetic.h on kLanes accumulators. Folded: the sum already holds rounding and bias, see fold().
// Otherwise round_mask is 0 where the shift is 0, and as |acc| <= 2^31 - 2^14 the bias cannot overflow.
template <bool Folded>
void requantize_lanes(Acc acc, const Epilogue& e, int8_t* y, int valid) {
  Acc v = acc >> load(e.shift);
  if (!Folded) v += ((acc >> load(e.round_shift)) & load(e.round_mask)) + load(e.bias);
  const detail::DotBytes bytes = detail::narrow(v, e.low);
  if (valid >= kLanes) {
    std::memcpy(y, &bytes, kLanes);
  } else {
    std::memcpy(y, &bytes, static_cast<size_t>(valid));
  }
}

// Rows input vectors (steps words each) times Panels panels of weights -> y[Rows][out], of which `valid` outputs exist.
template <int Rows, int Panels, bool Folded>
void multiply(const Dot::Input* x, const Dot::Weight* weight, int steps, Epilogue e, int8_t* y, int out, int valid) {
  const size_t row_size = static_cast<size_t>(steps) * kStep;
  const size_t panel_size = row_size * kLanes;
  Acc acc[Rows][Panels];
#pragma GCC unroll 8
  for (int r = 0; r < Rows; ++r) {
#pragma GCC unroll 8
    for (int p = 0; p < Panels; ++p) acc[r][p] = load(e.start + p * kLanes);
  }
  for (int k = 0; k < steps; ++k) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r) {
      int32_t word;
      std::memcpy(&word, x + static_cast<size_t>(r) * row_size + static_cast<size_t>(k) * kStep, sizeof word);
#pragma GCC unroll 8
      for (int p = 0; p < Panels; ++p) {
        acc[r][p] = Dot::step(acc[r][p], word,
                              weight + static_cast<size_t>(p) * panel_size + static_cast<size_t>(k) * kStep * kLanes);
      }
    }
  }
#pragma GCC unroll 8
  for (int p = 0; p < Panels; ++p) {
#pragma GCC unroll 8
    for (int r = 0; r < Rows; ++r)
      requantize_lanes<Folded>(acc[r][p], e, y + static_cast<size_t>(r) * out + p * kLanes, valid - p * kLanes);
    e.shift += kLanes;
    e.round_shift += kLanes;
    e.round_mask += kLanes;
    e.bias += kLanes;
  }
}

template <int Panels, bool Folded>
void multiply_rows(const Dot::Input* x, int rows, const Dot::Weight* weight, int steps, const Epilogue& e, int8_t* y,
                   int out, int valid) {
  const size_t row_size = static_cast<size_t>(steps) * kStep;
  const auto block = [&](auto count) {
    constexpr int kRows = decltype(count)::value;
    for (; rows >= kRows; rows -= kRows) {
      multiply<kRows, Panels, Folded>(x, weight, steps, e, y, out, valid);
      x += kRows * row_size;
      y += static_cast<size_t>(kRows) * out;
    }
  };
  block(std::integral_constant<int, kMaxRows>());
  if (kMaxRows > 4) block(std::integral_constant<int, 4>());
  block(std::integral_constant<int, 1>());
}

// x[rows, in] in the form the dot product reads, each vector padded with zeros to whole words.
void stage(const int8_t* x, int rows, int in, int steps, Dot::Input* staged) {
  const int padded = steps * kStep;
  for (int r = 0; r < rows; ++r) {
    for (int k = 0; k < in; ++k) staged[k] = static_cast<Dot::Input>(x[k] + Dot::kInputOffset);
    for (int k = in; k < padded; ++k) staged[k] = Dot::kInputOffset;
    x += in;
    staged += padded;
  }
}

// requant(acc, s, b) is sat8((acc + half + (b << s)) >> s) with half = 2^(s-1), or 0 for s = 0, if nothing overflows:
// then half + (b << s) can be what the accumulator starts from. limit >= |acc|. Where 2^(s-1) > limit every accumulator
// rounds to 0, so a larger shift may be lowered to that one. False when the sum could still overflow.
bool fold(int64_t limit, int8_t bias, int& shift, int64_t& start) {
  while (shift > 1 && (int64_t{1} << (shift - 2)) > limit) --shift;
  const int64_t half = shift == 0 ? 0 : int64_t{1} << (shift - 1);
  start = half + int64_t{bias} * (int64_t{1} << shift);
  return limit + std::abs(start) < (int64_t{1} << 31);
}

}  // namespace

void* Workspace::scratch(size_t bytes) {
  constexpr size_t kAlign = 64;
  if (memory_.size() < bytes + kAlign) memory_.resize(bytes + kAlign);
  const auto address = reinterpret_cast<uintptr_t>(memory_.data());
  return memory_.data() + (kAlign - address % kAlign) % kAlign;
}

LinearKernel::LinearKernel(const LinearParams& p, bool relu)
    : in_(p.in),
      out_(p.out),
      steps_((p.in + kStep - 1) / kStep),
      panels_((p.out + kLanes - 1) / kLanes),
      low_(relu ? 0 : -128) {
  const auto in = static_cast<size_t>(p.in), out = static_cast<size_t>(p.out);
  PSAFLOW_CHECK(p.in >= 1 && p.in <= kMaxInputs && p.out >= 1, "linear layer of illegal size");
  PSAFLOW_CHECK(p.weight.size() == in * out && p.bias.size() == out && p.shift.size() == out,
                "linear layer of inconsistent size");
  const size_t outputs = static_cast<size_t>(panels_) * kLanes;
  weight_.resize(outputs * static_cast<size_t>(steps_) * kStep * sizeof(Dot::Weight));
  for (auto* array : {&start_, &shift_, &round_shift_, &round_mask_, &bias_}) array->resize(outputs);
  auto* const packed = reinterpret_cast<Dot::Weight*>(weight_.data());
  std::vector<int64_t> offset(out), folded_start(out);
  std::vector<int> folded_shift(out);
  folded_ = true;
  for (size_t m = 0; m < out; ++m) {
    PSAFLOW_CHECK(p.shift[m] <= kMaxShift, "shift above 31");
    const size_t panel = m / kLanes, lane = m % kLanes;
    int64_t sum = 0, magnitude = 0;
    for (size_t k = 0; k < in; ++k) {
      const int8_t w = p.weight[m * in + k];
      sum += w;
      magnitude += std::abs(w);
      packed[((panel * static_cast<size_t>(steps_) + k / kStep) * kLanes + lane) * kStep + k % kStep] = w;
    }
    offset[m] = -sum * Dot::kInputOffset;
    folded_shift[m] = p.shift[m];
    folded_ = fold(128 * magnitude, p.bias[m], folded_shift[m], folded_start[m]) && folded_;
  }
  for (size_t m = 0; m < out; ++m) {
    const int64_t start = offset[m] + (folded_ ? folded_start[m] : 0);
    start_[m] = static_cast<int32_t>(static_cast<uint32_t>(start));  // the offset wraps back on the way
    shift_[m] = folded_ ? folded_shift[m] : p.shift[m];
    round_shift_[m] = std::max(p.shift[m] - 1, 0);
    round_mask_[m] = p.shift[m] == 0 ? 0 : 1;
    bias_[m] = p.bias[m];
  }
}

void LinearKernel::run(const int8_t* x, int vectors, int8_t* y, Workspace& workspace) const {
  const size_t row_size = static_cast<size_t>(steps_) * kStep;
  auto* const staged =
      static_cast<Dot::Input*>(workspace.scratch(row_size * std::min(vectors, kChunk) * sizeof(Dot::Input)));
  const auto* const weight = reinterpret_cast<const Dot::Weight*>(weight_.data());
  const int groups = (panels_ + kMaxPanels - 1) / kMaxPanels;
  for (int v = 0; v < vectors; v += kChunk) {
    const int rows = std::min(kChunk, vectors - v);
    stage(x + static_cast<size_t>(v) * in_, rows, in_, steps_, staged);
    for (int g = 0, first = 0; g < groups; ++g) {
      const int panels = (panels_ - first + groups - g - 1) / (groups - g);  // as even as can be: 4 panels are 2 + 2
      const int m = first * kLanes;
      const Epilogue e{start_.data() + m,      shift_.data() + m, round_shift_.data() + m,
                       round_mask_.data() + m, bias_.data() + m,  low_};
      const Dot::Weight* const w = weight + static_cast<size_t>(first) * row_size * kLanes;
      int8_t* const target = y + static_cast<size_t>(v) * out_ + m;
      const auto go = [&](auto count, auto folded) {
        multiply_rows<decltype(count)::value, decltype(folded)::value>(staged, rows, w, steps_, e, target, out_,
                                                                       out_ - m);
      };
      const auto pick = [&](auto folded) {
        if (panels == 3) go(std::integral_constant<int, 3>(), folded);
        if (panels == 2) go(std::integral_constant<int, 2>(), folded);
        if (panels == 1) go(std::integral_constant<int, 1>(), folded);
      };
      if (folded_) {
        pick(std::true_type());
      } else {
        pick(std::false_type());
      }
      first += panels;
    }
  }
}

}  // namespace psaflow
