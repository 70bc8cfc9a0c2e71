#include "sim/inspect_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "sim/say.h"
#include "sim/terminal.h"

namespace psaflow {
namespace {

constexpr int kBarWidth = 12, kMacsWidth = 8;

// A number of a float model in few characters: "-9.78", "-13.6".
std::string short_number(double value) {
  return fmt::format("{:.{}f}", value, std::abs(value) < 9.995 ? 2 : std::abs(value) < 99.95 ? 1 : 0);
}

std::string range_text(const NumberRange& range, bool integer) {
  if (range.empty) return "";
  if (integer)
    return range.low == range.high ? fmt::format("{}", range.low) : fmt::format("{}..{}", range.low, range.high);
  return short_number(range.low) + ".." + short_number(range.high);
}

// "12.3 KiB"
std::string bytes_text(int64_t bits) {
  return fmt::format("{:.1f} KiB", static_cast<double>(bits) / 8 / 1024);
}

std::string dash_if_zero(int64_t value) {
  return value == 0 ? "-" : grouped(value);
}

double share(double part, double whole) {
  return whole > 0 ? part / whole : 0;
}

// A share of something as a percentage; a little is told from nothing.
std::string percent(double fraction) {
  if (fraction == 0) return "-";
  return fraction < 0.00005 ? "<0.01" : fmt::format("{:.2f}", 100 * fraction);
}

std::string shape_text(const LayerSummary& layer) {
  std::string size = std::to_string(layer.out);
  if (layer.kind == LayerKind::kLinear) size = fmt::format("{}x{}", layer.in, layer.out);
  if (layer.kind == LayerKind::kFunctions && layer.points > 0) size += fmt::format("x{}", layer.points);
  return fmt::format("{} {}", to_string(layer.kind), size);
}

size_t name_width(const Inspection& i) {
  size_t width = 5;
  for (const LayerSummary& layer : i.model.layers) width = std::max(width, layer.name.size());
  return width;
}

void print_header(const Inspection& i) {
  const ModelSummary& m = i.model;
  const ModelConfig& c = m.config;
  say("{}: {}\n", bold(i.file), i.format);
  say("  {}, embed {}, hidden {}, {} block{}, image {}x{}x{} in {} tokens of {} features, {} classes\n",
      to_string(c.activation), c.embed, c.hidden, c.blocks, c.blocks == 1 ? "" : "s", c.image_channels, c.image_height,
      c.image_width, c.tokens(), c.features(), c.classes);
  say("  {} parameters, {} MACs an image, {} stored", grouped(m.parameters()), grouped(m.macs()),
      bytes_text(m.storage_bits()));
  const int64_t functions = m.storage_bits(LayerKind::kFunctions);
  if (functions > 0)
    say(", {:.0f} % of it learned functions",
        100 * share(static_cast<double>(functions), static_cast<double>(m.storage_bits())));
  say("\n");
}

void print_layers(const Inspection& i) {
  const size_t width = name_width(i);
  const bool integer = i.model.integer;
  int64_t most_macs = 0;
  for (const LayerSummary& l : i.model.layers) most_macs = std::max(most_macs, l.macs);
  const auto row = [&](const std::string& name, const std::string& shape, const std::string& parameters,
                       const std::string& bits, const std::string& macs, const std::string& portion,
                       const std::string& weight, const std::string& bias, const std::string& shift,
                       const std::string& dead) {
    const std::string shifts = integer ? fmt::format("  {:>6}", shift) : "";
    return fmt::format("  {:<{}}  {:<16} {:>10} {:>9} {:>8} {}  {:>11} {:>10}{}  {:>4}", name, width, shape, parameters,
                       bits, macs, portion, weight, bias, shifts, dead);
  };
  say("\n{}\n", bold(row("layer", "kind", "parameters", "bits", "MACs", fmt::format("{:<{}}", "", kMacsWidth),
                         "weights", "bias", "shift", "dead")));
  for (const LayerSummary& l : i.model.layers) {
    const std::string portion = bar(share(static_cast<double>(l.macs), static_cast<double>(most_macs)), 0, kMacsWidth);
    say("{}\n", row(l.name, shape_text(l), grouped(l.parameters), grouped(l.storage_bits), dash_if_zero(l.macs),
                    portion, range_text(l.weight, integer), range_text(l.bias, integer), range_text(l.shift, integer),
                    dash_if_zero(l.dead_channels)));
  }
  say("  weights: of functions the values; dead: outputs whose weights are all zero or whose function is constant\n");
}

// The shapes of a layer's functions, counted.
struct ShapeCounts {
  int constant = 0, straight = 0, monotone = 0;
  double nonlinearity = 0, from_identity = 0;  // means over the channels
};

ShapeCounts count_shapes(const FunctionSet& set) {
  ShapeCounts counts;
  for (int c = 0; c < set.channels; ++c) {
    const FunctionShape shape = measure_shape(set, c);
    counts.constant += shape.constant ? 1 : 0;
    counts.straight += shape.straight() ? 1 : 0;
    counts.monotone += shape.monotone() && !shape.constant ? 1 : 0;
    counts.nonlinearity += shape.nonlinearity / set.channels;
    counts.from_identity += shape.from_identity / set.channels;
  }
  return counts;
}

void print_functions(const Inspection& i) {
  if (i.functions.empty()) return;
  const size_t width = name_width(i);
  say("\n{}\n", bold(fmt::format("  {:<{}}  {:>9} {:>9} {:>9} {:>9}  {:<{}} {:>13}  {:>13}", "learned functions", width,
                                 "channels", "straight", "monotone", "constant", "", kBarWidth, "nonlinearity",
                                 "from identity")));
  for (const FunctionSet& set : i.functions) {
    const ShapeCounts counts = count_shapes(set);
    say("  {:<{}}  {:>9} {:>9} {:>9} {:>9}  {} {:>11.1f} %  {:>13}\n", set.layer, width, set.channels, counts.straight,
        counts.monotone, counts.constant, bar(counts.nonlinearity, 0, kBarWidth), 100 * counts.nonlinearity,
        set.integer ? fmt::format("{:.1f} steps", counts.from_identity) : fmt::format("{:.3f}", counts.from_identity));
  }
  say("  nonlinearity: RMS distance from the best line over RMS variation, mean of the channels; straight: at most "
      "{:.0f} %\n",
      100 * FunctionShape::kStraight);
  if (i.images > 0) say("  all of them over the inputs that the images measured bring, each as often as it occurs\n");
}

void print_activations(const Inspection& i) {
  if (i.images == 0) return;
  size_t width = name_width(i);
  for (const TensorRange& t : i.activations) width = std::max(width, t.tensor.size());
  const bool integer = i.model.integer;
  say("\n{}\n",
      bold(fmt::format("  {:<{}}  {:>9} {:>9} {:>9}  {}{:>8}  {:>8}",
                       fmt::format("values in {} images", grouped(static_cast<int64_t>(i.images))), width, "min", "max",
                       "mean |x|", integer ? fmt::format("{:>8} {:>8}  {:<{}} ", "% -128", "% 127", "", kBarWidth) : "",
                       "% zero", "constant")));
  for (const TensorRange& t : i.activations) {
    const auto values = static_cast<double>(t.values);
    const auto part = [&](uint64_t count) { return share(static_cast<double>(count), values); };
    const std::string clipped =
        integer ? fmt::format("{:>8} {:>8}  {} ", percent(part(t.at_low_limit)), percent(part(t.at_high_limit)),
                              bar(100 * part(t.at_low_limit + t.at_high_limit), 0, kBarWidth))
                : "";
    const char* const style = integer ? "  {:<{}}  {:>9.0f} {:>9.0f} {:>9.1f}  {}{:>8}  {:>8}\n"
                                      : "  {:<{}}  {:>9.3f} {:>9.3f} {:>9.4f}  {}{:>8}  {:>8}\n";
    say(style, t.tensor, width, t.low, t.high, t.mean_abs, clipped, percent(part(t.zeros)),
        dash_if_zero(t.constant_channels));
  }
  if (integer) say("  bars: clipped values, full at 1 %; constant: channels that had one value throughout\n");
}

using Json = nlohmann::ordered_json;

Json range_json(const NumberRange& range, bool high) {
  return range.empty ? Json(nullptr) : Json(high ? range.high : range.low);
}

Json layers_json(const ModelSummary& model) {
  Json layers = Json::array();
  for (const LayerSummary& l : model.layers) {
    Json json = {{"layer", l.name},
                 {"kind", to_string(l.kind)},
                 {"inputs", l.in},
                 {"outputs", l.out},
                 {"parameters", l.parameters},
                 {"macs_per_image", l.macs},
                 {"storage_bits", l.storage_bits},
                 {"dead_channels", l.dead_channels}};
    const bool functions = l.kind == LayerKind::kFunctions;
    if (functions) json["table_points"] = l.points > 0 ? Json(l.points) : Json(nullptr);
    json[functions ? "value_min" : "weight_min"] = range_json(l.weight, false);
    json[functions ? "value_max" : "weight_max"] = range_json(l.weight, true);
    if (!functions) {
      json["bias_min"] = range_json(l.bias, false);
      json["bias_max"] = range_json(l.bias, true);
    }
    if (!functions && model.integer) {
      json["shift_min_bits"] = range_json(l.shift, false);
      json["shift_max_bits"] = range_json(l.shift, true);
    }
    layers.push_back(std::move(json));
  }
  return layers;
}

Json functions_json(const Inspection& i) {
  Json sets = Json::array();
  const std::string unit = i.model.integer ? "_steps" : "_normalised_units";
  for (const FunctionSet& set : i.functions) {
    const ShapeCounts counts = count_shapes(set);
    Json json = {{"layer", set.layer},
                 {"input", set.input},
                 {"weighed_by_use", !set.uses.empty()},
                 {"channels", set.channels},
                 {"straight_channels", counts.straight},
                 {"monotone_channels", counts.monotone},
                 {"constant_channels", counts.constant},
                 {"mean_nonlinearity_fraction", counts.nonlinearity},
                 {"mean_rms_from_identity" + unit, counts.from_identity},
                 {"functions", Json::array()}};
    for (int c = 0; c < set.channels; ++c) {
      const FunctionShape s = measure_shape(set, c);
      json["functions"].push_back({{"channel", c},
                                   {"min" + unit, s.low},
                                   {"max" + unit, s.high},
                                   {"slope", s.slope},
                                   {"nonlinearity_fraction", s.nonlinearity},
                                   {"rms_from_identity" + unit, s.from_identity},
                                   {"monotone", s.monotone()},
                                   {"constant", s.constant}});
    }
    sets.push_back(std::move(json));
  }
  return sets;
}

Json activations_json(const Inspection& i) {
  if (i.images == 0) return nullptr;
  const std::string unit = i.model.integer ? "_steps" : "_units";
  Json tensors = Json::array();
  for (const TensorRange& t : i.activations) {
    const auto values = static_cast<double>(t.values);
    Json json = {{"tensor", t.tensor},  {"channels", t.channels}, {"values", t.values},
                 {"min" + unit, t.low}, {"max" + unit, t.high},   {"mean_abs" + unit, t.mean_abs}};
    if (i.model.integer) {
      json["at_min_limit_fraction"] = share(static_cast<double>(t.at_low_limit), values);
      json["at_max_limit_fraction"] = share(static_cast<double>(t.at_high_limit), values);
    }
    json["zero_fraction"] = share(static_cast<double>(t.zeros), values);
    json["constant_channels"] = t.constant_channels;
    tensors.push_back(std::move(json));
  }
  return {{"data", i.data_dir}, {"split", i.split}, {"images", i.images}, {"tensors", tensors}};
}

}  // namespace

void print_inspection(const Inspection& inspection) {
  print_header(inspection);
  print_layers(inspection);
  print_functions(inspection);
  print_activations(inspection);
}

std::string inspection_json(const Inspection& i) {
  const ModelSummary& m = i.model;
  const ModelConfig& c = m.config;
  const Json json = {{"model", i.file},
                     {"format", i.format},
                     {"version", PSAFLOW_VERSION},
                     {"activation", to_string(c.activation)},
                     {"embed", c.embed},
                     {"hidden", c.hidden},
                     {"blocks", c.blocks},
                     {"patch_pixels", c.patch},
                     {"tokens", c.tokens()},
                     {"features", c.features()},
                     {"classes", c.classes},
                     {"parameters", m.parameters()},
                     {"macs_per_image", m.macs()},
                     {"storage_bits", m.storage_bits()},
                     {"function_storage_bits", m.storage_bits(LayerKind::kFunctions)},
                     {"layers", layers_json(m)},
                     {"learned_functions", functions_json(i)},
                     {"activations", activations_json(i)}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace psaflow
