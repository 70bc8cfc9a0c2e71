// From a pipeline to a complete RTL design: one top, one module a stage that has constants, the leaves they use, ROM
// images and a manifest. Everything is text in memory, the same for the same input; callers write it where they want
// it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "models/plan/cycles.h"
#include "models/plan/stage.h"
#include "sw/network/resmlp.h"

namespace psaflow {

struct TextFile {
  std::string name, text;
};

struct DesignOptions {
  std::string scenario = "unnamed";  // the design is called after it
  // Adds ports that show every stage's output (valid, ready, data) and every FIFO's (valid, ready). For co-simulation;
  // the rest of the design is the same.
  bool taps = false;
  std::optional<ModelConfig> model;  // told in the manifest: what images the network takes, and how
};

// What drives a design's ports under Verilator: one program in rtl_gen/cosim/harness for each.
enum class Harness {
  kStreams,  // a source of images and a sink of logits, as streams of valid, ready and data
  kAxi,      // a host at the registers, and memory behind the AXI4 port
};

struct Design {
  std::string top;  // module
  Harness harness = Harness::kStreams;
  std::vector<TextFile> rtl;   // SystemVerilog: leaves, stages, top
  std::vector<TextFile> roms;  // $readmemh images, found by plain name: they lie beside the SystemVerilog files
  std::string manifest;        // JSON
};

// The pipeline must be timed by the profile "rtl" (its FIFO depths belong to these latencies). `plan`: of this
// pipeline.
Design generate_design(const Pipeline& pipeline, const CyclePrediction& plan, const DesignOptions& options = {});

}  // namespace psaflow
