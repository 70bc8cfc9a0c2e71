// psaflow inspect end to end: tables, JSON and picture of a model made here, and what it refuses.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/golden/random_model.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

std::string save_model(const ScratchFolder& scratch, Activation activation = Activation::kPsa) {
  ModelConfig config;
  config.embed = config.hidden = 16;
  config.blocks = 1;
  config.patch = 8;
  config.activation = activation;
  const std::string path = scratch / "m.safetensors";
  save_int_model(random_model(config, 17, 5), path);
  return path;
}

}  // namespace

TEST_CASE("inspect tells, draws and writes") {
  const ScratchFolder scratch;
  const std::string model = save_model(scratch), svg = scratch / "f.svg", json = scratch / "i.json";
  const Outcome outcome = run_psaflow(
      {"inspect", model, "--data", "sw/data/samples", "--images", "20", "--functions", svg, "--json", json});
  INFO(outcome.err);
  REQUIRE(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* part : {"psaflow.int8/1", "blocks.0.channel.psa2", "functions 16x17", "values in 20 images",
                           "32 functions of 2 layers"}) {
    CHECK_THAT(outcome.out, Contains(part));
  }
  const auto report = nlohmann::json::parse(read_text(json));
  CHECK(report.at("parameters") == count_parameters(load_int_model(model).network));
  CHECK(report.at("macs_per_image") == count_macs(load_int_model(model).network));
  CHECK(report.at("layers").size() == 11);
  CHECK(report.at("learned_functions").at(1).at("functions").size() == 16);
  CHECK(report.at("activations").at("images") == 20);
  CHECK(report.at("activations").at("tensors").at(0).at("values") == 20 * 3072);
  const std::string picture = read_text(svg);
  CHECK(picture.substr(0, 5) == "<svg ");
  CHECK_THAT(picture, Contains("blocks.0.channel.psa1<") && Contains("blocks.0.channel.psa2<"));
  CHECK(scratch.names() == std::set<std::string>{"m.safetensors", "f.svg", "i.json"});

  REQUIRE(run_psaflow({"inspect", model, "--functions", svg, "--layer", "blocks.0.channel.psa2"}).status == 0);
  CHECK_THAT(read_text(svg), !Contains("blocks.0.channel.psa1<") && Contains("blocks.0.channel.psa2<"));
}

TEST_CASE("what inspect refuses") {
  const ScratchFolder scratch;
  const std::string model = save_model(scratch), svg = scratch / "f.svg";
  check_user_error(run_psaflow({"inspect"}), {"model", "psaflow inspect --help"});
  check_user_error(run_psaflow({"inspect", "missing.safetensors"}), {"missing.safetensors"});
  check_user_error(run_psaflow({"inspect", "LICENSE"}), {"LICENSE"});
  check_user_error(run_psaflow({"inspect", "tests/fuzz/corpus/safetensors/mixed.safetensors"}),
                   {"mixed.safetensors", "format", "psaflow.int8/1", "psaflow.float/1"});
  check_user_error(run_psaflow({"inspect", model, "--functions", svg, "--layer", "blocks.0.channel.psa3"}),
                   {"--layer", "'blocks.0.channel.psa3' (did you mean 'blocks.0.channel.psa1'?)",
                    "all, blocks.0.channel.psa1, blocks.0.channel.psa2"});
  check_user_error(run_psaflow({"inspect", model, "--layer", "all"}), {"--layer", "--functions"});
  check_user_error(run_psaflow({"inspect", model, "--images", "9"}), {"--images", "--data"});
  check_user_error(run_psaflow({"inspect", model, "--data", "sw/data/samples", "--images", "0"}), {"--images", "'0'"});
  check_user_error(run_psaflow({"inspect", model, "--data", "missing"}), {"missing"});
  check_user_error(run_psaflow({"inspect", model, "--data", "sw/data/samples", "--split", "valid"}),
                   {"--split", "'valid'"});
  check_user_error(run_psaflow({"inspect", model, "--functions", scratch / "no/f.svg"}), {"f.svg"});
  check_user_error(run_psaflow({"inspect", model, "--functions", svg, "--json", scratch / "./f.svg"}),
                   {"--json", "the file of --functions"});
  check_user_error(run_psaflow({"inspect", model, "--functions", model}), {"--functions", "the file of --model"});
  check_user_error(run_psaflow({"inspect", model, "--data", scratch / "", "--json", scratch / "test_batch.bin"}),
                   {"--json", "a file that is read"});
  check_user_error(run_psaflow({"inspect", save_model(scratch, Activation::kRelu), "--functions", svg}),
                   {"'relu'", "learned functions"});
  CHECK(scratch.names() == std::set<std::string>{"m.safetensors"});
}
