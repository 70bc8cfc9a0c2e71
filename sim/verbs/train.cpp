// psaflow train: a recipe to a float checkpoint, resumable at every epoch.
#include "sim/int8_report.h"
#include "sim/verb.h"
#include "sim/verbs/train_run.h"
#include "sw/base/error.h"
#include "sw/distill/teacher_views.h"
#include "sw/teacher/teacher_recipe.h"
#include "sw/train/trainer.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int train_resmlp(const TrainOptions& options) {
  const Recipe recipe = load_recipe(options.recipe);
  const Dataset data = load_cifar10(options.data, Split::kTrain);
  check_holdout(recipe.holdout, data.count(), options.data);
  std::unique_ptr<TeacherViews> teacher;
  Trainer::TeacherLogits logits;
  if (!recipe.distillation.teacher.empty()) {
    teacher = std::make_unique<TeacherViews>(Teacher::load(recipe.distillation.teacher), recipe, data,
                                             options.teacher_cache, options.threads);
    logits = [&](int view) { return teacher->logits(view); };
  }
  Checkpoint start =
      resume_or_start<Checkpoint>(options, recipe, load_checkpoint, [&] { return Trainer::fresh(recipe); });
  const auto trainer = naming(
      options.checkpoint(), [&] { return std::make_unique<Trainer>(std::move(start), data, options.threads, logits); });
  if (run_epochs(*trainer, options, data.count())) {
    save_checkpoint(published(trainer->state()), options.published());
    fmt::print("done: {0}; next: psaflow quantize {0} --data {1} --out MODEL\n", options.published(), options.data);
  }
  return 0;
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("recipe", po::value<std::string>()->required(),
                        "recipe file (YAML), e.g. sw/zoo/psa-h96/recipe.yaml")(
      "data", po::value<std::string>()->required(),
      "folder of the CIFAR-10 .bin files ('psaflow fetch-data' brings them)")(
      "out", po::value<std::string>()->required(),
      "run folder: checkpoint.safetensors and log.jsonl (every epoch), curve.svg, and at the end float.safetensors; a "
      "run that is there is resumed, and a trapezoid's epochs and decay_fraction may change until its decay begins")(
      "threads", po::value<std::string>()->default_value("0"),
      "worker threads, 0: one a core; the weights do not depend on it")(
      "teacher-cache", po::value<std::string>(),
      "folder of a teacher's answers, for recipes with distillation (default: teacher-views in the data folder)")(
      "stop-after", po::value<std::string>(), "stop after N more epochs (the run can be resumed)");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"recipe"}, values)) return 0;
  TrainOptions train;
  train.recipe = values["recipe"].as<std::string>();
  train.data = values["data"].as<std::string>();
  train.folder = values["out"].as<std::string>();
  train.teacher_cache =
      values.count("teacher-cache") != 0 ? values["teacher-cache"].as<std::string>() : train.data + "/teacher-views";
  train.threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  if (values.count("stop-after") != 0) train.stop_after = int_option(values, "stop-after", 1, 1'000'000);
  return is_teacher_recipe(load_yaml(train.recipe)) ? train_teacher(train) : train_resmlp(train);
}

}  // namespace

const Verb kTrainVerb = {"train", "train a float network by a recipe, with checkpoints",
                         "psaflow train sw/zoo/psa-h96/recipe.yaml --data data --out runs/psa-h96", run};

}  // namespace psaflow
