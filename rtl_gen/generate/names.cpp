#include "rtl_gen/generate/names.h"

#include <cctype>

#include "rtl_gen/generate/leaves.h"
#include "rtl_gen/syntax/syntax.h"

namespace psaflow::rtl {

std::string identifier(const std::string& name) {
  std::string id;
  for (char c : name) {
    const auto u = static_cast<unsigned char>(c);
    id += u < 128 && std::isalnum(u) != 0 ? static_cast<char>(std::tolower(u)) : '_';
  }
  return sv::is_identifier(id) ? id : "d_" + id;
}

std::string design_name(const std::string& scenario) {
  const std::string id = identifier(scenario);
  return is_leaf(id) ? "d_" + id : id;
}

std::string design_title(const std::string& scenario) {
  std::string shown = scenario;  // into a comment, so nothing of it may end the line
  for (char& c : shown) c = c >= ' ' && c <= '~' ? c : '?';
  constexpr size_t kShown = 100;  // so short that no line breaks within it
  if (shown.size() > kShown) shown = shown.substr(0, kShown - 3) + "...";
  // A comment that begins with "verilator" or "synopsys" is a command to some tool; a name must not become one.
  return "Design " + shown + ", psaflow " PSAFLOW_VERSION;
}

std::string before_fifo(const Pipeline& pipeline, const Stream& stream) {
  return stream.producer < 0 ? "s" : identifier(pipeline.stages[static_cast<size_t>(stream.producer)].name) + "_out";
}

std::string behind_fifo(const Pipeline& pipeline, const Stream& stream) {
  if (stream.consumer < 0) return "m";
  const Stage& consumer = pipeline.stages[static_cast<size_t>(stream.consumer)];
  const std::string id = identifier(consumer.name);
  if (consumer.kind != StageKind::kAdd) return id + "_in";
  const bool is_long = &pipeline.streams[static_cast<size_t>(consumer.inputs[0])] == &stream;
  return id + (is_long ? "_long" : "_short");
}

}  // namespace psaflow::rtl
