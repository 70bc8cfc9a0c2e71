#include "models/scenario/devices.h"

#include "sw/base/error.h"

namespace psaflow {

const std::vector<Device>& devices() {
  static const std::vector<Device> kDevices = {
      {"xcu50", "Alveo U50", "xcu50-fsvh2104-2-e", 871680, 1743360, 5952, 1344, 640},
      {"xck26", "Kria KV260", "xck26-sfvc784-2LV-c", 117120, 234240, 1248, 144, 64},
      {"xczu3eg", "Ultra96", "xczu3eg-sbva484-1-i", 70560, 141120, 360, 216, 0},
      {"xczu9eg", "ZCU102", "xczu9eg-ffvb1156-2-e", 274080, 548160, 2520, 912, 0},
      {"xcu280", "Alveo U280", "xcu280-fsvh2892-2L-e", 1303680, 2607360, 9024, 2016, 960},
      {"xcvu9p", "VCU118", "xcvu9p-flga2104-2L-e", 1182240, 2364480, 6840, 2160, 960},
      {"xc7a35t", "Arty A7-35T", "xc7a35ticsg324-1L", 20800, 41600, 90, 50, 0, FpgaFamily::kSeries7},
      {"xc7a100t", "Arty A7-100T", "xc7a100tcsg324-1", 63400, 126800, 240, 135, 0, FpgaFamily::kSeries7},
      {"xc7z020", "PYNQ-Z2", "xc7z020clg400-1", 53200, 106400, 220, 140, 0, FpgaFamily::kSeries7},
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
