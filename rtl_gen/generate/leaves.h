// The hand-written leaves, and which of them a module needs.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "rtl_gen/generate/design.h"

namespace psaflow::rtl {

// The leaves named and all that they instantiate in turn, a module after what it uses; file names "stream_fifo.sv".
std::vector<TextFile> leaf_files(const std::set<std::string>& modules);

bool is_leaf(const std::string& module);

}  // namespace psaflow::rtl
