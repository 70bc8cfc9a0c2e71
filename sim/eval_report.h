// What eval tells of a network's answers: accuracy, class by class, and which class it takes for which.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sw/data/image_set.h"

namespace psaflow {

// Images by label and by the class given.
struct Confusion {
  bool cifar = true;                        // whose classes have names
  std::vector<std::vector<size_t>> images;  // [labels, classes of the network]
  int labels() const { return static_cast<int>(images.size()); }
};

// classes: given to the images of `data`, which has labels, in order, each below `network_classes`.
Confusion confusion_of(const std::vector<int32_t>& classes, const ImageSet& data, bool cifar, int network_classes);

// Images and right ones of a label (right: on the diagonal), or of all.
struct Score {
  size_t images = 0, correct = 0;
  double accuracy() const { return images == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(images); }
};
Score score_of(const Confusion& confusion, int label);
Score score_of(const Confusion& confusion);

// A line a class that has images; the whole matrix.
void print_class_accuracies(const Confusion& confusion);
void print_confusion(const Confusion& confusion);

// "images", "correct", "accuracy", "classes" (by name) and "confusion" ([label][class given]).
void add_scores(const Confusion& confusion, nlohmann::ordered_json& json);

}  // namespace psaflow
