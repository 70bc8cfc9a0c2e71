// A command as a shell takes it, for model cards and checkpoints: how they were made, to be pasted and run again.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

// "psaflow train 'my recipe.yaml' --data data": what holds anything but letters, digits and @%+=:,./_- is in quotes.
std::string command_line(const std::string& verb, const std::vector<std::string>& args);

}  // namespace psaflow
