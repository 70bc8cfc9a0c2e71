// Our own generator, so that a seed means the same numbers on every machine and library version (outputs pinned in
// tests).
#pragma once
#include <cstdint>

namespace psaflow {

// xoshiro256** (Blackman and Vigna, 2018) seeded through SplitMix64. Copyable: the state is part of a training
// checkpoint.
class Rng {
 public:
  explicit Rng(uint64_t seed = 1) { reseed(seed); }
  // An independent stream for (seed, a, b), e.g. (seed, epoch, image): order of use does not matter.
  static Rng stream(uint64_t seed, uint64_t a, uint64_t b = 0);

  void reseed(uint64_t seed);
  uint64_t next();
  uint64_t below(uint64_t n);  // uniform in 0..n-1, n >= 1, without modulo bias
  double uniform();            // [0, 1), 53 bits
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal();  // mean 0, variance 1 (Box-Muller, one value a call)

 private:
  uint64_t state_[4];
};

}  // namespace psaflow
