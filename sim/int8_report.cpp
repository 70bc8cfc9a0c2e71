#include "sim/int8_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/say.h"
#include "sim/verb.h"
#include "sw/base/error.h"
#include "sw/base/progress.h"
#include "sw/quant/classes.h"

namespace psaflow {

void check_holdout(int holdout, size_t images, const std::string& place) {
  if (static_cast<size_t>(holdout) < images) return;
  throw UserError(place, "training split", fmt::format("{} images", images),
                  fmt::format("more than the recipe's holdout of {}", holdout));
}

size_t checked_holdout(const Recipe& recipe, const Dataset& data, const std::string& place, int calibration_images) {
  const auto holdout = static_cast<size_t>(recipe.holdout);
  check_holdout(recipe.holdout, data.count(), place);
  if (static_cast<size_t>(calibration_images) > data.count() - holdout) {
    throw UserError("", "--calibration-images", std::to_string(calibration_images),
                    fmt::format("1..{}: the held-out images choose nothing", data.count() - holdout));
  }
  return holdout;
}

void print_answers(const std::string& label, const std::vector<Answers>& answers, const Dataset& data, size_t first) {
  say("{}, {} images\n", label, answers.front().classes.size());
  for (size_t i = 0; i < answers.size(); ++i) {
    std::string line =
        fmt::format("  {:<16} {:6.2f} %", answers[i].name, 100 * accuracy(answers[i].classes, data, first));
    for (size_t j = 0; j < i; ++j) {
      line += fmt::format("{} {} on {:.2f} %", j == 0 ? "   same class as" : ", as", answers[j].name,
                          100 * agreement(answers[i].classes, answers[j].classes));
    }
    say("{}\n", line);
  }
}

bool collapsed(const Agreement& a) {
  return a.same_class < 0.9;
}

void warn_of_collapse(const Agreement& a, const std::vector<LayerNoise>& layers) {
  if (!collapsed(a)) return;
  const auto worst = std::min_element(
      layers.begin(), layers.end(), [](const LayerNoise& x, const LayerNoise& y) { return x.signal_db < y.signal_db; });
  warn("the integer network gives the float network's class on {:.2f} % of {} {} images{}", 100 * a.same_class,
       a.images, a.of,
       worst == layers.end() ? std::string()
                             : fmt::format("; the worst layer is {} (signal to noise {:.1f} dB, {:.1f} % clipped)",
                                           worst->layer, worst->signal_db, 100 * worst->clipped));
}

void warn_of_loss(const Scores& scores, const std::string& of) {
  if (scores.int8_accuracy >= scores.post_training_accuracy) return;
  warn(
      "fine-tuning took the INT8 accuracy on {} {} images from {:.2f} to {:.2f} %; a lower "
      "--learning-rate may help\n",
      scores.images, of, 100 * scores.post_training_accuracy, 100 * scores.int8_accuracy);
}

std::vector<LayerNoise> layers_of(const FoldedModel& model, const Ranges& ranges, const IntModel& quantised,
                                  const Dataset& train, size_t calibration_images, ThreadPool& pool) {
  Ranges settled = ranges;
  settle(model, settled);
  return compare_layers(model, settled, quantised, train, std::min<size_t>(calibration_images, 64), pool);
}

void tell_of_int8(const Checkpoint& checkpoint, const Dataset& train, int threads) {
  const auto holdout = static_cast<size_t>(checkpoint.recipe.holdout);
  const auto calibration = static_cast<int>(std::min<size_t>(512, train.count() - holdout));
  try {
    ThreadPool pool(threads);
    const Calibrated c = calibrated(fold(checkpoint), train, calibration, pool);
    const IntModel model = quantize(c.model, c.ranges, 8);
    const size_t first = holdout > 0 ? train.count() - holdout : 0;
    const size_t count = holdout > 0 ? holdout : static_cast<size_t>(calibration);
    const std::vector<Answers> answers = {{"float", float_classes(c.model, train, first, count, pool)},
                                          {"INT8", int8_classes(model, train, first, count, threads)}};
    print_answers(holdout > 0 ? "held out" : "calibration", answers, train, first);
    const Agreement reached = {agreement(answers[0].classes, answers[1].classes), count,
                               holdout > 0 ? "held-out" : "calibration", 0};
    if (collapsed(reached))
      warn_of_collapse(reached, layers_of(c.model, c.ranges, model, train, static_cast<size_t>(calibration), pool));
  } catch (const UserError& error) {
    warn("it cannot be quantised as it is: {}", error.what());
  }
}

void add_agreement_option(boost::program_options::options_description& options) {
  options.add_options()("min-agreement", boost::program_options::value<std::string>()->default_value("0"),
                        "percent of images on which integer and float network must give the same class; exit status 1 "
                        "when they do not");
}

double min_agreement(const boost::program_options::variables_map& values) {
  return number_option(values, "min-agreement", 0, 100) / 100;
}

bool agrees_enough(const Agreement& a) {
  if (a.same_class >= a.least) return true;
  complain("--min-agreement: found {:.2f} % of {} {} images; allowed: {} % or more\n", 100 * a.same_class, a.images,
           a.of, 100 * a.least);
  return false;
}

void print_layers(const std::vector<LayerNoise>& layers) {
  size_t width = 5;
  for (const LayerNoise& l : layers) width = std::max(width, l.layer.size());
  say("{:<{}}  {:>9}  {:>9}  {:>15}\n", "layer", width, "range", "clipped", "signal to noise");
  for (const LayerNoise& l : layers)
    say("{:<{}}  {:9.3f}  {:7.3f} %  {:12.1f} dB\n", l.layer, width, l.range, 100 * l.clipped, l.signal_db);
}

nlohmann::ordered_json to_json(const std::vector<LayerNoise>& layers) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const LayerNoise& l : layers)
    rows.push_back(
        {{"layer", l.layer}, {"range", l.range}, {"clipped", l.clipped}, {"signal_to_noise_db", l.signal_db}});
  return rows;
}

void warn_of_clipping(const std::vector<Clipped>& clipped) {
  for (const Clipped& c : clipped) {
    warn("{}: the {} of {} channel{} does not fit into INT8, by a factor of up to {:.3g}", c.layer, c.what, c.channels,
         c.channels == 1 ? "" : "s", c.worst);
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
  say("tables        points  bytes in all  accuracy  same class as {}\n", reference.name);
  Progress progress("tables", 8, "resolutions");
  for (int log2 = 8; log2 >= 1; --log2) {
    const IntModel q = quantize(model, ranges, log2);
    const ClassList classes = int8_classes(q, data, first, count);
    size_t bytes = 0;
    for (const Node& node : q.network.nodes) {
      if (const auto* lookup = std::get_if<op::Lookup>(&node.op)) bytes += lookup->params.values.size();
    }
    const double right = accuracy(classes, data, first), same = agreement(classes, reference.classes);
    progress.advance(1);
    say("{:<12}  {:6}  {:12}  {:6.2f} %  {:6.2f} %\n", log2 == 8 ? "direct" : fmt::format("lerp, k = {}", log2),
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
