// A share of some work, for machines that divide it.
#pragma once
#include <cstddef>

namespace psaflow {

// The i-th of n equal shares; {1, 1} has nothing.
struct Shard {
  size_t index = 0, count = 1;
  bool has(size_t item) const { return item % count == index; }
  // Of work whose order matters, runs of neighbours: items begin(n)..end(n) - 1 of n.
  size_t begin(size_t items) const { return items * index / count; }
  size_t end(size_t items) const { return items * (index + 1) / count; }
};

}  // namespace psaflow
