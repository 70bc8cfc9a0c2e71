// What every SVG picture that we draw shares: text that XML can hold, and one look of lettering.
#pragma once
#include <string>

namespace psaflow {

// `text` as XML text or attribute: markup escaped, and what no XML text may contain (file names can) shown as '?'.
std::string xml_text(const std::string& text);

// Styles of a picture's lettering: h (headline), l (line heading), t (text); to be followed by the picture's own.
extern const char* const kSvgLettering;

}  // namespace psaflow
