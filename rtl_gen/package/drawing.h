// What block diagrams are drawn with, as SVG: boxes with lines of text, ways between them, one look.
#pragma once
#include <string>
#include <vector>

namespace psaflow::ip {

namespace fill {  // of boxes, by what a block does
constexpr const char *kLinear = "#cfe2f3", *kAffine = "#e2ecd9", *kTable = "#fdebd0", *kElementwise = "#eadcf0",
                     *kMemory = "#eeeeee", *kNone = "#ffffff";
}

constexpr const char *kForward = "#444", *kRound = "#a33";  // strokes of ways

constexpr int kNameLetter = 10, kLetter = 6;  // pixels a letter of a box's name and of other text takes at most, about

struct Box {
  int x = 0, y = 0, width = 0, height = 0;
  int right() const { return x + width; }
  int bottom() const { return y + height; }
};

class Drawing {
 public:
  // lines: below the name, the first two of a box of 56 pixels. corner: at the right of the name.
  void box(const Box& at, const char* colour, const std::string& name, const std::vector<std::string>& lines,
           const std::string& corner = "");
  // path: absolute M, H and V. An arrow at its end; dashed: control.
  void way(const std::string& path, const char* stroke, bool dashed = false);
  void note(int x, int y, const std::string& text);   // small, of a way
  void label(int x, int y, const std::string& text);  // of the picture

  std::string svg(int width, int height, int left, const std::string& heading) const;

 private:
  std::string body_;
};

}  // namespace psaflow::ip
