#include "sw/base/svg.h"

#include "sw/base/utf8.h"

namespace psaflow {

const char* const kSvgLettering =
    "text{font-family:Inter,'Helvetica Neue',Helvetica,Arial,'DejaVu Sans',sans-serif;fill:#1f2733}"
    ".h{font-size:21px;font-weight:600}.l{font-size:15px;font-weight:600}.t{font-size:12px;fill:#5b6675}";

std::string xml_text(const std::string& text) {
  const bool utf8 = is_utf8(text);
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !utf8)) {
      out += '?';
    } else {
      out += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
    }
  }
  return out;
}

}  // namespace psaflow
