// psaflow explore: shares of the work, what is missing, going on after a kill; all give the files that one run gives, byte for byte.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "tests/cli/program.h"
#include "tests/scratch_folder.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;

namespace {

struct World {
  ScratchFolder scratch;
  std::string scenario = scratch / "small.yaml";

  explicit World(const std::string& accelerator = "{kind: streaming}") {
    write_text(
        scenario,
        "name: small\nmodel: {synthetic: {embed: 8, hidden: 8, blocks: 1, patch: 8, table_points: 17}}\ndata: {dir: " +
            std::string(PSAFLOW_SOURCE_DIR) + "/sw/data/samples}\naccelerator: " + accelerator + "\n");
  }

  Outcome explore(const std::string& folder, std::vector<std::string> more = {}) const {
    std::vector<std::string> args = {"explore", scenario, "--out", scratch / folder, "--simulate", "5"};
    args.insert(args.end(), more.begin(), more.end());
    return run_psaflow(args);
  }

  // Everything but what is kept of the work itself.
  std::map<std::string, std::string> results(const std::string& folder) const {
    std::map<std::string, std::string> files;
    const std::filesystem::path top = scratch / folder;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(top)) {
      const std::string name = entry.path().lexically_relative(top).string();
      if (entry.is_regular_file() && name.rfind("evaluated", 0) != 0) files[name] = read_text(entry.path().string());
    }
    return files;
  }
};

// Status 2 and one line that holds each of the parts; what was found before may be told.
void check_refused(const Outcome& outcome, const std::vector<std::string>& parts) {
  INFO(outcome.err);
  CHECK(outcome.status == 2);
  CHECK(std::count(outcome.err.begin(), outcome.err.end(), '\n') == 1);
  for (const std::string& part : parts) CHECK_THAT(outcome.err, Contains(part));
}

}  // namespace

TEST_CASE("shares of an exploration come to the same as one run") {
  const World world;
  const Outcome whole = world.explore("whole");
  INFO(whole.out << whole.err);
  REQUIRE(whole.status == 0);
  const auto expected = world.results("whole");
  REQUIRE(expected.count("points.json") == 1);
  REQUIRE(expected.count("report.html") == 1);
  CHECK(expected.size() > 5);  // and scenarios of the front

  const Outcome early = world.explore("parts", {"--merge"});
  check_refused(early, {"--merge", "missing", "--shard"});
  for (const char* share : {"3/3", "1/3"}) {
    const Outcome outcome = world.explore("parts", {"--shard", share});
    INFO(outcome.out << outcome.err);
    CHECK(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("still to come"));
  }
  check_refused(world.explore("parts", {"--merge"}), {"--merge", "missing"});
  // Once all designs are evaluated, shares are of what is simulated.
  CHECK(world.explore("parts", {"--shard", "2/3"}).status == 0);
  check_refused(world.explore("parts", {"--merge"}), {"measured designs missing"});
  for (const char* share : {"1/3", "3/3"}) CHECK(world.explore("parts", {"--shard", share}).status == 0);
  CHECK(world.results("parts").empty());
  const Outcome merged = world.explore("parts", {"--merge"});
  INFO(merged.out << merged.err);
  REQUIRE(merged.status == 0);
  CHECK(world.results("parts") == expected);
}

TEST_CASE("an exploration that was killed goes on where it was") {
  const World world;
  REQUIRE(world.explore("whole").status == 0);
  const std::string kept = read_text(world.scratch / "whole/evaluated.txt");
  for (const double part : {0.3, 0.7, 1.0}) {
    std::filesystem::remove_all(world.scratch / "cut");
    std::filesystem::create_directory(world.scratch / "cut");
    write_text(world.scratch / "cut/evaluated.txt", kept.substr(0, static_cast<size_t>(part * double(kept.size()))));
    const Outcome outcome = world.explore("cut");
    REQUIRE(outcome.status == 0);
    CHECK_THAT(outcome.out, Contains("were known"));
    CHECK(world.results("cut") == world.results("whole"));
  }
  // Of another scenario nothing is taken.
  write_text(world.scenario, read_text(world.scenario) + "claims: {ii_cycles: 1, source: a test}\n");
  const Outcome other = world.explore("whole");
  CHECK(other.status == 0);
  CHECK(other.out.find("were known") == std::string::npos);
}

TEST_CASE("explore refuses shares that are none") {
  const World world;
  for (const char* share :
       {"0/3", "4/3", "1", "1/", "/2", "a/b", "1/2/3", "-1/2", "+1/2", "1/0", "1/5000", " 1/2", "1/+2"})
    check_user_error(world.explore("none", {"--shard", share}), {"--shard", "I/N"});
  check_user_error(world.explore("none", {"--shard", "1/2", "--merge"}), {"--merge", "--shard"});
  std::filesystem::create_directory(world.scratch / "mine");
  write_text(world.scratch / "mine/evaluated.txt", "notes of mine\n");
  check_user_error(world.explore("mine"), {"evaluated.txt", "not of psaflow"});
  CHECK(read_text(world.scratch / "mine/evaluated.txt") == "notes of mine\n");
}
