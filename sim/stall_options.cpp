#include "sim/stall_options.h"

#include <fmt/format.h>

#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

StallPattern pattern_option(const po::variables_map& values) {
  const auto name = values["stall-pattern"].as<std::string>();
  if (const auto pattern = find_stall_pattern(name)) return *pattern;
  throw UserError("", "--stall-pattern", fmt::format("'{}'", name),
                  fmt::format("{}", fmt::join(stall_pattern_names(), ", ")));
}

}  // namespace

void add_stall_options(po::options_description& options) {
  const auto text = [] { return po::value<std::string>(); };
  options.add_options()("stalls", text()->default_value("0"),
                        "probability that source and sink (simd: the memory) stall in a cycle, 0..0.95")(
      "stall-pattern", text()->default_value("random"),
      "how they stall: random, bursts, sink-blocks (until everything is full), source-bubbles (every other beat), "
      "alternate")("seed", text()->default_value("1"), "of what is random")(
      "record-stalls", text(), "write the stalls of this run here, a text file")("replay-stalls", text(),
                                                                                 "stall as that file says");
}

StallOptions stall_options(const po::variables_map& values) {
  StallOptions options;
  Stalls& stalls = options.stalls;
  const double probability = number_option(values, "stalls", 0, 0.95);
  stalls.pattern = pattern_option(values);
  stalls.input_valid_probability = stalls.output_ready_probability = 1 - probability;
  stalls.seed = static_cast<uint64_t>(int_option(values, "seed", 0, INT64_MAX));
  const bool random = stalls.pattern == StallPattern::kRandom;
  if (!random && !values["stalls"].defaulted())
    throw UserError("", "--stalls", "a probability",
                    fmt::format("none beside --stall-pattern {}", to_string(stalls.pattern)));
  const bool replayed = values.count("replay-stalls") != 0;
  if (replayed && (!values["stalls"].defaulted() || !values["stall-pattern"].defaulted()))
    throw UserError("", "--replay-stalls", "--stalls or --stall-pattern as well", "one of them");
  if (replayed) {
    without_effect(values, "seed", "--replay-stalls, which says every stall", "one of them");
  } else if (!random && stalls.pattern != StallPattern::kBursts) {
    without_effect(values, "seed", fmt::format("--stall-pattern {}, which is not random", to_string(stalls.pattern)),
                   "--stall-pattern random or bursts beside it");
  } else if (random && probability == 0) {
    without_effect(values, "seed", "no --stalls", "--stalls P or --stall-pattern bursts beside it");
  }
  options.record_path = output_option(values, "record-stalls");
  if (replayed) options.replay_path = values["replay-stalls"].as<std::string>();
  return options;
}

Stalls streaming_stalls(const StallOptions& options) {
  Stalls stalls = options.stalls;
  if (options.replay_path.empty()) return stalls;
  stalls.pattern = StallPattern::kRecorded;
  stalls.recorded = std::make_shared<RecordedPauses>(read_pauses(options.replay_path));
  return stalls;
}

SimdStalls simd_stalls(const StallOptions& options) {
  const Stalls& stalls = options.stalls;
  if (!options.replay_path.empty())
    return {std::make_shared<SimdPauses>(read_simd_pauses(options.replay_path)), "as recorded"};
  if (stalls.pattern != StallPattern::kRandom)
    throw UserError("", "--stall-pattern", fmt::format("'{}', of a simd accelerator", to_string(stalls.pattern)),
                    "random");
  if (!stalls.any()) return {nullptr, "none"};
  const double probability = 1 - stalls.input_valid_probability;
  return {std::make_shared<SimdPauses>(random_simd_pauses(probability, stalls.seed)),
          fmt::format("random, a memory that hesitates with probability {:.2f}, seed {}", probability, stalls.seed)};
}

void record_stalls(const StallOptions& options, const SimdStalls& stalls) {
  if (options.record_path.empty()) return;
  write_file_atomic(options.record_path, simd_pauses_text(stalls.pauses ? *stalls.pauses : SimdPauses(), stalls.text));
}

void record_stalls(const StallOptions& options, const Pipeline& pipeline, size_t images) {
  if (options.record_path.empty()) return;
  const Stalls stalls = streaming_stalls(options);
  const std::string comment =
      fmt::format("{}; {} images, {} beats in and {} out each", stalls.text(), images,
                  pipeline.streams.front().shape.beats(), pipeline.streams.back().shape.beats());
  write_file_atomic(options.record_path, pauses_text(record_pauses(stalls, pipeline, images), comment));
}

}  // namespace psaflow
