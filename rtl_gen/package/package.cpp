#include "rtl_gen/package/package.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/plan/beat_times.h"
#include "rtl_gen/package/component_xml.h"
#include "rtl_gen/package/core_file.h"
#include "rtl_gen/package/diagram.h"
#include "rtl_gen/package/manifest.h"
#include "rtl_gen/package/readme.h"
#include "rtl_gen/package/renamed.h"
#include "rtl_gen/package/templates.h"
#include "rtl_gen/package/wrapper.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr const char* kLicenceLine = "// SPDX-License-Identifier: MIT\n";

// A beat a line, as $readmemh reads it: the highest lane first.
std::string beat_lines(const std::vector<int8_t>& bytes, int lanes) {
  std::string text;
  text.reserve(bytes.size() * 3);
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(lanes)) {
    for (int l = lanes; l-- > 0;) {
      const auto byte = static_cast<uint8_t>(bytes[at + static_cast<size_t>(l)]);
      text += "0123456789abcdef"[byte >> 4];
      text += "0123456789abcdef"[byte & 15];
    }
    text += '\n';
  }
  return text;
}

// By image: the cycle in which its last result is taken when nothing stalls.
std::string cycle_lines(const Pipeline& pipeline, size_t images) {
  BeatTimesOptions options;
  options.images = static_cast<int>(images);
  const BeatTimesResult times = beat_times(pipeline, options);
  PSAFLOW_CHECK(!times.deadlock && times.image_done.size() == images, "a design that locks up is not packaged");
  std::string text;
  for (int64_t done : times.image_done) text += fmt::format("{:08x}\n", done);
  return text;
}

class Package {
 public:
  Package(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options, const Design& design,
          const GoldenVectors& golden, const IpFigures& figures)
      : pipeline_(pipeline),
        plan_(plan),
        options_(options),
        design_(design),
        golden_(golden),
        figures_(figures),
        top_(design.top),
        leaf_names_(ip::leaf_names(design)),
        title_(fmt::format("IP {}, psaflow {}", top_, PSAFLOW_VERSION)) {
    PSAFLOW_CHECK(!options.taps, "an IP has no taps");
    PSAFLOW_CHECK(golden.images >= 1 && golden.inputs.size() == golden.images * static_cast<size_t>(in().size()) &&
                      golden.expected.size() == golden.images * static_cast<size_t>(out().size()),
                  "golden images of the design's shapes");
  }

  std::vector<TextFile> run() {
    add_rtl();
    add_simulation();
    const std::string period = fmt::format("{:.3f}", 1000 / pipeline_.clock_mhz);
    add("Makefile", ip::filled("Makefile.in", {{"title", title_},
                                               {"top", top_},
                                               {"icarus_images", std::to_string(std::min<size_t>(2, golden_.images))},
                                               {"rtl_list", rtl_list()}}));
    add("constraints/" + top_ + ".xdc", ip::filled("ip.xdc.in", {{"title", title_}, {"period_ns", period}}));
    add("scripts/vivado.tcl",
        ip::filled("vivado.tcl.in",
                   {{"title", title_}, {"top", top_}, {"part", figures_.part}, {"period_ns", period}}));
    add(top_ + ".core", ip::core_file(top_, figures_.part, files_));
    add("component.xml", ip::component_xml(ip::IpXact::k2009, pipeline_, top_, files_));
    add("component-2014.xml", ip::component_xml(ip::IpXact::k2014, pipeline_, top_, files_));
    add(top_ + ".svg", ip::block_diagram(pipeline_, top_));
    add("README.md", ip::readme(pipeline_, plan_, options_, top_, golden_, figures_));
    add("LICENSE", ip::embedded("LICENSE"));
    add("manifest.json", ip::manifest(pipeline_, plan_, design_, golden_, figures_, leaf_names_, files_));
    return std::move(files_);
  }

 private:
  const StreamShape& in() const { return pipeline_.streams.front().shape; }
  const StreamShape& out() const { return pipeline_.streams.back().shape; }

  void add(const std::string& name, const std::string& text) { files_.push_back({name, text}); }

  void add_rtl() {
    const int in_flight = ip::images_in_flight(plan_.latency_cycles, plan_.ii_cycles);
    for (const TextFile& file : ip::renamed_rtl(design_)) add("rtl/" + file.name, kLicenceLine + file.text);
    add("rtl/" + top_ + ".sv", kLicenceLine + ip::wrapper_module(pipeline_, top_, title_, in_flight));
    for (const TextFile& file : design_.roms) add("rtl/" + file.name, file.text);
  }

  void add_simulation() {
    add("sim/" + top_ + "_axis_bench.sv",
        kLicenceLine + ip::renamed(ip::embedded("axis_bench.sv"), {{"axis_bench", top_ + "_axis_bench"}}));
    add("sim/" + top_ + "_tb.sv", kLicenceLine + ip::test_bench_module(pipeline_, top_, title_, golden_.images));
    add("sim/" + top_ + "_stimulus.mem", beat_lines(golden_.inputs, in().lanes));
    add("sim/" + top_ + "_expected.mem", beat_lines(golden_.expected, out().lanes));
    add("sim/" + top_ + "_cycles.mem", cycle_lines(pipeline_, golden_.images));
  }

  // Modules before those that use them.
  std::string rtl_list() const {
    std::string list;
    for (const TextFile& file : files_) {
      if (file.name.rfind("rtl/", 0) == 0 && file.name.substr(file.name.size() - 3) == ".sv")
        list += (list.empty() ? "  " : " \\\n  ") + file.name;
    }
    return list;
  }

  const Pipeline& pipeline_;
  const CyclePrediction& plan_;
  const DesignOptions& options_;
  const Design& design_;
  const GoldenVectors& golden_;
  const IpFigures& figures_;
  std::string top_;
  std::map<std::string, std::string> leaf_names_;
  std::string title_;
  std::vector<TextFile> files_;
};

}  // namespace

std::vector<TextFile> package_ip(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options,
                                 const Design& design, const GoldenVectors& golden, const IpFigures& figures) {
  return Package(pipeline, plan, options, design, golden, figures).run();
}

}  // namespace psaflow
