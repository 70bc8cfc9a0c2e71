// Block-wise transfer: what a recipe says of it, which parameters and statistics move in which epoch, and that a run
// with its phases resumes bit for bit.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

#include "sw/base/error.h"
#include "sw/train/recipe_difference.h"
#include "sw/train/trainer.h"
#include "sw/train/training_curve.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

constexpr int kBlocks = 2, kEpochs = 2;  // of the student, and of a block's transfer

Recipe teacher_recipe() {
  Recipe r = small_recipe(Activation::kRelu);
  r.net.model.blocks = kBlocks;
  r.net.model.hidden = 24;
  r.epochs = 3;
  return r;
}

Recipe student_recipe(Activation activation = Activation::kPsa) {
  Recipe r = small_recipe(activation);
  r.net.model.blocks = kBlocks;
  r.net.model.hidden = 12;
  r.block_transfer = {"a checkpoint below", kEpochs, 1e-2};
  r.epochs = 3;
  r.weight_decay = 0.02;
  return r;
}

Checkpoint taught(const Dataset& data) {
  Trainer trainer(Trainer::fresh(teacher_recipe()), data, 2);
  for (int e = 0; e < 3; ++e) trainer.run_epoch();
  return trainer.state();
}

std::shared_ptr<const BlockTeacher> teacher_of(const Checkpoint& checkpoint, const Recipe& student) {
  return std::make_shared<const BlockTeacher>(checkpoint, student);
}

// The slices of which some value is another.
std::set<std::string> moved(const ParameterLayout& layout, const AlignedVector<float>& was,
                            const AlignedVector<float>& is) {
  std::set<std::string> names;
  for (const ParameterSlice& s : layout.slices()) {
    if (!std::equal(was.begin() + static_cast<int64_t>(s.offset), was.begin() + static_cast<int64_t>(s.offset + s.size),
                    is.begin() + static_cast<int64_t>(s.offset)))
      names.insert(s.name);
  }
  return names;
}

std::set<std::string> names_of(const ParameterLayout& layout, const std::vector<std::string>& prefixes) {
  std::set<std::string> names;
  for (const ParameterSlice& s : layout.slices()) {
    for (const std::string& prefix : prefixes) {
      if (s.name.rfind(prefix, 0) == 0) names.insert(s.name);
    }
  }
  return names;
}

const std::string kYaml =
    "name: n\nnetwork: {activation: relu}\nschedule: trapezoid\n"
    "block_transfer: {teacher: \"t, 1.safetensors\", epochs: 7, learning_rate: 0.003}\nepochs: 10\n";

}  // namespace

TEST_CASE("a recipe's block-wise transfer: read, written where there is one, counted before the ordinary epochs") {
  const Recipe r = parse_recipe(kYaml, "r.yaml");
  CHECK(r.block_transfer.teacher == "t, 1.safetensors");
  CHECK(r.block_transfer.epochs == 7);
  CHECK(r.block_transfer.learning_rate == 0.003);
  CHECK(to_yaml(parse_recipe(to_yaml(r), "again")) == to_yaml(r));
  Recipe resolved = r;
  resolve_paths(resolved, "recipes/deep/r.yaml");
  CHECK(resolved.block_transfer.teacher == "recipes/deep/t, 1.safetensors");
  Recipe without = r;
  without.block_transfer = {};
  CHECK_THAT(to_yaml(without), !Catch::Contains("block_transfer"));
  CHECK_FALSE(may_continue(r, without, 0));
  CHECK(recipe_differences(to_yaml(r), to_yaml(without)).front().key == "block_transfer.epochs");

  CHECK(transfer_epochs(without) == 0);
  CHECK(total_epochs(without) == 10);
  CHECK(block_of_epoch(without, 0) == -1);
  CHECK(epochs_in_phase(without, 6) == 6);
  CHECK(transfer_epochs(r) == 28);  // four blocks
  CHECK(total_epochs(r) == 38);
  CHECK(decay_start(r) == 35);
  for (int e = 0; e < 28; ++e) {
    CHECK(block_of_epoch(r, e) == e / 7);
    CHECK(epochs_in_phase(r, e) == e % 7);
  }
  CHECK(block_of_epoch(r, 28) == -1);
  CHECK(epochs_in_phase(r, 30) == 2);
  for (int step = 0; step <= 100; ++step) CHECK(schedule_shape(r, step, 10) == schedule_shape(without, step, 10));
  Recipe longer = r;  // a trapezoid, prolonged in the transfer and up to its decay
  longer.epochs = 20;
  CHECK(may_continue(r, longer, 3));
  CHECK(may_continue(r, longer, 35));
  CHECK_FALSE(may_continue(r, longer, 36));
}

