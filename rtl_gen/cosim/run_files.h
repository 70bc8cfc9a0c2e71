// What a run of a built design reads: its own folder with ROM images, patches, pauses, expected outputs and settings.
#pragma once
#include <string>
#include <vector>

#include "rtl_gen/cosim/run.h"
#include "sw/base/locked_folder.h"

namespace psaflow {

// A folder for the run in TMPDIR, gone with the object. What killed runs left there is removed.
std::unique_ptr<OwnFolder> make_run_folder();

// Writes everything; the settings' file is "run", events will come in "results", a waveform in "wave". UserError when
// the disk is full. patches: [images, T, F].
void write_run_files(const OwnFolder& folder, const Pipeline& pipeline, const Design& design,
                     const std::vector<int8_t>& patches, size_t images, const RtlRunOptions& options);

// Moves a finished file to where the user wants it: whole or not at all.
void publish_file(const std::string& from, const std::string& to);

}  // namespace psaflow
