#include "models/simd/program.h"

#include <fmt/format.h>

#include <algorithm>

#include "sw/base/error.h"

namespace psaflow {
namespace {

constexpr int kWords = kSimdDescriptorBytes / 4;

// A field of a descriptor: 32-bit word, lowest bit, width.
struct Field {
  int word, bit, width;
  uint32_t SimdPass::*value;
  const char* name;
};
const Field kFields[] = {
    {1, 0, 16, &SimdPass::steps, "steps"},
    {1, 16, 16, &SimdPass::block_cycles, "block_cycles"},
    {2, 0, 16, &SimdPass::row_blocks, "row_blocks"},
    {2, 16, 16, &SimdPass::col_blocks, "col_blocks"},
    {3, 0, 16, &SimdPass::rows, "rows"},
    {3, 16, 16, &SimdPass::cols, "cols"},
    {4, 0, 16, &SimdPass::source_tile, "source_tile"},
    {4, 16, 16, &SimdPass::source_row_tiles, "source_row_tiles"},
    {5, 0, 16, &SimdPass::main_tile, "main_tile"},
    {5, 16, 16, &SimdPass::side_tile, "side_tile"},
    {6, 0, 16, &SimdPass::residual_tile, "residual_tile"},
    {6, 16, 16, &SimdPass::gap_cycles, "gap_cycles"},
    {7, 0, 32, &SimdPass::parameter_offset, "parameter_offset"},
    {8, 0, 16, &SimdPass::constant_beats, "constant_beats"},
    {8, 16, 16, &SimdPass::input_beats, "input_beats"},
    {9, 0, 32, &SimdPass::weight_beats, "weight_beats"},
    {10, 0, 32, &SimdPass::table_beats, "table_beats"},
    {11, 0, 32, &SimdPass::result_words, "result_words"},
};
struct Flag {
  int bit;
  bool SimdPass::*value;
};
const Flag kFlags[] = {
    {0, &SimdPass::over_tokens}, {1, &SimdPass::diagonal},      {2, &SimdPass::relu},    {3, &SimdPass::from_input},
    {4, &SimdPass::add},         {5, &SimdPass::to_main},       {6, &SimdPass::to_side}, {7, &SimdPass::to_result},
    {8, &SimdPass::table},       {9, &SimdPass::release_input}, {10, &SimdPass::argmax},
};

void put(std::vector<uint8_t>& bytes, size_t word, uint32_t value) {
  for (size_t i = 0; i < 4; ++i) bytes[word * 4 + i] |= static_cast<uint8_t>(value >> (8 * i));
}

uint32_t get(const uint8_t* bytes, size_t word) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value |= uint32_t{bytes[word * 4 + i]} << (8 * i);
  return value;
}

}  // namespace

const SimdPass& SimdProgram::result_pass() const {
  const auto found = std::find_if(passes.begin(), passes.end(), [](const SimdPass& p) { return p.to_result; });
  PSAFLOW_CHECK(found != passes.end(), "a pass makes results");
  return *found;
}

std::vector<uint8_t> encode_program(const SimdProgram& program) {
  std::vector<uint8_t> bytes((program.passes.size() + 1) * kSimdDescriptorBytes);
  put(bytes, 0, kSimdMagic);
  put(bytes, 1, kSimdProgramVersion);
  put(bytes, 2, static_cast<uint32_t>(program.tile) | static_cast<uint32_t>(program.bus_bytes) << 16);
  put(bytes, 3, static_cast<uint32_t>(program.passes.size()));
  put(bytes, 4, program.image_bytes);
  put(bytes, 5, program.result_bytes);
  for (size_t p = 0; p < program.passes.size(); ++p) {
    const SimdPass& pass = program.passes[p];
    const size_t base = (p + 1) * kWords;
    for (const Flag& flag : kFlags) put(bytes, base, uint32_t{pass.*flag.value} << flag.bit);
    for (const Field& field : kFields) {
      const uint32_t value = pass.*field.value;
      PSAFLOW_CHECK(field.width == 32 || value >> field.width == 0,
                    fmt::format("pass {}: {} = {} fits {} bits", p, field.name, value, field.width));
      put(bytes, base + static_cast<size_t>(field.word), value << field.bit);
    }
  }
  return bytes;
}

