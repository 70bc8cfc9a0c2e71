// psaflow train, for a recipe of the convolutional teacher.
#include "sim/say.h"
#include "sim/verbs/train_run.h"
#include "sw/teacher/teacher_trainer.h"

namespace psaflow {

int train_teacher(const TrainOptions& options) {
  const TeacherRecipe recipe = load_teacher_recipe(options.recipe);
  const Dataset data = load_labelled(options.data, {}, kCifarClasses);
  const RunFolder folder(options.folder);
  TeacherCheckpoint start = resume_or_start<TeacherCheckpoint>(
      options, recipe, fingerprint(data), load_teacher_checkpoint, [&] { return TeacherTrainer::fresh(recipe, data); },
      [](TeacherCheckpoint&, const std::string&) {});
  const auto trainer = naming(
      options.checkpoint(), [&] { return std::make_unique<TeacherTrainer>(std::move(start), data, options.threads); });
  if (run_epochs(*trainer, folder, options, data.count())) {
    TeacherCheckpoint published = trainer->state();
    published.optimizer.velocity.clear();
    save_checkpoint(published, options.published());
    say("done: {}\n", options.published());
  }
  return 0;
}

}  // namespace psaflow
