#include "rtl_gen/package/renamed.h"

#include <cctype>
#include <set>
#include <stdexcept>

#include "rtl_gen/generate/leaves.h"
#include "sw/base/error.h"

namespace psaflow::ip {
namespace {

bool is_word(char c) {
  const auto u = static_cast<unsigned char>(c);
  return c == '_' || c == '$' || (u < 128 && std::isalnum(u) != 0);
}

std::string stem(const std::string& file) {
  return file.substr(0, file.rfind('.'));
}

}  // namespace

Around around(const Design& design) {
  switch (design.harness) {
    case Harness::kStreams:
      return {{"axis_in", "axis_out", "stream_fifo"}, "axis_bench"};
    case Harness::kAxi:
      return {{}, "axi_bench"};
  }
  throw std::logic_error("no such kind of design");
}

std::map<std::string, std::string> leaf_names(const Design& design) {
  std::map<std::string, std::string> names;
  const auto add = [&](const TextFile& file) {
    const std::string module = stem(file.name);
    if (rtl::is_leaf(module)) names[module] = design.top + "_" + module;
  };
  for (const TextFile& file : design.rtl) add(file);
  for (const TextFile& file : rtl::leaf_files(around(design).leaves)) add(file);
  return names;
}

std::vector<TextFile> renamed_rtl(const Design& design) {
  const std::map<std::string, std::string> leaves = leaf_names(design);
  std::vector<TextFile> files;
  std::set<std::string> taken;
  const auto add = [&](const std::string& module, const std::string& text) {
    PSAFLOW_CHECK(taken.insert(module).second, "one module of the name " + module);
    files.push_back({module + ".sv", text});
  };
  const bool wrapped = !around(design).leaves.empty();
  for (const std::string& module :
       {wrapped ? design.top : std::string(), design.top + "_tb", design.top + "_" + around(design).bench})
    taken.insert(module);
  for (const TextFile& file : rtl::leaf_files(around(design).leaves))
    add(leaves.at(stem(file.name)), renamed(file.text, leaves));
  for (const TextFile& file : design.rtl) {
    const std::string module = stem(file.name);
    const auto leaf = leaves.find(module);
    std::string text = renamed(file.text, leaves);
    if (leaf != leaves.end()) {
      if (taken.count(leaf->second) == 0) add(leaf->second, text);
    } else if (module == design.top && wrapped) {
      const std::string header = "\nmodule " + module + " ";
      const size_t at = text.find(header);
      PSAFLOW_CHECK(at != std::string::npos, "the top has a header");
      add(module + "_core", text.replace(at, header.size(), "\nmodule " + module + "_core "));
    } else {
      add(module, text);
    }
  }
  return files;
}

std::string renamed(const std::string& text, const std::map<std::string, std::string>& names) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (size_t at = 0; at < text.size();) {
    size_t end = at + 1;
    if (is_word(text[at])) {
      while (end < text.size() && is_word(text[end])) ++end;
      const std::string word = text.substr(at, end - at);
      const auto found = names.find(word);
      out += found == names.end() ? word : found->second;
    } else {
      out += text[at];
    }
    at = end;
  }
  return out;
}

}  // namespace psaflow::ip