TEST_CASE("a wrong block-wise transfer names the line, the key, the value and what is allowed") {
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = kYaml;
    changed.replace(changed.find(from), from.size(), to);
    return test::error_of([&] { parse_recipe(changed, "r.yaml"); });
  };
  CHECK_THAT(with("epochs: 7", "epochs: 0"),
             Catch::Contains("r.yaml:4: block_transfer.epochs: found '0'") && Catch::Contains("1..100000"));
  CHECK_THAT(with("learning_rate: 0.003", "learning_rate: 2"),
             Catch::Contains("r.yaml:4: block_transfer.learning_rate: found '2'"));
  CHECK_THAT(with("epochs: 7", "epoch: 7"), Catch::Contains("r.yaml:4:") && Catch::Contains("epoch") &&
                                                Catch::Contains("teacher, epochs, learning_rate"));
  CHECK_THAT(with("teacher: \"t, 1.safetensors\", ", ""), Catch::Contains("block_transfer.teacher"));
}

TEST_CASE("each phase moves its own parameters, and the norms that it passes") {
  const Dataset data = quadrants(400, 8);
  const Checkpoint teacher = taught(data);
  const Recipe recipe = student_recipe();
  const ResMlp<float> net(recipe.net), wide(teacher.recipe.net);
  Trainer trainer(Trainer::fresh(recipe), data, 2, {}, teacher_of(teacher, recipe));
  const auto embedding_is_taught = [&] {
    for (const char* name : {"embed.weight", "embed.bias"}) {
      const ParameterSlice &a = net.parameters().find(name), &b = wide.parameters().find(name);
      if (!std::equal(trainer.state().parameters.begin() + static_cast<int64_t>(a.offset),
                      trainer.state().parameters.begin() + static_cast<int64_t>(a.offset + a.size),
                      teacher.parameters.begin() + static_cast<int64_t>(b.offset)))
        return false;
    }
    return true;
  };
  CHECK(embedding_is_taught());
  std::vector<EpochReport> reports;
  for (int epoch = 0; epoch < kBlocks * kEpochs; ++epoch) {
    const Checkpoint before = trainer.state();
    reports.push_back(trainer.run_epoch());
    INFO("epoch " << epoch);
    const int block = epoch / kEpochs;
    const std::string own = "blocks." + std::to_string(block) + ".";
    CHECK(
        (moved(net.parameters(), before.parameters, trainer.state().parameters) == names_of(net.parameters(), {own})));
    CHECK((moved(net.statistics(), before.statistics, trainer.state().statistics) ==
           names_of(net.statistics(), {"blocks.0.", own})));
    CHECK(embedding_is_taught());
    CHECK(reports.back().epoch == epoch + 1);
    CHECK(reports.back().block == block);
    CHECK(reports.back().blocks == kBlocks);
    CHECK(reports.back().holdout_accuracy == -1);
    CHECK(reports.back().learning_rate == 1e-2);
    if (epoch % kEpochs != 0) CHECK(reports.back().loss < reports[reports.size() - 2].loss);
  }
  const Checkpoint before = trainer.state();
  const EpochReport ordinary = trainer.run_epoch();
  CHECK(ordinary.block == -1);
  CHECK(ordinary.holdout_accuracy >= 0);
  CHECK(moved(net.parameters(), before.parameters, trainer.state().parameters).size() ==
        net.parameters().slices().size());
  CHECK(moved(net.statistics(), before.statistics, trainer.state().statistics).size() ==
        net.statistics().slices().size());
}

TEST_CASE("the error of a block falls towards its teacher's, and a good start is a good network") {
  const Dataset data = quadrants(700, 9);
  const Checkpoint teacher = taught(data);
  Recipe recipe = student_recipe();
  recipe.block_transfer.epochs = 8;
  recipe.weight_decay = 0;
  Trainer trainer(Trainer::fresh(recipe), data, 2, {}, teacher_of(teacher, recipe));
  for (int block = 0; block < kBlocks; ++block) {
    const double first = trainer.run_epoch().loss;
    double last = first;
    for (int e = 1; e < 8; ++e) last = trainer.run_epoch().loss;
    INFO("block " << block << ": " << first << " to " << last);
    CHECK(last < 0.5 * first);
  }
  EpochReport report;
  for (int e = 0; e < 3; ++e) report = trainer.run_epoch();
  CHECK(report.holdout_accuracy > 0.9);
}

