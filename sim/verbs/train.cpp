// psaflow train: a recipe to a float checkpoint, resumable at every epoch.
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/command_line.h"
#include "sim/data_options.h"
#include "sim/int8_report.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sim/verbs/train_run.h"
#include "sw/base/error.h"
#include "sw/data/split.h"
#include "sw/distill/teacher_views.h"
#include "sw/teacher/teacher_recipe.h"
#include "sw/train/trainer.h"
#include "sw/train/warm_start.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

// A network that a run learns from is its file's content: moved or named from elsewhere it is the same, with other
// weights it is another. Runs older than a hash know the path alone. was: of the run's recipe, and becomes now.
void adopt_network(const std::string& checkpoint, const std::string& key, std::string& was,
                   const std::string& was_sha256, const std::string& now, const std::string& now_sha256) {
  if (was.empty() || now.empty()) return;
  if (!was_sha256.empty() && was_sha256 != now_sha256) {
    throw UserError(checkpoint, "recipe." + key, fmt::format("{} with SHA-256 {}", now, now_sha256),
                    was_sha256 + ", as the run began, or another --out");
  }
  std::error_code error;
  if (!was_sha256.empty() || std::filesystem::equivalent(was, now, error)) was = now;
}

// UserError where the recipe names a file that is not there.
void check_network_exists(const std::string& recipe, const std::string& key, const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error) && !error)
    throw UserError(recipe, key, fmt::format("no file {}", file),
                    "a float checkpoint, its path relative to the recipe's folder");
}

// UserError where the recipe has a teacher that does not take its images.
void check_teacher_takes(const std::string& file, const Recipe& recipe) {
  const ModelConfig& m = recipe.net.model;
  if (recipe.distillation.teacher.empty() ||
      (m.image_channels == kCifarChannels && m.image_height == kCifarSide && m.image_width == kCifarSide))
    return;
  throw UserError(file, "distillation.teacher",
                  fmt::format("a teacher beside images [{},{},{}]", m.image_channels, m.image_height, m.image_width),
                  "images [3,32,32], which are all that a teacher takes, or no distillation");
}

// The trained networks that a recipe names; nothing, and an empty hash, where it names none.
struct NamedNetworks {
  std::unique_ptr<TeacherViews> teacher;
  std::shared_ptr<const BlockTeacher> block_teacher;
  std::unique_ptr<const WarmStart> warm_start;
  std::string teacher_sha256, block_teacher_sha256, warm_start_sha256;

  NamedNetworks(const TrainOptions& options, const Recipe& recipe, const Dataset& data) {
    if (!recipe.block_transfer.teacher.empty()) {
      check_network_exists(options.recipe, "block_transfer.teacher", recipe.block_transfer.teacher);
      block_teacher = BlockTeacher::load(recipe);
      block_teacher_sha256 = block_teacher->fingerprint();
    }
    if (!recipe.warm_start.empty()) {
      check_network_exists(options.recipe, "warm_start", recipe.warm_start);
      warm_start = std::make_unique<const WarmStart>(WarmStart::load(recipe));
      warm_start_sha256 = warm_start->fingerprint();
    }
    if (!recipe.distillation.teacher.empty()) {
      check_network_exists(options.recipe, "distillation.teacher", recipe.distillation.teacher);
      Teacher network = Teacher::load(recipe.distillation.teacher);
      teacher_sha256 = network.fingerprint();
      teacher =
          std::make_unique<TeacherViews>(std::move(network), recipe, data, options.teacher_cache, options.threads);
    }
  }

  Checkpoint begin(const Recipe& recipe) const {
    Checkpoint state = Trainer::fresh(recipe);
    if (warm_start != nullptr) warm_start->apply(state);
    return state;
  }

  // Of a run that goes on as `now`: UserError where its checkpoint, of that path, names other networks.
  void adopt(const std::string& path, const Recipe& now, Checkpoint& state) const {
    Recipe& was = state.recipe;
    adopt_network(path, "distillation.teacher", was.distillation.teacher, state.teacher_sha256,
                  now.distillation.teacher, teacher_sha256);
    adopt_network(path, "block_transfer.teacher", was.block_transfer.teacher, state.block_teacher_sha256,
                  now.block_transfer.teacher, block_teacher_sha256);
    adopt_network(path, "warm_start", was.warm_start, state.warm_start_sha256, now.warm_start, warm_start_sha256);
  }
};

