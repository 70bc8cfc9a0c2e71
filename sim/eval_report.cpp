#include "sim/eval_report.h"

#include "sim/say.h"
#include "sim/text_table.h"
#include "sw/base/error.h"

namespace psaflow {

Confusion confusion_of(const std::vector<uint8_t>& classes, const Dataset& data, int network_classes) {
  PSAFLOW_CHECK(classes.size() == data.count(), "a class an image");
  Confusion confusion(kCifarClasses, std::vector<size_t>(static_cast<size_t>(network_classes)));
  for (size_t i = 0; i < classes.size(); ++i) ++confusion[data.labels[i]].at(classes[i]);
  return confusion;
}

Score score_of(const Confusion& confusion, int label) {
  const std::vector<size_t>& row = confusion[static_cast<size_t>(label)];
  Score score;
  for (const size_t images : row) score.images += images;
  if (static_cast<size_t>(label) < row.size()) score.correct = row[static_cast<size_t>(label)];
  return score;
}

Score score_of(const Confusion& confusion) {
  Score all;
  for (int label = 0; label < kCifarClasses; ++label) {
    const Score score = score_of(confusion, label);
    all.images += score.images;
    all.correct += score.correct;
  }
  return all;
}

void print_class_accuracies(const Confusion& confusion) {
  for (int label = 0; label < kCifarClasses; ++label) {
    const Score score = score_of(confusion, label);
    if (score.images > 0)
      say("  {:<10} {:6.2f} % of {}\n", cifar_class_name(label), 100 * score.accuracy(), score.images);
  }
}

void print_confusion(const Confusion& confusion) {
  TextTable table;
  table.columns = {{"", "label", true}, {"", "images"}};
  for (size_t given = 0; given < confusion.front().size(); ++given)
    table.columns.push_back({"taken for", std::to_string(given)});
  for (int label = 0; label < kCifarClasses; ++label) {
    std::vector<std::string> row = {fmt::format("{} {}", label, cifar_class_name(label)),
                                    std::to_string(score_of(confusion, label).images)};
    for (const size_t images : confusion[static_cast<size_t>(label)])
      row.push_back(images == 0 ? "." : std::to_string(images));
    table.rows.push_back(row);
  }
  say("\n{}", table.terminal());
}

void add_scores(const Confusion& confusion, nlohmann::ordered_json& json) {
  const auto put = [](nlohmann::ordered_json& to, const Score& score) {
    to["images"] = score.images;
    to["correct"] = score.correct;
    to["accuracy"] = score.accuracy();
  };
  put(json, score_of(confusion));
  for (int label = 0; label < kCifarClasses; ++label) {
    const Score score = score_of(confusion, label);
    if (score.images > 0) put(json["classes"][cifar_class_name(label)], score);
  }
  json["confusion"] = confusion;
}

}  // namespace psaflow
