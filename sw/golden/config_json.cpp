// The model configuration as JSON text. Everything is range-checked here, in 64 bits, before anyone multiplies
// dimensions or allocates by them.
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "sw/base/error.h"
#include "sw/golden/kernels.h"
#include "sw/golden/model.h"
#include "sw/io/unique_keys.h"

namespace psaflow {
namespace {

using Json = nlohmann::json;

constexpr size_t kMaxTextBytes = 1 << 20;
constexpr int kMaxDepth = 64;
constexpr int kMaxInputs = LinearKernel::kMaxInputs;  // inputs a linear layer can sum without overflow
constexpr int kMaxBlocks = 4096;
constexpr int64_t kMaxImageBytes = 1 << 24;

// Reads the keys of one config; every error names the key.
class Reader {
 public:
  Reader(const Json& json, const std::string& file) : json_(json), file_(file) {}

  [[noreturn]] void fail(const std::string& key, const std::string& value, const std::string& allowed) const {
    throw UserError(file_, "config." + key, value, allowed);
  }

  int integer(const char* key, int low, int high) const {
    const std::string allowed = fmt::format("an integer in {}..{}", low, high);
    return to_integer(get(key, allowed), key, low, high, allowed);
  }

  std::array<int, 3> image() const {
    const std::string allowed = "[channels, height, width], three positive integers";
    const Json& value = get("image", allowed);
    if (!value.is_array() || value.size() != 3) fail("image", text(value), allowed);
    std::array<int, 3> out{};
    for (size_t i = 0; i < 3; ++i) {
      out[i] = to_integer(value[i], fmt::format("image[{}]", i), 1, 65536, "an integer in 1..65536");
    }
    return out;
  }

  double number(const char* key) const {
    const Json& value = get(key, "a number");
    if (!value.is_number()) fail(key, text(value), "a number");
    return value.get<double>();
  }

  std::vector<double> numbers(const char* key, int count) const {
    const std::string allowed = fmt::format("an array of {} numbers, one an image channel", count);
    const Json& value = get(key, allowed);
    if (!value.is_array() || value.size() != static_cast<size_t>(count)) fail(key, text(value), allowed);
    std::vector<double> out;
    for (const Json& item : value) {
      if (!item.is_number()) fail(key, text(item), allowed);
      out.push_back(item.get<double>());
    }
    return out;
  }

  Activation activation() const {
    const std::string allowed = R"("relu", "psa", "bspline" or "table")";
    const Json& value = get("activation", allowed);
    for (const Activation a : kActivations) {
      if (value == to_string(a)) return a;
    }
    fail("activation", text(value), allowed);
  }

 private:
  const Json& get(const char* key, const std::string& allowed) const {
    const auto place = json_.find(key);
    if (place == json_.end()) fail(key, "no such key", allowed);
    return *place;
  }

