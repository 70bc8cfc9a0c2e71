// Where a design is to run, whatever its kind.
#pragma once
#include <string>

namespace psaflow {

struct Target {
  std::string device = "xcu50";  // see devices.h
  double clock_mhz = 200;
};

}  // namespace psaflow
