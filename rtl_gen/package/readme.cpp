#include "rtl_gen/package/readme.h"

#include <fmt/format.h>

#include <algorithm>

#include "rtl_gen/package/manifest.h"
#include "rtl_gen/package/templates.h"
#include "rtl_gen/package/wrapper.h"

namespace psaflow::ip {
namespace {

const char* plural(int64_t n) {
  return n == 1 ? "" : "s";
}

std::string list_of(const std::vector<double>& values) {
  std::string text;
  for (double v : values) text += fmt::format("{}{}", text.empty() ? "" : ", ", v);
  return text;
}

}  // namespace

std::string patch_text(const ModelConfig& c) {
  return fmt::format(
      " The image is {} x {} pixels of {} channel{}, cut into patches of {} x {}: patches row by row over the image, "
      "in a patch the pixels row by row, of a pixel its channels. Byte p of channel c enters as clamp(rint(((p / 255 - "
      "mean[c]) / std[c]) * input_scale), -128, 127) in double precision (rint: halves to the even integer), with mean "
      "{}, std {}, input_scale {}.",
      c.image_height, c.image_width, c.image_channels, plural(c.image_channels), c.patch, c.patch, list_of(c.mean),
      list_of(c.std), c.input_scale);
}

std::string input_text(const Pipeline& pipeline) {
  const StreamShape& in = pipeline.streams.front().shape;
  if (const op::Patches* p = pipeline.stages.front().patches()) {
    return fmt::format("The bytes of an image of {} x {} pixels, unsigned as they are, line by line, {}.", p->height,
                       p->width,
                       p->planar ? fmt::format("{} colour planes one after the other", p->channels)
                                 : fmt::format("the {} channels of a pixel together", p->channels));
  }
  return fmt::format(
      "{} patches of {} INT8 values, patches row by row over the image; in a patch row, column, channel.", in.vectors,
      in.elements);
}

std::string output_text(const Pipeline& pipeline) {
  const StreamShape& out = pipeline.streams.back().shape;
  if (pipeline.stages.back().kind == StageKind::kArgMax)
    return "The class, an unsigned byte: the index of the highest logit, the lowest of equal ones.";
  return fmt::format("{} logits, INT8.", out.vectors * out.elements);
}

std::string readme(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                   const std::string& top, const GoldenVectors& golden, const IpFigures& figures) {
  const StreamShape &in = pipeline.streams.front().shape, &out = pipeline.streams.back().shape;
  const bool raw = pipeline.stages.front().patches() != nullptr;
  std::string port_rows, figure_rows;
  const auto line = [](std::string& rows, const std::string& row) { rows += (rows.empty() ? "" : "\n") + row; };
  for (const Ports::Port& p : ports(pipeline).list)
    line(port_rows, fmt::format("| `{}` | {} | {} | {} |", p.name, p.input ? "in" : "out", p.width, p.says));
  const auto figure = [&](const char* name, const std::string& value) {
    line(figure_rows, fmt::format("| {} | {} |", name, value));
  };
  figure("initiation interval", fmt::format("{} cycles an image", plan.ii_cycles));
  figure("latency", fmt::format("{} cycles from an image's first beat to its last result beat", plan.latency_cycles));
  figure("images a second",
         fmt::format("{:.0f} at {} MHz", images_per_second(pipeline.clock_mhz, plan.ii_cycles), pipeline.clock_mhz));
  const Parts p = parts(pipeline);
  figure("multipliers (DSP blocks)", fmt::format("{}", p.multipliers));
  figure("memory", fmt::format("{} bits of ROM, {} bits of FIFOs", p.rom_bits, p.fifo_bits));
  figure("cells", "`make synth` tells them (LUTs, registers, DSPs, block RAM by Yosys)");
  figure("accuracy", figures.accuracy
                         ? fmt::format("{:.2f} % of {} test images", *figures.accuracy * 100, figures.accuracy_images)
                         : std::string("not known for this model"));
  std::string name = options.scenario;
  for (char& c : name) {
    if (c == '\n' || c == '\r') c = ' ';
  }
  return filled("README.md.in",
                {{"name", top},
                 {"scenario", name},
                 {"version", PSAFLOW_VERSION},
                 {"top", top},
                 {"images", std::to_string(golden.images)},
                 {"golden_source", golden.source},
                 {"port_rows", port_rows},
                 {"figure_rows", figure_rows},
                 {"in_beats", std::to_string(in.beats())},
                 {"in_lanes", std::to_string(in.lanes)},
                 {"in_plural", plural(in.lanes)},
                 {"out_beats", std::to_string(out.beats())},
                 {"out_beats_plural", plural(out.beats())},
                 {"out_lanes", std::to_string(out.lanes)},
                 {"out_plural", plural(out.lanes)},
                 {"in_bytes", std::to_string(in.size())},
                 {"out_bytes", std::to_string(out.size())},
                 {"out_bytes_plural", plural(out.size())},
                 {"input_text", input_text(pipeline) + (raw || !options.model ? "" : patch_text(*options.model))},
                 {"output_text", output_text(pipeline)}});
}

std::string axi_dma_page(const Pipeline& pipeline, const std::string& top) {
  const StreamShape &in = pipeline.streams.front().shape, &out = pipeline.streams.back().shape;
  const int64_t longest = std::max(in.size(), out.size());
  int length_bits = 8;  // the least that the DMA has
  while (longest >= int64_t{1} << length_bits) ++length_bits;
  // A stream of the DMA is 8 to 1024 bits wide, a power of two.
  const auto fits = [](int lanes) { return (lanes & (lanes - 1)) == 0 && lanes <= 128; };
  const auto width = [&](int lanes) {
    return fits(lanes) ? fmt::format("{} bits wide", lanes * 8)
                       : fmt::format("{} bits wide, an AXI4-Stream Data Width Converter between", lanes * 8);
  };
  const auto dma_bits = [&](int lanes) { return std::to_string(fits(lanes) ? lanes * 8 : 8); };
  constexpr int64_t kPage = 4096;
  return filled("AXI-DMA.md.in",
                {{"top", top},
                 {"in_bits", dma_bits(in.lanes)},
                 {"out_bits", dma_bits(out.lanes)},
                 {"in_width", width(in.lanes)},
                 {"out_width", width(out.lanes)},
                 {"length_bits", std::to_string(length_bits)},
                 {"longest", std::to_string(longest)},
                 {"in_bytes", std::to_string(in.size())},
                 {"out_bytes", std::to_string(out.size())},
                 {"out_plural", plural(out.size())},
                 {"linux_bytes", std::to_string((in.size() + kPage - 1) / kPage * kPage + kPage)},
                 {"result_type", pipeline.stages.back().kind == StageKind::kArgMax ? "uint8_t" : "int8_t"}});
}

}  // namespace psaflow::ip
