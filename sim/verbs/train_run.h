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
  if (!std::filesystem::exists(options.checkpoint())) return fresh();
  for (const std::string& path : {options.checkpoint(), options.before_decay()}) {
    if (!std::filesystem::exists(path)) continue;
    State state = load(path);
    if (!may_continue(state.recipe, recipe, state.epochs_done)) continue;
    state.recipe = recipe;
    return state;
  }
  throw UserError(options.checkpoint(), "recipe", "a run of another recipe",
                  fmt::format("the recipe of {}, or another --out", options.recipe));
}

// Epochs up to the recipe's last or options.stop_after; checkpoint, log and curve are written after each. True when the
// recipe is done.
template <typename AnyTrainer>
bool run_epochs(AnyTrainer& trainer, const TrainOptions& options, size_t images) {
  const auto recipe = trainer.state().recipe;
  const std::string log_path = options.folder + "/log.jsonl";
  std::vector<EpochReport> log = load_training_log(log_path, trainer.state().epochs_done);
  fmt::print("{} {}: {} parameters, epoch {} of {}\n", trainer.state().epochs_done > 0 ? "resuming" : "training",
             recipe.name, trainer.state().parameters.size(), trainer.state().epochs_done, recipe.epochs);
  std::fflush(stdout);
  for (int64_t n = 0; n < options.stop_after && trainer.state().epochs_done < recipe.epochs; ++n) {
    if (decay_begins(trainer.state())) save_checkpoint(trainer.state(), options.before_decay());
    EpochReport report;
    {
      Progress progress(fmt::format("epoch {}/{}", trainer.state().epochs_done + 1, recipe.epochs),
                        images - recipe.holdout, "images");
      report = trainer.run_epoch([&](size_t done, double loss) {
        progress.advance(done);
        progress.note(fmt::format("loss {:.4f}", loss));
      });
    }
    log.push_back(report);
    std::string lines;
    for (const EpochReport& e : log) lines += to_json_line(e);
    save_checkpoint(trainer.state(), options.checkpoint());
    write_file_atomic(log_path, lines);
    save_training_curve(log, recipe.name, options.folder + "/curve.svg");
    fmt::print("epoch {:3}  loss {:.4f}  views {:5.2f} %  held out {:5.2f} %  {:.1f} s  {:.0f} images/s\n",
               report.epoch, report.loss, 100 * report.train_accuracy, 100 * report.holdout_accuracy, report.seconds,
               report.images_per_second);
    std::fflush(stdout);
  }
  return trainer.state().epochs_done >= recipe.epochs;
}

// psaflow train, for a recipe of architecture conv.
int train_teacher(const TrainOptions& options);

}  // namespace psaflow