TEST_CASE("a student that is its teacher's twin has nothing to learn but what batch statistics make") {
  const Dataset data = quadrants(300, 10);
  const Checkpoint teacher = taught(data);
  Recipe recipe = teacher_recipe();
  recipe.block_transfer = {"itself", 1, 1e-8};
  const BlockTeacher block_teacher(teacher, recipe);
  // The teacher's answers, image by image, whatever stands beside them.
  const ModelConfig& m = recipe.net.model;
  constexpr int kImages = 20;  // more than are inferred at once
  const size_t image = static_cast<size_t>(m.tokens()) * m.features(), out = static_cast<size_t>(m.tokens()) * m.embed;
  Rng rng(11);
  AlignedVector<float> patches(kImages * image), all(kImages * out), one(out);
  for (float& p : patches) p = static_cast<float>(rng.normal());
  const auto workspace = block_teacher.make_workspace();
  const ResMlp<float> net(teacher.recipe.net);
  AlignedVector<float> effective;
  net.make_effective(teacher.parameters, effective);
  const auto own = net.make_workspace(kImages);
  for (int block = 0; block < kBlocks; ++block) {
    block_teacher.block_output(patches.data(), block, kImages, *workspace, all.data());
    net.infer(effective, teacher.statistics, patches.data(), kImages, *own);
    CHECK(std::equal(all.begin(), all.end(), ResMlp<float>::block_output(*own, block)));
    block_teacher.block_output(patches.data() + 17 * image, block, 1, *workspace, one.data());
    CHECK(std::equal(one.begin(), one.end(), all.begin() + 17 * static_cast<int64_t>(out)));
  }
  Checkpoint twin = Trainer::fresh(recipe);
  const double apart = Trainer(twin, data, 2, {}, teacher_of(teacher, recipe)).run_epoch().loss;
  twin.parameters = teacher.parameters;
  CHECK(Trainer(twin, data, 2, {}, teacher_of(teacher, recipe)).run_epoch().loss < 0.1 * apart);
}

TEST_CASE("a run that stops at any epoch of any phase goes on bit for bit; threads do not matter") {
  const Dataset data = quadrants(300, 12);
  const Checkpoint teacher = taught(data);
  const test::ScratchFolder folder;
  const std::string path = folder / "c.safetensors";
  Recipe recipe = student_recipe();
  recipe.optimizer = OptimizerKind::kMuon;
  recipe.ema = 0.9;
  recipe.schedule = Schedule::kTrapezoid;
  recipe.decay_fraction = 1;  // begins with ordinary training
  recipe.augmentation.mixup = 0.4;
  recipe.distillation = {"a function below", 0.5, 2.0, 3};
  const std::vector<float> logits(data.count() * static_cast<size_t>(recipe.net.model.classes), 0.5f);
  std::vector<int> asked;
  const auto distil = [&](int view) {
    asked.push_back(view);
    return logits.data();
  };
  const auto block_teacher = teacher_of(teacher, recipe);
  Trainer whole(Trainer::fresh(recipe), data, 2, distil, block_teacher);
  Checkpoint state = Trainer::fresh(recipe);
  int decays = 0;
  for (int epoch = 0; epoch < total_epochs(recipe); ++epoch) {
    whole.run_epoch();
    Trainer part(std::move(state), data, 1 + epoch % 2, distil, block_teacher);
    decays += decay_begins(part.state()) ? 1 : 0;
    part.run_epoch();
    save_checkpoint(part.state(), path);
    state = load_checkpoint(path);
    INFO("epoch " << epoch);
    CHECK((state.parameters == whole.state().parameters));
    CHECK((state.statistics == whole.state().statistics));
    CHECK((state.average == whole.state().average));
    CHECK(state.average.empty() == (epoch < kBlocks * kEpochs));
    CHECK((state.optimizer.first == whole.state().optimizer.first));
    CHECK((state.optimizer.second == whole.state().optimizer.second));
    CHECK(state.optimizer.steps == whole.state().optimizer.steps);
    CHECK(state.epochs_done == epoch + 1);
  }
  CHECK(decays == 1);
  CHECK(asked == std::vector<int>{1, 1, 2, 2, 0, 0});  // epochs 5 to 7 of three views, by both runs
  // Behind the transfer its teacher is not needed.
  CHECK_NOTHROW(Trainer(load_checkpoint(path), data, 1, distil));

  // Steps are those since the phase began.
  Trainer begun(Trainer::fresh(recipe), data, 2, distil, block_teacher);
  for (int epoch = 0; epoch < kEpochs + 1; ++epoch) begun.run_epoch();
  Checkpoint wrong = begun.state();
  CHECK(wrong.optimizer.steps == 7);  // 200 images
  wrong.optimizer.steps *= kEpochs + 1;
  CHECK_THROWS_WITH(Trainer(wrong, data, 1, distil, block_teacher),
                    Catch::Contains("optimizer_steps: found 21; allowed: 7: its 1 epochs of 7 steps"));
}

