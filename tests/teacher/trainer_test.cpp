// The teacher's training: it learns, it resumes bit for bit, and its weights do not depend on the number of threads.
#include <catch2/catch.hpp>

#include "sw/teacher/teacher.h"
#include "sw/teacher/teacher_trainer.h"
#include "sw/teacher/views.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

TeacherRecipe small_teacher(int epochs) {
  TeacherRecipe r;
  r.net.widths = {8, 8, 16};
  r.batch_size = 32;
  r.shard_size = 8;
  r.epochs = epochs;
  r.learning_rate = 60;  // few and small batches
  r.bias_scale = 4;
  r.lookahead = 3;
  r.augmentation.translate = 1;
  r.whiten_bias_epochs = 1;
  r.holdout = 40;
  r.seed = 3;
  return r;
}

}  // namespace

TEST_CASE("the teacher learns a simple task") {
  // Stripes in noise, lying or standing: a flip does not change the class, and neither does a shift.
  const uint64_t seed = 4;
  INFO("seed " << seed);
  Dataset data;
  Rng rng(seed);
  for (int i = 0; i < 360; ++i) {
    const auto label = static_cast<uint8_t>(rng.below(2));
    const size_t phase = rng.below(4);
    data.labels.push_back(label);
    for (size_t p = 0; p < kCifarImageBytes; ++p) {
      const size_t along = label == 0 ? p % 32 : p / 32 % 32;
      data.images.push_back(static_cast<uint8_t>(((along + phase) % 4 < 2 ? 90 : 130) + rng.below(80)));
    }
  }
  const TeacherRecipe recipe = small_teacher(4);
  TeacherTrainer trainer(TeacherTrainer::fresh(recipe, data), data, 2);
  EpochReport report;
  for (int e = 0; e < recipe.epochs; ++e) report = trainer.run_epoch();
  CHECK(report.holdout_accuracy > 0.9);  // chance: 0.5
}

TEST_CASE("the teacher's weights do not depend on the number of threads") {
  const Dataset data = quadrants(140, 5);
  TeacherTrainer one(TeacherTrainer::fresh(small_teacher(2), data), data, 1),
      three(TeacherTrainer::fresh(small_teacher(2), data), data, 3);
  for (int e = 0; e < 2; ++e) {
    one.run_epoch();
    three.run_epoch();
  }
  CHECK((one.state().parameters == three.state().parameters));
  CHECK((one.state().statistics == three.state().statistics));
}

TEST_CASE("a teacher's run that stops and resumes gives the same weights") {
  const Dataset data = quadrants(140, 6);
  const test::ScratchFolder folder;
  const std::string path = folder / "checkpoint.safetensors";
  TeacherTrainer whole(TeacherTrainer::fresh(small_teacher(3), data), data, 2);
  for (int e = 0; e < 3; ++e) whole.run_epoch();
  {
    TeacherTrainer first(TeacherTrainer::fresh(small_teacher(3), data), data, 2);
    first.run_epoch();
    save_checkpoint(first.state(), path);
  }
  TeacherTrainer second(load_teacher_checkpoint(path), data, 2);
  CHECK(second.state().epochs_done == 1);
  second.run_epoch();
  CHECK((second.state().parameters != whole.state().parameters));  // not yet
  second.run_epoch();
  CHECK((second.state().parameters == whole.state().parameters));
  CHECK((second.state().statistics == whole.state().statistics));
  CHECK((second.state().optimizer.velocity == whole.state().optimizer.velocity));
}

TEST_CASE("a published teacher cannot be trained on; too few images are refused") {
  const Dataset data = quadrants(140, 6), few = quadrants(60, 6);
  TeacherCheckpoint published = TeacherTrainer::fresh(small_teacher(1), data);
  published.optimizer.velocity.clear();
  CHECK_THAT(test::error_of([&] { TeacherTrainer(published, data, 1); }), Catch::Contains("published"));
  CHECK_THAT(test::error_of([&] { TeacherTrainer::fresh(small_teacher(1), few); }),
             Catch::Contains("60 images") && Catch::Contains("holdout of 40"));
}

TEST_CASE("the learning rate rises to its peak and falls; slow weights start free and end as the result") {
  TeacherRecipe r;
  CHECK(learning_share(r, 0, 1000) == Approx(0.2));
  CHECK(learning_share(r, 115, 1000) == Approx(0.6));
  CHECK(learning_share(r, 230, 1000) == Approx(1));
  CHECK(learning_share(r, 1000, 1000) == Approx(0.07));

  TeacherOptimizer o;
  o.slow = {0.f};
  o.slow_statistics = {0.f};
  AlignedVector<float> fast = {1.f}, statistics = {1.f};
  const auto after = [&](int64_t step) {
    o.steps = step;
    look_ahead(r, 12, o, fast, statistics);
    return fast[0];
  };
  CHECK(after(4) == 1.f);  // not a multiple of 5
  const double keep_5 = std::pow(0.95, 5) * std::pow(5 / 12.0, 3);
  const float five = after(5);
  CHECK(five == Approx(1 - keep_5));
  CHECK(statistics[0] == five);
  fast[0] = 3;
  CHECK(after(12) == five);  // the last step: the slow weights
}

