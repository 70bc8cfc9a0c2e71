// What a newcomer types first: help, misspelt verbs and options, files that are not there.
#include <catch2/catch.hpp>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

TEST_CASE("help lists the verbs, and each verb's help has an example") {
  const Outcome help = run_psaflow({"--help"});
  CHECK(help.status == 0);
  CHECK(help.err.empty());
  for (const char* verb : {"fetch-data", "train", "quantize", "finetune", "eval", "simulate"}) {
    INFO(verb);
    CHECK_THAT(help.out, Contains(verb));
    const Outcome own = run_psaflow({verb, "--help"});
    CHECK(own.status == 0);
    CHECK(own.err.empty());
    CHECK_THAT(own.out, Contains(std::string("psaflow ") + verb) && Contains("Example:"));
    CHECK_THAT(own.out, Contains(std::string("\n  psaflow ") + verb + " "));
  }
  CHECK(run_psaflow({"help"}).out == help.out);
  CHECK_THAT(run_psaflow({"--version"}).out, Catch::Matchers::StartsWith("psaflow "));
}

TEST_CASE("no verb: the help, and status 2") {
  const Outcome outcome = run_psaflow({});
  CHECK(outcome.status == 2);
  CHECK_THAT(outcome.out + outcome.err, Contains("usage:"));
}

TEST_CASE("unknown verbs and options are named") {
  check_user_error(run_psaflow({"simulat"}), {"'simulat'", "simulate"});
  for (const char* verb : {"fetch-data", "train", "quantize", "finetune", "eval", "simulate"}) {
    INFO(verb);
    check_user_error(run_psaflow({verb, "--no-such-option"}), {"no-such-option", std::string("psaflow ") + verb});
  }
  check_user_error(run_psaflow({"eval"}), {"eval: ", "required", "psaflow eval --help"});
  check_user_error(run_psaflow({"simulate"}), {"scenario", "psaflow simulate --help"});
  check_user_error(run_psaflow({"fetch-data"}), {"dir"});
  check_user_error(run_psaflow({"eval", "--model"}), {"model"});
  check_user_error(run_psaflow({"eval", "--model", "a", "--model", "b", "--data", "c"}), {"model"});
}

TEST_CASE("files that are not there, or are something else") {
  const std::string samples = "sw/data/samples", scenario = "scenarios/deadlock-demo.yaml";
  check_user_error(run_psaflow({"eval", "--model", "missing.safetensors", "--data", samples}), {"missing.safetensors"});
  check_user_error(run_psaflow({"eval", "--model", "sw", "--data", samples}), {"sw", "directory"});
  check_user_error(run_psaflow({"eval", "--model", "LICENSE", "--data", samples}), {"LICENSE"});
  check_user_error(run_psaflow({"simulate", "missing.yaml"}), {"missing.yaml"});
  check_user_error(run_psaflow({"simulate", "scenarios"}), {"scenarios", "directory"});
  check_user_error(run_psaflow({"simulate", samples + "/test_batch.bin"}), {"test_batch.bin"});
  check_user_error(run_psaflow({"simulate", scenario, "--data", "missing"}), {"missing"});
}

TEST_CASE("broken scenarios name file and line") {
  const ScratchFolder scratch;
  const std::string path = scratch / "s.yaml";
  const std::string head =
      "name: s\nmodel: {synthetic: {embed: 16, hidden: 16, blocks: 1, patch: 8}}\ndata: {dir: x}\n";
  write_text(path, head + "accelerator:\n  kind: streaming\n  lanse: 4\n");
  check_user_error(run_psaflow({"simulate", path}), {path + ":6", "'lanse'", "did you mean 'lanes'?"});
  write_text(path,
             head + "accelerator:\n  kind: streaming\n  lanes: 5\n");  // only the network knows that 5 is impossible
  check_user_error(run_psaflow({"simulate", path}), {path + ":6", "accelerator.lanes", "found 5", "1, 2, 4, 8, 16"});
  write_text(path, head + "accelerator:\n  kind: streaming\n  stages:\n    head: {simd: 7}\n");
  check_user_error(run_psaflow({"simulate", path}), {path + ":7", "accelerator.stages.head.simd", "found 7"});
  write_text(path, head + "accelerator:\n  kind: streaming\n  stages:\n    haed: {simd: 8}\n");
  check_user_error(run_psaflow({"simulate", path}), {path + ":6", "haed"});
}
