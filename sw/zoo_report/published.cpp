#include "sw/zoo_report/published.h"

namespace psaflow {

const char* const kPaperSource =
    "Singh and Bazargan, Compressing Neural Networks using Learnable 1D Non-Linear Functions, ACM TRETS 18(2) 21, 2025";

const std::vector<PublishedAccuracy>& published_accuracies() {
  // kPaperSource: FP32 for every activation and size, INT8 for the three designs that it builds. PSA is LERP-PSA; the
  // B-spline has 64 intervals and a TV2 penalty of 1e-5. Its teacher, a ResMLP with H = 384, reaches 88.9.
  static const std::vector<PublishedAccuracy> figures = {
      {"relu", 192, 87.8, 87.9},  {"relu", 96, 86.2, 86.1},  {"relu", 48, 83.3, {}},    {"relu", 24, 78.8, {}},
      {"bspline", 192, 89.1, {}}, {"bspline", 96, 87.7, {}}, {"bspline", 48, 85.6, {}}, {"bspline", 24, 84.1, {}},
      {"psa", 192, 89.0, {}},     {"psa", 96, 88.3, 88.1},   {"psa", 48, 85.9, {}},     {"psa", 24, 84.2, {}},
  };
  return figures;
}

const std::vector<PublishedRival>& published_rivals() {
  static const std::vector<PublishedRival> rivals = {
      {"NN2FPGA ResNet20 INT8", 91.3, 7601, "KV260", "arXiv 2309.15631"},
      {"NN2FPGA ResNet8 INT8", 88.7, 30153, "KV260", "arXiv 2309.15631"},
      {"FINN CNV w2a2", 88.63, 3031, "AUP-ZU3", "github.com/Xilinx/finn, pull request 1499"},
      {"FINN CNV", 80.1, 21906, "ZC706", "arXiv 1612.07119"},
      {"MDMLP, 0.3 M parameters", 90.9, {}, "", "arXiv 2205.14477"},
      {"Mixer-nano, 0.67 M parameters", 90.8, {}, "", "300 epochs; AutoAugment, CutMix, label smoothing"},
  };
  return rivals;
}

const PublishedAccuracy* find_published(const std::string& activation, int hidden) {
  for (const PublishedAccuracy& figure : published_accuracies()) {
    if (activation == figure.activation && hidden == figure.hidden) return &figure;
  }
  return nullptr;
}

}  // namespace psaflow
