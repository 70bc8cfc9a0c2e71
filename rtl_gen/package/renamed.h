// Every module of an IP bears the name of its design, so that two of them live in one simulation.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"

namespace psaflow::ip {

// The design's files and the leaves of the AXI4-Stream side, a module before those that use it. Each leaf of the library
// is called TOP_leaf, the design's own top TOP_core, which leaves TOP free for the module around it.
std::vector<TextFile> renamed_rtl(const Design& design);

// By what they are called in the library.
std::map<std::string, std::string> leaf_names(const Design& design);

// `text` with every identifier that the map holds replaced, wherever it stands.
std::string renamed(const std::string& text, const std::map<std::string, std::string>& names);

}  // namespace psaflow::ip
