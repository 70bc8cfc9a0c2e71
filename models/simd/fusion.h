// From a network's graph to the passes of the tile: which operators ride along with which, and which values must be in
// which memory. Knows the graph and what a pass can do, nothing of sizes or addresses.
#pragma once
#include <string>
#include <vector>

#include "sw/network/network.h"

namespace psaflow {

// What a pass does with its source before anything else.
enum class SimdCore { kOverChannels, kOverTokens, kMean, kCopy };
const char* to_string(SimdCore core);

// One pass, in the network's words. From the core's result (or through `pre`, then `add`) comes the value `tap`; main
// and side branch from it. Numbers are tensors where not said otherwise; -1: none.
struct SimdStep {
  std::string name;  // of the node that it is for
  SimdCore core = SimdCore::kCopy;
  int node = -1;      // of the core: a Linear or TokenMean node; none for copies
  int source = -1;    // among the activations, or the input
  int pre = -1;       // node, an Affine between core and add
  int add = -1;       // node, an Add
  int residual = -1;  // what it adds
  int tap = -1;
  int main = -1;        // the tap, or what elementwise operators of one input make of it: to the activations ...
  int side = -1;        // ... to the residuals: the tap itself, or one Affine of it
  int out = -1;         // ... out of the accelerator (beside it `main` is none)
  bool argmax = false;  // of what goes out
};

struct SimdFusion {
  std::vector<SimdStep> steps;
  std::vector<int> origin;         // of each tensor: the tap (or input) that it is an elementwise function of
  bool input_over_tokens = false;  // the order in which steps take the input: by tokens, as layers over tokens do
  bool input_copied = false;       // both orders are wanted: layers over tokens read a copy among the activations
  std::vector<Finding> findings;   // what no pass can do: an ArgMax that something else reads
};

// The elementwise nodes on the way from one tensor to another, first to last.
std::vector<int> elementwise_chain(const Network& network, int from, int to);

// The network must verify(). Every Linear, TokenMean and Add is in one step; elementwise operators are in each step
// whose value needs them (a function of one input: computing it twice costs nothing).
SimdFusion fuse(const Network& network);

}  // namespace psaflow
