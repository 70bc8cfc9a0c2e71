// Images that are not CIFAR-10's, end to end: evaluated, simulated, and refused where they are not what the model takes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/base/rng.h"
#include "sw/golden/evaluator.h"
#include "sw/golden/random_model.h"
#include "sw/golden/reference.h"
#include "sw/io/npy.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/npy_text.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

// Handwritten digits' shape: one channel of 28 x 28, patches of 7, and a network of five classes.
ModelConfig digits() {
  ModelConfig config;
  config.activation = Activation::kPsa;
  config.image_channels = 1;
  config.image_height = config.image_width = 28;
  config.mean = {0.13};
  config.std = {0.31};
  config.patch = 7;
  config.embed = config.hidden = 14;
  config.blocks = 1;
  config.classes = 5;
  return config;
}

struct OwnImages {
  ScratchFolder scratch;
  IntModel model = random_model(digits(), 17, 5);
  std::string model_path = scratch / "m.safetensors", images = scratch / "x.npy", labels = scratch / "y.npy";
  std::string pixels;
  size_t correct = 0;
  std::vector<int8_t> logits;

  OwnImages() {
    constexpr size_t kImages = 6;
    save_int_model(model, model_path);
    Rng rng(11);
    for (size_t i = 0; i < kImages * 784; ++i) pixels += static_cast<char>(rng.below(256));
    write_text(images, npy_text("|u1", "(6, 1, 28, 28)", pixels));
    logits.resize(kImages * 5);
    Evaluator(model, 1).logits(reinterpret_cast<const uint8_t*>(pixels.data()), kImages, logits.data());
    // Every other label is right.
    std::string values;
    for (size_t i = 0; i < kImages; ++i) {
      const int given = argmax(logits.data() + 5 * i, 5), label = i % 2 == 0 ? given : (given + 1) % 5;
      correct += label == given ? 1 : 0;
      values += std::string{static_cast<char>(label), '\0', '\0', '\0', '\0', '\0', '\0', '\0'};
    }
    write_text(labels, npy_text("<i8", "(6,)", values));
  }
};

}  // namespace

TEST_CASE("eval takes images of one's own") {
  const OwnImages own;
  const std::string json = own.scratch / "e.json", logits = own.scratch / "l.npy", classes = own.scratch / "c.npy";
  const Outcome outcome =
      run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--labels", own.labels, "--json", json,
                   "--logits", logits, "--classes", classes, "--confusion"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 6);
  CHECK(report.at("correct") == own.correct);
  CHECK(report.at("accuracy").get<double>() == Approx(static_cast<double>(own.correct) / 6));
  CHECK(report.at("confusion").size() == 5);
  CHECK(report.at("split").is_null());
  const NpyArray written = load_npy(logits), given = load_npy(classes);
  REQUIRE(written.shape == std::vector<size_t>{6, 5});
  for (size_t i = 0; i < 30; ++i) CHECK(written.integer(i) == own.logits[i]);
  REQUIRE(given.shape == std::vector<size_t>{6});
  for (size_t i = 0; i < 6; ++i) CHECK(given.integer(i) == argmax(own.logits.data() + 5 * i, 5));

  const Outcome unlabelled =
      run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--limit", "4", "--json", json});
  REQUIRE(unlabelled.status == 0);
  CHECK_THAT(unlabelled.out, !Contains("accuracy"));
  CHECK(nlohmann::json::parse(read_text(json)).at("images") == 4);
  CHECK(nlohmann::json::parse(read_text(json)).at("accuracy").is_null());
}

TEST_CASE("eval refuses what does not belong together") {
  const OwnImages own;
  check_user_error(run_psaflow({"eval", "--model", own.model_path, "--data", "sw/data/samples"}),
                   {"sw/data/samples", "[N,1,28,28]"});
  check_user_error(run_psaflow({"eval", "--model", "sw/zoo/relu-h96/model.safetensors", "--images", own.images}),
                   {"x.npy", "[6,1,28,28]", "[N,3,32,32]"});
  check_user_error(run_psaflow({"eval", "--model", own.model_path}), {"neither --data nor --images"});
  check_user_error(run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--data", "d"}),
                   {"both --data and --images"});
  check_user_error(run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--split", "test"}),
                   {"--split"});
  check_user_error(run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--confusion"}),
                   {"--confusion", "--labels"});
  check_user_error(run_psaflow({"eval", "--model", own.model_path, "--images", own.images, "--logits", own.images}),
                   {"x.npy", "--logits"});
}

TEST_CASE("simulate takes images of one's own") {
  const OwnImages own;
  const std::string scenario = own.scratch / "s.yaml", json = own.scratch / "s.json";
  write_text(scenario,
             "name: digits\nmodel: m.safetensors\ndata: {images: x.npy, labels: y.npy}\naccelerator: {kind: streaming, "
             "lanes: 7}\n");
  Outcome outcome = run_psaflow({"simulate", scenario, "--json", json});
  INFO(outcome.err);
  // 16 tokens of 49 features and of 14 values: 7 lanes do not divide the tokens.
  check_user_error(outcome, {"accelerator.lanes", "allowed"});
  write_text(
      scenario,
      "name: digits\nmodel: m.safetensors\ndata: {images: x.npy, labels: y.npy}\naccelerator: {kind: streaming}\n");
  outcome = run_psaflow({"simulate", scenario, "--json", json});
  INFO(outcome.out << outcome.err);
  REQUIRE(outcome.status == 0);
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 6);
  CHECK(report.at("mismatches") == 0);
  CHECK(report.at("correct") == own.correct);
  CHECK(report.at("ii_cycles") == 16 * 49);  // the input: 16 tokens of 49 features, one a cycle
  write_text(scenario,
             "name: digits\nmodel: m.safetensors\ndata: {images: x.npy, limit: 2}\naccelerator: {kind: streaming}\n");
  outcome = run_psaflow({"simulate", scenario, "--json", json});
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("no labels"));
  CHECK(nlohmann::json::parse(read_text(json)).at("accuracy").is_null());
}
