#include "sim/explore_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "models/area/validation.h"
#include "models/clock/clock_model.h"
#include "models/plan/cycles.h"
#include "models/scenario/devices.h"
#include "sim/explore_parts.h"
#include "sim/run_json.h"
#include "sw/io/yaml_tree.h"

namespace psaflow {

extern const char* const kExplorePage;  // explore_page, all of it

namespace {

using Json = nlohmann::ordered_json;

Json cost_json(const FpgaCost& cost) {
  return {{"lut", cost.lut}, {"ff", cost.ff}, {"dsp", cost.dsp}, {"bram36", cost.bram36()}, {"uram", cost.uram}};
}

Json optional_json(const std::optional<int64_t>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json point_json(const ExploreRun& run, size_t index) {
  const DesignPoint& p = run.exploration.points[index];
  const ExploredModel& m = run.exploration.models[p.model];
  Json json = {{"point", index},
               {"model", m.path.empty() ? Json(nullptr) : Json(m.path)},
               {"table_points", m.table_points > 0 ? Json(m.table_points) : Json(nullptr)},
               {"kind", p.tile > 0 ? "simd" : "streaming"}};
  if (p.tile > 0) {
    json["tile"] = p.tile;
    json["bus_bytes"] = p.hardware.bus_bytes;
    for (const SimdBuffer& buffer : simd_buffers())
      json["buffers"][buffer.key] = p.hardware.capacities.*buffer.capacity;
  } else {
    json["lanes"] = p.lanes;
    json["dsp_packing"] = p.packing;
    json["rom_style"] = to_string(p.rom_style);
  }
  json["device"] = p.device;
  json["clock_mhz"] = p.clock_mhz;
  json["ii_cycles"] = p.ii_cycles;
  json["latency_cycles"] = p.latency_cycles;
  json["fps"] = p.fps;
  json.update(cost_json(p.cost));
  json["accuracy"] = m.accuracy ? Json(*m.accuracy) : Json(nullptr);
  json["fits"] = p.fits;
  json["pareto"] = p.pareto;
  json["area"] = "estimated";
  if (p.pareto) json["scenario"] = "scenarios/" + scenario_name(index);
  const auto confirmed = run.confirmed.find(index);
  if (confirmed == run.confirmed.end()) return json;
  const Confirmation& c = confirmed->second;
  if (c.systemc_ii_cycles) {
    json["simulated"] = {{"images", c.images},
                         {"mismatches", c.systemc_mismatches},
                         {"ii_cycles", optional_json(c.systemc_ii_cycles)},
                         {"latency_cycles", optional_json(c.systemc_latency_cycles)}};
  }
  if (c.rtl_ii_cycles) {
    json["rtl"] = {{"images", c.images},
                   {"mismatches", c.rtl_mismatches},
                   {"ii_cycles", optional_json(c.rtl_ii_cycles)},
                   {"latency_cycles", optional_json(c.rtl_latency_cycles)}};
  }
  if (c.synthesised) {
    json["synthesised"] = cost_json(*c.synthesised);
    json["synthesised"]["logic_levels"] = {{"luts", c.levels.luts}, {"carries", c.levels.carries}};
  }
  return json;
}

// What the plot and the table of the report need, as short as it can be said: tens of thousands of points are shown.
Json plotted(const ExploreRun& run) {
  Json points = Json::array();
  for (size_t i = 0; i < run.exploration.points.size(); ++i) {
    const DesignPoint& p = run.exploration.points[i];
    const ExploredModel& m = run.exploration.models[p.model];
    points.push_back({i, p.model, p.tile > 0 ? p.tile : p.lanes, p.packing ? 1 : 0, p.device, p.clock_mhz, p.ii_cycles,
                      p.cost.lut, p.cost.ff, p.cost.dsp, p.cost.bram36(), p.fits ? 1 : 0, p.pareto ? 1 : 0,
                      m.accuracy ? Json(*m.accuracy) : Json(nullptr), p.latency_cycles, static_cast<int>(p.rom_style),
                      p.cost.uram, p.tile > 0 ? 1 : 0});
  }
  return points;
}

}  // namespace

std::string points_json(const ExploreRun& run) {
  std::string text = "[\n";
  for (size_t i = 0; i < run.exploration.points.size(); ++i) {
    text += point_json(run, i).dump(-1, ' ', false, Json::error_handler_t::replace);
    text += i + 1 < run.exploration.points.size() ? ",\n" : "\n";
  }
  return text + "]\n";
}

std::string points_csv(const ExploreRun& run) {
  std::string text =
      "point,model,table_points,kind,tile,lanes,dsp_packing,rom_style,device,clock_mhz,ii_cycles,latency_cycles,fps,"
      "lut,ff,dsp,"
      "bram36,"
      "uram,"
      "accuracy,fits,pareto\n";
  for (size_t i = 0; i < run.exploration.points.size(); ++i) {
    const DesignPoint& p = run.exploration.points[i];
    const ExploredModel& m = run.exploration.models[p.model];
    std::string path;
    for (const char c : m.path) path += c == '"' ? std::string("\"\"") : std::string(1, c);
    text += fmt::format("{},\"{}\",{},{},{},{},{},{},{:.3f},{},{},{},{},{},{},{},{}\n", i, path,
                        m.table_points > 0 ? std::to_string(m.table_points) : "",
                        p.tile > 0 ? fmt::format("simd,{},,,", p.tile)
                                   : fmt::format("streaming,,{},{},{}", p.lanes, p.packing, to_string(p.rom_style)),
                        p.device, p.clock_mhz, p.ii_cycles, p.latency_cycles, p.fps, p.cost.lut, p.cost.ff, p.cost.dsp,
                        p.cost.bram36(), p.cost.uram, m.accuracy ? fmt::format("{:.4f}", *m.accuracy) : "", p.fits,
                        p.pareto);
  }
  return text;
}

std::vector<size_t> spread_front(const Exploration& exploration, size_t count) {
  std::vector<size_t> front, chosen;
  for (size_t i = 0; i < exploration.points.size(); ++i) {
    if (exploration.points[i].pareto) front.push_back(i);
  }
  std::stable_sort(front.begin(), front.end(),
                   [&](size_t a, size_t b) { return exploration.points[a].fps < exploration.points[b].fps; });
  if (count == 0 || count >= front.size()) return front;
  for (size_t k = 0; k < count; ++k) chosen.push_back(front[count == 1 ? 0 : k * (front.size() - 1) / (count - 1)]);
  return chosen;
}

std::string scenario_name(size_t point) {
  return fmt::format("front-{:05}.yaml", point);
}

std::string scenario_yaml(const ExploreRun& run, size_t point, const std::string& model_path) {
  const DesignPoint& p = run.exploration.points[point];
  const Scenario& s = run.scenario;
  std::string text = fmt::format("# Point {} of an exploration of {}\nname: {}\n", point,
                                 yaml_scalar(std::filesystem::path(s.file).filename().string()),
                                 yaml_scalar(fmt::format("{}-{:05}", s.name.substr(0, 150), point)));
  const ExploredModel& m = run.exploration.models[p.model];
  if (m.path.empty()) {
    const ModelConfig& c = m.model.config;
    text +=
        fmt::format("model: {{synthetic: {{activation: {}, patch: {}, embed: {}, hidden: {}, blocks: {}, classes: {}",
                    to_string(c.activation), c.patch, c.embed, c.hidden, c.blocks, c.classes);
    text += m.table_points > 0 ? fmt::format(", table_points: {}", m.table_points) : "";
    text += fmt::format(", seed: {}}}}}\n", s.synthetic->seed);
  } else {
    text += fmt::format("model: {}\n", yaml_scalar(model_path));
  }
  const auto absolute = [](const std::string& path) {
    return yaml_scalar(std::filesystem::absolute(path).lexically_normal().string());
  };
  if (s.data.is_own()) {
    text += fmt::format("data: {{images: {}", absolute(s.data.images_path));
    if (!s.data.labels_path.empty()) text += fmt::format(", labels: {}", absolute(s.data.labels_path));
    if (s.data.limit > 0) text += fmt::format(", limit: {}", s.data.limit);
    text += "}\n";
  } else {
    text += fmt::format("data: {{dir: {}, split: {}, images: {}}}\n", absolute(s.data.dir),
                        s.data.test_split ? "test" : "train", s.data.limit > 0 ? std::to_string(s.data.limit) : "all");
  }
  if (s.ports.any()) {
    text += fmt::format("export: {{input: {}{}, output: {}}}\n",
                        s.ports.input == ImageForm::kPatches ? "patches" : "pixels",
                        s.ports.input == ImageForm::kPlanar        ? ", pixel_order: planar"
                        : s.ports.input == ImageForm::kInterleaved ? ", pixel_order: interleaved"
                                                                   : "",
                        s.ports.class_out ? "class" : "logits");
  }
  if (p.tile > 0) {
    const SimdHardware& h = p.hardware;
    text += fmt::format(
        "accelerator:\n  kind: simd\n  device: {}\n  clock_mhz: {}\n  tile: {}\n  memory: {}\n  bus_bytes: {}\n  "
        "burst_beats: {}\n  outstanding_reads: {}\n  buffers:\n",
        p.device, p.clock_mhz, p.tile, of_kind(s, AcceleratorKind::kSimd).simd().memory, h.bus_bytes, h.burst_beats,
        h.outstanding_reads);
    for (const SimdBuffer& buffer : simd_buffers())
      text += fmt::format("    {}: {}\n", buffer.key, h.capacities.*buffer.capacity);
    return text;
  }
  text += fmt::format(
      "accelerator:\n  kind: streaming\n  device: {}\n  clock_mhz: {}\n  lanes: {}\n  rom_style: {}\n  fifo_depth: "
      "{}\n  stages:\n",
      p.device, p.clock_mhz, p.lanes, to_string(p.rom_style),
      of_kind(s, AcceleratorKind::kStreaming).streaming().fifo_depth);
  for (const auto& [name, choice] : *p.stages) {
    text += fmt::format("    {}: {{pe: {}, simd: {}, packed: {}}}\n", yaml_scalar(name), *choice.pe, *choice.simd,
                        choice.packed.value_or(false));
  }
  return text;
}

std::string report_html(const ExploreRun& run) {
  Json data = {{"scenario", run.scenario.name}, {"version", PSAFLOW_VERSION}};
  data["validation"] = to_text(estimate_errors(validated_designs()));
  data["placed"] = to_text(placed_leaves());
  data["validated"] = Json::array();
  for (const ValidatedDesign& d : validated_designs())
    data["validated"].push_back(
        {{"design", d.name}, {"measured", cost_json(d.measured)}, {"estimated", cost_json(d.estimated)}});
  data["models"] = Json::array();
  for (const ExploredModel& m : run.exploration.models) {
    data["models"].push_back({{"path", m.path.empty() ? "random weights" : m.path},
                              {"table_points", m.table_points},
                              {"accuracy", m.accuracy ? Json(*m.accuracy) : Json(nullptr)},
                              {"images", m.images}});
  }
  data["devices"] = Json::object();
  for (const Device& d : devices())
    data["devices"][d.name] = {{"lut", d.lut}, {"ff", d.ff}, {"dsp", d.dsp}, {"bram36", d.bram36}, {"uram", d.uram}};
  data["rom_styles"] = Json::array();
  for (RomStyle style : {RomStyle::kAuto, RomStyle::kDistributed, RomStyle::kBlock})
    data["rom_styles"].push_back(to_string(style));
  data["points"] = plotted(run);
  data.update(parts_json(run, points_with_parts(run)));
  data["yaml"] = data["confirmed"] = Json::object();
  for (size_t i = 0; i < run.exploration.points.size(); ++i) {
    if (!run.exploration.points[i].pareto) continue;
    const ExploredModel& m = run.exploration.models[run.exploration.points[i].model];
    data["yaml"][std::to_string(i)] = scenario_yaml(run, i, m.path);
  }
  for (const auto& [i, confirmation] : run.confirmed) data["confirmed"][std::to_string(i)] = point_json(run, i);
  std::string json = data.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (size_t at = 0; (at = json.find('<', at)) != std::string::npos; at += 6) json.replace(at, 1, "\\u003c");
  std::string page = kExplorePage;
  const std::string place = "/*DATA*/null";
  page.replace(page.find(place), place.size(), json);
  return page;
}

}  // namespace psaflow
