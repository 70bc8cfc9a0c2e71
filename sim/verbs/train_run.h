// What training runs of every architecture share: how a run goes on, and a line an epoch.
#pragma once
#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <vector>

#include "sim/say.h"
#include "sim/verbs/run_folder.h"
#include "sw/base/error.h"
#include "sw/base/progress.h"
#include "sw/data/image_set.h"
#include "sw/train/recipe_difference.h"

namespace psaflow {

struct TrainOptions {
  std::string recipe, folder, teacher_cache;  // paths
  ImageSource data;
  std::string command;  // as it was given
  int threads = 0;
  int64_t stop_after = INT64_MAX;  // epochs of this session

  std::string checkpoint() const { return folder + "/checkpoint.safetensors"; }
  // As the run was when its learning rate began to fall: where it can be prolonged from.
  std::string before_decay() const { return folder + "/before-decay.safetensors"; }
  std::string published() const { return folder + "/float.safetensors"; }
};

// UserError when a run that began with the images `was` (empty: not known) would go on with others.
void check_same_data(const std::string& path, const std::string& was, const std::string& now, const std::string& place);

// UserError: the first of the keys in which the run's recipe and that of options.recipe differ, and the names of the
// others.
[[noreturn]] void refuse_other_recipe(const TrainOptions& options, const std::vector<KeyDifference>& differences);

// The folder's checkpoint when there is one, or what it left before its decay when a longer run can go on from there;
// else `fresh()`. UserError when that run has another recipe or began with other images. adopt(state, recipe, path):
// settles what of the state's recipe is not compared as text.
template <typename State, typename Recipe, typename Load, typename Fresh, typename Adopt>
State resume_or_start(const TrainOptions& options, const Recipe& recipe, const std::string& data_sha256,
                      const Load& load, const Fresh& fresh, const Adopt& adopt) {
  const auto begin_session = [&](State state) {
    state.data_sha256 = data_sha256;
    state.command = options.command;
    return state;
  };
  std::error_code error;
  if (!std::filesystem::exists(options.checkpoint(), error)) return begin_session(fresh());
  std::vector<KeyDifference> differences;
  for (const std::string& path : {options.checkpoint(), options.before_decay()}) {
    if (!std::filesystem::exists(path, error)) continue;
    State state = load(path);
    adopt(state, path);
    if (!may_continue(state.recipe, recipe, state.epochs_done)) {
      if (differences.empty()) differences = recipe_differences(to_yaml(state.recipe), to_yaml(recipe));
      continue;
    }
    check_same_data(path, state.data_sha256, data_sha256, options.data.place());
    state.recipe = recipe;
    return begin_session(std::move(state));
  }
  refuse_other_recipe(options, differences);
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

// Epochs up to the recipe's last or options.stop_after; log, curve and checkpoint are written after each. True when the
// recipe is done.
template <typename AnyTrainer>
bool run_epochs(AnyTrainer& trainer, const RunFolder& folder, const TrainOptions& options, size_t images) {
  const auto recipe = trainer.state().recipe;
  const int epochs = total_epochs(recipe);
  const size_t trained_on = images - static_cast<size_t>(recipe.holdout);
  std::vector<EpochReport> log = folder.resume_log(trainer.state().epochs_done, recipe.name);
  say("{} {}: {} parameters, epoch {} of {}\n", trainer.state().epochs_done > 0 ? "resuming" : "training", recipe.name,
      trainer.state().parameters.size(), trainer.state().epochs_done, epochs);
  if (trainer.left_out() > 0)
    say("an epoch passes over {} of the {} images, others every time: they are too few for a batch more\n",
        trainer.left_out(), trained_on);
  std::fflush(stdout);
  for (int64_t n = 0; n < options.stop_after && trainer.state().epochs_done < epochs; ++n) {
    if (decay_begins(trainer.state())) save_checkpoint(trainer.state(), options.before_decay());
    log.push_back(naming(options.recipe, [&] { return run_epoch(trainer, epochs, trained_on); }));
    folder.write_log(log, recipe.name);
    save_checkpoint(trainer.state(), options.checkpoint());
    tell_epoch(log.back());
  }
  return trainer.state().epochs_done >= epochs;
}

// psaflow train, for a recipe of architecture conv.
int train_teacher(const TrainOptions& options);

}  // namespace psaflow
