#include "rtl_gen/generate/leaves.h"

#include <algorithm>
#include <functional>

#include "rtl_gen/embedded.h"
#include "sw/base/error.h"

namespace psaflow::rtl {
namespace {

// An instance in the leaf library begins a line: two or more blanks, the module's name, " #(" or " u_".
bool instantiates(const std::string& text, const std::string& module) {
  for (size_t at = 0; (at = text.find("  " + module + " ", at)) != std::string::npos; ++at) {
    const std::string next = text.substr(at + module.size() + 3, 2);
    if (next == "#(" || next == "u_") return true;
  }
  return false;
}

}  // namespace

bool is_leaf(const std::string& module) {
  const auto holds = [&](const std::vector<EmbeddedFile>& leaves) {
    return std::any_of(leaves.begin(), leaves.end(),
                       [&](const EmbeddedFile& leaf) { return leaf.name == module + ".sv"; });
  };
  return holds(embedded_leaves()) || holds(embedded_simd_modules());
}

std::vector<TextFile> leaf_files(const std::set<std::string>& modules) {
  std::vector<EmbeddedFile> leaves = embedded_leaves();
  leaves.insert(leaves.end(), embedded_simd_modules().begin(), embedded_simd_modules().end());
  std::vector<TextFile> files;
  std::set<std::string> done;
  const std::function<void(const std::string&)> add = [&](const std::string& module) {
    if (!done.insert(module).second) return;
    const EmbeddedFile* found = nullptr;
    for (const EmbeddedFile& leaf : leaves) {
      if (leaf.name == module + ".sv") found = &leaf;
    }
    PSAFLOW_CHECK(found != nullptr, "the leaf library has " + module);
    for (const EmbeddedFile& leaf : leaves) {
      const std::string other = leaf.name.substr(0, leaf.name.size() - 3);
      if (instantiates(found->text, other)) add(other);
    }
    files.push_back({found->name, found->text});
  };
  for (const std::string& module : modules) add(module);
  return files;
}

}  // namespace psaflow::rtl
