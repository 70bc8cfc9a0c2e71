// Muon (Jordan et al. 2024): momentum whose direction is made orthogonal before it is applied, so that every singular
// direction of a weight matrix learns at the same rate. For hidden linear weights; what it leaves is AdamW's.
#pragma once
#include "sw/base/aligned.h"
#include "sw/base/parallel.h"
#include "sw/train/parameters.h"

namespace psaflow {

constexpr float kMuonMomentum = 0.95f;

// Linear weights but the first layer's and the last one's.
bool is_muon_weight(const ParameterSlice& slice);

// One step of every slice of is_muon_weight, a matrix a work item:
//   momentum = 0.95 momentum + gradient;  update = orthogonalized(0.95 momentum + gradient)
//   weight = (1 - learning_rate * decay) weight - learning_rate * sqrt(max(1, rows / columns)) * update
// momentum: in the layout of the parameters.
void muon_step(const ParameterLayout& layout, const AlignedVector<float>& gradients, double learning_rate, double decay,
               AlignedVector<float>& parameters, AlignedVector<float>& momentum, ThreadPool& pool);

// matrix [rows, columns] -> about U V^T of its singular value decomposition: five steps of a quintic Newton-Schulz
// iteration, after which every singular value that was not tiny lies in about 0.7..1.2. A zero matrix stays zero.
void orthogonalize(int rows, int columns, float* matrix);

}  // namespace psaflow
