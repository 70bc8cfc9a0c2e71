#include "sw/quant/quantize.h"

namespace psaflow {

Ranges calibrated_ranges(const FoldedModel& model, const Dataset& data, int calibration_images, ThreadPool& pool) {
  return choose_ranges(model, calibrate(model, data, static_cast<size_t>(calibration_images), pool), pool);
}

IntModel quantize(const FoldedModel& model, Ranges ranges, int table_log2) {
  settle(model, ranges);
  return round_to_int8(to_steps(model, ranges, table_log2));
}

IntModel quantize(const FoldedModel& model, const Dataset& data, const QuantizeOptions& options, ThreadPool& pool) {
  return quantize(model, calibrated_ranges(model, data, options.calibration_images, pool), options.table_log2);
}

}  // namespace psaflow