TEST_CASE("bfloat16 transfers as float does, where the CPU has it") {
  if (bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  const Dataset data = quadrants(300, 13);
  const Checkpoint teacher = taught(data);
  Recipe recipe = student_recipe(Activation::kBspline);
  Trainer plain(Trainer::fresh(recipe), data, 2, {}, teacher_of(teacher, recipe));
  recipe.precision = Precision::kBfloat16;
  Trainer rounded(Trainer::fresh(recipe), data, 2, {}, teacher_of(teacher, recipe));
  CHECK(rounded.run_epoch().loss == Approx(plain.run_epoch().loss).epsilon(0.02));
}

TEST_CASE("a teacher of another stream is refused by its key; its hidden size, functions and classes are its own") {
  const Recipe student = student_recipe();
  const auto error = [&](const auto& change) {
    Recipe recipe = teacher_recipe();
    change(recipe.net.model);
    const Checkpoint teacher = Trainer::fresh(recipe);
    return test::error_of([&] { const BlockTeacher refused(teacher, student); });
  };
  CHECK(error([](ModelConfig& m) { m.hidden = 40; }).empty());
  CHECK(error([](ModelConfig& m) { m.activation = Activation::kBspline; }).empty());
  CHECK(error([](ModelConfig& m) { m.classes = 3; }).empty());
  CHECK_THAT(error([](ModelConfig& m) { m.embed = 32; }),
             Catch::Contains("a checkpoint below: recipe.network.embed: found 32; allowed: 16, as in the recipe of"));
  CHECK_THAT(error([](ModelConfig& m) { m.blocks = 3; }),
             Catch::Contains("recipe.network.blocks: found 3; allowed: 2"));
  CHECK_THAT(error([](ModelConfig& m) { m.patch = 4; }), Catch::Contains("recipe.network.patch: found 4; allowed: 8"));
  CHECK_THAT(error([](ModelConfig& m) { m.image_height = 16; }),
             Catch::Contains("recipe.network.image: found [3, 16, 32]; allowed: [3, 32, 32]"));
  CHECK_THAT(error([](ModelConfig& m) { m.mean[1] = 0.5; }),
             Catch::Contains("recipe.network.mean: found [0.4914, 0.5, 0.4465]; allowed: [0.4914, 0.4822, 0.4465]"));
}

TEST_CASE("epochs of block-wise transfer in the log and out of the curve") {
  const test::ScratchFolder folder;
  const std::string path = folder / "log.jsonl";
  EpochReport transfer;
  transfer.epoch = 1;
  transfer.loss = 1.23456e-4;
  transfer.block = 2;
  const EpochReport ordinary{2, 2.0, 0.3, 0.25, 1e-3, 10, 4500};
  CHECK_THAT(to_json_line(transfer),
             Catch::Contains("\"block\": 3, \"loss\": 0.000123456") && !Catch::Contains("accuracy"));
  CHECK_THAT(to_json_line(ordinary), !Catch::Contains("block"));
  test::write_text(path, to_json_line(transfer) + to_json_line(ordinary));
  const std::vector<EpochReport> read = load_training_log(path, 9);
  REQUIRE(read.size() == 2);
  CHECK(read[0].block == 2);
  CHECK(read[0].loss == 1.23456e-4);
  CHECK(read[1].block == -1);
  CHECK(to_json_line(read[0]) == to_json_line(transfer));

  // The picture of the ordinary epochs alone, but for the numbers below its axis.
  EpochReport first = ordinary, third = ordinary, huge = transfer;
  first.epoch = 1;
  third.epoch = 3;
  huge.loss = 99;
  const std::string svg = training_curve_svg({huge, ordinary, third}, "t");
  const std::string alone = training_curve_svg({first, ordinary}, "t");
  const auto lines = [](const std::string& text) { return text.substr(text.find("<polyline")); };
  CHECK(lines(svg) == lines(alone));
  CHECK_THAT(svg, Catch::Contains(">3</text>"));
  CHECK_THAT(training_curve_svg({huge}, "t"), !Catch::Contains("nan") && !Catch::Contains("polyline"));
}

}  // namespace psaflow
