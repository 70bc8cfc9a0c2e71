// A trained teacher as others use it: its logits, its file, and files that are none.
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>

#include "sw/base/file.h"
#include "sw/io/sha256.h"
#include "sw/teacher/bf16_conv_net.h"
#include "sw/teacher/teacher.h"
#include "sw/teacher/teacher_trainer.h"
#include "sw/teacher/views.h"
#include "sw/train/checkpoint.h"
#include "sw/train/trainer.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

TeacherCheckpoint some_teacher(const Dataset& data) {
  TeacherRecipe r;
  r.net.widths = {8, 16, 24};
  r.batch_size = 32;
  r.holdout = 0;
  TeacherCheckpoint c = TeacherTrainer::fresh(r, data);
  Rng rng(4);
  for (float& v : c.statistics) v = static_cast<float>(rng.uniform(0.2, 1));
  return c;
}

}  // namespace

TEST_CASE("an image's logits depend neither on its neighbours nor on the threads") {
  const Dataset data = quadrants(53, 1);
  const Teacher teacher(some_teacher(data));
  ThreadPool one(1), three(3);
  const size_t classes = teacher.classes();
  std::vector<float> all(53 * classes), other(53 * classes), single(classes);
  teacher.logits(data.images.data(), 53, all.data(), one);
  teacher.logits(data.images.data(), 53, other.data(), three);
  CHECK(all == other);
  for (size_t i : {0, 7, 17, 52}) {
    teacher.logits(data.image(i), 1, single.data(), one);
    CHECK(std::memcmp(single.data(), all.data() + i * classes, classes * sizeof(float)) == 0);
  }
  teacher.logits(data.image(5), 48, other.data(), three);
  CHECK(std::memcmp(other.data(), all.data() + 5 * classes, 48 * classes * sizeof(float)) == 0);
  teacher.logits(data.images.data(), 0, nullptr, one);

  // The flip average is the mean of two plain passes.
  Dataset mirrored = data;
  for (size_t row = 0; row < mirrored.images.size(); row += 32)
    std::reverse(mirrored.images.begin() + row, mirrored.images.begin() + row + 32);
  std::vector<float> average(53 * classes);
  teacher.logits(mirrored.images.data(), 53, other.data(), one);
  teacher.logits(data.images.data(), 53, average.data(), one, true);
  for (size_t i = 0; i < all.size(); ++i) CHECK(average[i] == 0.5f * (all[i] + other[i]));
}

TEST_CASE("bfloat16 logits are near those of float, and an image's are its own") {
  if (bf16_unit() == Bf16Unit::kNone) {
    WARN("skipped: this CPU multiplies no bfloat16");
    return;
  }
  const Dataset data = quadrants(53, 1);
  const TeacherCheckpoint checkpoint = some_teacher(data);
  const Teacher teacher(checkpoint);
  ThreadPool one(1), three(3);
  const size_t classes = teacher.classes();
  std::vector<float> exact(53 * classes), all(exact.size()), other(exact.size());
  teacher.logits(data.images.data(), 53, exact.data(), one);
  teacher.logits(data.images.data(), 53, all.data(), one, false, Precision::kBfloat16);
  double error = 0, square = 0;
  for (size_t i = 0; i < all.size(); ++i) {
    error += std::pow(all[i] - exact[i], 2);
    square += std::pow(exact[i], 2);
  }
  CHECK(std::sqrt(error / square) < 0.01);
  CHECK(error > 0);
  teacher.logits(data.image(5), 48, other.data(), three, false, Precision::kBfloat16);
  CHECK(std::memcmp(other.data(), all.data() + 5 * classes, 48 * classes * sizeof(float)) == 0);

  // The vectors' sums are those of the tiles, in another order.
  const ConvNet<float> net(checkpoint.recipe.net);
  const Bf16ConvNet rounded(net, checkpoint.recipe.net, checkpoint.parameters, checkpoint.statistics);
  auto workspace = rounded.make_workspace(3);
  std::vector<float> image(3 * ConvNet<float>::kImageValues);
  for (int i = 0; i < 3; ++i) plain_view(data.image(i), false, image.data() + i * ConvNet<float>::kImageValues);
  rounded.infer(image.data(), 3, workspace, Bf16Unit::kAvx512);
  for (size_t i = 0; i < 3 * classes; ++i) CHECK(workspace.logits[i] == Approx(all[i]).margin(0.01));
}

TEST_CASE("a teacher's file carries its logits and names itself by its bytes") {
  const Dataset data = quadrants(40, 2);
  const test::ScratchFolder folder;
  const std::string path = folder / "float.safetensors";
  const TeacherCheckpoint checkpoint = some_teacher(data);
  save_checkpoint(checkpoint, path);
  const Teacher before(checkpoint), after = Teacher::load(path);
  ThreadPool pool(2);
  std::vector<float> a(40 * 10), b(40 * 10);
  before.logits(data.images.data(), 40, a.data(), pool);
  after.logits(data.images.data(), 40, b.data(), pool);
  CHECK(a == b);
  CHECK(after.fingerprint() == sha256_hex(read_file(path)));
  CHECK(before.fingerprint().empty());
}

