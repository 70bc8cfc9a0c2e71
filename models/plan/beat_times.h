// When every beat moves, by max-plus recurrences instead of a clock: each push and pop is the latest of what it waits
// for. A beat costs a few comparisons and a sleeping stage nothing, so one image takes milliseconds.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/plan/pauses.h"
#include "models/plan/stage.h"

namespace psaflow {

struct BeatTimesOptions {
  int images = 1;
  int64_t interval_cycles = 0;              // an image's first beat enters no earlier than this after the one before it
  bool unbounded_residuals = false;         // residual FIFOs hold whatever comes
  bool image_shapes = false;                // for image_shape below
  Stalls stalls;                            // of source and sink
  std::function<void(size_t)> on_progress;  // n more images are done
};

struct BeatTimesResult {
  bool deadlock = false;                     // then the rest holds what happened before it
  std::vector<int64_t> first_out, last_out;  // by stage: cycles of the first image's first and last output beat
  std::vector<int64_t> second_last_out;      // by stage: of the second image's last; -1: one image
  std::vector<int64_t> image_done;           // cycle in which the sink takes an image's last beat
  // By image, image_shapes only: equal when all that happens to two images, at every beat of every stream and in every
  // stage, happens the same number of cycles before each is done (a fingerprint of 64 bits).
  std::vector<uint64_t> image_shape;
  std::vector<int64_t> residual_peak;  // by stream, unbounded residuals only: the depth that would not stall
};

// Cycle 0 is the one in which the source pushes the first beat.
BeatTimesResult beat_times(const Pipeline& pipeline, const BeatTimesOptions& options = {});

}  // namespace psaflow
