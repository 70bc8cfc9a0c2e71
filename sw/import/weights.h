// Float weights that were trained elsewhere, as a checkpoint of ours.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "sw/import/import_config.h"
#include "sw/io/safetensors.h"
#include "sw/train/checkpoint.h"

namespace psaflow {

struct ImportedWeights {
  Checkpoint checkpoint;                // published: without an optimiser's state, no epochs done
  std::map<std::string, size_t> taken;  // tensors by type: {"F32", 72}
  size_t ignored = 0, filled = 0;       // tensors
  size_t folded_biases = 0;             // of fc1, which went into the mean of the norm behind it
};

// file: a state dict. A tensor may have sizes of 1 that ours lacks, and embed.weight the shape of a convolution,
// [D, C, P, P]. blocks.i.channel.fc1.bias is taken too: it goes into the mean of the norm behind it. Norms of another
// epsilon are scaled to ours. UserError names file, tensor, what was found and what is allowed: of a wrong type or
// shape, not finite, missing, left over, or there twice; and a rule of the config that does nothing.
ImportedWeights import_weights(const Safetensors& file, const ImportConfig& config);

}  // namespace psaflow
