// psaflow eval end to end, on the images that come with the repository and a model made here.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/data/normalize.h"
#include "sw/golden/random_model.h"
#include "sw/teacher/teacher.h"
#include "sw/teacher/teacher_trainer.h"
#include "sw/train/trainer.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

const std::string kSamples = "sw/data/samples";

std::string save_small_model(const ScratchFolder& scratch) {
  ModelConfig config;
  config.embed = config.hidden = 16;
  config.blocks = 1;
  config.patch = 8;
  const std::string path = scratch / "small.safetensors";
  save_int_model(random_model(config, 17, 5), path);
  return path;
}

// The classes that the network gives as it is trained, batch norms and all.
std::vector<uint8_t> trained_classes(const Checkpoint& checkpoint, const Dataset& data) {
  const ResMlp<float> net(checkpoint.recipe.net);
  const ModelConfig& c = checkpoint.recipe.net.model;
  const auto pixels = normalized_pixels(c);
  AlignedVector<float> effective(net.effective().size()), parameters = checkpoint.parameters;
  net.make_effective(parameters, effective);
  const auto workspace = net.make_workspace(1);
  std::vector<float> patches(static_cast<size_t>(c.tokens()) * c.features());
  std::vector<uint8_t> classes;
  for (size_t i = 0; i < data.count(); ++i) {
    cut_patches(c, data.image(i), patches.data(),
                [&](int channel, uint8_t byte) { return pixels[static_cast<size_t>(channel)][byte]; });
    net.infer(effective, checkpoint.statistics, patches.data(), 1, *workspace);
    const float* const logits = ResMlp<float>::logits(*workspace);
    classes.push_back(static_cast<uint8_t>(std::max_element(logits, logits + c.classes) - logits));
  }
  return classes;
}

}  // namespace

TEST_CASE("eval writes JSON and logits") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch), json = scratch / "e.json", logits = scratch / "e.npy";
  const Outcome outcome =
      run_psaflow({"eval", "--model", model, "--data", kSamples, "--limit", "100", "--json", json, "--logits", logits});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("images") == 100);
  CHECK(report.at("correct").get<int>() <= 100);
  CHECK(report.at("accuracy").get<double>() == Approx(report.at("correct").get<int>() / 100.0));
  const std::string npy = read_text(logits);
  CHECK(npy.substr(0, 6) == "\x93NUMPY");
  CHECK(npy.find("(100, 10)") != std::string::npos);
  CHECK(npy.size() % 64 == 1000 % 64);  // a header padded to 64, then the values
  CHECK(scratch.names() == std::set<std::string>{"small.safetensors", "e.json", "e.npy"});
}

TEST_CASE("a truncated model is an error that names the file, at every length") {
  const ScratchFolder scratch;
  const std::string whole = read_text(save_small_model(scratch)), path = scratch / "cut.safetensors";
  for (size_t length : {size_t{0}, size_t{4}, size_t{8}, size_t{100}, whole.size() / 2, whole.size() - 1}) {
    INFO(length << " of " << whole.size() << " bytes");
    write_text(path, whole.substr(0, length));
    check_user_error(run_psaflow({"eval", "--model", path, "--data", kSamples}), {"cut.safetensors"});
  }
}

TEST_CASE("outputs that cannot be written are refused before the work, and nothing is left behind") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch);
  const auto eval = [&](const std::string& option, const std::string& path) {
    return run_psaflow({"eval", "--model", model, "--data", kSamples, option, path});
  };
  check_user_error(eval("--json", scratch / "no/such/e.json"), {"e.json"});
  check_user_error(eval("--logits", scratch / "small.safetensors/e.npy"), {"e.npy"});
  check_user_error(eval("--json", scratch.path().string()), {"a directory"});
  CHECK(scratch.names() == std::set<std::string>{"small.safetensors"});
}

TEST_CASE("no output takes the place of an input or of another output") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch), before = read_text(model), data = scratch / "data";
  std::filesystem::create_directory(data);
  std::filesystem::copy(PSAFLOW_SOURCE_DIR "/sw/data/samples/test_batch.bin", data + "/test_batch.bin");
  std::filesystem::create_symlink(model, scratch / "link");
  const auto eval = [&](std::vector<std::string> more) {
    std::vector<std::string> args = {"eval", "--model", model, "--data", data, "--limit", "3"};
    args.insert(args.end(), more.begin(), more.end());
    return run_psaflow(args);
  };
  check_user_error(eval({"--json", model}), {model, "--json", "the file of --model"});
  check_user_error(eval({"--logits", scratch / "link"}), {"--logits", "the file of --model"});
  check_user_error(eval({"--json", scratch / "data/../small.safetensors"}), {"--json", "the file of --model"});
  check_user_error(eval({"--json", data + "/./test_batch.bin"}), {"--json", "a file that is read"});
  check_user_error(eval({"--json", scratch / "x", "--logits", data + "/../x"}), {"--json", "the file of --logits"});
  CHECK((read_text(model) == before));
  CHECK(scratch.names() == std::set<std::string>{"small.safetensors", "data", "link"});
  CHECK(eval({"--json", "/dev/null", "--logits", "/dev/null"}).status == 0);
}

