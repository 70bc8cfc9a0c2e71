// Quantisation-aware training end to end: it mends what rounding broke, exports what it trained, resumes bit for bit,
// and does not depend on the number of threads.
#include <catch2/catch.hpp>
#include <fstream>

#include "sw/base/error.h"
#include "sw/data/normalize.h"
#include "sw/golden/evaluator.h"
#include "sw/qat/finetune.h"
#include "sw/qat/parameters.h"
#include "sw/quant/card.h"
#include "sw/quant/classes.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

namespace psaflow {
namespace {

// Learned functions that a coarse table breaks: a start near the identity and |x| would survive three points.
void start_uneven(Checkpoint& c) {
  const ResMlp<float> net(c.recipe.net);
  Rng rng(52);
  for (const ParameterSlice& slice : net.parameters().slices()) {
    const auto is = [&](const std::string& end) {
      return slice.name.size() > end.size() && slice.name.substr(slice.name.size() - end.size()) == end;
    };
    for (size_t i = 0; i < slice.size; ++i) {
      float& p = c.parameters[slice.offset + i];
      if (is(".value")) p = static_cast<float>(rng.normal());
      if (is(".grid") && i < slice.size / 2) p = 0;  // a ReLU: the left half of [points, channels]
    }
  }
}

struct Trained {
  Dataset data = quadrants(600, 51);
  Checkpoint checkpoint;
  Calibrated start;
  explicit Trained(Activation activation, int epochs = 6) {
    checkpoint = Trainer::fresh(small_recipe(activation));
    start_uneven(checkpoint);
    Trainer trainer(std::move(checkpoint), data, 2);
    for (int e = 0; e < epochs; ++e) trainer.run_epoch();
    checkpoint = published(trainer.state());
    ThreadPool pool(2);
    start = calibrated(fold(checkpoint), data, 100, pool);
  }
  Finetuner finetuner(const FinetuneOptions& options, int threads) const {
    return Finetuner(start_finetuning(checkpoint, "source", start, options), data, views(options), threads);
  }
  ViewFunction views(const FinetuneOptions& options) const {
    return with_float_answers(recipe_views(checkpoint.recipe, data), checkpoint, options.float_weight);
  }
};

FinetuneOptions options(int epochs, int table_log2) {
  FinetuneOptions o;
  o.epochs = epochs;
  o.learning_rate = 2e-3;
  o.table_log2 = table_log2;
  o.calibration_images = 100;
  return o;
}

}  // namespace

TEST_CASE("training mends what coarse tables break, and the exported model is the trained network") {
  for (Activation activation : {Activation::kRelu, Activation::kPsa, Activation::kBspline}) {
    const Trained t(activation);
    Finetuner finetuner = t.finetuner(options(4, 1), 2);  // tables of 3 points
    const double before = evaluate_int8(finetuner.model(), t.data, 500, 100);
    CHECK(before == evaluate_int8(quantize(t.start.model, t.start.ranges, 1), t.data, 500, 100));
    const EpochReport first = finetuner.run_epoch();
    EpochReport last;
    while (finetuner.state().epochs_done < 4) last = finetuner.run_epoch();
    ThreadPool pool(2);
    const double as_float = evaluate_float(t.checkpoint, t.data, 500, 100, pool);
    INFO(to_string(activation) << ": before " << before << ", after " << last.holdout_accuracy << ", float "
                               << as_float);
    CHECK(as_float > 0.9);
    if (activation == Activation::kRelu) {  // no tables, and little to mend
      CHECK(last.holdout_accuracy >= before);
    } else {
      CHECK(last.loss < first.loss);
      CHECK(last.holdout_accuracy > before + 0.1);
    }
    CHECK(last.holdout_accuracy > as_float - 0.05);
    CHECK((finetuner.classes(t.data, 0, 600) == int8_classes(finetuner.model(), t.data, 0, 600)));
  }
}

TEST_CASE("real images: every logit of the fake-quantised network is the golden model's") {
  const Checkpoint checkpoint = load_checkpoint(PSAFLOW_SOURCE_DIR "/sw/zoo/psa-h96/float.safetensors");
  const Dataset data = load_cifar10(PSAFLOW_SOURCE_DIR "/sw/data/samples", Split::kTest);
  ThreadPool pool(2);
  auto [folded, ranges, moved] = calibrated(fold(checkpoint), data, 32, pool);
  for (int table_log2 : {8, 4}) {
    settle(folded, ranges);
    const StepModel steps = to_steps(folded, ranges, table_log2);
    const IntModel model = round_to_int8(steps);
    const ModelConfig& m = model.config;
    constexpr int kImages = 24;
    std::vector<int8_t> expected(static_cast<size_t>(kImages) * m.classes);
    Evaluator(model).logits(data.image(100), kImages, expected.data());
    QatNet<float> net(m);
    net.load(steps, ranges.head);
    const auto pixels = pixel_table(m.mean, m.std, m.input_scale);
    const size_t values = static_cast<size_t>(m.tokens()) * m.features();
    AlignedVector<float> patches(kImages * values);
    for (size_t i = 0; i < kImages; ++i) {
      cut_patches(data.image(100 + i), 3, 32, 32, m.patch, patches.data() + i * values,
                  [&](int c, uint8_t p) { return static_cast<float>(pixels[static_cast<size_t>(c)][p]); });
    }
    const auto workspace = net.make_workspace(kImages);
    CHECK(std::equal(expected.begin(), expected.end(), net.infer(patches.data(), kImages, *workspace)));
  }
}

TEST_CASE("weights and ranges do not depend on the number of threads") {
  const Trained t(Activation::kPsa, 2);
  Finetuner one = t.finetuner(options(2, 8), 1), three = t.finetuner(options(2, 8), 3);
  for (int e = 0; e < 2; ++e) {
    one.run_epoch();
    three.run_epoch();
  }
  CHECK((one.state().parameters == three.state().parameters));
  CHECK((one.state().log2_scales == three.state().log2_scales));
  const FinetuneState start = t.finetuner(options(2, 8), 1).state();
  CHECK((one.state().parameters != start.parameters));
  CHECK((one.state().log2_scales != start.log2_scales));
}

TEST_CASE("a run that stops and resumes from its checkpoint gives the same weights") {
  const Trained t(Activation::kBspline, 2);
  const FinetuneOptions o = options(3, 4);
  const test::ScratchFolder folder;
  const std::string path = folder / "checkpoint.safetensors";
  Finetuner whole = t.finetuner(o, 2);
  for (int e = 0; e < 3; ++e) whole.run_epoch();
  {
    Finetuner first = t.finetuner(o, 2);
    first.run_epoch();
    save_finetuning(first.state(), path);
  }
  FinetuneState state = load_finetuning(path);
  CHECK(state.epochs_done == 1);
  CHECK(state.source == "source");
  CHECK(state.options == o);
  Finetuner second(std::move(state), t.data, t.views(o), 2);
  second.run_epoch();
  CHECK((second.state().parameters != whole.state().parameters));  // not yet
  second.run_epoch();
  CHECK((second.state().parameters == whole.state().parameters));
  CHECK((second.state().log2_scales == whole.state().log2_scales));
  CHECK((second.state().optimizer.second == whole.state().optimizer.second));
  CHECK((second.state().range_optimizer.first == whole.state().range_optimizer.first));

  const std::string bytes = test::read_text(path);
  const auto message = [&](const std::string& from, const std::string& to) {
    std::string changed = bytes;
    const size_t at = changed.find(from);
    REQUIRE(at != std::string::npos);
    changed.replace(at, from.size(), to);
    test::write_text(path, changed);
    try {
      load_finetuning(path);
    } catch (const UserError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(message("psaflow.qat/1", "psaflow.qat/9"), Catch::Contains("format") && Catch::Contains("psaflow.qat/9"));
  CHECK_THAT(message("\"embed.log2_scale\"", "\"embed.log2_scalf\""), Catch::Contains("embed.log2_scale"));
  CHECK_THAT(message("range_rate", "range_rata"), Catch::Contains("range_rate"));
}

TEST_CASE("targets: labels, a teacher's answers, the float network's own") {
  const Trained t(Activation::kPsa, 1);
  Recipe recipe = t.checkpoint.recipe;
  const int classes = recipe.net.model.classes;
  const auto softmax = [&](const float* logits) {
    std::vector<double> p;
    double sum = 0;
    for (int k = 0; k < classes; ++k) sum += p.emplace_back(std::exp(double{logits[k]}));
    for (double& v : p) v /= sum;
    return p;
  };
  std::vector<uint8_t> pixels(kCifarImageBytes), same(kCifarImageBytes);
  std::vector<float> labels(static_cast<size_t>(classes)), target(labels);
  recipe_views(recipe, t.data)(7, 3, pixels.data(), labels.data());

  with_float_answers(recipe_views(recipe, t.data), t.checkpoint, 0.25)(7, 3, same.data(), target.data());
  CHECK((same == pixels));
  const auto normalized = normalized_pixels(recipe.net.model);
  std::vector<float> patches(kCifarImageBytes);
  cut_patches(pixels.data(), 3, 32, 32, recipe.net.model.patch, patches.data(),
              [&](int c, uint8_t p) { return normalized[static_cast<size_t>(c)][p]; });
  const std::vector<double> own = softmax(run_folded(fold(t.checkpoint), patches.data()).data());
  for (int k = 0; k < classes; ++k) CHECK(target[k] == Approx(0.75 * labels[k] + 0.25 * own[k]).margin(1e-4));

  recipe.distillation.teacher = "someone";
  recipe.distillation.weight = 0.6;
  recipe.distillation.views = 4;
  std::vector<float> logits(500 * static_cast<size_t>(classes));
  Rng rng(9);
  for (float& z : logits) z = static_cast<float>(rng.normal());
  std::vector<int> asked;
  const ViewFunction taught = recipe_views(recipe, t.data, [&](int view) {
    asked.push_back(view);
    return logits.data();
  });
  recipe.distillation.teacher.clear();
  recipe_views(recipe, t.data)(3, 3, pixels.data(), labels.data());
  taught(7, 3, same.data(), target.data());  // view 7 mod 4
  CHECK((same == pixels));
  CHECK((asked == std::vector<int>{3}));
  const std::vector<double> answer = softmax(logits.data() + 3 * classes);
  for (int k = 0; k < classes; ++k) CHECK(target[k] == Approx(0.4 * labels[k] + 0.6 * answer[k]).margin(1e-5));
}

}  // namespace psaflow
