// What the metadata of other tools tells of an IP, whatever its kind.
#pragma once
#include <string>
#include <vector>

namespace psaflow::ip {

struct Ports {  // of an IP's top, as manifest, IP-XACT and README tell them
  struct Port {
    std::string name;
    bool input = true;
    int width = 1;
    std::string says;
  };
  std::vector<Port> list;
};

// Ports that begin with "NAME_", or the port of that name, as one interface.
struct Bus {
  enum class Kind { kStream, kRegisters, kMemory, kInterrupt } kind = Kind::kStream;
  std::string name;
  bool slave = true;
};

struct Core {
  std::string top;
  std::string summary;  // "a neural network as a streaming accelerator, AXI4-Stream in and out"
  std::string part;     // FPGA, as Vivado calls it
  double clock_mhz = 200;
  Ports ports;
  std::vector<Bus> buses;
  bool has_roms = true;    // images in rtl, and a parameter RomDir
  int address_bits = 0;    // of its memory bus; 0: it has none
  int memory_bits = 0;     // of a beat of it
  int register_bytes = 0;  // of its registers
  // The part's family, as Yosys calls it.
  const char* yosys_family() const { return part.rfind("xc7", 0) == 0 ? "xc7" : "xcup"; }
};

}  // namespace psaflow::ip
