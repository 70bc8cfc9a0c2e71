// The VCD and the timeline: complete files with what happened in them, and nothing left beside them.
#include <catch2/catch.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/error_text.h"
#include "tests/scratch_folder.h"
#include "tests/streaming/bench.h"

using namespace psaflow;
using namespace psaflow::test;

TEST_CASE("the timeline has a track a stage and a slice an image") {
  const ScratchFolder folder;
  const Bench bench(small_psa(), 30);
  const Pipeline p = build_streaming(bench.model.network, options("rtl", 2));
  SimulationOptions o;
  o.timeline_path = folder / "timeline.json";
  o.trace_images = 4;
  const SimulationResult r = bench.run(p, o);
  CHECK((r.logits == bench.workload.golden));
  const auto json = nlohmann::json::parse(read_text(o.timeline_path));
  std::map<int, std::string> track;
  std::map<int, std::vector<std::pair<double, double>>> slices;
  for (const auto& e : json["traceEvents"]) {
    if (e["ph"] == "M" && e["name"] == "thread_name") track[e["tid"]] = e["args"]["name"];
    if (e["ph"] != "X") continue;
    slices[e["tid"]].push_back({e["ts"], e["dur"]});
    CHECK(e["dur"].get<double>() == Approx(e["args"]["cycles"].get<double>() / p.clock_mhz));
  }
  REQUIRE(track.size() == p.stages.size());
  for (const auto& [tid, name] : track) {
    const auto i = static_cast<size_t>(stage_index(p, name));
    REQUIRE(slices[tid].size() == 4);
    CHECK(slices[tid][0].first == Approx(static_cast<double>(r.stages[i].first_out_cycles) / p.clock_mhz));
    for (size_t k = 1; k < 4; ++k)
      CHECK(slices[tid][k].first > slices[tid][k - 1].first + slices[tid][k - 1].second - 1e-9);
  }
  CHECK(folder.names() == std::set<std::string>{"timeline.json"});
}

TEST_CASE("the VCD carries the logits of the traced images") {
  const ScratchFolder folder;
  const Bench bench(small_psa(), 3);
  const Pipeline p = build_streaming(bench.model.network, options("rtl"));
  SimulationOptions o;
  o.vcd_path = folder / "streams.vcd";
  o.trace_images = 2;
  bench.run(p, o);
  CHECK(folder.names() == std::set<std::string>{"streams.vcd"});

  // The logits' stream, as a waveform viewer would see it: a beat is taken in every cycle in which it is valid (the
  // sink is always ready, so a beat stays one cycle).
  std::istringstream file(read_text(o.vcd_path));
  std::string line, valid_id, data_id;
  std::vector<int8_t> seen;
  std::string valid = "0", data;
  const auto take = [&] {
    if (valid == "1") seen.push_back(static_cast<int8_t>(std::stoi(data, nullptr, 2)));
  };
  bool first_time = true;
  int64_t period = 0, time = 0;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    if (word == "$var") {
      std::string type, bits, id, name;
      words >> type >> bits >> id >> name;
      if (name.rfind("head__sink_valid", 0) == 0) valid_id = id;
      if (name.rfind("head__sink_data", 0) == 0) data_id = id;
    } else if (!line.empty() && line[0] == '#') {
      const int64_t next = std::stoll(line.substr(1));
      if (!first_time) {
        if (period == 0) period = next - time;
        for (int64_t t = time; t < next; t += period) take();
      }
      first_time = false;
      time = next;
    } else if (!valid_id.empty() && line == "1" + valid_id) {
      valid = "1";
    } else if (!valid_id.empty() && line == "0" + valid_id) {
      valid = "0";
    } else if (!data_id.empty() && word[0] == 'b') {
      std::string id;
      words >> id;
      if (id == data_id) data = word.substr(1);
    }
  }
  take();
  REQUIRE_FALSE(valid_id.empty());
  REQUIRE(seen.size() >= 20);
  CHECK(std::equal(seen.begin(), seen.begin() + 20, bench.workload.golden.begin()));
}

TEST_CASE("a VCD that cannot be written is a user error") {
  const ScratchFolder folder;
  const Bench bench(small_psa(), 1);
  SimulationOptions o;
  o.vcd_path = folder / "missing/streams.vcd";
  CHECK(error_of([&] {
          bench.run(build_streaming(bench.model.network, options("rtl")), o);
        }).find("missing/streams.vcd") != std::string::npos);
  CHECK(folder.names().empty());
}
