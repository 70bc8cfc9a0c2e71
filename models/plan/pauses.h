// Stalls beat by beat: plan, SystemC model and RTL meet the same bubbles and the same backpressure, so their cycles can be
// compared under stalls too.
#pragma once
#include <cstdint>
#include <functional>
#include <string>

#include "models/bench/stalls.h"
#include "models/plan/stage.h"

namespace psaflow {

// The pauses of one end, drawn a beat at a time. A pause counts from the cycle after the beat before it moved, the
// first one from the end of the reset: pause p, and the beat is offered (or taken) from the p + 1st cycle on.
class Pauses {
 public:
  Pauses() = default;  // none
  explicit Pauses(std::function<int64_t()> draw) : draw_(std::move(draw)) {}
  int64_t next() { return draw_ ? draw_() : 0; }
  bool any() const { return draw_ != nullptr; }

 private:
  std::function<int64_t()> draw_;  // its state is copied with it
};

Pauses source_pauses(const Stalls& stalls, const Pipeline& pipeline);
Pauses sink_pauses(const Stalls& stalls, const Pipeline& pipeline);

// Images that the pipeline holds when everything is full, which is what a sink that blocks takes at a time: a transpose
// holds two, all else is little beside that.
int images_until_full(const Pipeline& pipeline);

// What `images` images meet at both ends.
RecordedPauses record_pauses(const Stalls& stalls, const Pipeline& pipeline, size_t images);

// As a text file (models/bench/pauses_file.h), of the lists "source" and "sink".
std::string pauses_text(const RecordedPauses& pauses, const std::string& comment);
RecordedPauses read_pauses(const std::string& path);
RecordedPauses parse_pauses(const std::string& text, const std::string& file);  // file: for errors

}  // namespace psaflow
