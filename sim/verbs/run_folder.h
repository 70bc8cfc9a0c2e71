// The folder of a training run: one process at a time works in it, and what a killed one left is put in order.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sw/base/locked_folder.h"
#include "sw/train/epoch.h"

namespace psaflow {

// The files that train and finetune write into a run folder.
std::vector<std::string> run_files(const std::string& folder);

class RunFolder {
 public:
  // Makes the folder, locks it for as long as this object lives, and removes what dead processes left aside in it.
  // UserError when another process trains in it; a file system that has no locks is a warning.
  explicit RunFolder(std::string path);

  // The log of a run that has a checkpoint of `epochs_done` epochs. The file is put in order, and the curve drawn anew:
  // an epoch that was logged but did not reach the checkpoint goes. A warning names epochs that the log lacks.
  std::vector<EpochReport> resume_log(int epochs_done, const std::string& title) const;
  // Log and curve. To be written before the epoch's checkpoint: whatever a kill comes between, no epoch of the
  // checkpoint lacks its line.
  void write_log(const std::vector<EpochReport>& log, const std::string& title) const;

 private:
  std::string path_;
  std::optional<FileLock> lock_;
};

// The epoch's line for the reader, when its checkpoint is written.
void tell_epoch(const EpochReport& epoch);

}  // namespace psaflow
