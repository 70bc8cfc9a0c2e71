#pragma once
#include <string>

namespace psaflow {

// Whether all of the text is well-formed UTF-8 (RFC 3629).
bool is_utf8(const std::string& text);

}  // namespace psaflow
