// A memory that hesitates: how much later than it could each transfer at the memory port comes. Drawn beforehand, or read from a file, so that
// plan, SystemC model and RTL meet the same.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace psaflow {

// In cycles, a list a kind of transfer, in the order in which they come; from a list's end to its beginning again. Empty: never.
struct SimdPauses {
  std::vector<uint32_t> read_requests;    // until a request that could be taken is
  std::vector<uint32_t> read_latencies;   // of a burst, beyond the memory's own
  std::vector<uint32_t> read_beats;       // before a beat of data
  std::vector<uint32_t> write_requests;   // until a request is taken
  std::vector<uint32_t> write_beats;      // until a beat is taken
  std::vector<uint32_t> write_responses;  // of a burst, beyond the memory's latency
};

// A list by its name in files.
struct SimdPauseList {
  const char* name;
  std::vector<uint32_t> SimdPauses::*list;
};
const std::vector<SimdPauseList>& simd_pause_lists();

// With probability `stalls` (0..0.95) a request or a beat waits a cycle, and again; a burst or response is up to 150, 60 cycles late.
SimdPauses random_simd_pauses(double stalls, uint64_t seed);

// As a text file (models/bench/pauses_file.h).
std::string simd_pauses_text(const SimdPauses& pauses, const std::string& comment);
SimdPauses read_simd_pauses(const std::string& path);

}  // namespace psaflow
