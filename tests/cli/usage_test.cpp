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

TEST_CASE("no verb: the help, on stderr, and status 2") {
  const Outcome outcome = run_psaflow({});
  CHECK(outcome.status == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err == run_psaflow({"--help"}).out);
  CHECK_THAT(outcome.err, Contains("usage:") && Contains("psaflow --version"));
}

TEST_CASE("help VERB is VERB --help") {
  const Outcome own = run_psaflow({"help", "eval"});
  CHECK(own.status == 0);
  CHECK(own.out == run_psaflow({"eval", "--help"}).out);
  CHECK_THAT(own.out, Contains("\nRequired: --model\n"));
  CHECK_THAT(run_psaflow({"help", "inspect"}).out, !Contains("Required:"));  // the model has a place of its own
  check_user_error(run_psaflow({"help", "eavl"}), {"'eavl'", "did you mean 'eval'?"});
  check_user_error(run_psaflow({"help", "eval", "zoo"}), {"help", "'zoo'"});
}

TEST_CASE("unknown verbs and options are named") {
  check_user_error(run_psaflow({"simulat"}), {"'simulat' (did you mean 'simulate'?)", "allowed: fetch-data, train"});
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

TEST_CASE("a word too many is named") {
  check_user_error(run_psaflow({"eval", "--model", "m", "word", "--data", "d"}),
                   {"eval: found the word 'word'; allowed: options", "psaflow eval --help"});
  check_user_error(run_psaflow({"zoo", "sw/zoo", "--json", "j", "more", "yet"}),
                   {"zoo: found the word 'more'; allowed: DIR, then options"});
  check_user_error(run_psaflow({"simulate", "a.yaml", "--", "--b"}), {"found the word '--b'; allowed: SCENARIO"});
}

TEST_CASE("an empty value names its option, whatever the verb would have done with it") {
  const std::vector<std::vector<std::string>> commands = {
      {"--model", "eval", "--model", "", "--data", "sw/data/samples"},
      {"--data", "eval", "--model", "m", "--data", ""},
      {"--limit", "eval", "--model", "m", "--data", "d", "--limit", ""},
      {"--model", "inspect", ""},
      {"--recipe", "train", "", "--data", "d", "--out", "o"},
      {"--out", "train", "r", "--data", "d", "--out", ""},
      {"--checkpoint", "quantize", "", "--data", "d", "--out", "o"},
      {"--dir", "zoo", ""},
      {"--dir", "fetch-data", "--dir", ""},
      {"--from", "fetch-data", "--dir", "no/such/folder", "--from", ""},
      {"--scenario", "simulate", ""},
  };
  for (const std::vector<std::string>& command : commands) {
    INFO(command[1] << " " << command[0]);
    check_user_error(run_psaflow({command.begin() + 1, command.end()}),
                     {command[0] + ": found ''", "psaflow " + command[1] + " --help"});
  }
}

TEST_CASE("output that is lost is an error") {
  const std::string model = "sw/zoo/relu-h96/model.safetensors";
  const std::vector<std::vector<std::string>> commands = {
      {"--help"}, {"--version"}, {"eval", "--help"}, {"zoo"}, {"inspect", model}, {"inspect", model, "--layer", "x"}};
  for (const std::vector<std::string>& command : commands) {
    INFO(command.front());
    const bool wrong = command.back() == "x";  // its own line is enough
    check_user_error(run_psaflow_in_shell(">/dev/full", command),
                     {wrong ? "--layer" : "standard output: cannot write: No space left"});
    check_user_error(run_psaflow_in_shell(">&-", command), {"standard output: found a closed stream"});
    if (!wrong) CHECK(run_psaflow_in_shell(">/dev/null <&- 2>&-", command).status == 0);
  }
  CHECK(run_psaflow_in_shell("2>/dev/full", {"simulat"}).status == 2);
  CHECK(run_psaflow_in_shell("2>&-", {"simulat"}).status == 2);
}

TEST_CASE("files that are not there, or are something else") {
  const std::string samples = "sw/data/samples", scenario = "scenarios/deadlock-demo.yaml";
  check_user_error(run_psaflow({"eval", "--model", "missing.safetensors", "--data", samples}), {"missing.safetensors"});
  check_user_error(run_psaflow({"eval", "--model", "sw", "--data", samples}), {"sw", "directory"});
  check_user_error(run_psaflow({"eval", "--model", "LICENSE", "--data", samples}),
                   {"LICENSE: content: found text", "a safetensors file"});
  check_user_error(run_psaflow({"simulate", "missing.yaml"}), {"missing.yaml"});
  check_user_error(run_psaflow({"simulate", "scenarios"}), {"scenarios", "directory"});
  check_user_error(run_psaflow({"simulate", samples + "/test_batch.bin"}), {"test_batch.bin"});
  check_user_error(run_psaflow({"simulate", scenario, "--data", "missing"}), {"missing"});
}

TEST_CASE("a source beside a tarball has no effect, and is told") {
  check_user_error(run_psaflow({"fetch-data", "--dir", "no/such/folder", "--from", "LICENSE", "--source", "npm"}),
                   {"--source: found --from"});
}

TEST_CASE("the images of the repository are never in danger") {
  check_user_error(run_psaflow({"eval", "--model", "sw/zoo/relu-h96/model.safetensors", "--data", "sw/data/samples",
                                "--split", "train"}),
                   {"sw/data/samples/data_batch_1.bin", "found no such file", "psaflow fetch-data --dir data"});
  const ScratchFolder scratch;
  std::filesystem::copy(PSAFLOW_SOURCE_DIR "/sw/data/samples/test_batch.bin", scratch.path());
  check_user_error(run_psaflow({"fetch-data", "--dir", scratch / "", "--from", "LICENSE"}),
                   {"test_batch.bin", "found 256 whole images", "another --dir"});
  CHECK(scratch.names() == std::set<std::string>{"test_batch.bin"});
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
