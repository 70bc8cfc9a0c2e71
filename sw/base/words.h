// Words: how they end, and what a misspelt one was meant to be.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

// "'haed' (did you mean 'head'?)", what an error says it found: with the candidate nearest in edit distance (swaps of
// neighbours count one), where one is near enough to be meant.
std::string quoted_word(const std::string& word, const std::vector<std::string>& candidates);

bool ends_with(const std::string& text, const std::string& end);

}  // namespace psaflow
