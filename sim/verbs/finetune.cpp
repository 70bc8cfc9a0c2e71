// psaflow finetune: quantisation-aware training, from a float checkpoint to an integer model; resumable at every epoch.
#include <filesystem>
#include <optional>

#include "sim/command_line.h"
#include "sim/data_options.h"
#include "sim/int8_report.h"
#include "sim/say.h"
#include "sim/verb.h"
#include "sim/verbs/train_run.h"
#include "sw/base/file.h"
#include "sw/data/split.h"
#include "sw/distill/teacher_views.h"
#include "sw/io/sha256.h"
#include "sw/qat/finetune.h"
#include "sw/quant/classes.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

// The options that the verb was given; what a resumed run must have been started with.
FinetuneOptions read_options(const po::variables_map& values) {
  FinetuneOptions o;
  o.epochs = static_cast<int>(int_option(values, "epochs", 1, 100'000));
  o.learning_rate = number_option(values, "learning-rate", 1e-8, 1);
  o.range_rate = number_option(values, "range-rate", 0, 1000);
  o.table_log2 = static_cast<int>(int_option(values, "table-log2", 1, 8));
  o.calibration_images = static_cast<int>(int_option(values, "calibration-images", 1, 50'000));
  o.float_weight = number_option(values, "float-weight", 0, 1);
  o.images = int_option(values, "limit", 0, 10'000'000);
  return o;
}

// A run goes on with the options that it began with.
void check_same(const FinetuneOptions& run, const FinetuneOptions& wanted, const std::string& path) {
  const auto check = [&](const char* option, auto there, auto here) {
    if (there != here)
      throw UserError(path, option, fmt::format("{}", here),
                      fmt::format("{}, as the run began, or another --out", there));
  };
  check("--epochs", run.epochs, wanted.epochs);
  check("--learning-rate", run.learning_rate, wanted.learning_rate);
  check("--range-rate", run.range_rate, wanted.range_rate);
  check("--table-log2", run.table_log2, wanted.table_log2);
  check("--calibration-images", run.calibration_images, wanted.calibration_images);
  check("--float-weight", run.float_weight, wanted.float_weight);
  check("--limit", run.images, wanted.images);
}

// No output takes the place of a file that the run reads or writes.
void check_outputs(const po::variables_map& values, const ImageSource& data, const std::string& folder,
                   const std::string& teacher) {
  std::vector<std::string> read = data_files(data);
  if (!teacher.empty()) read.push_back(teacher);
  distinct_files(values, {"checkpoint", "card", "json"}, read, run_files(folder));
}

// UserError for an option that does nothing with this checkpoint and these others.
void check_effects(const po::variables_map& values, const Checkpoint& checkpoint, const FinetuneOptions& wanted) {
  const std::string without_cache = "or no --teacher-cache";
  if (checkpoint.recipe.distillation.teacher.empty()) {
    without_effect(values, "teacher-cache", "a checkpoint whose recipe has no teacher",
                   "one with a teacher, " + without_cache);
  } else if (wanted.float_weight == 1) {
    without_effect(values, "teacher-cache", "--float-weight 1, which leaves the teacher's answers no share",
                   "--float-weight below 1, " + without_cache);
  }
  if (!checkpoint.recipe.net.model.has_tables() && wanted.table_log2 != kDirectTables)
    without_effect(values, "table-log2", "a network without learned functions", "none, or 8");
}

// UserError for an option about the model when the run ends before there is one.
void check_reached(const po::variables_map& values, int64_t epochs_left, int64_t stop_after) {
  if (stop_after >= epochs_left) return;
  for (const char* option : {"card", "json", "test", "min-agreement"}) {
    without_effect(values, option,
                   fmt::format("--stop-after {}, {} epochs before the model", stop_after, epochs_left - stop_after),
                   "it in the session that ends the run");
  }
}

// Trains to the end, or for `stop_after` more epochs; every epoch leaves log, curve and checkpoint in the folder.
void train(Finetuner& finetuner, const RunFolder& folder, const std::string& checkpoint, int64_t stop_after) {
  const int epochs = finetuner.state().options.epochs;
  const std::string title = finetuner.state().recipe.name + ", INT8";
  std::vector<EpochReport> log = folder.resume_log(finetuner.state().epochs_done, title);
  for (int64_t n = 0; n < stop_after && finetuner.state().epochs_done < epochs; ++n) {
    log.push_back(run_epoch(finetuner, epochs, finetuner.images_per_epoch()));
    folder.write_log(log, title);
    save_finetuning(finetuner.state(), checkpoint);
    tell_epoch(log.back());
  }
}

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("checkpoint", text()->required(), "float checkpoint (format psaflow.float/1)");
  add_data_options(options, "data folder, CIFAR-10's or one's own (sw/data/README.md)",
                   "those that the checkpoint was trained on");
  options.add_options()(
      "out", text()->required(),
      "run folder: checkpoint.safetensors and log.jsonl (every epoch), curve.svg, and at the end model.safetensors; a "
      "run that is there is resumed")("epochs", text()->default_value("10"), "passes over the training images")(
      "learning-rate", text()->default_value("1e-4"), "AdamW's, at its peak; it ends at 1 % of that")(
      "range-rate", text()->default_value("10"), "the same for the ranges (log2 of their scales), as a multiple")(
      "table-log2", text()->default_value("8"),
      "8: direct tables of 256 points; k in 1..7: interpolated tables of 2^k + 1 points")(
      "calibration-images", text()->default_value("512"), "training images that ranges start from")(
      "float-weight", text()->default_value("1"),
      "share of the float network's own answers in the targets, 0..1; the rest are the labels (and the teacher's "
      "answers)")("limit", text()->default_value("0"),
                  "train on the first N images of the split only; 0: all not held out")(
      "threads", text()->default_value("0"), "worker threads, 0: one a core; the weights do not depend on it")(
      "teacher-cache", text(),
      "folder of a teacher's answers, for recipes with distillation (default: teacher-views beside the images)")(
      "stop-after", text(), "stop after N more epochs (the run can be resumed)")(
      "card", text(), "write the model card (JSON) here")("json", text(), "write the accuracies here")(
      "test", "measure on the test split too: once, for a model to be published");
  add_agreement_option(options);
  po::variables_map values;
  if (!parse_options(verb, args, options, {"checkpoint"}, values)) return 0;
  const FinetuneOptions wanted = read_options(values);
  const int threads = static_cast<int>(int_option(values, "threads", 0, 1024));
  const int64_t stop_after =
      values.count("stop-after") == 0 ? INT64_MAX : int_option(values, "stop-after", 1, 1'000'000);
  const std::string source_path = values["checkpoint"].as<std::string>(), folder = values["out"].as<std::string>(),
                    card = output_option(values, "card"), json = output_option(values, "json");
  const ImageSource images_source = data_source(values, verb.name, Labels::kNeeded);
  check_test_option(values, images_source);
  Checkpoint checkpoint = published(load_checkpoint(source_path));
  if (checkpoint.command.empty()) checkpoint.command = earlier_train_command(card, checkpoint);
  const std::string& teacher_file = checkpoint.recipe.distillation.teacher;
  check_outputs(values, images_source, folder, teacher_file);
  check_effects(values, checkpoint, wanted);
  const std::string path = folder + "/checkpoint.safetensors";
  std::optional<FinetuneState> resumed;
  if (std::filesystem::exists(path)) resumed = load_finetuning(path);
  check_reached(values, wanted.epochs - (resumed ? resumed->epochs_done : 0), stop_after);
  const std::string source = sha256_hex(read_file(source_path));
  const ModelConfig& m = checkpoint.recipe.net.model;
  const Dataset data = load_labelled(images_source, m, m.classes);
  const size_t holdout = checked_holdout(checkpoint.recipe, data, images_source.place(), wanted.calibration_images);
  const RunFolder run_folder(folder);

  ThreadPool pool(threads);
  const Calibrated begun =
      naming(source_path, [&] { return calibrated(fold(checkpoint), data, wanted.calibration_images, pool); });
  const FoldedModel& folded = begun.model;
  const IntModel before = quantize(folded, begun.ranges, wanted.table_log2);
  const bool resume = resumed.has_value();
  FinetuneState start = resume ? std::move(*resumed) : start_finetuning(checkpoint, source, begun, wanted);
  if (start.source != source)
    throw UserError(path, "source_sha256", start.source, source + " of " + source_path + ", or another --out");
  check_same(start.options, wanted, path);
  const std::string data_sha256 = fingerprint(data);
  check_same_data(path, start.data_sha256, data_sha256, images_source.place());
  start.data_sha256 = data_sha256;

  std::unique_ptr<TeacherViews> teacher;
  Trainer::TeacherLogits logits;
  if (!teacher_file.empty() && wanted.float_weight < 1) {  // else its answers would have no share in the targets
    const std::string cache = values.count("teacher-cache") != 0 ? values["teacher-cache"].as<std::string>()
                                                                 : default_teacher_cache(images_source);
    teacher = std::make_unique<TeacherViews>(Teacher::load(teacher_file), checkpoint.recipe, data, cache, threads);
    logits = [&](int view) { return teacher->logits(view); };
  }
  const ViewFunction views =
      with_float_answers(recipe_views(checkpoint.recipe, data, logits), checkpoint, wanted.float_weight);
  Finetuner finetuner(std::move(start), data, views, threads);
  say("{} {}: {} parameters and {} ranges, epoch {} of {}\n", resume ? "resuming" : "fine-tuning",
      checkpoint.recipe.name, finetuner.state().parameters.size(), finetuner.state().log2_scales.size(),
      finetuner.state().epochs_done, wanted.epochs);
  std::fflush(stdout);
  naming(source_path, [&] { train(finetuner, run_folder, path, stop_after); });
  if (finetuner.state().epochs_done < wanted.epochs) return 0;

  const IntModel model = finetuner.model();
  nlohmann::ordered_json report = nlohmann::ordered_json::object();
  bool same = true;
  Agreement agreement_reached;
  agreement_reached.least = min_agreement(values);
  const auto measure = [&](const char* key, const char* label, const char* of, const Dataset& images, size_t first,
                           size_t count) {
    const std::vector<Answers> answers = {{"float", float_classes(folded, images, first, count, pool)},
                                          {"post-training", int8_classes(before, images, first, count, threads)},
                                          {"fine-tuned", int8_classes(model, images, first, count, threads)}};
    print_answers(label, answers, images, first);
    // Equal by construction: the network that was trained computes the contract's integers. Held against the golden
    // model all the same.
    const double exported = agreement(finetuner.classes(images, first, count), answers.back().classes);
    say("  the fake-quantised network and the exported model give the same class on {:.2f} %\n", 100 * exported);
    same = same && exported == 1;
    const Scores scores = scores_of(answers, images, first);
    report[key] = to_json(scores);
    report[key]["same_class_as_fake_quantised"] = exported;
    if (agreement_reached.images == 0) agreement_reached = {scores.same_class, count, of, agreement_reached.least};
    warn_of_loss(scores, of);
    return scores;
  };
  Scores held_out, test;
  if (holdout > 0) {
    held_out = measure("holdout", "held out", "held-out", data, data.count() - holdout, holdout);
  } else if (values.count("test") == 0) {
    measure("calibration", "calibration", "calibration", data, 0, static_cast<size_t>(wanted.calibration_images));
  }
  if (values.count("test") != 0) {
    const Dataset images = load_split(images_source.dir, Split::kTest, m, m.classes);
    test = measure("test", "test split", "test", images, 0, images.count());
  }
  warn_of_collapse(agreement_reached, {});
  const std::string model_path = folder + "/model.safetensors";
  save_int_model(model, model_path);
  say("wrote {}: {} parameters, {:.2f} M MACs an image\n", model_path, count_parameters(model.network),
      static_cast<double>(count_macs(model.network)) / 1e6);
  if (!card.empty()) {
    const QuantizeOptions quantization{wanted.calibration_images, wanted.table_log2};
    const FinetuneNote note{wanted.epochs,       wanted.learning_rate, wanted.range_rate,
                            wanted.float_weight, wanted.images,        finetuner.state().train_seconds};
    write_file_atomic(card,
                      card_json(checkpoint, model, quantization, held_out, test, command_line(verb.name, args), &note));
  }
  if (!json.empty()) write_file_atomic(json, report.dump(2) + "\n");
  return agrees_enough(agreement_reached) && same ? 0 : 1;
}

}  // namespace

const Verb kFinetuneVerb = {
    "finetune", "train on as an integer network: quantisation-aware, ranges learned, to an integer model",
    "psaflow finetune runs/psa-h96/float.safetensors --data data --out runs/psa-h96-int8 --epochs 10", run};

}  // namespace psaflow
