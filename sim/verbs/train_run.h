// What training runs of every architecture share: the run folder, its log and curve, a line an epoch.
#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/train/training_curve.h"

namespace psaflow {

struct TrainOptions {
  std::string recipe, data, folder, teacher_cache;  // paths
  int threads = 0;
  int64_t stop_after = INT64_MAX;  // epochs of this session

  std::string checkpoint() const { return folder + "/checkpoint.safetensors"; }
  // As the run was when its learning rate began to fall: where it can be prolonged from.
  std::string before_decay() const { return folder + "/before-decay.safetensors"; }
  std::string published() const { return folder + "/float.safetensors"; }
};

// The folder's checkpoint when there is one, or what it left before its decay when a longer run can go on from there;
// else `fresh()`. UserError when that run has another recipe.
template <typename State, typename Recipe, typename Load, typename Fresh>
State resume_or_start(const TrainOptions& options, const Recipe& recipe, const Load& load, const Fresh& fresh) {
  make_folder(options.folder);
  std::error_code error;
  if (!std::filesystem::exists(options.checkpoint(), error)) return fresh();
  for (const std::string& path : {options.checkpoint(), options.before_decay()}) {
    if (!std::filesystem::exists(path, error)) continue;
    State state = load(path);
    if (!may_continue(state.recipe, recipe, state.epochs_done)) continue;
    state.recipe = recipe;
    return state;
  }
  throw UserError(options.checkpoint(), "recipe", "a run of another recipe",
                  fmt::format("the recipe of {}, or another --out", options.recipe));
}

// One more epoch of `epochs` behind a progress line.
template <typename AnyTrainer>
EpochReport run_epoch(AnyTrainer& trainer, int epochs, size_t images) {
  Progress progress(fmt::format("epoch {}/{}", trainer.state().epochs_done + 1, epochs), images, "images");
  return trainer.run_epoch([&](size_t done, double loss) {
    progress.advance(done);
    progress.note(fmt::format("loss {:.4f}", loss));
  });
}

// Log and curve of a run whose checkpoint is written, and a line for the reader.
inline void tell_epoch(const std::vector<EpochReport>& log, const std::string& folder, const std::string& title) {
  std::string lines;
  for (const EpochReport& e : log) lines += to_json_line(e);
  write_file_atomic(folder + "/log.jsonl", lines);
  save_training_curve(log, title, folder + "/curve.svg");
  const EpochReport& e = log.back();
  const std::string held_out =
      e.holdout_accuracy < 0 ? "" : fmt::format("  held out {:5.2f} %", 100 * e.holdout_accuracy);
  fmt::print("epoch {:3}  loss {:.4f}  views {:5.2f} %{}  {:.1f} s  {:.0f} images/s\n", e.epoch, e.loss,
             100 * e.train_accuracy, held_out, e.seconds, e.images_per_second);
  std::fflush(stdout);
}

// Epochs up to the recipe's last or options.stop_after; checkpoint, log and curve are written after each. True when the
// recipe is done.
template <typename AnyTrainer>
bool run_epochs(AnyTrainer& trainer, const TrainOptions& options, size_t images) {
  const auto recipe = trainer.state().recipe;
  std::vector<EpochReport> log = load_training_log(options.folder + "/log.jsonl", trainer.state().epochs_done);
  fmt::print("{} {}: {} parameters, epoch {} of {}\n", trainer.state().epochs_done > 0 ? "resuming" : "training",
             recipe.name, trainer.state().parameters.size(), trainer.state().epochs_done, recipe.epochs);
  std::fflush(stdout);
  for (int64_t n = 0; n < options.stop_after && trainer.state().epochs_done < recipe.epochs; ++n) {
    if (decay_begins(trainer.state())) save_checkpoint(trainer.state(), options.before_decay());
    log.push_back(naming(options.recipe, [&] { return run_epoch(trainer, recipe.epochs, images - recipe.holdout); }));
    save_checkpoint(trainer.state(), options.checkpoint());
    tell_epoch(log, options.folder, recipe.name);
  }
  return trainer.state().epochs_done >= recipe.epochs;
}

// psaflow train, for a recipe of architecture conv.
int train_teacher(const TrainOptions& options);

}  // namespace psaflow
