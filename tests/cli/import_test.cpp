// psaflow import as a user runs it: what was imported answers as what it came from.
#include <catch2/catch.hpp>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

TEST_CASE("import: a network imported under its own names is the network") {
  const ScratchFolder scratch;
  const std::string weights = "sw/zoo/relu-h96/float.safetensors", out = scratch / "f.safetensors";
  write_text(scratch / "net.yaml", "name: again\nnetwork: {activation: relu, embed: 96, hidden: 96, blocks: 4}\n");
  const Outcome done = run_psaflow({"import", "--weights", weights, "--config", scratch / "net.yaml", "--out", out});
  INFO(done.err);
  REQUIRE(done.status == 0);
  CHECK_THAT(done.out, Contains("tensors taken") && Contains("F32") && Contains("next: psaflow quantize"));
  const auto logits = [&](const std::string& model) {
    const std::string file = scratch / "l.npy";
    const Outcome eval = run_psaflow({"eval", "--model", model, "--data", "sw/data/samples", "--logits", file});
    INFO(eval.err);
    REQUIRE(eval.status == 0);
    return read_text(file);
  };
  CHECK((logits(out) == logits(weights)));
}

TEST_CASE("import: errors leave nothing behind") {
  const ScratchFolder scratch;
  const std::string out = scratch / "f.safetensors", config = scratch / "net.yaml";
  const auto import = [&](const std::string& network, const std::string& weights) {
    write_text(config, "name: again\nnetwork: {" + network + "}\n");
    return run_psaflow({"import", "--weights", weights, "--config", config, "--out", out});
  };
  const std::string weights = "sw/zoo/relu-h96/float.safetensors";
  check_user_error(import("activation: relu, blocks: 3", weights),
                   {"relu-h96/float.safetensors", "blocks.3.", "3 blocks"});
  check_user_error(import("activation: psa, blocks: 4", weights),
                   {"blocks.0.channel.f1.center", "no tensor of that name"});
  check_user_error(import("activation: relu, hidden: 95", weights), {"channel.fc1.weight", "[96,96]", "[95,96]"});
  check_user_error(import("activation: relu, image: [3, 32, 31]", weights), {"net.yaml:2: network.patch", "1"});
  write_text(scratch / "w", std::string("\x08\0\0\0\0\0\0\0{}      junk", 20));
  check_user_error(import("activation: relu", scratch / "w"), {"trailing bytes"});
  check_user_error(import("activation: relu", scratch / "none"), {"none"});
  check_user_error(run_psaflow({"import", "--weights", weights, "--config", config, "--out", config}), {"--out"});
  check_user_error(run_psaflow({"import", "--weights", weights}), {"--config"});
  CHECK(scratch.names().count("f.safetensors") == 0);
}
