// What is wrong with a network, as values: whoever asked adds the file and decides what becomes of it.
#pragma once
#include <vector>

#include "sw/base/finding.h"
#include "sw/network/network.h"

namespace psaflow {

// Every rule that a network must keep: each tensor made once, before it is read, and read by somebody; shapes that fit
// the operators; constants of the right number and range (shifts, table points, inputs of an accumulator, a power of
// two of tokens to average). Empty: it can be computed, and built.
std::vector<Finding> verify(const Network& network);

// The linear layer over channels that makes the logits, if one does.
const Node* head(const Network& network);

// Lengths that the vectors of the network's tensors have, read by channels and, around a linear layer over tokens, by
// tokens: ascending, each once. What the head makes is left out. What moves W elements at a time needs a W that divides
// each of them.
std::vector<int> vector_widths(const Network& network);
// The common divisors of vector_widths(), ascending.
std::vector<int> common_lanes(const Network& network);

}  // namespace psaflow
