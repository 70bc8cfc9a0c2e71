// What a stage gave for the images that are still under way, so that a wrong image can be traced to the first wrong
// stage.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

namespace psaflow::streaming {

class OutputCapture {
 public:
  explicit OutputCapture(size_t image_bytes) : image_bytes_(image_bytes) {}

  int8_t* image(int64_t index) {
    while (first_ + static_cast<int64_t>(images_.size()) <= index) {
      if (free_.empty()) free_.emplace_back(image_bytes_);
      images_.push_back(std::move(free_.back()));
      free_.pop_back();
    }
    return images_[static_cast<size_t>(index - first_)].data();
  }
  void release_up_to(int64_t index) {
    while (first_ <= index && !images_.empty()) {
      free_.push_back(std::move(images_.front()));
      images_.pop_front();
      ++first_;
    }
  }

 private:
  size_t image_bytes_;
  int64_t first_ = 0;
  std::deque<std::vector<int8_t>> images_;
  std::vector<std::vector<int8_t>> free_;
};

}  // namespace psaflow::streaming