SimdProgram decode_program(const uint8_t* bytes, size_t size, const SimdHardware& hardware) {
  const auto expect = [&](const char* what, uint32_t found, uint32_t wanted) {
    if (found != wanted)
      throw UserError("", fmt::format("program {}", what), std::to_string(found), std::to_string(wanted));
  };
  if (size < kSimdDescriptorBytes)
    throw UserError("", "program", fmt::format("{} bytes", size), "a header of 64 bytes, then 64 a pass");
  SimdProgram program;
  expect("magic", get(bytes, 0), kSimdMagic);
  expect("version", get(bytes, 1), kSimdProgramVersion);
  program.tile = static_cast<int>(get(bytes, 2) & 0xffff);
  program.bus_bytes = static_cast<int>(get(bytes, 2) >> 16);
  expect("tile", static_cast<uint32_t>(program.tile), static_cast<uint32_t>(hardware.tile));
  expect("bus_bytes", static_cast<uint32_t>(program.bus_bytes), static_cast<uint32_t>(hardware.bus_bytes));
  const uint32_t count = get(bytes, 3);
  if (count < 1 || count > hardware.capacities.programs || size / kSimdDescriptorBytes < size_t{count} + 1)
    throw UserError("", "program passes", std::to_string(count),
                    fmt::format("1..{}, all there", hardware.capacities.programs));
  program.image_bytes = get(bytes, 4);
  program.result_bytes = get(bytes, 5);
  for (uint32_t p = 0; p < count; ++p) {
    const uint8_t* words = bytes + (size_t{p} + 1) * kSimdDescriptorBytes;
    SimdPass pass;
    for (const Flag& flag : kFlags) pass.*flag.value = (get(words, 0) >> flag.bit & 1) != 0;
    for (const Field& field : kFields) {
      const uint32_t value = get(words, static_cast<size_t>(field.word)) >> field.bit;
      pass.*field.value = field.width == 32 ? value : value & ((uint32_t{1} << field.width) - 1);
    }
    program.passes.push_back(pass);
  }
  return program;
}

std::vector<Finding> check_program(const SimdProgram& program, const SimdHardware& hardware) {
  std::vector<Finding> findings;
  const SimdCapacities& have = hardware.capacities;
  for (size_t p = 0; p < program.passes.size(); ++p) {
    const SimdPass& pass = program.passes[p];
    const auto at_most = [&](const char* what, int64_t found, int64_t most) {
      if (found > most)
        findings.push_back(
            {fmt::format("pass {}", p), fmt::format("{} {}", found, what), fmt::format("at most {}", most)});
    };
    const auto wanted = [&](bool right, const char* found, const char* allowed) {
      if (!right) findings.push_back({fmt::format("pass {}", p), found, allowed});
    };
    wanted(pass.steps >= 1 && pass.row_blocks >= 1 && pass.col_blocks >= 1, "an empty pass", "steps and blocks");
    wanted(int64_t{pass.block_cycles} >= SimdPipeline::block_cycles(hardware.tile, pass.steps), "block_cycles too few",
           "at least the steps, the tile and a cycle more than the constants' words");
    wanted(pass.parameter_offset % static_cast<uint32_t>(hardware.bus_bytes) == 0, "parameters amid a beat",
           "an offset of whole beats");
    wanted(!(pass.to_main && pass.to_result), "main and results", "one place for main values");
    wanted(!pass.table || have.table_beats > 0, "tables", "no tables: the hardware has none");
    const int64_t tiles = pass.blocks();
    if (!pass.from_input) {  // to the last tile that the last block takes
      const int64_t along = (int64_t{pass.steps} + hardware.tile - 1) / hardware.tile;
      const int64_t row = (pass.over_tokens ? along : int64_t{pass.row_blocks}) - 1;
      const int64_t col = pass.over_tokens || pass.diagonal ? int64_t{pass.col_blocks} : along;
      at_most("tiles of activations", pass.source_tile + row * pass.source_row_tiles + col, have.main_tiles);
    }
    if (pass.to_main) at_most("tiles of activations", pass.main_tile + tiles, have.main_tiles);
    if (pass.to_side) at_most("tiles of residuals", pass.side_tile + tiles, have.side_tiles);
    if (pass.add) at_most("tiles of residuals", pass.residual_tile + tiles, have.side_tiles);
    at_most("beats of constants", pass.constant_beats, have.constant_beats);
    at_most("beats of weights", pass.weight_beats, have.weight_beats);
    at_most("beats of tables", pass.table_beats, have.table_beats);
    at_most("beats of input", pass.input_beats, have.input_beats);
    at_most("words of results", pass.result_words, have.result_words);
  }
  const auto results =
      std::count_if(program.passes.begin(), program.passes.end(), [](const SimdPass& pass) { return pass.to_result; });
  if (results != 1) findings.push_back({"program", fmt::format("{} passes with results", results), "one"});
  return findings;
}

}  // namespace psaflow