TEST_CASE("one step of SGD is Nesterov's, with decay independent of the learning rate") {
  TeacherRecipe r;
  r.batch_size = 1024;
  r.momentum = 0.5;
  r.learning_rate = 3 * 0.2;
  r.weight_decay = 0.3;
  r.start_learning = r.final_learning = 1;
  ParameterLayout layout;
  layout.add("whiten.weight", {1});
  layout.add("whiten.bias", {1});
  layout.add("conv1.weight", {1});
  layout.add("norm1.bias", {1});
  TeacherOptimizer o;
  o.velocity.assign(4, 0.f);
  AlignedVector<float> p(4, 1.f);
  const AlignedVector<float> g(4, 1.f);
  sgd_step(r, layout, g, 10, false, o, p);
  // examples = 1024 (1 + 1 / 0.5) = 3072: rate 0.2, decay 0.3 / 0.6 = 0.5, g = 1.5, step 0.2 (1.5 + 0.5 x 1.5)
  CHECK(p[0] == 1.f);
  CHECK(p[1] == 1.f);
  CHECK(p[2] == Approx(1 - 0.2 * 2.25));
  // 64 times the rate, a 64th of the decay: 12.8 x 1.5 (1 + 0.5 / 64)
  CHECK(p[3] == Approx(1 - 12.8 * 1.5 * (1 + 0.5 / 64)));
  sgd_step(r, layout, g, 10, true, o, p);
  CHECK(p[0] == 1.f);
  CHECK(p[1] == Approx(1 - 0.2 * 2.25));
}

TEST_CASE("views: alternate flips, mirrored edges, cutout of mean colour, reproducible") {
  const Dataset data = quadrants(40, 8);
  std::vector<float> plain(3072), mirrored(3072), view(3072), again(3072);
  const TeacherAugmentation still{0, true, 0};
  int started_mirrored = 0;
  for (uint32_t i = 0; i < 40; ++i) {
    plain_view(data.image(i), false, plain.data());
    plain_view(data.image(i), true, mirrored.data());
    CHECK(plain[0] == Approx((data.image(i)[0] / 255.0 - 0.4914) / 0.2470));
    CHECK(plain[3 * 33 + 2] == Approx((data.image(i)[2 * 1024 + 33] / 255.0 - 0.4465) / 0.2616));
    CHECK(mirrored[0] == plain[31 * 3]);
    teacher_view(data.image(i), still, 1, 0, i, view.data());
    const bool first = view == mirrored;
    started_mirrored += first ? 1 : 0;
    CHECK((first || view == plain));
    teacher_view(data.image(i), still, 1, 1, i, view.data());
    CHECK((first ? view == plain : view == mirrored));
    teacher_view(data.image(i), still, 1, 2, i, view.data());
    CHECK((first ? view == mirrored : view == plain));
  }
  CHECK((started_mirrored > 8 && started_mirrored < 32));

  // An image whose first channel is its column (times 4): a view shifted by d shows |x + d|, mirrored at the edges.
  std::vector<uint8_t> columns(3072);
  for (size_t p = 0; p < 3072; ++p) columns[p] = static_cast<uint8_t>(p % 32 * 4);
  const auto column = [](float v) { return static_cast<int>(std::lround((v * 0.2470 + 0.4914) * 255 / 4)); };
  for (uint32_t i = 0; i < 40; ++i) {
    teacher_view(columns.data(), {3, true, 0}, 2, 0, i, view.data());
    const bool flipped = column(view[20 * 3]) < column(view[10 * 3]);
    const int shift = flipped ? column(view[10 * 3]) - 21 : column(view[10 * 3]) - 10;
    INFO("image " << i << " shift " << shift);
    CHECK(std::abs(shift) <= 3);
    for (int x = 0; x < 32; ++x) {
      const int from = (flipped ? 31 - x : x) + shift;
      CHECK(column(view[(5 * 32 + x) * 3]) == (from < 0 ? -from : from > 31 ? 62 - from : from));
    }
  }
  teacher_view(data.image(0), {2, true, 12}, 1, 5, 0, view.data());
  teacher_view(data.image(0), {2, true, 12}, 1, 5, 0, again.data());
  CHECK(view == again);
  const auto zeros = std::count(view.begin(), view.end(), 0.f);
  CHECK((zeros >= 6 * 6 * 3 && zeros <= 12 * 12 * 3));
}

}  // namespace psaflow