  static std::string text(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

  int to_integer(const Json& value, const std::string& key, int low, int high, const std::string& allowed) const {
    // An unsigned value above 2^63 must not wrap into the range.
    const bool fits = value.is_number_integer() &&
                      !(value.is_number_unsigned() && value.get<uint64_t>() > static_cast<uint64_t>(high)) &&
                      value.get<int64_t>() >= low && value.get<int64_t>() <= high;
    if (!fits) fail(key, text(value), allowed);
    return value.get<int>();
  }

  const Json& json_;
  const std::string& file_;
};

Json parse(const std::string& text, const std::string& file) {
  const std::string allowed = R"(a JSON object such as {"image":[3,32,32],"patch":4,...})";
  if (text.size() > kMaxTextBytes) {
    throw UserError(file, "config", fmt::format("{} bytes", text.size()),
                    fmt::format("at most {} bytes", kMaxTextBytes));
  }
  bool too_deep = false;
  UniqueKeys keys;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    too_deep = too_deep || depth > kMaxDepth;
    if (!too_deep) keys.see(event, parsed);
    return !too_deep;  // false drops the value: nothing of a bottomless text is kept
  };
  Json json;
  try {
    json = Json::parse(text, watch);
  } catch (const Json::exception& error) {
    if (!too_deep) throw UserError(file, "config", fmt::format("no JSON ({})", error.what()), allowed);
  }
  if (too_deep) throw UserError(file, "config", "JSON nested too deeply", fmt::format("at most {} levels", kMaxDepth));
  if (!keys.repeated().empty())
    throw UserError(file, "config", fmt::format("the key {} twice", keys.repeated()), "every key once");
  if (!json.is_object()) throw UserError(file, "config", fmt::format("a JSON {}", json.type_name()), allowed);
  return json;
}

bool power_of_two(int64_t v) {
  return v > 0 && (v & (v - 1)) == 0;
}

}  // namespace

std::string config_to_json(const ModelConfig& c) {
  nlohmann::ordered_json json;
  json["image"] = {c.image_channels, c.image_height, c.image_width};
  json["patch"] = c.patch;
  json["embed"] = c.embed;
  json["hidden"] = c.hidden;
  json["blocks"] = c.blocks;
  json["classes"] = c.classes;
  json["activation"] = to_string(c.activation);
  json["mean"] = c.mean;
  json["std"] = c.std;
  json["input_scale"] = c.input_scale;
  return json.dump();
}

ModelConfig config_from_json(const std::string& text, const std::string& file) {
  const Json json = parse(text, file);
  const Reader reader(json, file);
  ModelConfig c;
  const auto image = reader.image();
  c.image_channels = image[0];
  c.image_height = image[1];
  c.image_width = image[2];
  const std::string shape = fmt::format("[{},{},{}]", image[0], image[1], image[2]);
  if (int64_t{image[0]} * image[1] * image[2] > kMaxImageBytes) {
    reader.fail("image", shape, fmt::format("at most {} values", kMaxImageBytes));
  }
  c.patch = reader.integer("patch", 1, 65536);
  if (c.image_height % c.patch != 0 || c.image_width % c.patch != 0) {
    reader.fail("patch", std::to_string(c.patch),
                fmt::format("a divisor of the image's height and width, {} x {}", c.image_height, c.image_width));
  }
  const int64_t tokens = int64_t{c.image_height / c.patch} * (c.image_width / c.patch);
  const int64_t features = int64_t{c.patch} * c.patch * c.image_channels;
  if (!power_of_two(tokens) || tokens > kMaxInputs) {
    reader.fail("patch", fmt::format("{}, which cuts image {} into {} tokens", c.patch, shape, tokens),
                fmt::format("a number of tokens that is a power of two (the pool divides by shifting) and at most {}",
                            1 << 16));
  }
  const std::string overflow =
      fmt::format("at most {} (more inputs could overflow the 32-bit accumulator)", kMaxInputs);
  if (features > kMaxInputs) {
    reader.fail("patch", fmt::format("{}, which makes {} features a patch", c.patch, features), overflow);
  }
  c.embed = reader.integer("embed", 1, kMaxInputs);
  c.hidden = reader.integer("hidden", 1, kMaxInputs);
  c.blocks = reader.integer("blocks", 1, kMaxBlocks);
  c.classes = reader.integer("classes", 1, kMaxInputs);
  c.activation = reader.activation();
  c.mean = reader.numbers("mean", c.image_channels);
  c.std = reader.numbers("std", c.image_channels);
  for (const double s : c.std) {
    if (!std::isfinite(s) || s <= 0) reader.fail("std", fmt::format("{}", s), "numbers above 0");
  }
  c.input_scale = reader.number("input_scale");
  if (!std::isfinite(c.input_scale) || c.input_scale <= 0) {
    reader.fail("input_scale", fmt::format("{}", c.input_scale), "a number above 0");
  }
  return c;
}

}  // namespace psaflow
