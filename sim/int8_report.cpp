#include "sim/int8_report.h"

#include <fmt/format.h>

#include "sw/base/error.h"
#include "sw/base/progress.h"
#include "sw/quant/classes.h"

namespace psaflow {

void check_holdout(int holdout, size_t images, const std::string& dir) {
  if (static_cast<size_t>(holdout) < images) return;
  throw UserError(dir, "training split", fmt::format("{} images", images),
                  fmt::format("more than the recipe's holdout of {}", holdout));
}

size_t checked_holdout(const Recipe& recipe, const Dataset& data, const std::string& dir, int calibration_images) {
  const auto holdout = static_cast<size_t>(recipe.holdout);
  check_holdout(recipe.holdout, data.count(), dir);
  if (static_cast<size_t>(calibration_images) > data.count() - holdout) {
    throw UserError("", "--calibration-images", std::to_string(calibration_images),
                    fmt::format("1..{}: the held-out images choose nothing", data.count() - holdout));
  }
  return holdout;
}

void print_answers(const std::string& label, const std::vector<Answers>& answers, const Dataset& data, size_t first) {
  fmt::print("{}, {} images\n", label, answers.front().classes.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    std::string line =
        fmt::format("  {:<16} {:6.2f} %", answers[i].name, 100 * accuracy(answers[i].classes, data, first));
    for (size_t j = 0; j < i; ++j) {
      line += fmt::format("{} {} on {:.2f} %", j == 0 ? "   same class as" : ", as", answers[j].name,
                          100 * agreement(answers[i].classes, answers[j].classes));
    }
    fmt::print("{}\n", line);
  }
}

Scores scores_of(const std::vector<Answers>& answers, const Dataset& data, size_t first) {
  Scores s;
  s.images = answers.front().classes.size();
  s.float_accuracy = accuracy(answers.front().classes, data, first);
  s.int8_accuracy = accuracy(answers.back().classes, data, first);
  s.same_class = agreement(answers.front().classes, answers.back().classes);
  if (answers.size() == 3) s.post_training_accuracy = accuracy(answers[1].classes, data, first);
  return s;
}

nlohmann::ordered_json compare_tables(const FoldedModel& model, const Ranges& ranges, const Answers& reference,
                                      const Dataset& data, size_t first) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  const size_t count = reference.classes.size();
  fmt::print("tables        points  bytes in all  accuracy  same class as {}\n", reference.name);
  Progress progress("tables", 8, "resolutions");
  for (int log2 = 8; log2 >= 1; --log2) {
    const IntModel q = quantize(model, ranges, log2);
    const std::vector<uint8_t> classes = int8_classes(q, data, first, count);
    size_t bytes = 0;
    for (const Node& node : q.network.nodes) {
      if (const auto* lookup = std::get_if<op::Lookup>(&node.op)) bytes += lookup->params.values.size();
    }
    const double right = accuracy(classes, data, first), same = agreement(classes, reference.classes);
    progress.advance(1);
    fmt::print("{:<12}  {:6}  {:12}  {:6.2f} %  {:6.2f} %\n", log2 == 8 ? "direct" : fmt::format("lerp, k = {}", log2),
               table_points(log2), bytes, 100 * right, 100 * same);
    rows.push_back({{"table_log2", log2},
                    {"points", table_points(log2)},
                    {"table_bytes", bytes},
                    {"accuracy", right},
                    {"same_class_as_float", same}});
  }
  return rows;
}

}  // namespace psaflow
