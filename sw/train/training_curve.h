// A run's log as a picture: loss and accuracies over the epochs, an SVG that any browser shows.
#pragma once
#include <string>
#include <vector>

#include "sw/train/epoch.h"

namespace psaflow {

// UserError when the file cannot be written. Fewer than two epochs draw axes and points. Epochs of block-wise transfer
// are not drawn, their loss being another; the axis begins behind them.
void save_training_curve(const std::vector<EpochReport>& log, const std::string& title, const std::string& path);
std::string training_curve_svg(const std::vector<EpochReport>& log, const std::string& title);

// The log of a run, one JSON object a line, in the order of epochs.
std::string to_json_line(const EpochReport& report);
// Its lines of epochs 1..epochs_done, each once. What follows (an epoch that a killed run logged but did not
// checkpoint) is dropped, and so is a line that is torn.
std::vector<EpochReport> load_training_log(const std::string& path, int epochs_done);
// "3, 5..7": the epochs up to epochs_done that a log lacks behind its first line; empty: none. (A log may begin later
// than its run, which may have gone on from another one's checkpoint.)
std::string missing_epochs(const std::vector<EpochReport>& log, int epochs_done);

}  // namespace psaflow
