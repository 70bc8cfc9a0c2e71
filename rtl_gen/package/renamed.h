// Every module of an IP bears the name of its design, so that two of them live in one simulation.
#pragma once
#include <map>
#include <set>
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"

namespace psaflow::ip {

// What stands around a design in its IP.
struct Around {
  std::set<std::string>
      leaves;  // of the library; not empty: they make a module TOP around the design, whose top is called TOP_core
  std::string bench;  // leaf of the test bench
};
Around around(const Design& design);

// The design's files and the leaves around it, a module before those that use it. Each leaf of the library is called TOP_leaf.
std::vector<TextFile> renamed_rtl(const Design& design);

// By what they are called in the library.
std::map<std::string, std::string> leaf_names(const Design& design);

// `text` with every identifier that the map holds replaced, wherever it stands.
std::string renamed(const std::string& text, const std::map<std::string, std::string>& names);

}  // namespace psaflow::ip
