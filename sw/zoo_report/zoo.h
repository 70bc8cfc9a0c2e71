// The trained networks of a folder, as their cards tell of them (written by psaflow quantize --card). Only cards are
// read: a network may be listed without its weights.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace psaflow {

// Folders of networks that share a budget, beside the zoo's own networks.
struct ZooShelf {
  const char *folder, *title;
};
constexpr ZooShelf kZooShelves[] = {{"equal", "Longer, equal budgets"}, {"grid", "The grid"}};

struct CardScores {  // accuracies: fractions 0..1; empty: not measured
  int64_t images = 0;
  std::optional<double> float_accuracy, int8_accuracy;
};

struct ZooCard {
  std::string id;     // its folder below the zoo's: "psa-h96", "grid/psa-h96"
  std::string shelf;  // the folder above it: "", or one of kZooShelves
  std::string name, activation;
  int hidden = 0, epochs = 0;
  int blocks = 4;                    // of its recipe; 4, as recipes have it, where that says nothing
  int64_t parameters = 0, macs = 0;  // of the integer network, an image
  int table_points = 0;              // of every learned function; 0: it has none
  CardScores test, holdout;
  std::string distilled_from;                 // the teacher; empty: trained on labels alone
  int qat_epochs = 0;                         // of quantisation-aware training
  std::map<std::string, std::string> recipe;  // "network.hidden" -> "96"
};

// Has the network the paper's shape, but for its hidden size: patches of 4, embed 96, 4 blocks, CIFAR-10's images?
bool has_paper_shape(const ZooCard& card);

struct Zoo {
  std::vector<ZooCard> cards;  // the zoo's own, then shelf by shelf; widest first, then relu, gelu, bspline, psa
  std::vector<std::string> without_card;  // ids of folders that hold none, in name order
};

// DIR/NAME/card.json and, of each shelf, DIR/SHELF/NAME/card.json. UserError when dir is no folder, holds no card at all, or a card is
// no JSON object, lacks a key or has one of the wrong type or range, naming file and key; unknown keys are ignored.
Zoo load_zoo(const std::string& dir);
ZooCard load_card(const std::string& path, const std::string& id);
ZooCard parse_card(const std::string& text, const std::string& file, const std::string& id);  // file: for errors

// "PSA" for "psa"; an activation unknown here is called as its card calls it.
std::string activation_title(const std::string& activation);
// Where an activation stands in lists: relu, gelu, bspline, psa, then all others.
int activation_order(const std::string& activation);

}  // namespace psaflow
