// psaflow train end to end on a data set of our own: one run at a time in a folder, what a killed run left, what a run
// goes on with, and the commands that cards tell of.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/base/locked_folder.h"
#include "sw/teacher/teacher_trainer.h"
#include "sw/train/checkpoint.h"
#include "sw/train/resmlp.h"
#include "sw/train/trainer.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

const std::string kArchive = "cifar-10-batches-bin";

// 200 training images where the official archive puts them, 150 of them trained on, and a recipe.
struct World {
  ScratchFolder scratch;
  std::string recipe =
      "name: small\nnetwork: {activation: relu, patch: 8, embed: 16, hidden: 16, blocks: 1}\n"
      "batch_size: 32\nshard_size: 32\nepochs: 3\nholdout: 50\n";
  World() {
    std::filesystem::create_directories(scratch.path() / "data" / kArchive);
    for (uint64_t k = 1; k <= 5; ++k) write_images(k, k);
    write_text(scratch / "small.yaml", recipe);
  }
  void write_images(uint64_t batch, uint64_t seed) const {
    const Dataset data = quadrants(40, seed);
    std::string bytes;
    for (size_t i = 0; i < data.count(); ++i) {
      bytes += static_cast<char>(data.labels[i]);
      bytes.append(reinterpret_cast<const char*>(data.image(i)), kCifarImageBytes);
    }
    write_text(scratch / ("data/" + kArchive + "/data_batch_" + std::to_string(batch) + ".bin"), bytes);
  }
  std::vector<std::string> args(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> all = {"train", scratch / "small.yaml", "--data", scratch / "data",
                                    "--out", scratch / "run"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome train(const std::vector<std::string>& more = {}) const { return run_psaflow(args(more)); }
  std::string checkpoint() const { return scratch / "run/checkpoint.safetensors"; }
};

std::vector<int> epochs_of(const std::string& log) {
  std::vector<int> epochs;
  std::istringstream lines(read_text(log));
  for (std::string line; std::getline(lines, line);) epochs.push_back(nlohmann::json::parse(line).at("epoch"));
  return epochs;
}

}  // namespace

TEST_CASE("train: one process at a time in a run folder; what a killed one left is put in order") {
  const World world;
  const Outcome first = world.train({"--stop-after", "1"});
  INFO(first.err);
  REQUIRE(first.status == 0);
  // 150 images make four batches of 32, and 22 are fewer than a shard.
  CHECK_THAT(first.out, Contains("an epoch passes over 22 of the 150 images"));
  CHECK(epochs_of(world.scratch / "run/log.jsonl") == std::vector<int>{1});
  {
    const auto lock = FileLock::attempt(world.scratch / "run", FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp);
    REQUIRE(lock);
    check_user_error(world.train(), {"/run: --out: found another process that trains in it", "wait for it to end"});
  }
  // Killed while it writes its second checkpoint: the log has the epoch already.
  rlimit before{};
  REQUIRE(getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 16384;
  REQUIRE(setrlimit(RLIMIT_FSIZE, &small) == 0);
  const Outcome killed = world.train();
  REQUIRE(setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(killed.status == 128 + SIGXFSZ);
  CHECK(epochs_of(world.scratch / "run/log.jsonl") == std::vector<int>{1, 2});
  const auto asides = [&] {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(world.scratch.path() / "run"))
      count += entry.path().string().find(".tmp.") != std::string::npos ? 1 : 0;
    return count;
  };
  CHECK(asides() == 1);
  const Outcome rest = world.train();
  INFO(rest.err);
  REQUIRE(rest.status == 0);
  // Nothing but, may be, that so small a network lost something as integers.
  CHECK((rest.err.empty() || rest.err.rfind("psaflow: warning: the integer network gives", 0) == 0));
  CHECK(std::count(rest.err.begin(), rest.err.end(), '\n') <= 1);
  CHECK_THAT(rest.out, Contains("resuming small") && Contains("epoch 1 of 3"));
  CHECK(asides() == 0);
  CHECK(epochs_of(world.scratch / "run/log.jsonl") == std::vector<int>{1, 2, 3});
  // A gap of an older psaflow is told, and costs no other line.
  std::string log = read_text(world.scratch / "run/log.jsonl");
  log.erase(log.find("{\"epoch\": 2"), log.find("{\"epoch\": 3") - log.find("{\"epoch\": 2"));
  write_text(world.scratch / "run/log.jsonl", log);
  const Outcome gap = world.train();
  CHECK(gap.status == 0);
  CHECK_THAT(gap.err, Catch::Matchers::StartsWith("psaflow: warning: ") && Contains("log.jsonl: lacks epoch 2"));
  CHECK(epochs_of(world.scratch / "run/log.jsonl") == std::vector<int>{1, 3});
}

TEST_CASE("train: a run goes on with its images and its recipe, or not at all") {
  const World world;
  REQUIRE(world.train({"--stop-after", "1"}).status == 0);
  world.write_images(3, 77);  // as many, others
  check_user_error(world.train(), {"checkpoint.safetensors: data_sha256: found ", "of those that the run began with",
                                   "another --out"});
  world.write_images(3, 3);
  write_text(world.scratch / "small.yaml", world.recipe + "learning_rate: 0.005\nseed: 7\n");
  check_user_error(world.train(), {"checkpoint.safetensors: recipe.learning_rate: found 0.005 in ",
                                   "small.yaml (differs too: seed)", "allowed: 0.002, as the run began"});
  std::string longer = world.recipe;
  longer.replace(longer.find("epochs: 3"), 9, "epochs: 4");
  write_text(world.scratch / "small.yaml", longer);
  check_user_error(world.train(), {"recipe.epochs: found 4", "allowed: 3, as the run began", "a cosine never"});
  write_text(world.scratch / "small.yaml", world.recipe);
  // A checkpoint from before there were fingerprints goes on.
  Checkpoint old = load_checkpoint(world.checkpoint());
  CHECK(old.data_sha256.size() == 64);
  old.data_sha256.clear();
  save_checkpoint(old, world.checkpoint());
  REQUIRE(world.train().status == 0);
  CHECK(load_checkpoint(world.checkpoint()).data_sha256.size() == 64);
}

TEST_CASE("train: a teacher lies where the recipe's folder says; a run knows it by its content") {
  const World world;
  TeacherRecipe conv;
  conv.net.widths = {8, 8, 16};
  conv.batch_size = 32;
  conv.epochs = 1;
  conv.holdout = 40;
  const Dataset images = quadrants(140, 1);
  const auto save_teacher = [&](const std::string& folder, uint64_t seed) {
    conv.seed = seed;
    TeacherCheckpoint teacher = TeacherTrainer::fresh(conv, images);
    teacher.optimizer.velocity.clear();
    std::filesystem::create_directories(world.scratch.path() / folder);
    save_checkpoint(teacher, world.scratch / (folder + "/float.safetensors"));
  };
  std::filesystem::create_directories(world.scratch.path() / "recipes/deep");
  const std::string recipe = world.scratch / "recipes/deep/small.yaml";
  const auto teach = [&](const std::string& teacher) {
    write_text(recipe, world.recipe + "distillation: {teacher: " + teacher + ", views: 1}\n");
    return run_psaflow({"train", "recipes/deep/small.yaml", "--data", "data", "--out", "run", "--stop-after", "1"}, 120,
                       world.scratch.path().string());
  };
  save_teacher("recipes/one", 1);
  check_user_error(teach("recipes/one/float.safetensors"),
                   {"small.yaml: distillation.teacher: found no file recipes/deep/recipes/one/float.safetensors",
                    "relative to the recipe's folder"});
  const Outcome first = teach("../one/float.safetensors");
  INFO(first.err);
  REQUIRE(first.status == 0);
  const Checkpoint begun = load_checkpoint(world.checkpoint());
  CHECK(begun.recipe.distillation.teacher == "recipes/one/float.safetensors");
  CHECK(begun.teacher_sha256.size() == 64);
  // Begun before paths were the recipe's folder's and teachers were known by content: the text is the same.
  Checkpoint old = begun;
  old.teacher_sha256.clear();
  save_checkpoint(old, world.checkpoint());
  REQUIRE(teach("../one/float.safetensors").status == 0);
  // Moved: the same. Replaced: another.
  std::filesystem::rename(world.scratch.path() / "recipes/one", world.scratch.path() / "recipes/two");
  REQUIRE(teach("../two/float.safetensors").status == 0);
  save_teacher("recipes/two", 2);
  check_user_error(teach("../two/float.safetensors"),
                   {"recipe.distillation.teacher: found recipes/two/float.safetensors",
                    begun.teacher_sha256 + ", as the run began"});
}

TEST_CASE("train: blocks learn a teacher's before the rest learns; the run knows that teacher by its content") {
  const World world;
  const auto save_teacher = [&](int embed, uint64_t seed) {
    Recipe recipe = small_recipe(Activation::kRelu);
    recipe.net.model.embed = embed;
    recipe.net.model.hidden = 24;
    recipe.net.model.blocks = 2;
    recipe.seed = seed;
    save_checkpoint(published(Trainer::fresh(recipe)), world.scratch / "teacher.safetensors");
  };
  std::string student = world.recipe;
  student.replace(student.find("blocks: 1"), 9, "blocks: 2");
  const auto with = [&](const std::string& transfer) {
    write_text(world.scratch / "small.yaml", student + "block_transfer: {" + transfer + "}\n");
  };
  with("teacher: teacher.safetensors, epochs: 2");
  check_user_error(world.train(), {"small.yaml: block_transfer.teacher: found no file ", "teacher.safetensors",
                                   "relative to the recipe's folder"});
  save_teacher(8, 1);
  check_user_error(world.train(), {"teacher.safetensors: recipe.network.embed: found 8; allowed: 16, as in"});
  CHECK_FALSE(std::filesystem::exists(world.scratch / "run"));
  save_teacher(16, 1);
  with("teacher: teacher.safetensors, epochs: 0");
  check_user_error(world.train(), {"small.yaml:7: block_transfer.epochs: found '0'"});
  with("teacher: teacher.safetensors, epochs: 2");
  const Outcome first = world.train({"--stop-after", "3"});
  INFO(first.err);
  REQUIRE(first.status == 0);
  CHECK_THAT(first.out, Contains("epoch 0 of 7") && Contains("epoch   3  block 2 of 2  mse ") && !Contains("held out"));
  CHECK(load_checkpoint(world.checkpoint()).block_teacher_sha256.size() == 64);
  with("teacher: teacher.safetensors, epochs: 3");
  check_user_error(world.train(), {"recipe.block_transfer.epochs: found 3", "allowed: 2, as the run began"});
  with("teacher: teacher.safetensors, epochs: 2");
  save_teacher(16, 2);
  check_user_error(world.train(), {"recipe.block_transfer.teacher: found ", "as the run began"});
  save_teacher(16, 1);
  const Outcome rest = world.train();
  INFO(rest.err);
  REQUIRE(rest.status == 0);
  CHECK_THAT(rest.out, Contains("epoch 3 of 7") && Contains("epoch   4  block 2 of 2") &&
                           Contains("epoch   5  loss ") && Contains("done: "));
  std::istringstream lines(read_text(world.scratch / "run/log.jsonl"));
  std::vector<int> blocks;
  for (std::string line; std::getline(lines, line);) blocks.push_back(nlohmann::json::parse(line).value("block", 0));
  CHECK(blocks == std::vector<int>{1, 1, 2, 2, 0, 0, 0});
  CHECK(load_checkpoint(world.scratch / "run/float.safetensors").epochs_done == 7);
}

TEST_CASE("train: a deeper network begins with a trained one, which the run knows by its content") {
  const World world;
  const auto save_shallow = [&](int hidden, uint64_t seed) {
    Recipe recipe = parse_recipe(world.recipe, "small.yaml");
    recipe.net.model.hidden = hidden;
    recipe.seed = seed;
    save_checkpoint(published(Trainer::fresh(recipe)), world.scratch / "shallow.safetensors");
  };
  std::string deeper = world.recipe;
  deeper.replace(deeper.find("blocks: 1"), 9, "blocks: 2");
  write_text(world.scratch / "small.yaml", deeper + "warm_start: shallow.safetensors\n");
  check_user_error(world.train(), {"small.yaml: warm_start: found no file ", "shallow.safetensors",
                                   "relative to the recipe's folder"});
  const int hidden = parse_recipe(world.recipe, "small.yaml").net.model.hidden;
  save_shallow(hidden + 1, 1);
  check_user_error(world.train(),
                   {"shallow.safetensors: recipe.network.hidden: found ", ", as in the recipe that begins"});
  CHECK_FALSE(std::filesystem::exists(world.scratch / "run"));
  save_shallow(hidden, 1);
  const Outcome first = world.train({"--stop-after", "1"});
  INFO(first.err);
  REQUIRE(first.status == 0);
  CHECK(load_checkpoint(world.checkpoint()).warm_start_sha256.size() == 64);
  save_shallow(hidden, 2);
  check_user_error(world.train(), {"recipe.warm_start: found ", "as the run began"});
  save_shallow(hidden, 1);
  REQUIRE(world.train().status == 0);
  const Checkpoint done = load_checkpoint(world.scratch / "run/float.safetensors");
  CHECK(done.epochs_done == 3);
  CHECK(done.recipe.net.model.blocks == 2);
}

TEST_CASE("a card has the commands as they were given, quoted for a shell") {
  const World world;
  const std::string folder = world.scratch / "it's a run";
  REQUIRE(
      run_psaflow({"train", world.scratch / "small.yaml", "--data", world.scratch / "data", "--out", folder}).status ==
      0);
  const std::string card = world.scratch / "card.json";
  const std::vector<std::string> quantize = {"quantize",
                                             folder + "/float.safetensors",
                                             "--data",
                                             world.scratch / "data",
                                             "--out",
                                             world.scratch / "m.safetensors",
                                             "--calibration-images",
                                             "64",
                                             "--card",
                                             card};
  REQUIRE(run_psaflow(quantize).status == 0);
  const auto json = nlohmann::json::parse(read_text(card));
  const std::string root = world.scratch.path().string(), quoted = "'" + root + "/it'\\''s a run";
  CHECK(json.at("train_command") ==
        "psaflow train " + root + "/small.yaml --data " + root + "/data --out " + quoted + "'");
  CHECK(json.at("quantize_command") == "psaflow quantize " + quoted + "/float.safetensors' --data " + root +
                                           "/data --out " + root + "/m.safetensors --calibration-images 64 --card " +
                                           card);
  // An older checkpoint does not know how it was trained: a card made anew keeps what it said, another has nothing to say.
  Checkpoint old = load_checkpoint(folder + "/float.safetensors");
  old.command.clear();
  save_checkpoint(old, folder + "/float.safetensors");
  REQUIRE(run_psaflow(quantize).status == 0);
  CHECK(nlohmann::json::parse(read_text(card)).at("train_command") == json.at("train_command"));
  std::filesystem::remove(card);
  REQUIRE(run_psaflow(quantize).status == 0);
  CHECK(nlohmann::json::parse(read_text(card)).count("train_command") == 0);
  nlohmann::json other = json;
  other["epochs"] = 2;
  write_text(card, other.dump());
  REQUIRE(run_psaflow(quantize).status == 0);
  CHECK(nlohmann::json::parse(read_text(card)).count("train_command") == 0);
  write_text(card, "no card");
  REQUIRE(run_psaflow(quantize).status == 0);
}

TEST_CASE("the end of a training tells what integers make of the network, and warns when they do not hold it") {
  const World world;
  const Outcome done = world.train();
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK_THAT(done.out, Contains("held out, 50 images") && Contains("INT8") && Contains("same class as float on "));
  check_user_error(world.train({"--teacher-cache", world.scratch / "views"}),
                   {"--teacher-cache: found a recipe without a teacher", "small.yaml"});

  // Every logit has one great value more, the same for all: no class changes in floating point, and INT8 sees it alone.
  Checkpoint wild = load_checkpoint(world.checkpoint());
  const ResMlp<float> net(wild.recipe.net);
  for (const ParameterSlice& slice : net.parameters().slices()) {
    if (slice.name != "head.weight") continue;
    const auto embed = static_cast<size_t>(wild.recipe.net.model.embed);
    for (size_t i = 0; i < slice.size; i += embed) wild.parameters[slice.offset + i] += 1e3f;
  }
  save_checkpoint(wild, world.checkpoint());
  const Outcome collapsed = world.train();
  INFO(collapsed.out << collapsed.err);
  CHECK(collapsed.status == 0);
  CHECK_THAT(collapsed.err, Contains("psaflow: warning: the integer network gives the float network's class on ") &&
                                Contains("the worst layer is "));
}
