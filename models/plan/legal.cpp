#include "models/plan/legal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sw/network/verify.h"

namespace psaflow {
namespace {

template <typename Legal>
std::vector<int> divisors(int n, const Legal& legal) {
  std::vector<int> list;
  for (int d = 1; d <= n; ++d) {
    if (n % d == 0 && legal(d)) list.push_back(d);
  }
  return list;
}

}  // namespace

std::vector<int> legal_lanes(const Network& network) {
  return common_lanes(network);
}

std::vector<int> legal_pe(const Stage& stage) {
  const int lanes = stage.out.lanes;
  return divisors(stage.linear()->out, [lanes](int pe) { return pe % lanes == 0 || lanes % pe == 0; });
}

std::vector<int> legal_simd(const Stage& stage) {
  return divisors(stage.linear()->in, [](int) { return true; });
}

std::vector<Folding> legal_foldings(const Stage& stage) {
  std::vector<Folding> all;
  const std::vector<int> simds = legal_simd(stage);
  for (int pe : legal_pe(stage)) {
    for (int simd : simds) {
      all.push_back({pe, simd, false});
      if (can_pack(stage, pe)) all.push_back({pe, simd, true});
    }
  }
  return all;
}

std::string list_text(const std::vector<int>& values) {
  return fmt::format("{}", fmt::join(values, ", "));
}

}  // namespace psaflow
