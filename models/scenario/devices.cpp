#include "models/scenario/devices.h"

#include "sw/base/error.h"

namespace psaflow {

const std::vector<Device>& devices() {
  static const std::vector<Device> kDevices = {
      {"xcu50", "Alveo U50", "xcu50-fsvh2104-2-e", 871680, 1743360, 5952, 1344, 640},
      {"xck26", "Kria KV260", "xck26-sfvc784-2LV-c", 117120, 234240, 1248, 144, 64},
      {"xczu3eg", "Ultra96", "xczu3eg-sbva484-1-i", 70560, 141120, 360, 216, 0},
  };
  return kDevices;
}

std::vector<std::string> device_names() {
  std::vector<std::string> names;
  for (const Device& device : devices()) names.push_back(device.name);
  return names;
}

const Device& find_device(const std::string& name) {
  std::string known;
  for (const Device& device : devices()) {
    if (device.name == name) return device;
    known += (known.empty() ? "" : ", ") + device.name;
  }
  throw UserError("", "device", "'" + name + "'", known);
}

}  // namespace psaflow
