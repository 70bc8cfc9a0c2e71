// psaflow eval end to end, on the images that come with the repository and a model made here.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/golden/random_model.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;

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

TEST_CASE("a name too long to be written is refused before the work") {
  const ScratchFolder scratch;
  const std::string model = save_small_model(scratch);
  const Outcome outcome =
      run_psaflow({"eval", "--model", model, "--data", "no/such/folder", "--json", scratch / std::string(250, 'x')});
  check_user_error(outcome, {"--json", "a name of 250 bytes"});
}
