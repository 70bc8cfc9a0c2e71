#include "sw/import/name_rules.h"
#include "sw/base/words.h"

namespace psaflow {
namespace {

const std::string kIndex = "{i}";

}  // namespace

std::optional<std::string> NamePattern::match(const std::string& name) const {
  std::string index;
  size_t at = 0, from = 0;  // in name, in the pattern
  for (;;) {
    const size_t place = text_.find(kIndex, from);
    const std::string part = text_.substr(from, place == std::string::npos ? place : place - from);
    if (name.compare(at, part.size(), part) != 0) return std::nullopt;
    at += part.size();
    if (place == std::string::npos) break;
    size_t end = at;
    while (end < name.size() && name[end] >= '0' && name[end] <= '9') ++end;
    const std::string digits = name.substr(at, end - at);
    if (digits.empty() || (digits.size() > 1 && digits[0] == '0') || (!index.empty() && digits != index))
      return std::nullopt;
    index = digits;
    at = end;
    from = place + kIndex.size();
  }
  if (at != name.size()) return std::nullopt;
  return index;
}

std::string NamePattern::with(const std::string& index) const {
  std::string out = text_;
  for (size_t place = out.find(kIndex); place != std::string::npos; place = out.find(kIndex, place + index.size()))
    out.replace(place, kIndex.size(), index);
  return out;
}

bool NamePattern::has_index() const {
  return text_.find(kIndex) != std::string::npos;
}

OurName default_name(const std::string& theirs) {
  const std::string mean = ".running_mean", var = ".running_var";
  if (ends_with(theirs, ".num_batches_tracked")) return {theirs, false, true};
  if (ends_with(theirs, mean)) return {theirs.substr(0, theirs.size() - mean.size()) + ".mean"};
  if (ends_with(theirs, var)) return {theirs.substr(0, theirs.size() - var.size()) + ".var"};
  return {theirs};
}

}  // namespace psaflow
