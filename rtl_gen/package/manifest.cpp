#include "rtl_gen/package/manifest.h"

#include <nlohmann/json.hpp>

#include "models/structure/structure.h"
#include "rtl_gen/package/readme.h"
#include "rtl_gen/package/wrapper.h"
#include "sw/io/sha256.h"

namespace psaflow::ip {
namespace {

using Json = nlohmann::ordered_json;

Json figures_json(const Pipeline& pipeline, const CyclePrediction& plan, const IpFigures& figures) {
  const Parts p = parts(pipeline);
  Json json = {{"ii_cycles", plan.ii_cycles},     {"latency_cycles", plan.latency_cycles},
               {"clock_mhz", pipeline.clock_mhz}, {"fps", images_per_second(pipeline.clock_mhz, plan.ii_cycles)},
               {"multipliers", p.multipliers},    {"rom_bits", p.rom_bits},
               {"fifo_bits", p.fifo_bits}};
  if (figures.accuracy) {
    json["accuracy"] = *figures.accuracy;
    json["accuracy_images"] = figures.accuracy_images;
  }
  return json;
}

Json axis_json(Json stream, const char* prefix, const std::string& content) {
  stream["prefix"] = prefix;
  stream["content"] = content;
  return stream;
}

}  // namespace

Json ports_json(const Ports& ports) {
  Json list = Json::array();
  for (const Ports::Port& p : ports.list) {
    Json port = {{"name", p.name}, {"direction", p.input ? "in" : "out"}, {"width_bits", p.width}};
    if (!p.says.empty()) port["is"] = p.says;
    list.push_back(port);
  }
  return list;
}

void add_files(Json& json, const std::vector<TextFile>& files) {
  json["rtl"] = Json::array();
  json["files"] = Json::array();
  for (const TextFile& file : files) {
    const std::string folder = "rtl/";
    if (file.name.rfind(folder, 0) == 0 && file.name.size() > 3 && file.name.substr(file.name.size() - 3) == ".sv")
      json["rtl"].push_back(file.name.substr(folder.size()));
    json["files"].push_back(
        {{"path", file.name}, {"bytes", file.text.size()}, {"sha256", sha256_hex(file.text.data(), file.text.size())}});
  }
}

Parts parts(const Pipeline& pipeline) {
  Parts sum;
  const Structure structure = streaming_structure(pipeline);
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    const Stage& stage = pipeline.stages[i];
    const bool lerp = stage.table() != nullptr && stage.table()->points != 256;
    sum.multipliers += stage.affine() != nullptr || lerp ? stage.in.lanes : stage.multipliers();
    for (const RomPort& rom : structure.stages[i].roms)
      sum.rom_bits += int64_t{rom.count} * rom.width_bits * rom.depth_words;
  }
  for (const Stream& s : pipeline.streams) sum.fifo_bits += int64_t{s.shape.lanes} * 8 * s.fifo_depth;
  return sum;
}

std::string manifest(const Pipeline& pipeline, const CyclePrediction& plan, const Design& design,
                     const GoldenVectors& golden, const IpFigures& figures,
                     const std::map<std::string, std::string>& names, const std::vector<TextFile>& files) {
  const Json core = Json::parse(design.manifest);
  Json json = {
      {"format", "psaflow.ip/1"},
      {"top", design.top},
      {"kind", "streaming"},
      {"scenario", core.at("scenario")},
      {"version", core.at("version")},
      {"license", "MIT"},
      {"clock", "aclk"},
      {"reset", "aresetn, synchronous, active low"},
      {"ports", ports_json(ports(pipeline))},
      {"byte_order", "lane 0, the lowest element of a beat, in the low byte; the lowest beat first"},
      {"tlast", "on an image's last beat, in and out; elsewhere it raises error, and the next packet is right again"},
      {"parameters", {{"RomDir", "folder of the ROM images; empty: where the tool looks"}}},
      {"network", core.at("network")},
      {"input", axis_json(core.at("input"), "s_axis", input_text(pipeline))},
      {"output", axis_json(core.at("output"), "m_axis", output_text(pipeline))},
      {"figures", figures_json(pipeline, plan, figures)},
      {"golden", {{"images", golden.images}, {"source", golden.source}}},
      {"plan", core.at("plan")},
      {"stages", core.at("stages")},
      {"fifos", core.at("fifos")}};
  for (Json& stage : json["stages"]) {
    const auto found = names.find(stage.at("module").get<std::string>());
    if (found != names.end()) stage["module"] = found->second;
  }
  add_files(json, files);
  return json.dump(2) + "\n";
}

}  // namespace psaflow::ip
