// One table, two forms: aligned columns for a terminal, Markdown for a README.
#pragma once
#include <string>
#include <vector>

#include "sim/say.h"

namespace psaflow {

struct TextColumn {
  std::string group, title;  // neighbours of the same group share a heading above their titles; "": none
  bool left = false;         // text to the left; figures, the default, to the right
};

struct TextTable {
  std::vector<TextColumn> columns;
  std::vector<std::vector<std::string>> rows;  // a cell a column, UTF-8; "": nothing to say

  // Heading lines bold on a terminal, every line indented by two, cells made printable.
  OurText terminal() const;
  // "group, title" in the one heading line that Markdown has.
  std::string markdown() const;
};

}  // namespace psaflow
