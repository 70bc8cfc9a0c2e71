// What the accuracy chart draws, before any pixel: which networks share a panel, which a line, and what the lines are
// called.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "sw/zoo_report/zoo.h"

namespace psaflow {

struct AccuracyPoint {
  int hidden = 0;
  std::optional<double> float_percent, int8_percent;  // at least one
  std::string note;                                   // the network in words
};

struct AccuracyLine {
  std::string activation, label;
  bool published = false;
  std::vector<AccuracyPoint> points;  // narrowest first
  std::vector<const ZooCard*> cards;  // of a measured line, in no order

  // What the line joins: INT8 where it was measured, for that is what runs; the paper's lines join its float figures,
  // which are complete.
  double height(const AccuracyPoint& p) const {
    return published || !p.int8_percent ? *p.float_percent : *p.int8_percent;
  }
};

struct AccuracyPanel {
  std::string title, budgets;
  std::vector<AccuracyLine> lines;
};

// A panel for the zoo's own networks and one for each shelf, with those of the zoo's own that had the budget of its first network,
// whichever hold a network measured on the test split; the paper's lines in each, and alone where there is none. Cards of one
// activation, equal budget and distinct sizes share a line. `zoo` must outlive the answer.
std::vector<AccuracyPanel> accuracy_panels(const Zoo& zoo);

}  // namespace psaflow