int train_resmlp(const TrainOptions& options) {
  Recipe recipe = load_recipe(options.recipe);
  ModelConfig& m = recipe.net.model;
  check_teacher_takes(options.recipe, recipe);
  const Dataset data = load_labelled(options.data, m, m.classes);
  check_holdout(recipe.holdout, data.count(), options.data.place());
  if (m.mean.empty() || (!recipe.net.normalization_given && !options.data.is_cifar10())) {
    const Normalization measured = measure_normalization(data, data.count() - static_cast<size_t>(recipe.holdout));
    m.mean = measured.mean;
    m.std = measured.std;
    say("{}\n", fmt::format("mean [{}] and std [{}], measured on the images to train on", fmt::join(m.mean, ", "),
                            fmt::join(m.std, ", ")));
  }
  const NamedNetworks networks(options, recipe, data);
  Trainer::TeacherLogits logits;
  if (networks.teacher != nullptr) logits = [&](int view) { return networks.teacher->logits(view); };
  const RunFolder folder(options.folder);
  Checkpoint start = resume_or_start<Checkpoint>(
      options, recipe, fingerprint(data), load_checkpoint, [&] { return networks.begin(recipe); },
      [&](Checkpoint& state, const std::string& path) { networks.adopt(path, recipe, state); });
  start.teacher_sha256 = networks.teacher_sha256;
  start.block_teacher_sha256 = networks.block_teacher_sha256;
  start.warm_start_sha256 = networks.warm_start_sha256;
  const auto trainer = naming(options.checkpoint(), [&] {
    return std::make_unique<Trainer>(std::move(start), data, options.threads, logits, networks.block_teacher);
  });
  if (run_epochs(*trainer, folder, options, data.count())) {
    const Checkpoint done = published(trainer->state());
    save_checkpoint(done, options.published());
    tell_of_int8(done, data, options.threads);
    say("done: {0}; next: psaflow quantize {0} {1} --out MODEL\n", options.published(), data_words(options.data));
  }
  return 0;
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("recipe", po::value<std::string>()->required(),
                        "recipe file (YAML), e.g. sw/zoo/grid/psa-h96/recipe.yaml");
  add_data_options(options,
                   "data folder: CIFAR-10's .bin files ('psaflow fetch-data' brings them) or images of one's own "
                   "(sw/data/README.md)",
                   "to train on, in a random order: the last of them are held out");
  options.add_options()(
      "out", po::value<std::string>()->required(),
      "run folder: checkpoint.safetensors and log.jsonl (every epoch), curve.svg, and at the end float.safetensors; a "
      "run that is there is resumed, and a trapezoid's epochs and decay_fraction may change until its decay begins")(
      "threads", po::value<std::string>()->default_value("0"),
      "worker threads, 0: one a core; the weights do not depend on it")(
      "teacher-cache", po::value<std::string>(),
      "folder of a teacher's answers, for recipes with distillation (default: teacher-views beside the images)")(
      "stop-after", po::value<std::string>(), "stop after N more epochs (the run can be resumed)");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"recipe"}, values)) return 0;
  TrainOptions train;
  train.command = command_line(verb.name, args);
  train.recipe = values["recipe"].as<std::string>();
  train.data = data_source(values, verb.name, Labels::kNeeded);
  train.folder = values["out"].as<std::string>();
  if (values.count("teacher-cache") != 0) train.teacher_cache = values["teacher-cache"].as<std::string>();
  train.threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  if (values.count("stop-after") != 0) train.stop_after = int_option(values, "stop-after", 1, 1'000'000);
  const bool conv = is_teacher_recipe(load_yaml(train.recipe));
  if (conv || load_recipe(train.recipe).distillation.teacher.empty())
    without_effect(values, "teacher-cache", fmt::format("a recipe without a teacher ({})", train.recipe),
                   "a recipe with distillation.teacher, or no --teacher-cache");
  if (train.teacher_cache.empty()) train.teacher_cache = default_teacher_cache(train.data);
  return conv ? train_teacher(train) : train_resmlp(train);
}

}  // namespace

void check_same_data(const std::string& path, const std::string& was, const std::string& now,
                     const std::string& place) {
  if (was.empty() || was == now) return;
  throw UserError(path, "data_sha256", fmt::format("{} of the training images in {}", now, place),
                  was + ", of those that the run began with, or another --out");
}

void refuse_other_recipe(const TrainOptions& options, const std::vector<KeyDifference>& differences) {
  PSAFLOW_CHECK(!differences.empty(), "another recipe differs in something");
  const auto of_length = [](const KeyDifference& d) { return d.key == "epochs" || d.key == "decay_fraction"; };
  const bool length_alone = std::all_of(differences.begin(), differences.end(), of_length);
  // What no run may change is told first.
  const KeyDifference& d =
      length_alone ? differences.front() : *std::find_if_not(differences.begin(), differences.end(), of_length);
  std::string others;
  for (const KeyDifference& other : differences) {
    if (&other != &d) others += (others.empty() ? " (differs too: " : ", ") + other.key;
  }
  if (!others.empty()) others += ")";
  const char* const why =
      length_alone ? " (a run's length may change until its decay begins, that of a cosine never)" : "";
  throw UserError(options.checkpoint(), "recipe." + d.key, fmt::format("{} in {}{}", d.now, options.recipe, others),
                  fmt::format("{}, as the run began{}, or another --out", d.was, why));
}

const Verb kTrainVerb = {"train", "train a float network by a recipe, with checkpoints",
                         "psaflow train sw/zoo/grid/psa-h96/recipe.yaml --data data --out runs/psa-h96", run};

}  // namespace psaflow
