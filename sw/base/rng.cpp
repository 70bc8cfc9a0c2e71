#include "sw/base/rng.h"

#include <cmath>

namespace psaflow {
namespace {

__extension__ using Wide = unsigned __int128;

uint64_t split_mix(uint64_t& x) {
  uint64_t z = (x += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

uint64_t rotate_left(uint64_t x, int k) {
  return (x << k) | (x >> (64 - k));
}

}  // namespace

void Rng::reseed(uint64_t seed) {
  for (uint64_t& word : state_) word = split_mix(seed);
}

Rng Rng::stream(uint64_t seed, uint64_t a, uint64_t b) {
  uint64_t x = seed;
  x = split_mix(x) ^ a;
  x = split_mix(x) ^ b;
  return Rng(split_mix(x));
}

uint64_t Rng::next() {
  const uint64_t result = rotate_left(state_[1] * 5, 7) * 9;
  const uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = rotate_left(state_[3], 45);
  return result;
}

uint64_t Rng::below(uint64_t n) {
  const uint64_t threshold = (0 - n) % n;  // the low products that would be over-represented
  for (;;) {
    const Wide product = static_cast<Wide>(next()) * n;
    if (static_cast<uint64_t>(product) >= threshold) return static_cast<uint64_t>(product >> 64);
  }
}

double Rng::uniform() {
  return static_cast<double>(next() >> 11) * 0x1p-53;
}

double Rng::normal() {
  const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(6.283185307179586476925 * uniform());
}

}  // namespace psaflow
