#include "sw/train/training_curve.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <sstream>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/svg.h"

namespace psaflow {
namespace {

constexpr double kWidth = 860, kHeight = 460, kLeft = 64, kRight = 64, kTop = 48, kBottom = 52;

struct Series {
  const char *name, *color;
  double (*value)(const EpochReport&);
  bool on_loss_axis;
};
const Series kSeries[] = {
    {"loss", "#888888", [](const EpochReport& e) { return e.loss; }, true},
    {"accuracy, augmented training views", "#3b7dd8", [](const EpochReport& e) { return e.train_accuracy * 100; },
     false},
    {"accuracy, held out", "#d8553b", [](const EpochReport& e) { return e.holdout_accuracy * 100; }, false},
};

std::string text(double x, double y, const char* anchor, const std::string& what, const char* color = "#333333",
                 int size = 12) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\" font-size=\"{}\">{}</text>\n", x,
                     y, anchor, color, size, what);
}

// Held-out accuracies that were not taken are negative; a log that someone edited may hold anything.
bool is_shown(double value) {
  return std::isfinite(value) && value >= 0;
}

constexpr int kSteps = 5;  // between an axis' grid lines

struct Axis {
  double low, step;
};

// About every loss there is, from the least one up, in steps of 1, 2, 2.5 or 5 times a power of ten: a distilled network's
// loss hardly moves beside what its teacher's answers keep it from.
Axis loss_axis(const std::vector<EpochReport>& log) {
  double least = std::numeric_limits<double>::infinity(), most = -least;
  for (const EpochReport& e : log) {
    if (!is_shown(e.loss)) continue;
    least = std::min(least, e.loss);
    most = std::max(most, e.loss);
  }
  if (!(least <= most)) return {0, 1};
  for (double power = 1e-3;; power *= 10) {
    for (const double digit : {1.0, 2.0, 2.5, 5.0}) {
      const double step = digit * power, low = std::floor(least / step) * step;
      if (low + kSteps * step >= most) return {low, step};
    }
  }
}

}  // namespace

