// Approved baselines: what a plan promises and the text of what is generated, as small files in this folder. A change
// on purpose is approved by scripts/approve-baselines, and its diff shows what moved; any other is a fault.
#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "models/plan/cycles.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/generate/leaves.h"
#include "sw/base/file.h"
#include "sw/base/parallel.h"
#include "sw/io/sha256.h"
#include "tests/baselines/subjects.h"

using namespace psaflow;
using namespace psaflow::test;
namespace fs = std::filesystem;

namespace {

const char* const kFolder = PSAFLOW_SOURCE_DIR "/tests/baselines";
constexpr size_t kMostLines = 8;  // shown of a baseline that differs

bool approving() {
  const char* value = std::getenv("PSAFLOW_APPROVE_BASELINES");
  return value != nullptr && std::string(value) == "1";
}

// The version is in every file's first line, and a new one alone changes no design.
std::string hash_line(const TextFile& file) {
  std::string text = file.text;
  const std::string version = PSAFLOW_VERSION;
  for (size_t at = text.find(version); at != std::string::npos; at = text.find(version, at)) {
    text.replace(at, version.size(), "-");
  }
  return fmt::format("{} {:7} {}\n", sha256_hex(text.data(), text.size()).substr(0, 16), text.size(), file.name);
}

std::string stem(const std::string& file) {
  return fs::path(file).stem().string();
}

std::string plan_text(const Pipeline& pipeline, const CyclePrediction& plan) {
  std::string text = fmt::format("profile {}, lanes {}\nii_cycles {}\nlatency_cycles {}\n\n", pipeline.profile.name,
                                 lanes(pipeline), plan.ii_cycles, plan.latency_cycles);
  text += "first_out last_out stage\n";
  for (const StageCycles& s : plan.stages) {
    text += fmt::format("{:9} {:8} {}\n", s.first_out_cycles, s.last_out_cycles, s.name);
  }
  text += "\nfifo_depth stream\n";
  for (const Stream& s : pipeline.streams) text += fmt::format("{:10} {}\n", s.fifo_depth, s.name);
  return text;
}

struct Baseline {
  std::string text;
  std::map<std::string, std::string> leaves;  // used: the same for all designs, so they have a baseline of their own
};

Baseline baseline(const Subject& subject) {
  Baseline made;
  const Pipeline pipeline = build_streaming(subject.model.network, subject.options);
  made.text = fmt::format("{}\n{}", subject.name, plan_text(pipeline, predict_cycles(pipeline)));
  StreamingOptions options = subject.options;  // the RTL is ours, whatever the profile that the plan is asked for
  options.profile = "rtl";
  const Pipeline built = subject.options.profile == "rtl" ? pipeline : build_streaming(subject.model.network, options);
  DesignOptions design_options;
  design_options.scenario = subject.name;
  design_options.model = subject.model.config;
  const Design design = generate_design(built, predict_cycles(built), design_options);
  made.text += "\nsha256             bytes file\n";
  std::string used;
  for (const TextFile& file : design.rtl) {
    if (rtl::is_leaf(stem(file.name))) {
      made.leaves[file.name] = hash_line(file);
      used += " " + stem(file.name);
    } else {
      made.text += hash_line(file);
    }
  }
  for (const TextFile& file : design.roms) made.text += hash_line(file);
  made.text += hash_line({"manifest.json", design.manifest}) + "leaves:" + used + "\n";
  return made;
}

std::map<std::string, std::string> all_baselines() {  // by file name
  std::vector<Subject> subjects = shipped_scenarios();
  for (Subject& s : odd_networks()) subjects.push_back(std::move(s));
  std::vector<Baseline> made(subjects.size());
  ThreadPool().run(subjects.size(), [&](size_t i, int) { made[i] = baseline(subjects[i]); });
  std::map<std::string, std::string> all, leaves;
  for (size_t i = 0; i < subjects.size(); ++i) {
    REQUIRE(all.emplace(subjects[i].name + ".txt", made[i].text).second);
    leaves.insert(made[i].leaves.begin(), made[i].leaves.end());
  }
  std::string text = "leaves\n\nsha256             bytes file\n";
  for (const auto& [name, line] : leaves) text += line;
  REQUIRE(all.emplace("leaves.txt", text).second);
  return all;
}

std::set<std::string> approved_files() {
  std::set<std::string> names;
  for (const auto& entry : fs::directory_iterator(kFolder)) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() == ".txt" && name != "CMakeLists.txt") names.insert(name);
  }
  return names;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The first lines that differ, line by line; empty: equal.
std::string difference(const std::string& approved, const std::string& now) {
  if (approved == now) return "";
  const auto a = lines_of(approved), b = lines_of(now);
  std::string text;
  size_t shown = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) && shown < kMostLines; ++i) {
    const std::string was = i < a.size() ? a[i] : "(no line)", is = i < b.size() ? b[i] : "(no line)";
    if (was == is) continue;
    text += fmt::format("line {}:\n  approved: {}\n  now:      {}\n", i + 1, was, is);
    ++shown;
  }
  return text.empty() ? "line ends differ\n" : text;
}

}  // namespace

TEST_CASE("plans and generated text are those approved") {
  const auto all = all_baselines();
  CHECK(all.size() >= 6 + 1 + 1);  // odd networks, leaves, and at least a scenario
  std::set<std::string> approved = approved_files();
  if (approving()) {
    for (const std::string& name : approved) {
      if (all.count(name) == 0) fs::remove(fs::path(kFolder) / name);
    }
    for (const auto& [name, text] : all) write_file_atomic(fmt::format("{}/{}", kFolder, name), text);
    approved = approved_files();
  }
  for (const auto& [name, text] : all) {
    INFO("tests/baselines/" << name << "; scripts/approve-baselines approves what is meant");
    if (approved.erase(name) == 0) {
      FAIL_CHECK("no baseline is approved");
      continue;
    }
    const std::vector<char> bytes = read_file(fmt::format("{}/{}", kFolder, name));
    CHECK(difference({bytes.begin(), bytes.end()}, text) == "");
  }
  for (const std::string& name : approved) FAIL_CHECK("tests/baselines/" << name << " is of nothing any more");
}

TEST_CASE("a difference names its lines, old and new") {
  CHECK(difference("a\nb\n", "a\nb\n") == "");
  CHECK(difference("a\nb\nc\n", "a\nB\nc\n") == "line 2:\n  approved: b\n  now:      B\n");
  CHECK(difference("a\n", "a\nb\n") == "line 2:\n  approved: (no line)\n  now:      b\n");
  CHECK(difference("a", "a\n") == "line ends differ\n");
}
