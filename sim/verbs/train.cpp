// psaflow train: a recipe to a float checkpoint, resumable at every epoch.
#include <fmt/format.h>

#include <filesystem>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/train/trainer.h"
#include "sw/train/training_curve.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("recipe", po::value<std::string>()->required(),
                        "recipe file (YAML), e.g. sw/zoo/psa-h96/recipe.yaml")(
      "data", po::value<std::string>()->required(),
      "folder of the CIFAR-10 .bin files ('psaflow fetch-data' brings them)")(
      "out", po::value<std::string>()->required(),
      "run folder: checkpoint.safetensors and log.jsonl (every epoch), curve.svg, and at the end float.safetensors; a "
      "run that is there is resumed")("threads", po::value<std::string>()->default_value("0"),
                                      "worker threads, 0: one a core; the weights do not depend on it")(
      "stop-after", po::value<std::string>(), "stop after N more epochs (the run can be resumed)");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"recipe"}, values)) return 0;
  const int threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  const int64_t stop_after =
      values.count("stop-after") == 0 ? INT64_MAX : int_option(values, "stop-after", 1, 1'000'000);
  const Recipe recipe = load_recipe(values["recipe"].as<std::string>());
  const Dataset data = load_cifar10(values["data"].as<std::string>(), Split::kTrain);
  const std::string folder = values["out"].as<std::string>();
  make_folder(folder);
  const std::string checkpoint_path = folder + "/checkpoint.safetensors", log_path = folder + "/log.jsonl";

  const bool resume = std::filesystem::exists(checkpoint_path);
  Checkpoint start = resume ? load_checkpoint(checkpoint_path) : Trainer::fresh(recipe);
  if (resume && to_yaml(start.recipe) != to_yaml(recipe)) {
    throw UserError(checkpoint_path, "recipe", "a run of another recipe",
                    fmt::format("the recipe of {}, or another --out", values["recipe"].as<std::string>()));
  }
  std::vector<EpochReport> log = load_training_log(log_path, start.epochs_done);
  Trainer trainer(std::move(start), data, threads);
  fmt::print("{} {}: {} parameters, epoch {} of {}\n", resume ? "resuming" : "training", recipe.name,
             trainer.state().parameters.size(), trainer.state().epochs_done, recipe.epochs);
  std::fflush(stdout);
  for (int64_t n = 0; n < stop_after && trainer.state().epochs_done < recipe.epochs; ++n) {
    EpochReport report;
    {
      Progress progress(fmt::format("epoch {}/{}", trainer.state().epochs_done + 1, recipe.epochs),
                        data.count() - recipe.holdout, "images");
      report = trainer.run_epoch([&](size_t images, double loss) {
        progress.advance(images);
        progress.note(fmt::format("loss {:.4f}", loss));
      });
    }
    log.push_back(report);
    std::string lines;
    for (const EpochReport& e : log) lines += to_json_line(e);
    save_checkpoint(trainer.state(), checkpoint_path);
    write_file_atomic(log_path, lines);
    save_training_curve(log, recipe.name, folder + "/curve.svg");
    fmt::print("epoch {:3}  loss {:.4f}  views {:5.2f} %  held out {:5.2f} %  {:.1f} s  {:.0f} images/s\n",
               report.epoch, report.loss, 100 * report.train_accuracy, 100 * report.holdout_accuracy, report.seconds,
               report.images_per_second);
    std::fflush(stdout);
  }
  if (trainer.state().epochs_done >= recipe.epochs) {
    Checkpoint published = trainer.state();
    published.optimizer.first.clear();
    published.optimizer.second.clear();
    save_checkpoint(published, folder + "/float.safetensors");
    fmt::print("done: {0}/float.safetensors; next: psaflow quantize {0}/float.safetensors --data {1} --out MODEL\n",
               folder, values["data"].as<std::string>());
  }
  return 0;
}

}  // namespace

const Verb kTrainVerb = {"train", "train a float network by a recipe, with checkpoints",
                         "psaflow train sw/zoo/psa-h96/recipe.yaml --data data --out runs/psa-h96", run};

}  // namespace psaflow