TEST_CASE("a teacher is not taken for a ResMLP") {
  const Dataset data = quadrants(40, 3);
  const test::ScratchFolder folder;
  const std::string path = folder / "teacher.safetensors";
  save_checkpoint(some_teacher(data), path);
  CHECK_THAT(test::error_of([&] { load_checkpoint(path); }), Catch::Contains("architecture: found 'conv'"));
}

TEST_CASE("files that are no teachers are refused by name") {
  const Dataset data = quadrants(40, 3);
  const test::ScratchFolder folder;
  const std::string path = folder / "bad.safetensors";
  save_checkpoint(some_teacher(data), path);
  const Safetensors good = Safetensors::load(path);
  const auto error = [&](const std::function<void(Safetensors&)>& spoil) {
    Safetensors file = good;
    spoil(file);
    file.save(path);
    return test::error_of([&] { Teacher::load(path); });
  };
  CHECK(error([](Safetensors&) {}).empty());
  CHECK_THAT(error([](Safetensors& f) { f.metadata["format"] = "psaflow.float/9"; }), Catch::Contains("format"));
  CHECK_THAT(error([](Safetensors& f) { f.metadata["architecture"] = "mlp"; }), Catch::Contains("architecture"));
  CHECK_THAT(error([](Safetensors& f) { f.metadata.erase("architecture"); }), Catch::Contains("architecture"));
  CHECK_THAT(error([](Safetensors& f) { f.metadata["recipe"] = "architecture: conv"; }), Catch::Contains("name"));
  CHECK_THAT(error([](Safetensors& f) { f.metadata["epochs_done"] = "-1"; }), Catch::Contains("epochs_done"));
  CHECK_THAT(error([](Safetensors& f) { f.tensors.erase("conv3.weight"); }), Catch::Contains("conv3.weight"));
  CHECK_THAT(error([](Safetensors& f) { f.tensors["norm2.bias"].shape = {2, 4}; }), Catch::Contains("norm2.bias"));
  CHECK_THAT(error([](Safetensors& f) {
               const float nan = std::nanf("");
               std::memcpy(f.tensors["head.weight"].bytes.data(), &nan, sizeof nan);
             }),
             Catch::Contains("head.weight") && Catch::Contains("finite"));
  CHECK_THAT(error([](Safetensors& f) {
               const float negative = -1;
               std::memcpy(f.tensors["norm1.var"].bytes.data(), &negative, sizeof negative);
             }),
             Catch::Contains("norm1.var") && Catch::Contains("negative"));
  // A recipe that promises a giant, without the tensors for it: refused before memory is taken.
  CHECK_THAT(error([](Safetensors& f) {
               std::string& recipe = f.metadata["recipe"];
               recipe.replace(recipe.find("8, 16, 24"), 9, "1024, 1024, 1024");
             }),
             Catch::Contains("conv1.weight"));
  test::write_text(path, "no safetensors at all");
  CHECK_THAT(test::error_of([&] { Teacher::load(path); }), Catch::Contains("bad.safetensors"));
  CHECK_THAT(test::error_of([&] { Teacher::load(folder / "missing"); }), Catch::Contains("missing"));
  save_checkpoint(Trainer::fresh(small_recipe(Activation::kRelu)), path);  // a ResMLP
  CHECK_THAT(test::error_of([&] { Teacher::load(path); }), Catch::Contains("architecture"));
}

TEST_CASE("a teacher's recipe survives the round trip; mistakes are named") {
  TeacherRecipe r;
  r.net.widths = {16, 24, 40};
  r.augmentation = {3, false, 8};
  r.learning_rate = 7.25;
  r.seed = 42;
  const TeacherRecipe again = parse_teacher_recipe(to_yaml(r), "r");
  CHECK(to_yaml(again) == to_yaml(r));
  CHECK(again.net == r.net);
  const TeacherRecipe published = load_teacher_recipe(PSAFLOW_SOURCE_DIR "/sw/zoo/teacher-conv/recipe.yaml");
  CHECK(published.name == "teacher-conv");
  CHECK(is_teacher_recipe(load_yaml(PSAFLOW_SOURCE_DIR "/sw/zoo/teacher-conv/recipe.yaml")));
  CHECK(!is_teacher_recipe(load_yaml(PSAFLOW_SOURCE_DIR "/sw/zoo/psa-h96/recipe.yaml")));

  const auto error = [](const std::string& lines) {
    return test::error_of([&] { parse_teacher_recipe("name: x\n" + lines, "r.yaml"); });
  };
  CHECK_THAT(error(""), Catch::Contains("architecture"));
  CHECK_THAT(error("architecture: mlp\n"), Catch::Contains("architecture") && Catch::Contains("conv"));
  CHECK_THAT(error("architecture: conv\nepoch: 3\n"), Catch::Contains("epochs"));
  CHECK_THAT(error("architecture: conv\nnetwork: {widths: [8, 12, 16]}\n"), Catch::Contains("'12'"));
  CHECK_THAT(error("architecture: conv\nnetwork: {widths: [8, 16]}\n"), Catch::Contains("widths"));
  CHECK_THAT(error("architecture: conv\nnetwork: {widths: 8}\n"), Catch::Contains("widths"));
  CHECK_THAT(error("architecture: conv\nbatch_size: 100\nshard_size: 32\n"), Catch::Contains("shard_size"));
}

}  // namespace psaflow
