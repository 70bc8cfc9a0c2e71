#include "rtl_gen/generate/design.h"

#include "rtl_gen/generate/leaves.h"
#include "rtl_gen/generate/manifest.h"
#include "rtl_gen/generate/names.h"
#include "rtl_gen/generate/stage_modules.h"
#include "rtl_gen/generate/top_module.h"
#include "sw/base/error.h"

namespace psaflow {

Design generate_design(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options) {
  PSAFLOW_CHECK(pipeline.profile.name == "rtl", "the pipeline is timed as the RTL is built");
  Design design;
  design.harness = Harness::kStreams;
  design.top = rtl::design_name(options.scenario);
  const std::string title = rtl::design_title(options.scenario);
  std::vector<rtl::StageRtl> stages;
  std::vector<TextFile> modules;
  std::set<std::string> leaves = {"stream_fifo"};
  const Structure structure = streaming_structure(pipeline);
  for (size_t i = 0; i < pipeline.stages.size(); ++i) {
    stages.push_back(rtl::generate_stage(pipeline.stages[i], structure.stages[i], design.top, title));
    const rtl::StageRtl& rtl = stages.back();
    if (rtl.text.empty()) {
      leaves.insert(rtl.module);
      continue;
    }
    leaves.insert(rtl.leaf);
    for (const RomPort& rom : structure.stages[i].roms) leaves.insert(rom.leaf);
    modules.push_back({rtl.module + ".sv", rtl.text});
    design.roms.insert(design.roms.end(), rtl.images.begin(), rtl.images.end());
  }
  design.rtl = rtl::leaf_files(leaves);
  design.rtl.insert(design.rtl.end(), modules.begin(), modules.end());
  design.rtl.push_back(
      {design.top + ".sv", rtl::generate_top(pipeline, structure, stages, design.top, title, options.taps)});
  design.manifest = rtl::generate_manifest(pipeline, plan, options, design, stages);
  return design;
}

}  // namespace psaflow
