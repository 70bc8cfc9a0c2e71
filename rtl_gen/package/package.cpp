#include "rtl_gen/package/package.h"

#include <fmt/format.h>

#include <algorithm>

#include "models/plan/beat_times.h"
#include "rtl_gen/package/diagram.h"
#include "rtl_gen/package/flows.h"
#include "rtl_gen/package/manifest.h"
#include "rtl_gen/package/readme.h"
#include "rtl_gen/package/renamed.h"
#include "rtl_gen/package/templates.h"
#include "rtl_gen/package/wrapper.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using ip::beat_lines;
using ip::kLicenceLine;

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
    const ip::Core core{top_,
                        "a neural network as a streaming accelerator, AXI4-Stream in and out",
                        figures_.part,
                        pipeline_.clock_mhz,
                        ip::ports(pipeline_),
                        {{ip::Bus::Kind::kStream, "s_axis", true}, {ip::Bus::Kind::kStream, "m_axis", false}}};
    ip::add_flows(files_, core, ip::around(design_).bench, title_, std::min<size_t>(2, golden_.images));
    add(top_ + ".svg", ip::block_diagram(pipeline_, top_));
    add("README.md", ip::readme(pipeline_, plan_, options_, top_, golden_, figures_));
    add("AXI-DMA.md", ip::axi_dma_page(pipeline_, top_));
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
