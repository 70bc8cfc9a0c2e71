// The configuration's JSON: round trip, and every way to be wrong named by its key, what was found and what is allowed.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sw/base/error.h"
#include "sw/golden/model.h"

using namespace psaflow;
using Catch::Matchers::Contains;
using Json = nlohmann::json;

namespace {

// The example of the contract.
const char* const kExample =
    R"({"image":[3,32,32],"patch":4,"embed":96,"hidden":96,"blocks":4,"classes":10,"activation":"psa","mean":[0.4914,0.4822,0.4465],
"std":[0.2470,0.2435,0.2616],"input_scale":59.167})";

std::string error_of(const std::string& text) {
  try {
    config_from_json(text, "m.safetensors");
  } catch (const UserError& error) {
    return error.what();
  }
  return "accepted";
}

// The example with `key` set to the JSON text `value`.
std::string with(const std::string& key, const std::string& value) {
  Json json = Json::parse(kExample);
  json[key] = "@@";
  std::string text = json.dump();
  return text.replace(text.find("\"@@\""), 4, value);
}

std::string without(const std::string& key) {
  Json json = Json::parse(kExample);
  json.erase(key);
  return json.dump();
}

}  // namespace

TEST_CASE("the contract's example is read", "[config]") {
  const ModelConfig c = config_from_json(kExample, "m.safetensors");
  CHECK(c.image_channels == 3);
  CHECK(c.image_height == 32);
  CHECK(c.image_width == 32);
  CHECK(c.patch == 4);
  CHECK(c.embed == 96);
  CHECK(c.hidden == 96);
  CHECK(c.blocks == 4);
  CHECK(c.classes == 10);
  CHECK(c.activation == Activation::kPsa);
  CHECK(c.mean == std::vector<double>{0.4914, 0.4822, 0.4465});
  CHECK(c.std == std::vector<double>{0.2470, 0.2435, 0.2616});
  CHECK(c.input_scale == 59.167);
  CHECK(c.tokens() == 64);
  CHECK(c.features() == 48);
}

TEST_CASE("a key given twice is an error, whichever of the two is meant", "[config]") {
  const std::string text = kExample;
  const auto with_first = [&](const std::string& more) { return "{" + more + "," + text.substr(1); };
  CHECK(error_of(with_first(R"("embed":96)")) ==
        "m.safetensors: config: found the key 'embed' twice; allowed: every key once");
  CHECK_THAT(error_of(with_first(R"("activation":"relu")")), Contains("the key 'activation' twice"));
  CHECK_THAT(error_of(with_first(R"("note":{"a":1,"b":{"a":2},"a":3})")), Contains("the key 'a' twice"));
  CHECK(error_of(with_first(R"("note":[{"a":1},{"a":1,"b":{"a":2}}],"a":{})")) == "accepted");
}

TEST_CASE("a config survives the round trip, doubles to the last bit", "[config]") {
  for (const Activation a : kActivations) {
    ModelConfig c;
    c.image_channels = 2;
    c.image_height = 8;
    c.image_width = 16;
    c.patch = 2;
    c.embed = 5;
    c.hidden = 7;
    c.blocks = 3;
    c.classes = 4;
    c.activation = a;
    c.mean = {1.0 / 3, -0.0};
    c.std = {1e-300, 0.1 + 0.2};
    c.input_scale = 5e-324;
    const ModelConfig back = config_from_json(config_to_json(c), "m");
    CHECK(back.image_channels == 2);
    CHECK(back.image_height == 8);
    CHECK(back.image_width == 16);
    CHECK(back.patch == 2);
    CHECK(back.embed == 5);
    CHECK(back.hidden == 7);
    CHECK(back.blocks == 3);
    CHECK(back.classes == 4);
    CHECK(back.activation == a);
    CHECK(back.mean == c.mean);
    CHECK(back.std == c.std);
    CHECK(back.input_scale == c.input_scale);
  }
}

TEST_CASE("further keys are ignored", "[config]") {
  CHECK(error_of(with("note", R"({"deep":[[[["ok"]]]]})")) == "accepted");
}

TEST_CASE("a missing key is named", "[config]") {
  for (const char* key :
       {"image", "patch", "embed", "hidden", "blocks", "classes", "activation", "mean", "std", "input_scale"}) {
    CHECK_THAT(error_of(without(key)), Contains("m.safetensors") && Contains(std::string("config.") + key + ":") &&
                                           Contains("no such key") && Contains("allowed"));
  }
}

TEST_CASE("an integer that is none, or out of range, is named", "[config]") {
  for (const char* key : {"patch", "embed", "hidden", "blocks", "classes"}) {
    for (const char* value :
         {"0", "-1", "-9223372036854775808", "4.0", "4.5", "1e3", "\"4\"", "null", "true", "[4]", "{}", "4294967297",
          "9223372036854775807", "18446744073709551615", "18446744073709551616", "1e300", "2147483648"}) {
      INFO(key << " = " << value);
      CHECK_THAT(error_of(with(key, value)),
                 Contains(std::string("config.") + key + ":") && Contains("allowed: an integer in 1.."));
    }
  }
  CHECK_THAT(error_of(with("embed", "-1")), Contains("found -1;"));
  CHECK_THAT(error_of(with("hidden", "131072")), Contains("config.hidden") && Contains("1..131071"));
}

