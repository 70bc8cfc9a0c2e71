// The options by which simulate and cosim make source and sink hesitate, and keep or repeat how they did.
#pragma once
#include <boost/program_options.hpp>
#include <string>

#include "models/plan/pauses.h"
#include "models/simd/memory.h"

namespace psaflow {

// --stalls, --stall-pattern, --seed, --record-stalls, --replay-stalls
void add_stall_options(boost::program_options::options_description& options);

struct StallOptions {
  Stalls stalls;            // but for those of a file
  std::string record_path;  // of --record-stalls; "": none
  std::string replay_path;  // of --replay-stalls; "": none
};

// UserError on values out of range, and on combinations that make no sense.
StallOptions stall_options(const boost::program_options::variables_map& values);

// What a streaming accelerator's source and sink do. UserError on a file that is no record of one.
Stalls streaming_stalls(const StallOptions& options);

// What the memory of a fixed-size accelerator does, and in words. UserError on a file that is no record of one, and on patterns, which it has not.
struct SimdStalls {
  std::shared_ptr<const SimdPauses> pauses;  // null: none
  std::string text;
};
SimdStalls simd_stalls(const StallOptions& options);
// Writes the file of --record-stalls, if it was given.
void record_stalls(const StallOptions& options, const SimdStalls& stalls);

// Writes the file of --record-stalls, if it was given: what `images` images meet.
void record_stalls(const StallOptions& options, const Pipeline& pipeline, size_t images);

}  // namespace psaflow