TEST_CASE("bad numbers") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch);
  for (const char* limit : {"0", "-1", "ten", "1e3", "99999999999999999999", ""}) {
    INFO("limit '" << limit << "'");
    const Outcome outcome =
        run_psaflow({"eval", "--model", model, "--data", kSamples, std::string("--limit=") + limit});
    CHECK(outcome.status == 2);
    CHECK_THAT(outcome.err, Catch::Matchers::Contains("limit"));
  }
}

TEST_CASE("an output that is standard output: the data alone there, what is printed on standard error") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch), file = scratch / "out.json";
  const std::vector<std::string> eval = {"eval", "--model", model, "--data", kSamples, "--limit", "20", "--json"};
  for (const char* name : {"-", "/dev/stdout"}) {
    INFO(name);
    std::vector<std::string> args = eval;
    args.emplace_back(name);
    const Outcome piped = run_psaflow(args);
    REQUIRE(piped.status == 0);
    CHECK(nlohmann::json::parse(piped.out).at("images") == 20);
    CHECK(piped.err.find("accuracy") != std::string::npos);
    const Outcome redirected = run_psaflow_in_shell("> '" + file + "'", args);
    REQUIRE(redirected.status == 0);
    CHECK(nlohmann::json::parse(read_text(file)).at("images") == 20);
    CHECK_FALSE(std::filesystem::exists(PSAFLOW_SOURCE_DIR "/-"));
  }
  std::vector<std::string> both = eval;
  both.insert(both.end(), {"-", "--logits", "-"});
  check_user_error(run_psaflow(both), {"standard output, which --", "another file"});
  std::vector<std::string> onto_itself = eval;
  onto_itself.push_back(file);
  const Outcome lost = run_psaflow_in_shell("> '" + file + "'", onto_itself);
  check_user_error(lost, {"--json", "the file that standard output goes to"});
}

TEST_CASE("eval takes a float checkpoint, and its answers are the network's") {
  const ScratchFolder scratch;
  Recipe recipe = small_recipe(Activation::kPsa);
  recipe.net.model.classes = 10;
  const Checkpoint checkpoint = published(Trainer::fresh(recipe));
  const std::string model = scratch / "float.safetensors", json = scratch / "e.json", logits = scratch / "l.npy",
                    classes = scratch / "c.npy";
  save_checkpoint(checkpoint, model);
  const Outcome outcome = run_psaflow({"eval", "--model", model, "--data", kSamples, "--limit", "60", "--json", json,
                                       "--logits", logits, "--classes", classes, "--confusion"});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  // The training's own forward pass, batch norms unfolded.
  const Dataset data = load_cifar10(PSAFLOW_SOURCE_DIR "/" + kSamples, Split::kTest, 60);
  const std::vector<uint8_t> expected = trained_classes(checkpoint, data);
  CHECK(read_text(classes).substr(128) == std::string(expected.begin(), expected.end()));
  const std::string npy = read_text(logits);
  REQUIRE(npy.size() == 128 + 60 * 10 * sizeof(float));
  CHECK(npy.find("'<f4'") != std::string::npos);
  std::vector<float> values(600);
  std::memcpy(values.data(), npy.data() + 128, 600 * sizeof(float));
  for (size_t i = 0; i < 60; ++i)
    CHECK(std::max_element(&values[10 * i], &values[10 * i] + 10) - &values[10 * i] == expected[i]);

  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("format") == "psaflow.float/1");
  std::vector<std::vector<size_t>> confusion(10, std::vector<size_t>(10));
  size_t correct = 0;
  for (size_t i = 0; i < 60; ++i) {
    ++confusion[data.labels[i]][expected[i]];
    correct += data.labels[i] == expected[i] ? 1 : 0;
  }
  CHECK(report.at("confusion") == confusion);
  CHECK(report.at("correct") == correct);
  for (int c = 0; c < 10; ++c) CHECK_THAT(outcome.out, Contains(std::to_string(c) + " " + cifar_class_name(c)));
  CHECK_THAT(outcome.out, Contains("taken for"));
}

