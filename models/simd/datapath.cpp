#include "models/simd/datapath.h"

#include <algorithm>
#include <cstring>

#include "sw/base/error.h"
#include "sw/golden/arithmetic.h"

namespace psaflow {
namespace {

// Words of constants: bias and shift by blocks, then nine words of affines by column blocks.
constexpr size_t kRequantiseWords = 2, kAffineWords = 9;

struct AffineWords {
  const int8_t *weight, *bias, *shift;
  AffineWords(const int8_t* words, size_t first, size_t tile)
      : weight(words + first * tile), bias(weight + tile), shift(bias + tile) {}
  int8_t of(int8_t x, size_t lane) const { return affine(x, weight[lane], shift[lane] & kMaxShift, bias[lane]); }
};

}  // namespace

SimdDatapath::SimdDatapath(const SimdHardware& hardware)
    : hardware_(hardware),
      main_(static_cast<size_t>(hardware.bytes(&SimdCapacities::main_tiles))),
      side_(static_cast<size_t>(hardware.bytes(&SimdCapacities::side_tiles))) {
  const auto size = [&](SimdRing ring, int64_t SimdCapacities::*capacity) {
    rings_[static_cast<int>(ring)].bytes.resize(static_cast<size_t>(hardware.bytes(capacity)));
  };
  size(SimdRing::kInput, &SimdCapacities::input_beats);
  size(SimdRing::kConstants, &SimdCapacities::constant_beats);
  size(SimdRing::kWeights, &SimdCapacities::weight_beats);
  size(SimdRing::kTables, &SimdCapacities::table_beats);
}

void SimdDatapath::load(SimdRing which, const uint8_t* bytes, int64_t beats) {
  Ring& ring = rings_[static_cast<int>(which)];
  const size_t size = static_cast<size_t>(beats) * static_cast<size_t>(hardware_.bus_bytes), all = ring.bytes.size();
  if (size == 0) return;
  PSAFLOW_CHECK(ring.fill + size <= all, "there is space in the ring");
  const size_t at = (ring.head + ring.fill) % all, first = std::min(size, all - at);
  std::memcpy(ring.bytes.data() + at, bytes, first);
  std::memcpy(ring.bytes.data(), bytes + first, size - first);
  ring.fill += size;
  if (which == SimdRing::kInput) image_bytes_ = size;
}

const uint8_t* SimdDatapath::front(SimdRing which, size_t size) {
  Ring& ring = rings_[static_cast<int>(which)];
  PSAFLOW_CHECK(size <= ring.fill, "what a pass takes has been loaded");
  if (ring.head + size <= ring.bytes.size()) return ring.bytes.data() + ring.head;
  const size_t first = ring.bytes.size() - ring.head;
  ring.straight.assign(ring.bytes.begin() + static_cast<ptrdiff_t>(ring.head), ring.bytes.end());
  ring.straight.insert(ring.straight.end(), ring.bytes.begin(), ring.bytes.begin() + static_cast<ptrdiff_t>(size - first));
  return ring.straight.data();
}

void SimdDatapath::drop(SimdRing which, size_t size) {
  Ring& ring = rings_[static_cast<int>(which)];
  if (size == 0) return;
  ring.head = (ring.head + size) % ring.bytes.size();
  ring.fill -= size;
}

void SimdDatapath::run(const SimdPass& pass, std::vector<uint8_t>& results) {
  switch (hardware_.tile) {
    case 4: run_tile<4>(pass, results); break;
    case 8: run_tile<8>(pass, results); break;
    case 16: run_tile<16>(pass, results); break;
    case 32: run_tile<32>(pass, results); break;
    default: PSAFLOW_CHECK(false, "a tile of 4, 8, 16 or 32");
  }
}

template <int kTile>
void SimdDatapath::run_tile(const SimdPass& pass, std::vector<uint8_t>& results) {
  constexpr size_t kT = kTile;
  const auto bus = static_cast<size_t>(hardware_.bus_bytes);
  const size_t constant_bytes = pass.constant_beats * bus, weight_bytes = pass.weight_beats * bus, table_bytes = pass.table_beats * bus;
  const auto words = [](const uint8_t* bytes) { return reinterpret_cast<const int8_t*>(bytes); };
  const int8_t* const constants = words(front(SimdRing::kConstants, constant_bytes));
  const int8_t* const weights = words(front(SimdRing::kWeights, weight_bytes));
  const int8_t* const tables = words(front(SimdRing::kTables, table_bytes));
  const int8_t* const input = pass.from_input ? words(front(SimdRing::kInput, image_bytes_)) : nullptr;
  const size_t steps = pass.steps, source_stride = pass.source_row_tiles * kT * kT;
  const int8_t* const source = pass.from_input ? input : main_.data() + pass.source_tile * kT * kT;
  const int8_t* const affines =
      constants + kRequantiseWords * kT * (pass.over_tokens ? pass.row_blocks : pass.col_blocks);
  int best = -129;
  size_t winner = 0;
  turned_.resize(steps * kT);

  size_t block = 0;
  for (size_t rb = 0; rb < pass.row_blocks; ++rb) {
    for (size_t cb = 0; cb < pass.col_blocks; ++cb, ++block) {
      // Operands of a step: one value a row, one a column.
      const int8_t *rows = nullptr, *columns = nullptr;
      if (pass.over_tokens) {
        rows = weights + rb * steps * kT;
        columns = source + cb * source_stride;  // of the input, which lies in this order
        if (!pass.from_input) {
          for (size_t k = 0; k < steps; ++k)
            for (size_t c = 0; c < kT; ++c)
              turned_[k * kT + c] = source[k / kT * source_stride + (cb * kT + c) * kT + k % kT];
          columns = turned_.data();
        }
      } else {
        rows = source + rb * source_stride + (pass.diagonal ? cb * kT * kT : 0);
        columns = weights + (pass.diagonal ? 0 : cb * steps * kT);
      }
      int32_t sums[kT][kT] = {};
      for (size_t k = 0; k < steps; ++k) {
        int32_t column[kT];
        for (size_t c = 0; c < kT; ++c) column[c] = columns[k * kT + c];
        for (size_t r = 0; r < kT; ++r) {
          const int32_t row = rows[k * kT + r];
          for (size_t c = 0; c < kT; ++c) sums[r][c] += row * column[c];
        }
      }

      const int8_t* const bias = constants + kRequantiseWords * kT * (pass.over_tokens ? rb : cb);
      const int8_t* const shift = bias + kT;
      const int8_t* const block_affines = affines + kAffineWords * kT * cb;
      const AffineWords pre(block_affines, 0, kT), to_main(block_affines, 3, kT), to_side(block_affines, 6, kT);
      for (size_t r = 0; r < kT; ++r) {
        uint8_t out[kT];
        for (size_t c = 0; c < kT; ++c) {
          const size_t of = pass.over_tokens ? r : c;
          int8_t v = requantize(sums[r][c], shift[of] & kMaxShift, bias[of]);
          if (pass.relu) v = std::max<int8_t>(v, 0);
          v = pre.of(v, c);
          if (pass.add) v = residual_add(v, side_[((pass.residual_tile + block) * kT + r) * kT + c]);
          if (pass.to_side) side_[((pass.side_tile + block) * kT + r) * kT + c] = to_side.of(v, c);
          v = to_main.of(v, c);
          if (pass.table) v = tables[(cb * 256 + static_cast<size_t>(v + 128)) * kT + c];
          if (pass.to_main) main_[((pass.main_tile + block) * kT + c) * kT + r] = v;
          out[c] = static_cast<uint8_t>(v);
          if (v > best && r == 0 && cb * kT + c < pass.cols) {
            best = v;
            winner = cb * kT + c;
          }
        }
        if (!pass.to_result || pass.argmax || rb * kT + r >= pass.rows) continue;
        results.insert(results.end(), out, out + kT);
        results.resize(results.size() + bus - kT);
      }
    }
  }
  if (pass.argmax) {
    results.push_back(static_cast<uint8_t>(winner));
    results.resize(results.size() + bus - 1);
  }
  drop(SimdRing::kConstants, constant_bytes);
  drop(SimdRing::kWeights, weight_bytes);
  drop(SimdRing::kTables, table_bytes);
  if (pass.release_input) drop(SimdRing::kInput, image_bytes_);
}

size_t SimdDatapath::place(const SimdPass& pass, bool side, int row, int col) const {
  const auto tile = static_cast<size_t>(hardware_.tile), r = static_cast<size_t>(row), c = static_cast<size_t>(col);
  const size_t at = (side ? pass.side_tile : pass.main_tile) + r / tile * pass.col_blocks + c / tile;
  return side ? (at * tile + r % tile) * tile + c % tile : (at * tile + c % tile) * tile + r % tile;
}

Int8Matrix SimdDatapath::value(const SimdPass& pass, bool side) const {
  Int8Matrix m(static_cast<int>(pass.rows), static_cast<int>(pass.cols));
  for (int r = 0; r < m.rows; ++r)
    for (int c = 0; c < m.cols; ++c) m.at(r, c) = (side ? side_ : main_)[place(pass, side, r, c)];
  return m;
}

void SimdDatapath::flip(const SimdPass& pass, bool side, int row, int col) {
  int8_t& v = (side ? side_ : main_)[place(pass, side, row, col)];
  v = static_cast<int8_t>(v ^ 1);
}

}  // namespace psaflow
