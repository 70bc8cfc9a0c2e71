#include "rtl_gen/generate/stage_modules.h"

#include <fmt/format.h>

#include <set>

#include "models/plan/stage_timing.h"
#include "rtl_gen/generate/names.h"
#include "rtl_gen/generate/rom_image.h"
#include "sw/base/error.h"

namespace psaflow::rtl {
namespace {

using sv::Expr;

int address_width(int depth) {
  return std::max(1, tree_levels(depth));
}

// A stage module in the making: ports, then for each ROM port of the leaf its signals and the ROMs behind it, then the
// leaf.
class StageModule {
 public:
  StageModule(const Stage& stage, const std::string& top, const std::string& title) : stage_(stage) {
    module_.name = top + "_" + identifier(stage.name);
    module_.comment = fmt::format("{}: {}\n{}", title, stage.name, stage_text(stage));
    const auto port = [&](sv::Direction direction, const char* name, int width, const std::string& comment) {
      module_.ports.push_back({direction, name, width, comment});
    };
    const auto in = sv::Direction::kInput, out = sv::Direction::kOutput;
    port(in, "clk_i", 1, "clock");
    port(in, "rst_ni", 1, "synchronous reset, active low");
    port(in, "in_valid_i", 1, "stream in: " + shape_text(stage.in));
    port(out, "in_ready_o", 1, "");
    port(in, "in_data_i", stage.in.lanes * 8, "");
    port(out, "out_valid_o", 1, "stream out: " + shape_text(stage.out));
    port(in, "out_ready_i", 1, "");
    port(out, "out_data_o", stage.out.lanes * 8, "");
    for (const sv::Port& p : module_.ports) leaf_ports_.push_back({p.name, sv::name(p.name)});
  }

  // The leaf's ROM port `port`, which answers from `images` side by side (one, or one a lane) that share the enable
  // `enable`.
  void rom(const std::string& port, const std::string& enable, const std::string& comment,
           const std::vector<RomImage>& images) {
    const auto count = static_cast<int>(images.size());
    const int width = images.front().width(), depth = images.front().depth(), address = address_width(depth);
    const bool block_ram = prefers_block_ram(width, depth);
    module_.body.push_back(sv::Comment{fmt::format("{}: {}{} words of {} bits", comment,
                                                   count > 1 ? fmt::format("{} ROMs of ", count) : "", depth, width)});
    if (!enables_.count(enable)) {
      enables_.insert(enable);
      module_.body.push_back(sv::Signal{{enable + "_en"}, 1});
      leaf_ports_.push_back({enable + "_en_o", sv::name(enable + "_en")});
    }
    const std::string addr = port + "_addr", data = port + "_data";
    module_.body.push_back(sv::Signal{{addr}, count * address});
    module_.body.push_back(sv::Signal{{data}, count * width});
    leaf_ports_.push_back({addr + "_o", sv::name(addr)});
    leaf_ports_.push_back({data + "_i", sv::name(data)});
    for (int i = 0; i < count; ++i) {
      const std::string suffix = count > 1 ? "_" + std::to_string(i) : "";
      const std::string file = module_.name + "_" + port + suffix + ".mem";
      sv::Instance instance;
      instance.module = "const_rom";
      instance.name = "u_" + port + suffix;
      instance.parameters = {{"Width", sv::number(width)},
                             {"Depth", sv::number(depth)},
                             {"BlockRam", sv::number(block_ram ? 1 : 0)},
                             {"File", sv::text(file)}};
      const bool whole = count == 1;
      instance.ports = {{"clk_i", sv::name("clk_i")},
                        {"en_i", sv::name(enable + "_en")},
                        {"addr_i", whole ? sv::name(addr) : sv::slice(addr, i * address, address)},
                        {"data_o", whole ? sv::name(data) : sv::slice(data, i * width, width)}};
      module_.body.push_back(instance);
      result_.roms.push_back({file, width, depth, block_ram});
      result_.images.push_back({file, images[static_cast<size_t>(i)].text()});
    }
    module_.body.push_back(sv::Blank{});
  }

  StageRtl finish(const std::string& leaf, std::vector<std::pair<std::string, Expr>> parameters) {
    module_.body.push_back(sv::Instance{leaf, "u_" + leaf, std::move(parameters), leaf_ports_});
    result_.module = module_.name;
    result_.leaf = leaf;
    result_.text = sv::to_text(module_);
    return std::move(result_);
  }

