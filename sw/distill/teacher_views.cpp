#include "sw/distill/teacher_views.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/progress.h"
#include "sw/io/safetensors.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

constexpr char kTensor[] = "logits";

// The parts of a recipe that decide a view; everything else may differ between runs that share answers.
std::string view_key(const Teacher& teacher, const Recipe& recipe, const Dataset& data) {
  Recipe views;
  views.name = "views";
  views.augmentation = recipe.augmentation;
  views.holdout = recipe.holdout;
  views.seed = recipe.seed;
  const std::string text = teacher.fingerprint() + sha256_hex(data.images.data(), data.images.size()) + to_yaml(views);
  return sha256_hex(text.data(), text.size()).substr(0, 16);
}

}  // namespace

TeacherViews::TeacherViews(Teacher teacher, const Recipe& recipe, const Dataset& data, std::string folder, int threads,
                           Precision precision)
    : teacher_(std::move(teacher)), precision_(precision), views_(recipe, data), pool_(threads) {
  if (teacher_.classes() != views_.classes()) {
    throw UserError(recipe.distillation.teacher, "classes", std::to_string(teacher_.classes()),
                    fmt::format("the {} of the network that learns from it", views_.classes()));
  }
  folder_ = std::move(folder) + "/" + view_key(teacher_, recipe, data);
}

std::string TeacherViews::path(int view) const {
  return fmt::format("{}/view-{:04}.safetensors", folder_, view);
}

bool TeacherViews::read(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return false;
  try {
    const Safetensors file = Safetensors::load(path);
    const StoredTensor& tensor =
        file.expect(kTensor, "F32", {static_cast<int64_t>(views_.images()), int64_t{views_.classes()}});
    std::memcpy(logits_.data(), tensor.bytes.data(), tensor.bytes.size());
    return true;
  } catch (const UserError&) {
    return false;  // a damaged cache entry is computed again
  }
}

const float* TeacherViews::logits(int view) {
  if (view == view_) return logits_.data();
  const int classes = views_.classes();
  logits_.resize(views_.images() * classes);
  const std::string file_path = path(view);
  view_ = -1;  // until they are whole
  if (read(file_path)) {
    view_ = view;
    return logits_.data();
  }
  make_folder(folder_);               // before the work: a folder that cannot be is told at once
  constexpr int kDeadAfter_s = 3600;  // the folder may be shared with machines whose processes are not seen from here
  remove_dead_asides(
      folder_, [](const std::string& name) { return name.rfind("view-", 0) == 0; }, kDeadAfter_s);

  Progress progress(fmt::format("teacher, view {}", view), views_.images(), "images");
  constexpr size_t kImages = 1024;                          // at a time
  std::vector<uint8_t> pixels(kImages * kCifarImageBytes);  // the teacher takes no others
  for (size_t first = 0; first < views_.images(); first += kImages) {
    const size_t count = std::min(kImages, views_.images() - first);
    pool_.run(count, [&](size_t i, int) {
      std::vector<float> label(classes);
      views_.make(view, static_cast<uint32_t>(first + i), pixels.data() + i * kCifarImageBytes, label.data());
    });
    teacher_.logits(pixels.data(), count, logits_.data() + first * classes, pool_, false, precision_);
    progress.advance(count);
  }
  Safetensors file;
  StoredTensor tensor{"F32", {static_cast<int64_t>(views_.images()), int64_t{classes}}, {}};
  tensor.bytes.resize(logits_.size() * sizeof(float));
  std::memcpy(tensor.bytes.data(), logits_.data(), tensor.bytes.size());
  file.tensors[kTensor] = std::move(tensor);
  file.metadata["precision"] = to_string(precision_);
  file.save(file_path);
  view_ = view;
  return logits_.data();
}

}  // namespace psaflow
