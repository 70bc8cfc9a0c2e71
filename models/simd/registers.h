// The registers of the accelerator (AXI4-Lite, 32 bits each), as host software, SystemC model and RTL know them.
#pragma once
#include <cstdint>

namespace psaflow {

namespace simd_register {
constexpr uint32_t kId = 0x00;       // RO "PSAF"
constexpr uint32_t kVersion = 0x04;  // RO of the layer program
constexpr uint32_t kControl = 0x08;  // WO bit 0 start (ignored while busy), bit 1 clear done, error and interrupt
constexpr uint32_t kStatus = 0x0c;   // RO bit 0 busy, 1 done, 2 error; 15..8 error code; 31..16 its pass
constexpr uint32_t kInterruptEnable = 0x10;                  // RW bit 0
constexpr uint32_t kImages = 0x14;                           // RW of the run, at least 1
constexpr uint32_t kPasses = 0x18;                           // RW of the program
constexpr uint32_t kImagesDone = 0x1c;                       // RO whose results are in memory
constexpr uint32_t kProgramLow = 0x20, kProgramHigh = 0x24;  // RW byte address of program and parameters, 4 KiB aligned
constexpr uint32_t kInputLow = 0x28, kInputHigh = 0x2c;      // RW of the first image, likewise
constexpr uint32_t kResultLow = 0x30, kResultHigh = 0x34;    // RW of the first results, likewise
constexpr uint32_t kCyclesLow = 0x38, kCyclesHigh = 0x3c;    // RO of the run, until done or now
constexpr uint32_t kShape = 0x40;                            // RO bits 15..0 tile, 31..16 bus bytes
constexpr uint32_t kCapacities = 0x44;                       // RO eight, in the order of simd_buffers()
constexpr uint32_t kEnd = 0x64;
}  // namespace simd_register

constexpr uint32_t kSimdStart = 1, kSimdClear = 2;                 // of kControl
constexpr uint32_t kSimdBusy = 1, kSimdDone = 2, kSimdFailed = 4;  // of kStatus

// Why a run stopped. Nothing more is requested then; what is under way comes to its end first.
enum class SimdError : uint8_t {
  kNone = 0,
  kReadResponse = 1,   // the memory answered a read with an error
  kWriteResponse = 2,  // or a write
  kHeader = 3,         // magic, version, tile or bus width are not this hardware's
  kPassCount = 4,      // none, more than the program buffer holds, or not as many as the header says
  kPass = 5,           // a pass that the buffers cannot hold, or that makes no sense
  kImageCount = 6,     // none
};
const char* to_string(SimdError error);  // for people

}  // namespace psaflow
