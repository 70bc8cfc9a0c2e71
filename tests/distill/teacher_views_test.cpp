// A teacher's answers: those of the teacher on the very views that the student sees, computed once, kept on disk.
#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <vector>

#include "sw/base/error.h"
#include "sw/distill/teacher_views.h"
#include "sw/io/safetensors.h"
#include "sw/teacher/teacher_trainer.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

// An untrained teacher's file.
std::string small_teacher(const test::ScratchFolder& folder, uint64_t seed) {
  TeacherRecipe recipe;
  recipe.net.widths = {8, 8, 8};
  recipe.net.classes = 10;
  recipe.holdout = 100;
  recipe.batch_size = recipe.shard_size = 32;
  recipe.seed = seed;
  const std::string path = folder / ("teacher" + std::to_string(seed) + ".safetensors");
  save_checkpoint(TeacherTrainer::fresh(recipe, quadrants(300, 9)), path);
  return path;
}

Recipe student() {
  Recipe recipe = small_recipe(Activation::kRelu);
  recipe.augmentation.mixup = 0.5;
  recipe.distillation.teacher = "teacher";
  recipe.distillation.views = 4;
  return recipe;
}

}  // namespace

TEST_CASE("answers are the teacher's on the student's views, and are kept") {
  const test::ScratchFolder folder;
  const Dataset data = quadrants(150, 8);
  const std::string teacher = small_teacher(folder, 1);
  const Recipe recipe = student();
  const ViewSource views(recipe, data);
  REQUIRE(views.images() == 50);

  TeacherViews answers(Teacher::load(teacher), recipe, data, folder / "cache");
  const std::vector<float> kept(answers.logits(3), answers.logits(3) + 50 * 10);
  ThreadPool pool(1);
  const Teacher direct = Teacher::load(teacher);
  for (uint32_t i = 0; i < 50; i += 7) {
    std::vector<uint8_t> pixels(kCifarImageBytes);
    float label[10], expected[10];
    views.make(3, i, pixels.data(), label);
    direct.logits(pixels.data(), 1, expected, pool, false, fastest_precision());
    for (int k = 0; k < 10; ++k) CHECK(kept[i * 10 + k] == expected[k]);
  }
  CHECK(std::vector<float>(answers.logits(2), answers.logits(2) + 500) != kept);

  const std::string path = answers.path(3);
  // What a killed run left beside them goes with the next view, what is young or somebody else's stays.
  const std::filesystem::path beside = std::filesystem::path(path).parent_path();
  const auto leave = [&](const std::string& name, int hours) {
    std::ofstream(beside / name) << "half";
    std::filesystem::last_write_time(beside / name,
                                     std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
  };
  const std::string dead = ".tmp.999999999";  // beyond the greatest process id
  leave("view-0007.safetensors" + dead, 2);
  leave("view-0008.safetensors" + dead, 0);
  leave("notes" + dead, 2);
  answers.logits(1);
  CHECK_FALSE(std::filesystem::exists(beside / ("view-0007.safetensors" + dead)));
  CHECK(std::filesystem::exists(beside / ("view-0008.safetensors" + dead)));
  CHECK(std::filesystem::exists(beside / ("notes" + dead)));

  const auto written = std::filesystem::last_write_time(path);
  Recipe other_network = recipe;  // the same views serve it
  other_network.net.model.hidden = 8;
  other_network.epochs = 99;
  TeacherViews again(Teacher::load(teacher), other_network, data, folder / "cache");
  CHECK(again.path(3) == path);
  CHECK(std::vector<float>(again.logits(3), again.logits(3) + 500) == kept);
  CHECK(std::filesystem::last_write_time(path) == written);

  std::filesystem::resize_file(path, 100);  // a damaged entry is computed again
  TeacherViews repaired(Teacher::load(teacher), recipe, data, folder / "cache");
  CHECK(std::vector<float>(repaired.logits(3), repaired.logits(3) + 500) == kept);
}

TEST_CASE("answers of either precision are taken, and say which made them") {
  const test::ScratchFolder folder;
  const Dataset data = quadrants(150, 8);
  const std::string teacher = small_teacher(folder, 1);
  const auto with = [&](Precision precision) {
    return TeacherViews(Teacher::load(teacher), student(), data, folder / "cache", 1, precision);
  };
  TeacherViews exact = with(Precision::kFloat32), other = with(Precision::kBfloat16);
  const std::vector<float> kept(exact.logits(0), exact.logits(0) + 500);
  CHECK(Safetensors::load(exact.path(0)).metadata.at("precision") == "float32");
  CHECK(other.path(0) == exact.path(0));
  CHECK(std::vector<float>(other.logits(0), other.logits(0) + 500) == kept);
  if (bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  const std::vector<float> rounded(other.logits(1), other.logits(1) + 500);
  CHECK(Safetensors::load(other.path(1)).metadata.at("precision") == "bfloat16");
  CHECK(std::vector<float>(exact.logits(1), exact.logits(1) + 500) == rounded);
  CHECK(rounded != kept);
}

TEST_CASE("whatever changes the answers changes their place") {
  const test::ScratchFolder folder;
  const Dataset data = quadrants(150, 8), other_data = quadrants(150, 7);
  const std::string teacher = small_teacher(folder, 1);
  const auto path = [&](const std::string& file, const Recipe& recipe, const Dataset& images) {
    return TeacherViews(Teacher::load(file), recipe, images, folder / "cache").path(0);
  };
  const std::string base = path(teacher, student(), data);
  CHECK(path(small_teacher(folder, 2), student(), data) != base);
  CHECK(path(teacher, student(), other_data) != base);
  Recipe changed = student();
  changed.seed = 77;
  CHECK(path(teacher, changed, data) != base);
  changed = student();
  changed.augmentation.random_operations = 1;
  CHECK(path(teacher, changed, data) != base);
}

TEST_CASE("a teacher of other classes is refused") {
  const test::ScratchFolder folder;
  const Dataset data = quadrants(150, 8);
  Recipe recipe = student();
  recipe.net.model.classes = 4;
  CHECK_THROWS_AS(TeacherViews(Teacher::load(small_teacher(folder, 1)), recipe, data, folder / "cache"), UserError);
}

}  // namespace psaflow