TEST_CASE("an image of wrong form or size is named", "[config]") {
  for (const char* value : {"[3,32]", "[3,32,32,1]", "32", "null", "\"3x32x32\"", "[]"}) {
    INFO(value);
    CHECK_THAT(error_of(with("image", value)), Contains("config.image:") && Contains("[channels, height, width]"));
  }
  CHECK_THAT(error_of(with("image", "[0,32,32]")), Contains("config.image[0]: found 0"));
  CHECK_THAT(error_of(with("image", "[3,-32,32]")), Contains("config.image[1]: found -32"));
  CHECK_THAT(error_of(with("image", "[3,32,32.5]")), Contains("config.image[2]: found 32.5"));
  CHECK_THAT(error_of(with("image", "[3,4294967296,32]")), Contains("config.image[1]: found 4294967296"));
  CHECK_THAT(error_of(with("image", "[65536,65536,65536]")), Contains("config.image: found [65536,65536,65536]"));
}

TEST_CASE("a patch must divide the image, into a power of two of tokens", "[config]") {
  CHECK_THAT(error_of(with("patch", "5")),
             Contains("config.patch: found 5") && Contains("divisor of the image's height and width, 32 x 32"));
  CHECK_THAT(error_of(with("patch", "64")), Contains("config.patch: found 64"));
  CHECK_THAT(error_of(with("image", "[3,24,24]")),
             Contains("config.patch") && Contains("36 tokens") && Contains("power of two"));
  CHECK_THAT(error_of(with("image", "[3,2048,2048]")), Contains("config.patch") && Contains("262144 tokens"));
  Json json = Json::parse(with("image", "[3,1024,1024]"));
  json["patch"] = 1024;
  CHECK_THAT(error_of(json.dump()), Contains("config.patch") && Contains("3145728 features") && Contains("131071"));
}

TEST_CASE("activation, mean, std and input_scale are checked", "[config]") {
  CHECK_THAT(error_of(with("activation", "\"gelu\"")),
             Contains("config.activation: found \"gelu\"") && Contains("\"bspline\""));
  CHECK_THAT(error_of(with("activation", "1")), Contains("config.activation: found 1"));
  for (const char* key : {"mean", "std"}) {
    for (const char* value :
         {"[0.5,0.5]", "[0.5,0.5,0.5,0.5]", "0.5", "null", "[0.5,null,0.5]", "[0.5,\"0.5\",0.5]", "{}"}) {
      INFO(key << " = " << value);
      CHECK_THAT(error_of(with(key, value)),
                 Contains(std::string("config.") + key + ":") && Contains("an array of 3 numbers"));
    }
  }
  for (const char* value : {"[0.5,0,0.5]", "[0.5,-0.0,0.5]", "[0.5,-1,0.5]"})
    CHECK_THAT(error_of(with("std", value)), Contains("config.std") && Contains("above 0"));
  for (const char* value : {"0", "-1", "-0.0"})
    CHECK_THAT(error_of(with("input_scale", value)), Contains("config.input_scale") && Contains("above 0"));
  CHECK_THAT(error_of(with("input_scale", "\"59\"")), Contains("config.input_scale") && Contains("a number"));
  // JSON has no infinities; a number too large for a double is no JSON number here.
  for (const char* value : {"1e999", "NaN", "Infinity"})
    CHECK_THAT(error_of(with("input_scale", value)), Contains("config"));
  for (const char* value : {"[1,1e999,1]", "[1,NaN,1]"}) CHECK_THAT(error_of(with("std", value)), Contains("config"));
}

TEST_CASE("what is no JSON object is refused", "[config]") {
  for (const char* text : {"", " ", "{", "}", "nonsense", "{\"image\":", "{\"image\":[3,32,32]", "\xff\xfe",
                           "{\"a\":1}trailing", "{\"a\\u0000"}) {
    INFO(text);
    CHECK_THAT(error_of(text), Contains("m.safetensors: config:") && Contains("no JSON"));
  }
  for (const char* text : {"[]", "1", "\"text\"", "null", "true"})
    CHECK_THAT(error_of(text), Contains("config: found a JSON"));
}

TEST_CASE("depth and size are bounded", "[config]") {
  const std::string deep(200000, '[');
  CHECK_THAT(error_of(deep), Contains("nested too deeply"));
  CHECK_THAT(error_of("{\"a\":" + deep + std::string(200000, ']') + "}"), Contains("nested too deeply"));
  std::string objects;
  for (int i = 0; i < 50000; ++i) objects += "{\"a\":";
  CHECK_THAT(error_of(objects), Contains("nested too deeply"));
  CHECK_THAT(error_of(with("note", '"' + std::string(2 << 20, 'x') + '"')),
             Contains("config: found") && Contains("at most 1048576 bytes"));
}
