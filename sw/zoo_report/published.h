// Accuracies that others have published, for the columns beside our own. Nothing measured here stands in this file.
#pragma once
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

// Of the paper's ResMLP (embed 96, 4 blocks, patch 4) on CIFAR-10's test split, as printed: percent.
struct PublishedAccuracy {
  const char* activation;
  int hidden;
  double float_percent;
  std::optional<double> int8_percent;
};

// What else a user could pick for CIFAR-10 on an FPGA, or as a small MLP.
struct PublishedRival {
  const char* design;
  double accuracy_percent;
  std::optional<double> fps;  // images a second
  const char* device;         // empty: none, floating point
  const char* source;
};

extern const char* const kPaperSource;
const std::vector<PublishedAccuracy>& published_accuracies();
const std::vector<PublishedRival>& published_rivals();

// The paper's figures for this activation and hidden size; nullptr when it has none.
const PublishedAccuracy* find_published(const std::string& activation, int hidden);

}  // namespace psaflow
