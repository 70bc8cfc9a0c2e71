#include "models/plan/pauses.h"

#include <algorithm>

#include "models/bench/pauses_file.h"
#include "models/plan/cycles.h"
#include "sw/base/error.h"
#include "sw/base/rng.h"

namespace psaflow {
namespace {

const std::vector<std::string> kEnds = {"source", "sink"};

Pauses random_pauses(double go_on, Rng rng) {
  PSAFLOW_CHECK(go_on > 0, "an end that never goes on would wait for ever");
  if (go_on >= 1) return {};
  return Pauses([go_on, rng]() mutable {
    int64_t cycles = 0;
    while (rng.uniform() >= go_on) ++cycles;
    return cycles;
  });
}

// beats: of an image.
Pauses burst_pauses(int64_t beats, int64_t ii_cycles, Rng rng) {
  int64_t left = 0;  // beats of the run
  return Pauses([=]() mutable -> int64_t {
    if (left-- > 0) return 0;
    left = static_cast<int64_t>(rng.below(static_cast<uint64_t>(2 * beats)));
    return 1 + static_cast<int64_t>(rng.below(static_cast<uint64_t>(2 * ii_cycles)));
  });
}

Pauses blocking_pauses(int64_t beats, const Pipeline& pipeline) {
  const int64_t held = images_until_full(pipeline);
  const CyclePrediction plan = predict_cycles(pipeline);
  const int64_t until_full = plan.latency_cycles + held * plan.ii_cycles, period = held * beats;
  int64_t beat = 0;
  return Pauses([=]() mutable { return beat++ % period == 0 ? until_full : 0; });
}

Pauses recorded_pauses(const std::shared_ptr<const RecordedPauses>& all, std::vector<uint32_t> RecordedPauses::*end) {
  PSAFLOW_CHECK(all != nullptr, "there are recorded pauses");
  if (((*all).*end).empty()) return {};
  size_t beat = 0;
  return Pauses([=]() mutable -> int64_t {
    const std::vector<uint32_t>& list = (*all).*end;
    return list[beat++ % list.size()];
  });
}

}  // namespace

int images_until_full(const Pipeline& pipeline) {
  int held = 2;
  for (const Stage& stage : pipeline.stages)
    held += stage.kind == StageKind::kTranspose || stage.kind == StageKind::kPatches ? 2 : 0;
  return held;
}

Pauses source_pauses(const Stalls& stalls, const Pipeline& pipeline) {
  const Rng rng = Rng::stream(stalls.seed, 0);
  switch (stalls.pattern) {
    case StallPattern::kRandom:
      return random_pauses(stalls.input_valid_probability, rng);
    case StallPattern::kBursts:
      return burst_pauses(pipeline.streams.front().shape.beats(), predict_ii(pipeline), rng);
    case StallPattern::kSinkBlocks:
      return {};
    case StallPattern::kSourceBubbles:
      return Pauses([odd = false]() mutable -> int64_t { return (odd = !odd) ? 0 : 1; });
    case StallPattern::kAlternate:
      return Pauses([] { return int64_t{1}; });
    case StallPattern::kRecorded:
      return recorded_pauses(stalls.recorded, &RecordedPauses::source);
  }
  PSAFLOW_CHECK(false, "a pattern");
}

Pauses sink_pauses(const Stalls& stalls, const Pipeline& pipeline) {
  const Rng rng = Rng::stream(stalls.seed, 1);
  const int64_t beats = pipeline.streams.back().shape.beats();
  switch (stalls.pattern) {
    case StallPattern::kRandom:
      return random_pauses(stalls.output_ready_probability, rng);
    case StallPattern::kBursts:
      return burst_pauses(beats, predict_ii(pipeline), rng);
    case StallPattern::kSinkBlocks:
      return blocking_pauses(beats, pipeline);
    case StallPattern::kSourceBubbles:
      return {};
    case StallPattern::kAlternate:
      return Pauses([] { return int64_t{1}; });
    case StallPattern::kRecorded:
      return recorded_pauses(stalls.recorded, &RecordedPauses::sink);
  }
  PSAFLOW_CHECK(false, "a pattern");
}

RecordedPauses record_pauses(const Stalls& stalls, const Pipeline& pipeline, size_t images) {
  const auto record = [images](Pauses pauses, int64_t beats) {
    std::vector<uint32_t> list;
    if (!pauses.any()) return list;
    list.resize(static_cast<size_t>(beats) * images);
    for (uint32_t& pause : list) pause = static_cast<uint32_t>(pauses.next());
    return list;
  };
  return {record(source_pauses(stalls, pipeline), pipeline.streams.front().shape.beats()),
          record(sink_pauses(stalls, pipeline), pipeline.streams.back().shape.beats())};
}

std::string pauses_text(const RecordedPauses& pauses, const std::string& comment) {
  return pause_lists_text({{kEnds[0], pauses.source}, {kEnds[1], pauses.sink}},
                          {comment,
                           "Cycles to wait before each beat, counted from the one before it; 3x100: a "
                           "hundred times 3. After the last, the first again."});
}

RecordedPauses read_pauses(const std::string& path) {
  std::vector<PauseList> lists = read_pause_lists(path, kEnds);
  return {std::move(lists[0].pauses), std::move(lists[1].pauses)};
}

RecordedPauses parse_pauses(const std::string& text, const std::string& file) {
  std::vector<PauseList> lists = parse_pause_lists(text, file, kEnds);
  return {std::move(lists[0].pauses), std::move(lists[1].pauses)};
}

}  // namespace psaflow
