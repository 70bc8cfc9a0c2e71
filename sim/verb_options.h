// What every verb takes, read off the tables that its options are parsed by: completion and manual cannot fall behind.
#pragma once
#include <string>
#include <vector>

#include "sim/verb.h"

namespace psaflow {

struct VerbOption {
  std::string name, description;  // "data"
  bool takes_value = false, required = false;
  std::string fallback;  // its value when it is not given; "": none, or a switch
};

struct VerbOptions {
  std::vector<std::string> positional;  // in order
  std::vector<VerbOption> options;      // those that are not positional, without --help
};
VerbOptions options_of(const Verb& verb);

}  // namespace psaflow
