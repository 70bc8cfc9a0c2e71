#include "models/simd_model/timeline.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sw/base/file.h"

namespace psaflow {

void write_simd_timeline(const Network&, const SimdMapping& mapping, const SimdSimulation& result,
                         const SimdSimulationOptions& options) {
  using Json = nlohmann::ordered_json;
  Json events = Json::array();
  const auto track = [&](int thread, const char* name) {
    events.push_back({{"ph", "M"}, {"pid", 0}, {"tid", thread}, {"name", "thread_name"}, {"args", {{"name", name}}}});
  };
  const auto slice = [&](int thread, const std::string& name, size_t image, int64_t from, int64_t to) {
    events.push_back({{"ph", "X"},
                      {"pid", 0},
                      {"tid", thread},
                      {"name", name},
                      {"ts", from},
                      {"dur", to - from},
                      {"args", {{"image", image}}}});
  };
  track(0, "loads");
  track(1, "tile");
  track(2, "pipeline after the tile");
  track(3, "results");
  const size_t passes = mapping.program.passes.size();
  const auto images = std::min<size_t>(static_cast<size_t>(options.timeline_images), result.times.done.size());
  int64_t loaded = 0;
  for (size_t image = 0; image < images && result.times.passes.size() >= (image + 1) * passes; ++image) {
    for (size_t p = 0; p < passes; ++p) {
      const SimdPassTimes& t = result.times.passes[image * passes + p];
      const std::string& name = mapping.fusion.steps[p].name;
      slice(0, name, image, loaded, t.loaded);
      slice(1, name, image, t.start, t.last_step + 1);
      slice(2, name, image, t.last_step + 1, t.retired);
      loaded = t.loaded;
    }
    slice(3, "results", image, result.times.passes[(image + 1) * passes - 1].retired, result.times.done[image]);
  }
  write_file_atomic(options.timeline_path, Json{{"traceEvents", events}}.dump(1) + "\n");
}

}  // namespace psaflow
