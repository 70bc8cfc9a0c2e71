// Where the words of a chart go, so that none covers another, a mark or a line. Pixels, y downwards.
#pragma once
#include <string>
#include <vector>

namespace psaflow {

// The positions nearest to `wanted`, in its order of size, that lie at least `gap` apart inside low..high (or evenly
// spread over low..high where they do not fit): least squares, by pooling neighbours that collide.
std::vector<double> spread_apart(const std::vector<double>& wanted, double gap, double low, double high);

struct Box {
  double left, top, right, bottom;
};

// Remembers what is drawn and finds room for labels beside their marks.
class LabelPlaces {
 public:
  explicit LabelPlaces(const Box& page) : page_(page) {}
  void add_line(double x1, double y1, double x2, double y2) { lines_.push_back({x1, y1, x2, y2}); }
  void add_box(const Box& box) { boxes_.push_back(box); }

  // A box of this size beside the mark at x, y, off all that is drawn where that can be had, else over as few lines as
  // possible; it is remembered.
  Box place(double x, double y, double width, double height);

 private:
  struct Line {
    double x1, y1, x2, y2;
  };
  double cost(const Box& box) const;

  Box page_;
  std::vector<Line> lines_;
  std::vector<Box> boxes_;
};

}  // namespace psaflow