TEST_CASE("eval takes a teacher, and says what a file is that it does not take") {
  const ScratchFolder scratch;
  TeacherRecipe recipe;
  recipe.net.widths = {8, 8, 8};
  recipe.net.classes = 10;
  recipe.holdout = 100;
  recipe.batch_size = recipe.shard_size = 32;
  const std::string path = scratch / "teacher.safetensors", classes = scratch / "c.npy";
  save_checkpoint(TeacherTrainer::fresh(recipe, quadrants(300, 9)), path);
  const Outcome outcome =
      run_psaflow({"eval", "--model", path, "--data", kSamples, "--limit", "20", "--classes", classes});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  const Dataset data = load_cifar10(PSAFLOW_SOURCE_DIR "/" + kSamples, Split::kTest, 20);
  ThreadPool pool(1);
  std::vector<float> logits(200);
  Teacher::load(path).logits(data.images.data(), 20, logits.data(), pool);
  for (size_t i = 0; i < 20; ++i)
    CHECK(read_text(classes)[128 + i] == std::max_element(&logits[10 * i], &logits[10 * i] + 10) - &logits[10 * i]);

  Safetensors file = Safetensors::load(path);
  file.metadata["architecture"] = "rnn";
  file.save(path);
  check_user_error(run_psaflow({"eval", "--model", path, "--data", kSamples}),
                   {"__metadata__.architecture: found 'rnn'", "'conv'"});
  file.metadata["format"] = "psaflow.qat/1";
  file.save(path);
  check_user_error(run_psaflow({"eval", "--model", path, "--data", kSamples}),
                   {"__metadata__.format: found 'psaflow.qat/1'", "psaflow.int8/1", "psaflow.float/1"});
}

TEST_CASE("a file that standard output shares loses nothing") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch), file = scratch / "f", link = scratch / "link";
  std::filesystem::create_symlink("/dev/stdout", link);
  const std::vector<std::string> eval = {"eval", "--model", model, "--data", kSamples, "--limit", "20", "--json"};
  const auto run = [&](const std::string& script, const std::string& json) {
    std::vector<std::string> args = eval;
    args.push_back(json);
    const Outcome outcome = run_script(script, args);
    INFO(outcome.err);
    REQUIRE(outcome.status == 0);
    return read_text(file);
  };
  const std::string to = " > '" + file + "'";
  for (const std::string& json : {std::string("-"), std::string("/dev/stdout"), link, std::string("/proc/self/fd/1")}) {
    INFO(json);
    const std::string between = run("(echo BEFORE; \"$@\"; echo BEHIND)" + to, json);
    REQUIRE(between.find("BEFORE\n{") == 0);
    REQUIRE(between.substr(between.size() - 9) == "}\nBEHIND\n");
    CHECK(nlohmann::json::parse(between.substr(7, between.size() - 14)).at("images") == 20);
    const std::string both = run("\"$@\"" + to + " 2>&1", json);  // what is printed is beside it, whole
    CHECK_THAT(both, Contains("accuracy   ") && Contains("truck"));
    const size_t begin = both.find('{'), end = both.rfind('}');
    REQUIRE(end != std::string::npos);
    CHECK(nlohmann::json::parse(both.substr(begin, end + 1 - begin)).at("images") == 20);
  }
  const std::string other = run("(echo BEFORE >&3; \"$@\"; echo BEHIND >&3) 3>'" + file + "'", "/dev/fd/3");
  CHECK(other.find("BEFORE\n{") == 0);
  CHECK_THAT(other, Catch::EndsWith("}\nBEHIND\n"));

  std::vector<std::string> onto = eval;
  onto.push_back(file);
  check_user_error(run_script("\"$@\" 2>'" + file + "' || { s=$?; cat '" + file + "' >&2; exit $s; }", onto),
                   {"--json", "the file that standard error goes to"});
  onto.back() = "/dev/fd/0";
  check_user_error(run_psaflow(onto), {"--json", "reading alone"});
  onto.back() = "/dev/fd/77";
  check_user_error(run_psaflow(onto), {"--json", "not open"});
}

TEST_CASE("a pipe is written when somebody reads it, and refused before the work when nobody does") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch), pipe = scratch / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  check_user_error(run_psaflow({"eval", "--model", model, "--data", "no/such/folder", "--json", pipe}),
                   {"--json: found a pipe that nobody reads"});
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  REQUIRE(reader >= 0);
  REQUIRE(run_psaflow({"eval", "--model", model, "--data", kSamples, "--limit", "20", "--json", pipe}).status == 0);
  std::string text(1 << 16, ' ');
  text.resize(static_cast<size_t>(std::max<ssize_t>(0, ::read(reader, text.data(), text.size()))));
  ::close(reader);
  CHECK(nlohmann::json::parse(text).at("images") == 20);
}

TEST_CASE("every name that the file system takes is written, and a longer one refused before the work") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch);
  for (const size_t bytes : {230, 245, 255}) {
    const std::string name(bytes, 'x');
    INFO(bytes);
    REQUIRE(
        run_psaflow({"eval", "--model", model, "--data", kSamples, "--limit", "3", "--json", scratch / name}).status ==
        0);
    CHECK(nlohmann::json::parse(read_text(scratch / name)).at("images") == 3);
    CHECK(scratch.names() == std::set<std::string>{"small.safetensors", name});
    std::filesystem::remove(scratch / name);
  }
  check_user_error(
      run_psaflow({"eval", "--model", model, "--data", "no/such/folder", "--json", scratch / std::string(256, 'x')}),
      {"--json", "a name of 256 bytes", "at most 255 bytes"});
}
