#include "sw/quant/quantize.h"

namespace psaflow {

Calibrated calibrated(FoldedModel model, const Dataset& data, int calibration_images, ThreadPool& pool) {
  const auto images = static_cast<size_t>(calibration_images);
  Calibration calibration = calibrate(model, data, images, pool);
  const size_t moved = move_constants(model, calibration);
  if (moved > 0) calibration = calibrate(model, data, images, pool);
  Ranges ranges = choose_ranges(model, calibration, pool);
  return {std::move(model), std::move(ranges), moved};
}

IntModel quantize(const FoldedModel& model, Ranges ranges, int table_log2) {
  settle(model, ranges);
  return round_to_int8(to_steps(model, ranges, table_log2));
}

std::vector<Clipped> clipped_constants(const FoldedModel& model, Ranges ranges, int table_log2) {
  settle(model, ranges);
  return clipped_constants(to_steps(model, ranges, table_log2));
}

IntModel quantize(const FoldedModel& model, const Dataset& data, const QuantizeOptions& options, ThreadPool& pool) {
  const Calibrated c = calibrated(model, data, options.calibration_images, pool);
  return quantize(c.model, c.ranges, options.table_log2);
}

}  // namespace psaflow
