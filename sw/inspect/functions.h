// The learned 1-D functions of a model as sampled curves, and what their shapes say: how bent, how monotone, how far
// from doing nothing. Integer tables and float formulas become the same curves, so one picture and one set of measures
// serve both.
#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "sw/golden/model.h"
#include "sw/quant/folded.h"

namespace psaflow {

// The functions of one layer, one a channel, at common inputs.
struct FunctionSet {
  std::string layer;    // "blocks.0.channel.psa1"
  std::string input;    // the tensor that feeds it, by the tap names of sw/golden/reference.h
  bool integer = true;  // x and y in INT8 steps; else in units of the normalised input
  int channels = 0;
  std::vector<double> x;             // [samples], rising in equal steps
  std::vector<double> y;             // [channels, samples]
  std::vector<float> scale, offset;  // float: x = input * scale + offset, per channel; empty: x is the input itself
  std::vector<uint64_t> uses;  // [channels, samples] how often measured inputs fell on each sample; empty: not measured

  size_t samples() const { return x.size(); }
  const double* channel(int c) const { return y.data() + static_cast<size_t>(c) * x.size(); }
  // Null when not measured.
  const uint64_t* uses_of(int c) const {
    return uses.empty() ? nullptr : uses.data() + static_cast<size_t>(c) * x.size();
  }
};

// Every layer of functions, in the order of the data; none for "relu". Tables: the 256 points, lerp ones expanded.
std::vector<FunctionSet> learned_functions(const IntModel& model);
// Float functions over the range of their grid, every grid point among the samples.
std::vector<FunctionSet> learned_functions(const FoldedModel& model);
// UserError when a value is not finite.
FunctionSet sample_function(const std::string& layer, const FoldedFunction& function);

// The samples first..last that hold the inputs but for the rarest kRareShare of them at either end; all samples when
// not measured.
constexpr double kRareShare = 0.005;
std::pair<size_t, size_t> used_samples(const FunctionSet& set, int channel);

// One function's shape. When uses were measured it is the shape of what is used: the line, the distances and the
// variation weigh each sample by its use, `rising` and `falling` are those of used_samples, and `constant` counts
// inputs that occurred.
struct FunctionShape {
  double low = 0, high = 0;              // of y, of the whole function
  bool constant = false;                 // y never changes
  bool rising = false, falling = false;  // y never falls, never rises; both when constant
  double slope = 0;                      // of the best straight line (least squares)
  double nonlinearity = 0;   // RMS distance from that line / RMS variation of y: 0 a straight line, 1 nothing of a line
  double from_identity = 0;  // RMS of y - x, in units of x
  bool monotone() const { return rising || falling; }
  bool straight() const { return !constant && nonlinearity <= kStraight; }
  static constexpr double kStraight = 0.05;  // 99.75 % of the variation is that of a line
};
FunctionShape measure_shape(const FunctionSet& set, int channel);

}  // namespace psaflow
