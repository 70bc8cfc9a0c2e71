// Random views of a training image for the teacher: mirrored in alternate epochs, shifted with mirrored edges, cut out.
#pragma once
#include <cstdint>

#include "sw/teacher/teacher_recipe.h"

namespace psaflow {

// image: [3, 32, 32] bytes in planes, the `index`th of the data set; out: [32, 32, 3] normalised floats (CIFAR-10's
// mean and deviation). Depends on (seed, epoch, index) alone; with the alternating flip, an image that is mirrored in
// one epoch is not in the next.
void teacher_view(const uint8_t* image, const TeacherAugmentation& augmentation, uint64_t seed, int epoch,
                  uint32_t index, float* out);
// The image as it is, or mirrored.
void plain_view(const uint8_t* image, bool mirrored, float* out);

}  // namespace psaflow
