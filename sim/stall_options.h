// The options by which simulate and cosim make source and sink hesitate, and keep or repeat how they did.
#pragma once
#include <boost/program_options.hpp>
#include <string>

#include "models/plan/pauses.h"

namespace psaflow {

// --stalls, --stall-pattern, --seed, --record-stalls, --replay-stalls
void add_stall_options(boost::program_options::options_description& options);

struct StallOptions {
  Stalls stalls;
  std::string record_path;  // of --record-stalls; "": none
};

// UserError on values out of range, on combinations that make no sense, and on a file that is no record.
StallOptions stall_options(const boost::program_options::variables_map& values);

// Writes the file of --record-stalls, if it was given: what `images` images meet.
void record_stalls(const StallOptions& options, const Pipeline& pipeline, size_t images);

}  // namespace psaflow
