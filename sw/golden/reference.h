// The golden model, written for reading: the network's nodes one by one on one image, with a tap on every tensor.
// The fast evaluator (evaluator.h) and the SystemC stages are tested against it.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "sw/golden/model.h"

namespace psaflow {

// Rows x columns of INT8: [tokens, channels] unless a comment says otherwise.
struct Int8Matrix {
  int rows = 0, cols = 0;
  std::vector<int8_t> data;
  Int8Matrix() = default;
  Int8Matrix(int r, int c) : rows(r), cols(c), data(static_cast<size_t>(r) * c) {}
  int8_t* row(int r) { return data.data() + static_cast<size_t>(r) * cols; }
  const int8_t* row(int r) const { return data.data() + static_cast<size_t>(r) * cols; }
  int8_t& at(int r, int c) { return row(r)[c]; }
  int8_t at(int r, int c) const { return row(r)[c]; }
};

// Layer functions; x is [V, K], one vector a row, and the result [V, M]. `relu` clamps to 0..127.
Int8Matrix linear(const LinearParams& p, const Int8Matrix& x, bool relu = false);
Int8Matrix affine(const AffineParams& p, const Int8Matrix& x);
Int8Matrix table(const TableParams& p, const Int8Matrix& x);
Int8Matrix transpose(const Int8Matrix& x);
Int8Matrix residual_add(const Int8Matrix& a, const Int8Matrix& r);
Int8Matrix cut(const op::Patches& p, const Int8Matrix& image);  // -> [T, F]
Int8Matrix average_pool(const Int8Matrix& x);                   // [T, D] -> [1, D], T a power of two
int argmax(const int8_t* values, int count);                    // the lowest index on a tie

// tap(name, value): every tensor that a node makes, under its name, in the order of the nodes. Of a ResMLP "embed",
// "blocks.0.token.residual", "blocks.0.token.pre", "blocks.0.token.mix", ..., "pool", "head" (sw/network/resmlp.cpp).
using Tap = std::function<void(const std::string& name, const Int8Matrix& value)>;

// patches: [T, F] (see sw/data/normalize.h). Returns the logits [classes].
std::vector<int8_t> run_reference(const Network& network, const Int8Matrix& patches, const Tap& tap = {});

}  // namespace psaflow
