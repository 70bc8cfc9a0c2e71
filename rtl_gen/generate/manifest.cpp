#include "rtl_gen/generate/manifest.h"

#include <nlohmann/json.hpp>

#include "rtl_gen/generate/names.h"

namespace psaflow::rtl {
namespace {

using Json = nlohmann::ordered_json;

Json shape(const StreamShape& s) {
  return {{"vectors", s.vectors}, {"elements", s.elements}, {"lanes", s.lanes}, {"beats", s.beats()}};
}

Json stream_port(const char* prefix, const char* what, const StreamShape& s) {
  Json json = {{"prefix", prefix}, {"content", what}, {"width_bits", s.lanes * 8}};
  json.update(shape(s));
  return json;
}

const char* input_content(const Pipeline& pipeline) {
  const op::Patches* const raw = pipeline.stages.front().patches();
  if (raw == nullptr) return "patches: INT8, tokens row by row over the image; in a patch row, column, channel";
  return raw->planar ? "bytes of the image, unsigned, line by line, colour planes one after the other"
                     : "bytes of the image, unsigned, line by line, the channels of a pixel together";
}

Json stage_json(const Stage& stage, const StageRtl& rtl, const StageCycles& cycles) {
  Json json = {{"name", stage.name},
               {"kind", to_string(stage.kind)},
               {"module", rtl.module},
               {"in", shape(stage.in)},
               {"out", shape(stage.out)}};
  if (stage.kind == StageKind::kLinear) {
    json["pe"] = stage.pe;
    json["simd"] = stage.simd;
    json["packed"] = stage.packed;
    json["multipliers"] = stage.multipliers();
    json["fold"] = stage.fold();
    json["relu"] = stage.relu();
  }
  if (stage.kind == StageKind::kTable) json["points"] = stage.table()->points;
  json["roms"] = Json::array();
  for (const StageRom& rom : rtl.roms) {
    json["roms"].push_back({{"file", rom.file},
                            {"width_bits", rom.width_bits},
                            {"depth_words", rom.depth_words},
                            {"block_ram", rom.block_ram}});
  }
  json["plan"] = {{"period_cycles", cycles.period_cycles},
                  {"first_out_cycles", cycles.first_out_cycles},
                  {"last_out_cycles", cycles.last_out_cycles}};
  return json;
}

}  // namespace

Json network_json(const ModelConfig& c) {
  return {{"image", {c.image_channels, c.image_height, c.image_width}},
          {"patch", c.patch},
          {"embed", c.embed},
          {"hidden", c.hidden},
          {"blocks", c.blocks},
          {"classes", c.classes},
          {"activation", to_string(c.activation)},
          {"mean", c.mean},
          {"std", c.std},
          {"input_scale", c.input_scale}};
}

std::string generate_manifest(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                              const Design& design, const std::vector<StageRtl>& stages) {
  Json json = {
      {"format", "psaflow.rtl/1"},
      {"scenario", options.scenario},
      {"version", PSAFLOW_VERSION},
      {"top", design.top},
      {"clock_mhz", pipeline.clock_mhz},
      {"clock", "clk_i"},
      {"reset", "rst_ni, synchronous, active low"},
      {"network", options.model ? network_json(*options.model) : Json::object()},
      {"input", stream_port("s", input_content(pipeline), pipeline.streams.front().shape)},
      {"output",
       stream_port("m", pipeline.stages.back().kind == StageKind::kArgMax ? "class: its index, a byte" : "logits: INT8",
                   pipeline.streams.back().shape)},
      {"taps", options.taps},
      {"plan",
       {{"ii_cycles", plan.ii_cycles},
        {"latency_cycles", plan.latency_cycles},
        {"fps", images_per_second(pipeline.clock_mhz, plan.ii_cycles)},
        {"bottleneck", pipeline.stages[static_cast<size_t>(plan.bottleneck)].name}}}};
  json["rtl"] = Json::array();
  for (const TextFile& file : design.rtl) json["rtl"].push_back(file.name);
  json["stages"] = Json::array();
  for (size_t i = 0; i < stages.size(); ++i)
    json["stages"].push_back(stage_json(pipeline.stages[i], stages[i], plan.stages[i]));
  json["fifos"] = Json::array();
  for (const Stream& s : pipeline.streams) {
    json["fifos"].push_back(
        {{"name", s.name}, {"width_bits", s.shape.lanes * 8}, {"depth_beats", s.fifo_depth}, {"residual", s.residual}});
  }
  return json.dump(2) + "\n";
}

}  // namespace psaflow::rtl
