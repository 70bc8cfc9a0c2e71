// A progress line with rate and time left on stderr; silent when stderr is not a terminal.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace psaflow {

// Items a second, in two digits or more, never in powers of ten: "0.012", "0.12", "3.4", "56", "32800"; "<0.001".
std::string rate_text(double rate);

class Progress {
 public:
  // label: what is done ("eval"); total: items in all, 0 when unknown; unit: "images".
  Progress(std::string label, uint64_t total, std::string unit);
  ~Progress();  // clears the line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void advance(uint64_t items);           // may be called from any thread
  void note(const std::string& message);  // shown behind the rate, e.g. "loss 1.23"

 private:
  void draw(bool force);

  using Clock = std::chrono::steady_clock;
  std::string label_, unit_, note_;
  uint64_t total_, done_ = 0;
  bool terminal_, drawn_ = false;
  Clock::time_point start_, last_draw_;
  std::mutex mutex_;
};

}  // namespace psaflow