std::string training_curve_svg(const std::vector<EpochReport>& whole_log, const std::string& title) {
  std::vector<EpochReport> log;
  int first = 0;
  for (const EpochReport& e : whole_log) {
    if (e.block < 0) {
      log.push_back(e);
    } else {
      first = e.epoch;
    }
  }
  double least_accuracy = 100;
  for (const EpochReport& e : log) {
    least_accuracy =
        std::min(least_accuracy,
                 100 * (e.holdout_accuracy < 0 ? e.train_accuracy : std::min(e.train_accuracy, e.holdout_accuracy)));
  }
  const double low = log.empty() ? 0 : std::floor(std::clamp(least_accuracy, 0.0, 90.0) / 10) * 10, high = 100;
  const Axis loss = loss_axis(log);
  const int last = log.empty() ? first + 1 : std::max(first + 1, log.back().epoch);
  const auto x_of = [&](double epoch) { return kLeft + (kWidth - kLeft - kRight) * (epoch - first) / (last - first); };
  const auto y_of = [&](double part) { return kTop + (kHeight - kTop - kBottom) * (1 - part); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" height=\"{1}\" "
      "font-family=\"sans-serif\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      kWidth, kHeight);
  svg += text(kLeft, 24, "start", xml_text(title), "#111111", 16);
  for (int i = 0; i <= kSteps; ++i) {
    const double y = y_of(static_cast<double>(i) / kSteps);
    svg += fmt::format("<line x1=\"{}\" y1=\"{:.1f}\" x2=\"{}\" y2=\"{:.1f}\" stroke=\"#dddddd\"/>\n", kLeft, y,
                       kWidth - kRight, y);
    svg += text(kLeft - 8, y + 4, "end", fmt::format("{:.4g} %", low + (high - low) * i / kSteps));
    svg += text(kWidth - kRight + 8, y + 4, "start", fmt::format("{:.4g}", loss.low + loss.step * i), "#888888");
  }
  const int stride = std::max(1, (last - first + 9) / 10);
  for (int e = first; e <= last; e += stride) svg += text(x_of(e), kHeight - kBottom + 18, "middle", std::to_string(e));
  svg += text((kLeft + kWidth - kRight) / 2, kHeight - 14, "middle", "epoch");
  double legend_x = kLeft;
  for (const Series& s : kSeries) {
    std::string points;
    double latest = -1;
    for (const EpochReport& e : log) {
      const double v = s.value(e);
      if (!is_shown(v)) continue;
      latest = v;
      const double part = s.on_loss_axis ? (v - loss.low) / (kSteps * loss.step) : (v - low) / (high - low);
      points += fmt::format("{:.1f},{:.1f} ", x_of(e.epoch), y_of(part));
    }
    if (points.empty()) continue;
    svg += fmt::format("<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"2\" points=\"{}\"/>\n", s.color, points);
    const std::string label =
        s.on_loss_axis ? fmt::format("{} {:.3f}", s.name, latest) : fmt::format("{} {:.2f} %", s.name, latest);
    svg += fmt::format("<rect x=\"{:.0f}\" y=\"32\" width=\"10\" height=\"10\" fill=\"{}\"/>\n", legend_x, s.color);
    svg += text(legend_x + 14, 41, "start", label);
    legend_x += 34 + 6.6 * static_cast<double>(label.size());
  }
  return svg + "</svg>\n";
}

void save_training_curve(const std::vector<EpochReport>& log, const std::string& title, const std::string& path) {
  write_file_atomic(path, training_curve_svg(log, title));
}

std::string to_json_line(const EpochReport& e) {
  if (e.block >= 0) {
    return fmt::format(
        "{{\"epoch\": {}, \"block\": {}, \"loss\": {:.6g}, \"learning_rate\": {:.6g}, \"seconds\": {:.2f}, "
        "\"images_per_second\": {:.1f}}}\n",
        e.epoch, e.block + 1, e.loss, e.learning_rate, e.seconds, e.images_per_second);
  }
  const std::string held_out =
      e.holdout_accuracy < 0 ? "" : fmt::format("\"holdout_accuracy\": {:.5f}, ", e.holdout_accuracy);
  return fmt::format(
      "{{\"epoch\": {}, \"loss\": {:.6f}, \"train_accuracy\": {:.5f}, {}\"learning_rate\": {:.6g}, "
      "\"seconds\": {:.2f}, \"images_per_second\": {:.1f}}}\n",
      e.epoch, e.loss, e.train_accuracy, held_out, e.learning_rate, e.seconds, e.images_per_second);
}

std::vector<EpochReport> load_training_log(const std::string& path, int epochs_done) {
  std::vector<EpochReport> log;
  if (!std::filesystem::exists(path)) return log;
  const std::vector<char> bytes = read_file(path, size_t{64} << 20);
  std::istringstream lines(std::string(bytes.begin(), bytes.end()));
  for (std::string line; std::getline(lines, line);) {
    const auto json = nlohmann::json::parse(line, nullptr, false);
    if (!json.is_object() || !json.contains("epoch") || !json["epoch"].is_number_integer()) continue;  // a torn line
    const auto epoch = json["epoch"].get<int64_t>();
    if (epoch < 1 || epoch > epochs_done || (!log.empty() && epoch <= log.back().epoch)) continue;
    EpochReport e;
    e.epoch = static_cast<int>(epoch);
    const auto number = [&](const char* key, double otherwise) {
      return json.contains(key) && json[key].is_number() ? json[key].get<double>() : otherwise;
    };
    const double block = number("block", 0);
    if (block >= 1 && block <= 1e6) e.block = static_cast<int>(block) - 1;
    e.loss = number("loss", 0);
    e.train_accuracy = number("train_accuracy", 0);
    e.holdout_accuracy = number("holdout_accuracy", -1);
    e.learning_rate = number("learning_rate", 0);
    e.seconds = number("seconds", 0);
    e.images_per_second = number("images_per_second", 0);
    log.push_back(e);
  }
  return log;
}

std::string missing_epochs(const std::vector<EpochReport>& log, int epochs_done) {
  std::string missing;
  const auto add = [&missing](int first, int last) {
    if (first > last) return;
    missing += fmt::format("{}{}", missing.empty() ? "" : ", ", first);
    if (last > first) missing += fmt::format("..{}", last);
  };
  if (log.empty()) return missing;
  for (size_t i = 1; i < log.size(); ++i) add(log[i - 1].epoch + 1, log[i].epoch - 1);
  add(log.back().epoch + 1, epochs_done);
  return missing;
}

}  // namespace psaflow
