// The options by which simulate and cosim make source and sink hesitate, and keep or repeat how they did.
#pragma once
#include <boost/program_options.hpp>

#include "models/plan/pauses.h"

namespace psaflow {

// --stalls, --stall-pattern, --seed, --record-stalls, --replay-stalls
void add_stall_options(boost::program_options::options_description& options);

// UserError on values out of range, on combinations that make no sense, and on a file that is no record.
Stalls stall_options(const boost::program_options::variables_map& values);

// Writes the file of --record-stalls, if it was given: what `images` images meet. Where it will be is checked by
// stall_options already.
void record_stalls(const boost::program_options::variables_map& values, const Stalls& stalls, const Pipeline& pipeline,
                   size_t images);

}  // namespace psaflow
