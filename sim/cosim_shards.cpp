#include "sim/cosim_shards.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "sim/run_json.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMaxPartBytes = size_t{64} << 20;
constexpr const char* kAllowed = "what cosim --shard I/N --out leaves";

// How many shares there are: what the names of the parts say.
size_t count_of(const std::string& folder) {
  std::set<size_t> counts;
  std::error_code none;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) {
    size_t index = 0, count = 0;
    int used = 0;
    const std::string name = entry.path().filename().string();
    if (std::sscanf(name.c_str(), "cosim-%4zu-of-%4zu.json%n", &index, &count, &used) == 2 &&
        used == static_cast<int>(name.size()))
      counts.insert(count);
  }
  if (counts.empty()) throw UserError(folder, "--merge", "no cosim-I-of-N.json", kAllowed);
  if (counts.size() > 1)
    throw UserError(folder, "--merge", fmt::format("parts of {} and of {} shares", *counts.begin(), *counts.rbegin()),
                    "the parts of one run");
  return *counts.begin();
}

Json read_part(const std::string& path) {
  if (!std::filesystem::exists(path))
    throw UserError(path, "--merge", "missing", "the parts of all shares: run it again");
  const std::vector<char> text = read_file(path, kMaxPartBytes);
  Json json = Json::parse(text.begin(), text.end(), nullptr, false);
  const bool whole = json.is_object() && json.contains("scenario") && json["scenario"].is_string() &&
                     json.contains("images") && json["images"].is_number_unsigned() && json.contains("mismatches") &&
                     json["mismatches"].is_number_unsigned() && json.contains("plan") && json.contains("systemc") &&
                     json.contains("clock_mhz") && json["clock_mhz"].is_number() && json.contains("failures") &&
                     json["failures"].is_array();
  if (!whole) throw UserError(path, "--merge", "no report of a co-simulation", kAllowed);
  return json;
}

// Cycles of the RTL, and whether SystemC and the plan have the same, where they are known: a share of few images may not reach the II of the
// steady state, which the plan tells all the same.
Json cycles_of(const Json& part, const char* key, bool& equal) {
  const auto of = [key](const Json& from) {
    return from.is_object() && from.contains(key) ? from[key] : Json(nullptr);
  };
  const Json rtl = of(part);
  for (const Json& view : {of(part["plan"]), of(part["systemc"])})
    equal = equal && (rtl.is_null() || view.is_null() || rtl == view);
  return rtl;
}

}  // namespace

std::string cosim_part(const std::string& folder, Shard shard) {
  return fmt::format("{}/cosim-{}-of-{}.json", folder, shard.index + 1, shard.count);
}

MergedCosim merge_cosim(const std::string& folder) {
  MergedCosim merged;
  merged.parts = count_of(folder);
  Json json, model;
  for (size_t i = 0; i < merged.parts; ++i) {
    const std::string path = cosim_part(folder, {i, merged.parts});
    const Json part = read_part(path);
    const std::string scenario = part["scenario"].get<std::string>();
    if (i > 0 && (scenario != merged.scenario || part.value("model", Json(nullptr)) != model))
      throw UserError(path, "scenario", "'" + scenario + "'",
                      "'" + merged.scenario + "' with the same model, as the other parts");
    merged.scenario = scenario;
    merged.images += part["images"].get<size_t>();
    merged.mismatches += part["mismatches"].get<size_t>();
    merged.failed += part["failures"].empty() ? 0 : 1;
    // A share of one image has no II.
    for (const char* key : {"ii_cycles", "latency_cycles"}) {
      const Json cycles = cycles_of(part, key, merged.equal_cycles);
      if (i == 0) json[key] = cycles;
      if (json[key] != cycles) json[key] = nullptr;
    }
    if (i == 0) {
      model = part.value("model", Json(nullptr));
      json["clock_mhz"] = part["clock_mhz"];
    }
  }
  const int64_t ii = json["ii_cycles"].is_number() ? json["ii_cycles"].get<int64_t>() : 0;
  merged.json = to_text(Json{{"scenario", merged.scenario},
                             {"version", PSAFLOW_VERSION},
                             {"model", model},
                             {"shares", merged.parts},
                             {"images", merged.images},
                             {"mismatches", merged.mismatches},
                             {"failed_shares", merged.failed},
                             {"ii_cycles", json["ii_cycles"]},
                             {"latency_cycles", json["latency_cycles"]},
                             {"clock_mhz", json["clock_mhz"]},
                             {"fps", rate_json(json["clock_mhz"].get<double>(), ii)},
                             {"equal_cycles", merged.equal_cycles}});
  return merged;
}

}  // namespace psaflow
