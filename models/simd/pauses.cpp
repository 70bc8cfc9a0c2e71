#include "models/simd/pauses.h"

#include "models/bench/pauses_file.h"
#include "sw/base/error.h"
#include "sw/base/rng.h"

namespace psaflow {
namespace {

// Lengths of the lists drawn: of no common period with each other, nor with images and layers.
constexpr size_t kRequests = 251, kLatencies = 257, kBeats = 4099, kWriteRequests = 61, kWriteBeats = 127,
                 kResponses = 67;
constexpr uint64_t kMostLate = 150, kMostLateResponse = 60;

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const SimdPauseList& list : simd_pause_lists()) all.emplace_back(list.name);
  return all;
}

}  // namespace

const std::vector<SimdPauseList>& simd_pause_lists() {
  static const std::vector<SimdPauseList> kLists = {
      {"read_requests", &SimdPauses::read_requests}, {"read_latencies", &SimdPauses::read_latencies},
      {"read_beats", &SimdPauses::read_beats},       {"write_requests", &SimdPauses::write_requests},
      {"write_beats", &SimdPauses::write_beats},     {"write_responses", &SimdPauses::write_responses},
  };
  return kLists;
}

SimdPauses random_simd_pauses(double stalls, uint64_t seed) {
  PSAFLOW_CHECK(stalls >= 0 && stalls < 1, "a memory that never goes on would be waited for for ever");
  SimdPauses pauses;
  if (stalls == 0) return pauses;
  uint64_t stream = 0;
  const auto waits = [&](size_t count) {
    Rng rng = Rng::stream(seed, stream++);
    std::vector<uint32_t> list(count);
    for (uint32_t& cycles : list)
      while (rng.uniform() < stalls) ++cycles;
    return list;
  };
  const auto delays = [&](size_t count, uint64_t most) {
    Rng rng = Rng::stream(seed, stream++);
    std::vector<uint32_t> list(count);
    for (uint32_t& cycles : list)
      if (rng.uniform() < stalls) cycles = static_cast<uint32_t>(1 + rng.below(most));
    return list;
  };
  pauses.read_requests = waits(kRequests);
  pauses.read_latencies = delays(kLatencies, kMostLate);
  pauses.read_beats = waits(kBeats);
  pauses.write_requests = waits(kWriteRequests);
  pauses.write_beats = waits(kWriteBeats);
  pauses.write_responses = delays(kResponses, kMostLateResponse);
  return pauses;
}

std::string simd_pauses_text(const SimdPauses& pauses, const std::string& comment) {
  std::vector<PauseList> lists;
  for (const SimdPauseList& list : simd_pause_lists()) lists.push_back({list.name, pauses.*list.list});
  return pause_lists_text(lists,
                          {comment,
                           "Cycles that each transfer at the memory port comes later than it could; 3x100: a hundred "
                           "times 3. After the last, the first again."});
}

SimdPauses read_simd_pauses(const std::string& path) {
  std::vector<PauseList> lists = read_pause_lists(path, names());
  SimdPauses pauses;
  for (size_t i = 0; i < lists.size(); ++i) pauses.*simd_pause_lists()[i].list = std::move(lists[i].pauses);
  return pauses;
}

}  // namespace psaflow
