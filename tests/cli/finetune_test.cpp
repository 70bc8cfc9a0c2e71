// psaflow finetune and quantize end to end on a data set of our own: files left behind, resuming, and what is refused.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/qat/finetune.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

void write_records(const std::string& path, size_t count, uint64_t seed) {
  const Dataset data = quadrants(count, seed);
  std::string bytes;
  for (size_t i = 0; i < count; ++i) {
    bytes += static_cast<char>(data.labels[i]);
    bytes.append(reinterpret_cast<const char*>(data.image(i)), kCifarImageBytes);
  }
  write_text(path, bytes);
}

// A folder with the six files, 200 training images, and a checkpoint float.safetensors that nobody trained.
struct World {
  ScratchFolder scratch;
  std::string dir, checkpoint;
  World() : dir(scratch.path().string()), checkpoint(scratch / "float.safetensors") {
    for (uint64_t i = 1; i <= 5; ++i) write_records(scratch / ("data_batch_" + std::to_string(i) + ".bin"), 40, i);
    write_records(scratch / "test_batch.bin", 30, 6);
    Recipe recipe = small_recipe(Activation::kPsa);
    recipe.holdout = 50;
    save_checkpoint(published(Trainer::fresh(recipe)), checkpoint);
  }
  std::vector<std::string> finetune(const std::string& out, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> args = {"finetune",
                                     checkpoint,
                                     "--data",
                                     dir,
                                     "--out",
                                     scratch / out,
                                     "--epochs",
                                     "2",
                                     "--table-log2",
                                     "5",
                                     "--calibration-images",
                                     "64"};
    args.insert(args.end(), more.begin(), more.end());
    return args;
  }
};

}  // namespace

TEST_CASE("finetune leaves a model, a card and the accuracies, and resumes where it stopped") {
  const World world;
  const Outcome whole =
      run_psaflow(world.finetune("whole", {"--threads", "1", "--test", "--card", world.scratch / "card.json", "--json",
                                           world.scratch / "f.json"}));
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  for (const char* part : {"epoch   2", "held out, 50 images", "test split, 30 images", "post-training", "fine-tuned",
                           "the same class on 100.00 %"}) {
    CHECK_THAT(whole.out, Contains(part));
  }
  const IntModel model = load_int_model(world.scratch / "whole/model.safetensors");
  CHECK(model.network.get<op::Lookup>("blocks.0.channel.psa1").params.points == 33);
  const auto report = nlohmann::json::parse(read_text(world.scratch / "f.json"));
  CHECK(report.at("test").at("images") == 30);
  CHECK(report.at("holdout").at("same_class_as_fake_quantised") == 1);
  const auto card = nlohmann::json::parse(read_text(world.scratch / "card.json"));
  CHECK_THAT(card.at("finetune_command").get<std::string>(), Contains("--epochs 2") && Contains("--table-log2 5"));
  CHECK(card.count("quantize_command") == 0);
  CHECK(card.at("qat_epochs") == 2);
  CHECK(card.at("test").at("int8_accuracy") == report.at("test").at("int8_accuracy"));

  CHECK(run_psaflow(world.finetune("parts", {"--stop-after", "1", "--threads", "3"})).status == 0);
  const std::string parts = world.scratch / "parts";
  CHECK(!std::filesystem::exists(parts + "/model.safetensors"));
  check_user_error(run_psaflow(world.finetune("parts", {"--learning-rate", "0.5"})),
                   {"parts/checkpoint.safetensors", "--learning-rate", "0.5", "0.0001"});
  const Outcome rest = run_psaflow(world.finetune("parts"));
  REQUIRE(rest.status == 0);
  CHECK_THAT(rest.out, Contains("resuming") && Contains("epoch 1 of 2"));
  CHECK((read_text(parts + "/model.safetensors") == read_text(world.scratch / "whole/model.safetensors")));
}

