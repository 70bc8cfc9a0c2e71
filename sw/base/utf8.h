#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace psaflow {

// Whether all of the text is well-formed UTF-8 (RFC 3629).
bool is_utf8(const std::string& text);

// Bytes of the well-formed character at `at` (below text.size()); 0 when there is none.
size_t utf8_length(std::string_view text, size_t at);

// The first `count` characters; a byte that is no part of any counts as one.
std::string first_characters(const std::string& text, size_t count);

// The text as one line that no terminal takes for a command: '?' stands for every control character (C0, DEL, C1: line
// breaks too), for what turns the writing direction or takes no room, so that a name could look like another, and for
// every byte that is not UTF-8. What came from a file or the command line is printed through this.
std::string printable(std::string_view text);

}  // namespace psaflow
