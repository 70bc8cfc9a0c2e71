// The training loop: it learns, it resumes bit for bit, and its weights do not depend on the number of threads.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <limits>

#include "sw/base/error.h"
#include "sw/io/safetensors.h"
#include "sw/train/trainer.h"
#include "sw/train/training_curve.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {

TEST_CASE("every kind of network learns a simple task") {
  const Dataset data = quadrants(700, 4);
  for (Activation activation : {Activation::kRelu, Activation::kPsa, Activation::kBspline, Activation::kFixed}) {
    Trainer trainer(Trainer::fresh(small_recipe(activation)), data, 2);
    EpochReport report;
    for (int e = 0; e < 8; ++e) report = trainer.run_epoch();
    INFO(to_string(activation));
    CHECK(report.holdout_accuracy > 0.9);  // chance: 0.25
  }
}

TEST_CASE("a network learns from its teacher alone") {
  const Dataset data = quadrants(700, 4);
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.distillation = {"a function below", 1.0, 2.0, 3};
  std::vector<float> logits;  // a teacher that takes each class for the next one
  for (const uint8_t label : data.labels) {
    for (int k = 0; k < recipe.net.model.classes; ++k) logits.push_back(k == (label + 1) % 4 ? 9.f : 0.f);
  }
  std::vector<int> asked;
  Trainer trainer(Trainer::fresh(recipe), data, 2, [&](int view) {
    asked.push_back(view);
    return logits.data();
  });
  EpochReport report;
  for (int e = 0; e < 8; ++e) report = trainer.run_epoch();
  CHECK(asked == std::vector<int>{0, 1, 2, 0, 1, 2, 0, 1});
  CHECK(report.holdout_accuracy < 0.1);
}

TEST_CASE("bfloat16 learns as float does where the CPU has it, and is refused where not") {
  const Dataset data = quadrants(700, 4);
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.precision = Precision::kBfloat16;
  if (bf16_unit() == Bf16Unit::kNone) {
    CHECK_THROWS_WITH(Trainer(Trainer::fresh(recipe), data, 2),
                      Catch::Contains("precision: found bfloat16; allowed: float32, on a CPU without AVX512-BF16"));
    return;
  }
  Trainer trainer(Trainer::fresh(recipe), data, 2);
  recipe.precision = Precision::kFloat32;
  Trainer plain(Trainer::fresh(recipe), data, 2);
  EpochReport report = trainer.run_epoch();
  CHECK(report.loss == Approx(plain.run_epoch().loss).epsilon(0.02));
  CHECK((trainer.state().parameters != plain.state().parameters));
  for (int e = 0; e < 7; ++e) report = trainer.run_epoch();
  CHECK(report.holdout_accuracy > 0.9);
}