TEST_CASE("quantize compares table resolutions") {
  const World world;
  const Outcome outcome =
      run_psaflow({"quantize", world.checkpoint, "--data", world.dir, "--out", world.scratch / "m.safetensors",
                   "--calibration-images", "64", "--compare-tables", "--json", world.scratch / "q.json"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK_THAT(outcome.out, Contains("direct") && Contains("lerp, k = 1"));
  const auto report = nlohmann::json::parse(read_text(world.scratch / "q.json"));
  REQUIRE(report.at("tables").size() == 8);
  for (const auto& row : report.at("tables")) {
    const int log2 = row.at("table_log2");
    CHECK(row.at("points") == (log2 == 8 ? 256 : (1 << log2) + 1));
    CHECK(row.at("table_bytes") == row.at("points").get<int>() * 32);  // one block, 16 + 16 channels
  }
  // The first row is the model that was written.
  CHECK(report.at("tables").at(0).at("accuracy") == report.at("holdout").at("int8_accuracy"));
}

TEST_CASE("a network trained on the whole split is quantised, its tables compared by nothing") {
  const World world;
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.holdout = 0;
  recipe.ema = 0.9;
  Checkpoint running = Trainer::fresh(recipe);  // as between two epochs: weights, their averages, the optimiser's state
  running.optimizer.steps = 1;
  running.average = running.parameters;
  running.average_statistics = running.statistics;
  for (float& weight : running.parameters) weight *= 3;
  const std::string path = world.scratch / "running.safetensors", model = world.scratch / "m.safetensors",
                    json = world.scratch / "q.json";
  save_checkpoint(running, path);
  const std::vector<std::string> quantize = {
      "quantize", path, "--data", world.dir, "--out", model, "--calibration-images", "64", "--json", json};
  const auto with = [&](const std::vector<std::string>& more) {
    std::vector<std::string> args = quantize;
    args.insert(args.end(), more.begin(), more.end());
    return run_psaflow(args);
  };
  check_user_error(with({"--compare-tables"}), {path, "--compare-tables", "holdout 0"});
  check_user_error(with({"--card", world.scratch / "./m.safetensors"}), {"--card", "the file of --out"});
  CHECK(!std::filesystem::exists(model));
  REQUIRE(with({"--card", world.scratch / "c.json"}).status == 0);
  CHECK(nlohmann::json::parse(read_text(json)).is_object());
  CHECK(nlohmann::json::parse(read_text(world.scratch / "c.json")).at("holdout") == nlohmann::json{{"images", 0}});
  // It is the averages that are published.
  const std::string averaged = read_text(model);
  save_checkpoint(published(running), path);
  REQUIRE(with({}).status == 0);
  CHECK((read_text(model) == averaged));
}

TEST_CASE("what finetune refuses") {
  const World world;
  check_user_error(run_psaflow({"finetune"}), {"checkpoint", "psaflow finetune --help"});
  check_user_error(run_psaflow(world.finetune("x", {"--range-rate", "fast"})), {"--range-rate", "'fast'", "0..1000"});
  check_user_error(run_psaflow(world.finetune("x", {"--float-weight", "1.5"})), {"--float-weight", "'1.5'", "0..1"});
  check_user_error(run_psaflow({"finetune", world.checkpoint, "--data", world.dir, "--out", world.scratch / "x",
                                "--calibration-images", "151"}),
                   {"--calibration-images", "151", "1..150"});

  // What has no effect.
  for (const std::vector<std::string>& option : {std::vector<std::string>{"--card", world.scratch / "c.json"},
                                                 {"--json", world.scratch / "f.json"},
                                                 {"--test"},
                                                 {"--min-agreement", "50"}}) {
    std::vector<std::string> more = {"--stop-after", "1"};
    more.insert(more.end(), option.begin(), option.end());
    check_user_error(run_psaflow(world.finetune("x", more)),
                     {option[0] + ": found --stop-after 1, 1 epochs before the model"});
  }
  check_user_error(run_psaflow(world.finetune("x", {"--teacher-cache", world.scratch / "views"})),
                   {"--teacher-cache: found a checkpoint whose recipe has no teacher"});
  // What would be lost.
  check_user_error(run_psaflow(world.finetune("x", {"--json", world.scratch / "data_batch_3.bin"})),
                   {"--json: found a file that is read"});
  check_user_error(run_psaflow({"quantize", world.checkpoint, "--data", world.dir, "--out",
                                world.scratch / "data_batch_1.bin", "--calibration-images", "64"}),
                   {"--out: found a file that is read"});
  std::filesystem::create_directory(world.scratch / "y");
  check_user_error(run_psaflow(world.finetune("y", {"--card", world.scratch / "y/model.safetensors"})),
                   {"--card: found a file that is written anyhow"});
  CHECK(!std::filesystem::exists(world.scratch / "x"));
}
