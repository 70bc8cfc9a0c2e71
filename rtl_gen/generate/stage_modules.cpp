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
  StageModule(const Stage& stage, const std::string& top, const std::string& title) {
    module_.name = top + "_" + identifier(stage.name);
    module_.comment = fmt::format("{}: {}\n{}", title, stage.name, stage_text(stage));
    module_.parameters.push_back({"RomDir", sv::text(""), kRomDirComment});
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

  // A ROM port of the leaf, which answers from `images` side by side.
  void rom(const RomPort& rom_port, const std::vector<RomImage>& images) {
    const std::string &port = rom_port.port, &enable = rom_port.enable;
    const int count = rom_port.count, width = rom_port.width_bits, depth = rom_port.depth_words;
    const int address = address_width(depth);
    module_.body.push_back(sv::Comment{fmt::format("{}: {}{} words of {} bits", rom_port.holds,
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
      instance.module = rom_port.leaf;
      instance.name = "u_" + port + suffix;
      instance.parameters = {{"Width", sv::number(width)},
                             {"Depth", sv::number(depth)},
                             {"BlockRam", sv::number(rom_port.block_ram ? 1 : 0)}};
      for (const Parameter& p : rom_port.parameters) instance.parameters.emplace_back(p.name, sv::number(p.value));
      instance.parameters.emplace_back("File", sv::text(file));
      instance.parameters.emplace_back("Dir", sv::name("RomDir"));
      const bool whole = count == 1;
      instance.ports = {{"clk_i", sv::name("clk_i")},
                        {"en_i", sv::name(enable + "_en")},
                        {"addr_i", whole ? sv::name(addr) : sv::slice(addr, i * address, address)},
                        {"data_o", whole ? sv::name(data) : sv::slice(data, i * width, width)}};
      module_.body.push_back(instance);
      result_.roms.push_back({file, width, depth, rom_port.block_ram});
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
  sv::Module module_;
  std::set<std::string> enables_;
  std::vector<std::pair<std::string, Expr>> leaf_ports_;
  StageRtl result_;
};

}  // namespace

std::vector<std::pair<std::string, Expr>> parameters(const LeafInstance& leaf) {
  std::vector<std::pair<std::string, Expr>> list;
  for (const Parameter& p : leaf.parameters) list.emplace_back(p.name, sv::number(p.value));
  return list;
}

StageRtl generate_stage(const Stage& stage, const LeafInstance& leaf, const std::string& top,
                        const std::string& title) {
  if (leaf.roms.empty()) {
    StageRtl rtl;
    rtl.module = rtl.leaf = leaf.leaf;
    rtl.parameters = parameters(leaf);
    return rtl;
  }
  StageModule module(stage, top, title);
  for (const RomPort& port : leaf.roms) module.rom(port, rom_contents(stage, port));
  return module.finish(leaf.leaf, parameters(leaf));
}

}  // namespace psaflow::rtl
