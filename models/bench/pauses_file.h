// The text file of recorded pauses, of any accelerator's ends: "psaflow-pauses 1", then the name of each list, followed by its pauses in cycles;
// "3x100" is a hundred times 3, and '#' begins a comment.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

struct PauseList {
  std::string name;
  std::vector<uint32_t> pauses;  // cycles
};

// comment: lines of text.
std::string pause_lists_text(const std::vector<PauseList>& lists, const std::vector<std::string>& comment);

// The lists of these names, in their order, each of which must be there once and no other. UserError (line, found,
// allowed) when a file is not like that; `file`: for errors.
std::vector<PauseList> read_pause_lists(const std::string& path, const std::vector<std::string>& names);
std::vector<PauseList> parse_pause_lists(const std::string& text, const std::string& file,
                                         const std::vector<std::string>& names);

}  // namespace psaflow
