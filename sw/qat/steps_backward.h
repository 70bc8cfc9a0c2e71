// The way back through to_steps(): from the gradient of every factor, offset and table point, in INT8 steps, to the
// gradient of the network's parameters and of its ranges. Rounding is passed straight through; saturation stops.
#pragma once
#include "sw/quant/steps.h"

namespace psaflow {

// A step model of the same shape, all zeros.
StepModel zero_like(const StepModel& steps);

// steps: what to_steps(model, ranges, ...) gave. gradient: of its entries; the tables' may be spoilt.
// Overwrites model_gradient (any model of the same shape) and range_gradient, which is with respect to log2 of the
// scales (its input entry is not used).
//
// A scale enters through the factors of the layers on both sides, y = round(factor * x): with all of them as they are
// above, what the layer before gains from a finer step the layers behind lose, and what is left is the effect of
// rounding and saturation, as in LSQ (Esser et al. 2020) and TQT (Jain et al. 2020). Shifts need no gradient: factors
// are what they are however they are split into a weight and a shift.
template <typename Real>
void steps_backward(const BasicFoldedModel<Real>& model, const Ranges& ranges, const StepModel& steps,
                    const StepModel& gradient, BasicFoldedModel<Real>& model_gradient, Ranges& range_gradient,
                    ThreadPool* pool = nullptr);

}  // namespace psaflow
