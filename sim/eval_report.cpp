#include "sim/eval_report.h"

#include "sim/say.h"
#include "sim/text_table.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

std::string class_name(const Confusion& confusion, int label) {
  return confusion.cifar ? cifar_class_name(label) : fmt::format("class {}", label);
}

}  // namespace

Confusion confusion_of(const std::vector<int32_t>& classes, const ImageSet& data, bool cifar, int network_classes) {
  PSAFLOW_CHECK(classes.size() == data.count && data.labels.size() == data.count, "a class and a label an image");
  const auto columns = static_cast<size_t>(network_classes), rows = cifar ? size_t{kCifarClasses} : columns;
  Confusion confusion{cifar, std::vector<std::vector<size_t>>(rows, std::vector<size_t>(columns))};
  for (size_t i = 0; i < classes.size(); ++i)
    ++confusion.images.at(static_cast<size_t>(data.labels[i])).at(static_cast<size_t>(classes[i]));
  return confusion;
}

Score score_of(const Confusion& confusion, int label) {
  const std::vector<size_t>& row = confusion.images[static_cast<size_t>(label)];
  Score score;
  for (const size_t images : row) score.images += images;
  if (static_cast<size_t>(label) < row.size()) score.correct = row[static_cast<size_t>(label)];
  return score;
}

Score score_of(const Confusion& confusion) {
  Score all;
  for (int label = 0; label < confusion.labels(); ++label) {
    const Score score = score_of(confusion, label);
    all.images += score.images;
    all.correct += score.correct;
  }
  return all;
}

void print_class_accuracies(const Confusion& confusion) {
  for (int label = 0; label < confusion.labels(); ++label) {
    const Score score = score_of(confusion, label);
    if (score.images > 0)
      say("  {:<10} {:6.2f} % of {}\n", class_name(confusion, label), 100 * score.accuracy(), score.images);
  }
}

void print_confusion(const Confusion& confusion) {
  TextTable table;
  table.columns = {{"", "label", true}, {"", "images"}};
  for (size_t given = 0; given < confusion.images.front().size(); ++given)
    table.columns.push_back({"taken for", std::to_string(given)});
  for (int label = 0; label < confusion.labels(); ++label) {
    std::vector<std::string> row = {
        confusion.cifar ? fmt::format("{} {}", label, cifar_class_name(label)) : std::to_string(label),
        std::to_string(score_of(confusion, label).images)};
    for (const size_t images : confusion.images[static_cast<size_t>(label)])
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
  for (int label = 0; label < confusion.labels(); ++label) {
    const Score score = score_of(confusion, label);
    if (score.images > 0) put(json["classes"][class_name(confusion, label)], score);
  }
  json["confusion"] = confusion.images;
}

}  // namespace psaflow
