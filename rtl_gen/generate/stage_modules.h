// The module of one stage. Stages with constants get a module of their own (the leaf and its ROMs); the others are
// leaves as they are.
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "models/structure/structure.h"
#include "rtl_gen/generate/design.h"
#include "rtl_gen/syntax/syntax.h"

namespace psaflow::rtl {

// The parameter RomDir, of the top and of every stage with constants.
constexpr const char* kRomDirComment = "folder of the ROM images; empty: where the tool looks";

struct StageRom {
  std::string file;
  int width_bits = 0, depth_words = 0;
  bool block_ram = false;
};

// What the top instantiates for a stage.
struct StageRtl {
  std::string module;  // its own, or a leaf
  std::string leaf;    // that does the work: inside its own module, or the module itself
  std::vector<std::pair<std::string, sv::Expr>> parameters;  // of a leaf
  std::string text;                                          // the own module's; empty for a leaf
  std::vector<StageRom> roms;
  std::vector<TextFile> images;
};

// As they stand in an instance.
std::vector<std::pair<std::string, sv::Expr>> parameters(const LeafInstance& leaf);

// `title`: what every file begins with ("Design psa-h96-w1, psaflow 0.1.0").
StageRtl generate_stage(const Stage& stage, const LeafInstance& leaf, const std::string& top, const std::string& title);

}  // namespace psaflow::rtl
