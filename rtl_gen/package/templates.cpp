#include "rtl_gen/package/templates.h"

#include <set>

#include "rtl_gen/embedded.h"
#include "sw/base/error.h"

namespace psaflow::ip {

const std::string& embedded(const std::string& name) {
  for (const EmbeddedFile& file : embedded_package()) {
    if (file.name == name) return file.text;
  }
  PSAFLOW_CHECK(false, "the program carries " + name);
}

std::string filled(const std::string& name, const std::map<std::string, std::string>& values) {
  const std::string& text = embedded(name);
  std::string out;
  std::set<std::string> used;
  size_t at = 0;
  for (size_t open = 0; (open = text.find("{{", at)) != std::string::npos;) {
    const size_t close = text.find("}}", open);
    PSAFLOW_CHECK(close != std::string::npos, name + ": a key ends");
    const std::string key = text.substr(open + 2, close - open - 2);
    const auto value = values.find(key);
    PSAFLOW_CHECK(value != values.end(), name + ": there is a value for " + key);
    used.insert(key);
    out += text.substr(at, open - at) + value->second;
    at = close + 2;
  }
  for (const auto& [key, value] : values) PSAFLOW_CHECK(used.count(key) == 1, name + ": " + key + " is used");
  return out + text.substr(at);
}

}  // namespace psaflow::ip