 private:
  const Stage& stage_;
  sv::Module module_;
  std::set<std::string> enables_;
  std::vector<std::pair<std::string, Expr>> leaf_ports_;
  StageRtl result_;
};

// The weights, a word a step, as linear_unit reads them: a byte for each output and input; packed, 17 bits for each
// pair of outputs and input: the even output's weight, above it the odd one's, less 1 where the even one is negative.
RomImage weight_image(const Stage& stage) {
  const LinearParams& p = *stage.linear;
  const int pe = stage.pe, simd = stage.simd, slices = p.in / simd;
  RomImage image(stage.packed ? pe / 2 * simd * 17 : pe * simd * 8, stage.fold());
  for (int step = 0; step < stage.fold(); ++step) {
    for (int o = 0; o < pe; ++o) {
      for (int j = 0; j < simd; ++j) {
        const auto weight = [&](int output) {
          return int{p.weight[static_cast<size_t>((step / slices * pe + output) * p.in + step % slices * simd + j)]};
        };
        if (!stage.packed) {
          image.set(step, (o * simd + j) * 8, 8, weight(o));
        } else if (o % 2 == 0) {
          image.set(step, (o / 2 * simd + j) * 17, 8, weight(o));
        } else {
          image.set(step, (o / 2 * simd + j) * 17 + 8, 9, weight(o) - (weight(o - 1) < 0 ? 1 : 0));
        }
      }
    }
  }
  return image;
}

StageRtl linear(const Stage& stage, StageModule module) {
  const LinearParams& p = *stage.linear;
  const int pe = stage.pe, simd = stage.simd;
  RomImage params(pe * 13, p.out / pe);
  for (int m = 0; m < p.out; ++m) {
    params.set(m / pe, m % pe * 13, 8, p.bias[static_cast<size_t>(m)]);
    params.set(m / pe, m % pe * 13 + 8, 5, p.shift[static_cast<size_t>(m)]);
  }
  module.rom("weight_rom", "weight_rom",
             fmt::format("Weights [{}, {}], {} outputs x {} inputs a word{}", p.out, p.in, pe, simd,
                         stage.packed ? ", in pairs of outputs" : ""),
             {weight_image(stage)});
  module.rom("param_rom", "param_rom", "Shift and bias of each output", {params});
  return module.finish("linear_unit", {{"InElements", sv::number(p.in)},
                                       {"OutElements", sv::number(p.out)},
                                       {"LanesIn", sv::number(stage.in.lanes)},
                                       {"LanesOut", sv::number(stage.out.lanes)},
                                       {"Pe", sv::number(pe)},
                                       {"Simd", sv::number(simd)},
                                       {"Relu", sv::number(stage.relu ? 1 : 0)},
                                       {"Packed", sv::number(stage.packed ? 1 : 0)}});
}

StageRtl affine(const Stage& stage, StageModule module) {
  const AffineParams& p = *stage.affine;
  const int lanes = stage.in.lanes;
  RomImage params(lanes * 21, p.channels() / lanes);
  for (int c = 0; c < p.channels(); ++c) {
    const auto i = static_cast<size_t>(c);
    params.set(c / lanes, c % lanes * 21, 8, p.weight[i]);
    params.set(c / lanes, c % lanes * 21 + 8, 8, p.bias[i]);
    params.set(c / lanes, c % lanes * 21 + 16, 5, p.shift[i]);
  }
  module.rom("param_rom", "param_rom", "Shift, bias and weight of each channel", {params});
  return module.finish("affine_unit", {{"Elements", sv::number(p.channels())}, {"Lanes", sv::number(lanes)}});
}

// Lane l's ROM holds every `step`-th point from `first` on of channels l, l + lanes, ..., a channel after the other.
std::vector<RomImage> table_images(const TableParams& p, int lanes, int first, int step) {
  const int points = (p.points - first + step - 1) / step;
  std::vector<RomImage> images(static_cast<size_t>(lanes), RomImage(8, p.channels / lanes * points));
  for (int c = 0; c < p.channels; ++c) {
    for (int i = 0; i < points; ++i) {
      images[static_cast<size_t>(c % lanes)].set(c / lanes * points + i, 0, 8, p.channel(c)[first + i * step]);
    }
  }
  return images;
}

StageRtl table(const Stage& stage, StageModule module) {
  const TableParams& p = *stage.table;
  const int lanes = stage.in.lanes;
  std::vector<std::pair<std::string, Expr>> parameters = {{"Elements", sv::number(p.channels)},
                                                          {"Lanes", sv::number(lanes)}};
  if (p.points == 256) {
    module.rom("table_rom", "table_rom", "Table points", table_images(p, lanes, 0, 1));
    return module.finish("table_unit", parameters);
  }
  module.rom("even_rom", "table_rom", "Even table points", table_images(p, lanes, 0, 2));
  module.rom("odd_rom", "table_rom", "Odd table points", table_images(p, lanes, 1, 2));
  parameters.push_back({"IndexBits", sv::number(p.lerp_log2())});
  return module.finish("lerp_unit", parameters);
}

StageRtl leaf(const std::string& module, std::vector<std::pair<std::string, Expr>> parameters) {
  StageRtl rtl;
  rtl.module = rtl.leaf = module;
  rtl.parameters = std::move(parameters);
  return rtl;
}

}  // namespace

StageRtl generate_stage(const Stage& stage, const std::string& top, const std::string& title) {
  const Expr lanes = sv::number(stage.in.lanes), elements = sv::number(stage.in.elements);
  switch (stage.kind) {
    case StageKind::kLinear:
      return linear(stage, {stage, top, title});
    case StageKind::kAffine:
      return affine(stage, {stage, top, title});
    case StageKind::kTable:
      return table(stage, {stage, top, title});
    case StageKind::kTranspose:
      return leaf("transpose_unit",
                  {{"Vectors", sv::number(stage.in.vectors)}, {"Elements", elements}, {"Lanes", lanes}});
    case StageKind::kAdd:
      return leaf("add_unit", {{"Lanes", lanes}});
    case StageKind::kPool:
      PSAFLOW_CHECK(1 << tree_levels(stage.in.vectors) == stage.in.vectors,
                    "a pool averages a power of two of vectors");
      return leaf(
          "pool_unit",
          {{"VectorsLog2", sv::number(tree_levels(stage.in.vectors))}, {"Elements", elements}, {"Lanes", lanes}});
    case StageKind::kFork:
      break;
  }
  PSAFLOW_CHECK(false, "a fork needs the pipeline");
}

StageRtl generate_fork(const Pipeline& pipeline, const Stage& stage) {
  const auto depth = [&](size_t output) {
    return sv::number(pipeline.streams[static_cast<size_t>(stage.outputs[output])].fifo_depth);
  };
  return leaf("stream_fork",
              {{"Width", sv::number(stage.in.lanes * 8)}, {"LongDepth", depth(0)}, {"ShortDepth", depth(1)}});
}

}  // namespace psaflow::rtl
