#include "models/simd/datapath.h"

#include <algorithm>
#include <cstring>

#include "models/simd/lanes.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

// Words of constants: bias and shift by blocks, then nine words of affines by column blocks.
constexpr size_t kRequantiseWords = 2, kAffineWords = 9;

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
}

const uint8_t* SimdDatapath::front(SimdRing which, size_t size) {
  Ring& ring = rings_[static_cast<int>(which)];
  PSAFLOW_CHECK(size <= ring.fill, "what a pass takes has been loaded");
  if (ring.head + size <= ring.bytes.size()) return ring.bytes.data() + ring.head;
  const size_t first = ring.bytes.size() - ring.head;
  ring.straight.assign(ring.bytes.begin() + static_cast<ptrdiff_t>(ring.head), ring.bytes.end());
  ring.straight.insert(ring.straight.end(), ring.bytes.begin(),
                       ring.bytes.begin() + static_cast<ptrdiff_t>(size - first));
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
    case 4:
      run_tile<4>(pass, results);
      break;
    case 8:
      run_tile<8>(pass, results);
      break;
    case 16:
      run_tile<16>(pass, results);
      break;
    case 32:
      run_tile<32>(pass, results);
      break;
    default:
      PSAFLOW_CHECK(false, "a tile of 4, 8, 16 or 32");
  }
}

template <int kTile>
void SimdDatapath::run_tile(const SimdPass& pass, std::vector<uint8_t>& results) {
  constexpr size_t kT = kTile;
  const auto bus = static_cast<size_t>(hardware_.bus_bytes);
  const size_t constant_bytes = pass.constant_beats * bus, weight_bytes = pass.weight_beats * bus,
               table_bytes = pass.table_beats * bus;
  const auto words = [](const uint8_t* bytes) { return reinterpret_cast<const int8_t*>(bytes); };
  const int8_t* const constants = words(front(SimdRing::kConstants, constant_bytes));
  const int8_t* const weights = words(front(SimdRing::kWeights, weight_bytes));
  const int8_t* const tables = words(front(SimdRing::kTables, table_bytes));
  const int8_t* const source = pass.from_input ? words(front(SimdRing::kInput, image_bytes_))
                                               : main_.data() + size_t{pass.source_tile} * kT * kT;
  const size_t steps = pass.steps, source_stride = size_t{pass.source_row_tiles} * kT * kT;
  const int8_t* const affines =
      constants + kRequantiseWords * kT * (pass.over_tokens ? pass.row_blocks : pass.col_blocks);

  // Operands of a block: `steps` words of a value a row (column). What does not depend on the other kind of block is
  // packed once.
  const auto row_words = [&](size_t rb, size_t cb) {
    if (pass.over_tokens) return weights + rb * steps * kT;
    return source + rb * source_stride + (pass.diagonal ? cb * kT * kT : 0);
  };
  const auto column_words = [&](size_t cb) -> const int8_t* {
    if (!pass.over_tokens) return weights + (pass.diagonal ? 0 : cb * steps * kT);
    if (pass.from_input) return source + cb * source_stride;  // which lies in this order
    turned_.resize(steps * kT);
    for (size_t k = 0; k < steps; ++k)
      for (size_t c = 0; c < kT; ++c)
        turned_[k * kT + c] = source[k / kT * source_stride + (cb * kT + c) * kT + k % kT];
    return turned_.data();
  };
  std::vector<PackedColumns<kTile>> columns(pass.col_blocks);
  for (size_t cb = 0; cb < pass.col_blocks; ++cb) columns[cb].pack(column_words(cb), steps);
  PackedRows<kTile> rows;
  int best = -129;
  size_t winner = 0, block = 0;
  for (size_t rb = 0; rb < pass.row_blocks; ++rb) {
    for (size_t cb = 0; cb < pass.col_blocks; ++cb, ++block) {
      if (cb == 0 || pass.diagonal) rows.pack(row_words(rb, cb), steps);
      const int8_t* const bias = constants + kRequantiseWords * kT * (pass.over_tokens ? rb : cb);
      const int8_t* const shift = bias + kT;
      const int8_t* const block_affines = affines + kAffineWords * kT * cb;
      const AffineLanes<kTile> pre(block_affines), to_main(block_affines + 3 * kT), to_side(block_affines + 6 * kT);
      Lanes<kTile> biases(bias), shifts(shift);
      for (size_t r = 0; r < kT; ++r) {
        if (pass.over_tokens) {
          biases.fill(bias[r]);
          shifts.fill(shift[r]);
        }
        Lanes<kTile> v;
        dot(rows, r, columns[cb], v.value);
        v.requantise(biases, shifts, pass.relu ? 0 : -128);
        pre.apply(v);
        if (pass.add) v.add(&side_[((pass.residual_tile + block) * kT + r) * kT]);
        if (pass.to_side) {
          Lanes<kTile> side = v;
          to_side.apply(side);
          for (size_t c = 0; c < kT; ++c)
            side_[((pass.side_tile + block) * kT + r) * kT + c] = static_cast<int8_t>(side.value[c]);
        }
        to_main.apply(v);
        if (pass.table)
          for (size_t c = 0; c < kT; ++c)
            v.value[c] = tables[(cb * 256 + static_cast<size_t>(v.value[c] + 128)) * kT + c];
        if (pass.to_main)
          for (size_t c = 0; c < kT; ++c)
            main_[((pass.main_tile + block) * kT + c) * kT + r] = static_cast<int8_t>(v.value[c]);
        if (!pass.to_result || rb * kT + r >= pass.rows) continue;
        if (pass.argmax) {
          for (size_t c = 0; c < kT && cb * kT + c < pass.cols; ++c) {
            if (v.value[c] <= best) continue;
            best = v.value[c];
            winner = cb * kT + c;
          }
          continue;
        }
        for (size_t c = 0; c < kT; ++c) results.push_back(static_cast<uint8_t>(v.value[c]));
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
