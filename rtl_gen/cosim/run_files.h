// What a run of a built design reads: its own folder with ROM images, patches, pauses, expected outputs and settings.
#pragma once
#include <string>

#include "rtl_gen/cosim/run.h"
#include "sw/base/locked_folder.h"

namespace psaflow {

// A folder for the run in TMPDIR, gone with the object. What killed runs left there is removed.
std::unique_ptr<OwnFolder> make_run_folder();

// Writes everything; the settings' file is "run", events will come in "results", a waveform in "wave". UserError when
// the disk is full.
void write_run_files(const OwnFolder& folder, const Pipeline& pipeline, const Design& design, const Workload& workload,
                     const RtlRunOptions& options);

// Copies the waveform of a run that has ended to where the user wants it: whole or not at all. UserError names `path`.
void publish_wave(const OwnFolder& folder, const std::string& path);

}  // namespace psaflow
