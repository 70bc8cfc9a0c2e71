// Nothing that a file or the command line says reaches the terminal as a command to it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "sw/io/safetensors.h"
#include "sw/train/trainer.h"
#include "tests/cli/program.h"
#include "tests/scratch_folder.h"
#include "tests/support/quadrants.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

// An escape sequence, C1's CSI in UTF-8 and as a byte, text turned round.
const std::string kHostile =
    "n\x1b[2J\xc2\x9b"
    "2J\xe2\x80\xaex";

void check_plain(const Outcome& outcome, const std::string& shown) {
  INFO("out: " << outcome.out << "\nerr: " << outcome.err);
  const std::string text = outcome.out + outcome.err;
  const bool plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c == '\n' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
  });
  CHECK(plain);
  CHECK(text.find("\xc2\x9b") == std::string::npos);
  CHECK(text.find("\xe2\x80\xae") == std::string::npos);
  CHECK_THAT(text, Catch::Contains(shown));
}

}  // namespace

TEST_CASE("names in scenarios, models, checkpoints, cards and paths are shown, not obeyed") {
  const ScratchFolder scratch;
  const std::string shown = "n?[2J?2J?x", scenario = scratch / "s.yaml", json = scratch / "s.json";
  write_text(scenario,
             "name: \"n\\e[2J\\x9b2J\\u202ex\"\ndescription: \"d\\e[31m\"\nmodel: {synthetic: {embed: 16, hidden: 16, "
             "blocks: 1, patch: 8}}\ndata: {dir: " PSAFLOW_SOURCE_DIR
             "/sw/data/samples, images: 2}\naccelerator: {kind: streaming}\n");
  const Outcome simulated = run_psaflow({"simulate", scenario, "--json", json});
  CHECK(simulated.status == 0);
  check_plain(simulated, shown + ": d?[31m");
  CHECK(nlohmann::json::parse(read_text(json)).at("scenario") == kHostile);  // data stays as it is

  const std::string folder = scratch / kHostile;
  std::filesystem::create_directory(folder);
  const Outcome exported = run_psaflow({"export", scenario, "--out", folder + "/rtl"});
  CHECK(exported.status == 0);
  check_plain(exported, shown);
  const std::string model = folder + "/m\x1b[31m.safetensors";
  std::filesystem::copy(PSAFLOW_SOURCE_DIR "/sw/zoo/relu-h96/model.safetensors", model);
  for (const std::vector<std::string>& args :
       {std::vector<std::string>{"eval", "--model", model, "--data", "sw/data/samples", "--limit", "2"},
        {"inspect", model},
        {"eval", "--model", model + "x", "--data", "sw/data/samples"},
        {"inspect", model, "--layer", kHostile, "--functions", scratch / "f.svg"},
        {kHostile},
        {"eval", "--" + kHostile},
        {"simulate", scenario, "--stall-pattern", kHostile},
        {"simulate", folder + "/none.yaml"},
        {"zoo", folder}}) {
    INFO(args[0]);
    check_plain(run_psaflow(args), "?[2J");
  }
  Safetensors file = Safetensors::load(model);
  file.tensors["t" + kHostile] = file.tensors.begin()->second;
  file.save(model);
  check_plain(run_psaflow({"inspect", model}), shown);

  nlohmann::json card = nlohmann::json::parse(read_text(PSAFLOW_SOURCE_DIR "/sw/zoo/relu-h96/card.json"));
  card["activation"] = kHostile;
  card["distilled_from"] = kHostile + "\nnew line";
  std::filesystem::create_directories(folder + "/zoo/" + kHostile);
  write_text(folder + "/zoo/" + kHostile + "/card.json", card.dump());
  const Outcome zoo = run_psaflow({"zoo", folder + "/zoo"});
  CHECK(zoo.status == 0);
  check_plain(zoo, shown + "?new line");
}

TEST_CASE("a recipe's name is shown, not obeyed") {
  const ScratchFolder scratch;
  for (uint64_t k = 1; k <= 5; ++k) {
    const Dataset data = quadrants(40, k);
    std::string bytes;
    for (size_t i = 0; i < data.count(); ++i) {
      bytes += static_cast<char>(data.labels[i]);
      bytes.append(reinterpret_cast<const char*>(data.image(i)), kCifarImageBytes);
    }
    write_text(scratch / ("data_batch_" + std::to_string(k) + ".bin"), bytes);
  }
  write_text(
      scratch / "r.yaml",
      "name: \"n\\e[2J\\x9b2J\\u202ex\"\nnetwork: {activation: relu, patch: 8, embed: 16, hidden: 16, blocks: 1}\n"
      "batch_size: 32\nshard_size: 32\nepochs: 1\nholdout: 50\n");
  const Outcome trained =
      run_psaflow({"train", scratch / "r.yaml", "--data", scratch.path().string(), "--out", scratch / "run"});
  check_plain(trained, "training ");
  CHECK(trained.status == 0);
}