TEST_CASE("weights do not depend on the number of threads") {
  const Dataset data = quadrants(400, 5);
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.precision = GENERATE(Precision::kFloat32, Precision::kBfloat16);
  if (recipe.precision == Precision::kBfloat16 && bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  Trainer one(Trainer::fresh(recipe), data, 1), three(Trainer::fresh(recipe), data, 3);
  for (int e = 0; e < 2; ++e) {
    one.run_epoch();
    three.run_epoch();
  }
  CHECK((one.state().parameters == three.state().parameters));
  CHECK((one.state().statistics == three.state().statistics));
}

TEST_CASE("a run that stops and resumes from its checkpoint gives the same weights") {
  const Dataset data = quadrants(400, 6);
  const test::ScratchFolder folder;
  const std::string path = folder / "psaflow_test_resume.safetensors";
  const bool all = GENERATE(false, true);  // with all that has a state
  const Precision precision = GENERATE(Precision::kFloat32, Precision::kBfloat16);
  if (precision == Precision::kBfloat16 && bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.precision = precision;
  if (all) {
    recipe.optimizer = OptimizerKind::kMuon;
    recipe.ema = 0.99;
    recipe.augmentation.mixup = recipe.augmentation.cutmix = 0.4;
    recipe.augmentation.random_operations = 2;
  }
  Trainer whole(Trainer::fresh(recipe), data, 2);
  for (int e = 0; e < 4; ++e) whole.run_epoch();
  {
    Trainer first(Trainer::fresh(recipe), data, 2);
    first.run_epoch();
    first.run_epoch();
    save_checkpoint(first.state(), path);
  }
  Trainer second(load_checkpoint(path), data, 2);
  CHECK(second.state().epochs_done == 2);
  second.run_epoch();
  CHECK((second.state().parameters != whole.state().parameters));  // not yet
  second.run_epoch();
  CHECK((second.state().parameters == whole.state().parameters));
  CHECK((second.state().statistics == whole.state().statistics));
  CHECK((second.state().average == whole.state().average));
  CHECK(second.state().average.empty() != all);
  CHECK((second.state().optimizer.second == whole.state().optimizer.second));
}

TEST_CASE("a checkpoint of something else is refused by name") {
  const test::ScratchFolder folder;
  const std::string path = folder / "psaflow_test_bad.safetensors";
  Checkpoint c = Trainer::fresh(small_recipe(Activation::kRelu));
  save_checkpoint(c, path);
  std::string bytes;
  {
    std::ifstream in(path, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  const auto message = [&](const std::string& from, const std::string& to) {
    std::string changed = bytes;
    const size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, from.size(), to);
    std::ofstream(path, std::ios::binary) << changed;
    try {
      load_checkpoint(path);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message("psaflow.float/1", "psaflow.float/9"),
             Catch::Contains("format") && Catch::Contains("psaflow.float/9"));
  CHECK_THAT(message("\"head.bias\"", "\"head.biaz\""), Catch::Contains("head.bias"));
  CHECK_THAT(message("epochs_done", "epochs_dome"), Catch::Contains("epochs_done"));
  const ResMlp<float> net(c.recipe.net);
  const auto& slices = net.statistics().slices();
  const auto variance = std::find_if(slices.begin(), slices.end(),
                                     [](const ParameterSlice& s) { return s.name.find(".var") != std::string::npos; });
  REQUIRE(variance != slices.end());
  c.statistics[variance->offset] = -1;
  save_checkpoint(c, path);
  CHECK_THROWS_WITH(load_checkpoint(path), Catch::Contains(variance->name + ": found -1, which is negative"));
}

TEST_CASE("a checkpoint that says two things at once is refused: config, counts, tensors") {
  const test::ScratchFolder folder;
  const std::string path = folder / "c.safetensors";
  const Dataset data = quadrants(200, 7);
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.ema = 0.9;
  Trainer trainer(Trainer::fresh(recipe), data, 1);
  trainer.run_epoch();
  save_checkpoint(trainer.state(), path);
  const Safetensors good = Safetensors::load(path);
  const auto error_of = [&](const Safetensors& file) {
    file.save(path);
    try {
      load_checkpoint(path);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(error_of(good) == "accepted");
  const auto with_config = [&](const std::string& from, const std::string& to) {
    Safetensors file = good;
    std::string& config = file.metadata.at("config");
    const size_t at = config.find(from);
    REQUIRE(at != std::string::npos);
    config.replace(at, from.size(), to);
    return error_of(file);
  };
  const std::string said = "as in the recipe of the same file";
  CHECK_THAT(with_config("\"psa\"", "\"relu\""),
             Catch::Contains("config.activation: found \"relu\"; allowed: \"psa\", " + said));
  CHECK_THAT(with_config("\"hidden\":16", "\"hidden\":24"),
             Catch::Contains("config.hidden: found 24; allowed: 16, " + said));
  CHECK_THAT(with_config("0.4914", "0.5"), Catch::Contains("config.mean: found [0.5,") && Catch::Contains(said));
  CHECK_THAT(with_config("0.4914", "NaN"), Catch::Contains("config: found no JSON"));
  CHECK_THAT(with_config("0.4914", "1e999"), Catch::Contains("config: found no JSON"));
  CHECK_THAT(with_config("0.247,", "0,"), Catch::Contains("config.std: found 0"));
  CHECK_THAT(with_config("0.247,", "-0.2,"), Catch::Contains("config.std: found -0.2"));
  for (const char* scale : {"0", "-1", "59.2"})
    CHECK_THAT(with_config("\"input_scale\":1.0", std::string("\"input_scale\":") + scale),
               Catch::Contains("config.input_scale: found " + std::string(scale)));
  CHECK_THAT(with_config("{", "{\"patch\":8,"), Catch::Contains("the key 'patch' twice"));

  const auto with = [&](const std::string& key, const std::string& value) {
    Safetensors file = good;
    file.metadata[key] = value;
    return error_of(file);
  };
  CHECK_THAT(with("epochs_done", "9"), Catch::Contains("epochs_done: found 9; allowed: at most 8"));
  for (const char* text : {"1.5", "0x1", " 1", "1 ", "-1", "", "99999999999999999999"})
    CHECK_THAT(with("epochs_done", text), Catch::Contains("epochs_done: found '" + std::string(text) + "'"));
  CHECK_THAT(with("optimizer_steps", "3.5"), Catch::Contains("optimizer_steps: found '3.5'"));
  CHECK_THAT(with("data_sha256", "unknown"), Catch::Contains("data_sha256: found 'unknown'"));

  Safetensors file = good;
  file.tensors["note"] = {"F32", {1}, std::vector<char>(4)};
  CHECK_THAT(error_of(file), Catch::Contains("tensor 'note': found a tensor that its recipe does not call for"));
  for (const std::string prefix : {"adam.first.", "adam.second.", "average."}) {  // one of three states is gone
    file = good;
    for (const auto& entry : good.tensors) {
      if (entry.first.rfind(prefix, 0) == 0) file.tensors.erase(entry.first);
    }
    INFO(prefix);
    CHECK_THAT(error_of(file), Catch::Contains("tensor '"));
  }
  file = good;
  const float negative = -1;
  std::memcpy(file.tensors.at("adam.second.head.bias").bytes.data(), &negative, sizeof negative);
  CHECK_THAT(error_of(file), Catch::Contains("adam.second.head.bias: found -1, which is negative"));

  // Images and steps: 100 are trained on, 3 batches of 32 (4 are left out); with 40 more it is another run.
  CHECK(trainer.left_out() == 4);
  good.save(path);
  CHECK_NOTHROW(Trainer(load_checkpoint(path), data, 1));
  const Dataset more = quadrants(240, 7);
  CHECK_THROWS_WITH(Trainer(load_checkpoint(path), more, 1),
                    Catch::Contains("optimizer_steps: found 3; allowed: 5: its 1 epochs of 5 steps") &&
                        Catch::Contains("140 images"));
}

TEST_CASE("what is kept before the first step can be gone on from") {
  const test::ScratchFolder folder;
  Recipe recipe = small_recipe(Activation::kRelu);
  recipe.schedule = Schedule::kTrapezoid;
  recipe.decay_fraction = 1;
  recipe.ema = 0.9;
  const Checkpoint fresh = Trainer::fresh(recipe);
  REQUIRE(decay_begins(fresh));
  save_checkpoint(fresh, folder / "before-decay.safetensors");
  const Dataset data = quadrants(200, 7);
  Trainer trainer(load_checkpoint(folder / "before-decay.safetensors"), data, 1), other(fresh, data, 1);
  trainer.run_epoch();
  other.run_epoch();
  CHECK((trainer.state().average == other.state().average));
}

TEST_CASE("the log survives a torn last line; the curve shows every series") {
  const test::ScratchFolder folder;
  const std::string path = folder / "psaflow_test_log.jsonl";
  std::vector<EpochReport> log;
  for (int e = 1; e <= 3; ++e) log.push_back({e, 2.0 / e, 0.3 * e, 0.25 * e, 1e-3, 10, 4500});
  {
    std::ofstream out(path);
    for (const EpochReport& e : log) out << to_json_line(e);
    out << "{\"epoch\": 4, \"lo";
  }
  const std::vector<EpochReport> read = load_training_log(path, 9);
  REQUIRE(read.size() == 3);
  CHECK(read[2].loss == Approx(log[2].loss).epsilon(1e-5));
  CHECK(load_training_log(path, 2).size() == 2);
  // A run that goes on from what another one left has a log that begins later.
  std::ofstream(path) << to_json_line(log[1]) << to_json_line(log[2]);
  CHECK(load_training_log(path, 9).size() == 2);
  CHECK(missing_epochs(load_training_log(path, 3), 3).empty());
  CHECK(missing_epochs({}, 3).empty());
  // A gap costs its own epochs, not those behind it; nor does a torn line, or one that is there twice.
  std::ofstream(path) << to_json_line(log[0]) << "{\"epoch\": 2, \n" << to_json_line(log[2]) << to_json_line(log[2]);
  CHECK(load_training_log(path, 9).size() == 2);
  CHECK(missing_epochs(load_training_log(path, 9), 9) == "2, 4..9");
  // Nothing held out: no such key, and not "-1".
  EpochReport none = log[0];
  none.holdout_accuracy = -1;
  CHECK_THAT(to_json_line(none), !Catch::Contains("holdout") && !Catch::Contains("-1"));
  std::ofstream(path) << to_json_line(none);
  CHECK(load_training_log(path, 9).at(0).holdout_accuracy == -1);
  EpochReport perfect = log[0];
  perfect.train_accuracy = perfect.holdout_accuracy = 1;
  CHECK_THAT(training_curve_svg({perfect}, "all right"), !Catch::Contains("nan"));
  const std::string svg = training_curve_svg(read, "a < b");
  CHECK_THAT(svg, Catch::Contains("a &lt; b") && Catch::Contains("held out 75.00 %") && Catch::Contains("loss 0.667"));
  // The loss' axis is about the losses, and tells of none when they are no numbers.
  std::vector<EpochReport> distilled(2, log[0]);
  distilled[0].loss = 7.728;
  distilled[1].loss = 7.486;
  distilled[1].epoch = 2;
  CHECK_THAT(training_curve_svg(distilled, ""), Catch::Contains(">7.4<") && Catch::Contains(">7.9<") &&
                                                    !Catch::Contains(">7.3<") && !Catch::Contains(">8<"));
  for (const double loss : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    std::vector<EpochReport> odd = {log[0], log[1]};
    odd[1].loss = loss;
    CHECK_THAT(training_curve_svg(odd, ""), !Catch::Contains("nan") && !Catch::Contains("inf"));
    CHECK_THAT(training_curve_svg({odd[1]}, ""), !Catch::Contains("nan") && !Catch::Contains("inf"));
  }
  distilled[0].loss = -1.7e308;
  distilled[1].loss = 1.7e308;  // no step of an axis reaches from one to the other
  CHECK_THAT(training_curve_svg(distilled, ""), Catch::Contains("</svg>"));
}

}  // namespace psaflow
