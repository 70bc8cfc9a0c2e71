// The YAML tree and its typed reader: texts that survive the way through a file, lines that are the right ones, and
// mistakes that a YAML parser would let pass. (Hostile files: tests/scenario.)
#include <catch2/catch.hpp>
#include <chrono>
#include <string>

#include "sw/io/yaml_reader.h"
#include "sw/io/yaml_tree.h"
#include "tests/error_text.h"

namespace psaflow {
namespace {

using Catch::Contains;
using test::error_of;

std::string yaml_error(const std::string& text) {
  return error_of([&] { parse_yaml(text, "f.yaml"); });
}

TEST_CASE("Texts survive the way through a YAML file") {
  const std::string all_ascii = [] {
    std::string text;
    for (char c = 1; c != 0x7f; ++c) text += c;
    return text + '\x7f';
  }();
  for (const std::string& text : std::vector<std::string>{"psa-h96",
                                                          "sw/zoo/a+b_c.safetensors",
                                                          "psa: h96",
                                                          "psa #2",
                                                          "#2",
                                                          "null",
                                                          "Null",
                                                          "NULL",
                                                          "nullify",
                                                          "~",
                                                          "true",
                                                          "12",
                                                          "1e3",
                                                          "-",
                                                          "- a",
                                                          "-1",
                                                          "...",
                                                          "---",
                                                          "a, {b}: [c]",
                                                          "'single'",
                                                          "\"double\"",
                                                          "back\\slash",
                                                          "\\n",
                                                          "ends in \\",
                                                          " spaces ",
                                                          "",
                                                          "a\nb\r\n\tc",
                                                          "h\xc3\xa9llo",
                                                          "\xf0\x9f\x98\x80",
                                                          "*a",
                                                          "&a",
                                                          "!a",
                                                          "%a",
                                                          "@a",
                                                          "`a",
                                                          "a: b: c",
                                                          "? a",
                                                          all_ascii,
                                                          std::string("a\0b", 3)}) {
    const std::string written = yaml_scalar(text);
    INFO(written);
    const YamlNode tree = parse_yaml(
        "before: 1\na: " + written + "\nflow: {a: " + written + ", b: [" + written + "]}\nlast: " + written + "\n",
        "f");
    for (const YamlNode* node :
         {tree.find("a"), tree.find("flow")->find("a"), &tree.find("flow")->find("b")->items[0], tree.find("last")}) {
      CHECK(node->kind == YamlNode::Kind::kScalar);
      CHECK((node->text == text));
    }
  }
  CHECK(yaml_scalar("sw/zoo/psa-h96.st") == "sw/zoo/psa-h96.st");  // the usual names stay readable
}

TEST_CASE("What is no UTF-8 is refused with its line") {
  CHECK(yaml_error("a: 1\nb: h\xc3\xa9\nc: \"\xff\"\nd: \xfe\n") ==
        "f.yaml:3: text: found bytes that are not UTF-8; allowed: a YAML text file in UTF-8");
  CHECK_THAT(yaml_error("a: \xc3"), Contains("f.yaml:1: text"));
  CHECK_THAT(yaml_error("a: \xc3\n\xa9: b\n"), Contains("f.yaml:1: text"));  // no character crosses a line's end
  CHECK_THAT(yaml_error("a: 1\n\xed\xa0\x80: 2\n"), Contains("f.yaml:2: text"));
  CHECK_THAT(yaml_error("a: 1\r\nb: \x01\n"), Contains("f.yaml:2: text: found the control byte 0x01"));
  CHECK(yaml_error("\xef\xbb\xbf"
                   "a: 1\n")
            .empty());  // a byte order mark
  // Bytes are looked at once, however many lines there are.
  const auto start = std::chrono::steady_clock::now();
  CHECK_THAT(yaml_error(std::string(1'000'000, '\n') + "\xff"), Contains("f.yaml:1000001: text"));
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("A quote that is never closed is an error, wherever the file ends") {
  for (const char quote : {'"', '\''}) {
    for (const char* end :
         {"", "\n", "\n\n", "\n   ", "\r\n", "\n...\n", "\n# c\n", "\nb: 2\n", "\n  more\n", "\n---\n"}) {
      const std::string text = std::string("first: 1\nname: ") + quote + "open" + end;
      INFO(text);
      CHECK_THAT(yaml_error(text), Contains("f.yaml:2: YAML syntax: found a quote, opened here or below"));
    }
    const std::string q(1, quote);
    CHECK_THAT(yaml_error("a: {b: [1, " + q + "x]}\n"), Contains("f.yaml:1: YAML syntax: found a quote"));
    CHECK_THAT(yaml_error("a: 1\n" + q + "key: 2\n"), Contains("YAML syntax: found a quote"));
    // Closed ones may span lines, as YAML has it.
    CHECK(parse_yaml("a: " + q + "one\n  two" + q + "\n", "f").find("a")->text == "one two");
    CHECK(parse_yaml("a: " + q + "one" + q, "f").find("a")->text == "one");
  }
}

TEST_CASE("The end of a file changes nothing that is well formed") {
  for (const char* end : {"", "\n", "\n\n", "\n...\n", "\n# c", "\n# c\n"}) {
    INFO(end);
    const YamlNode tree = parse_yaml(std::string("a: 1\nb: two words") + end, "f");
    CHECK(tree.keys == std::vector<std::string>{"a", "b"});
    CHECK(tree.find("b")->text == "two words");
  }
  CHECK(parse_yaml("a: |\n  one\n  two\n", "f").find("a")->text == "one\ntwo\n");
  CHECK(parse_yaml("a: |-\n  one\n", "f").find("a")->text == "one");
  CHECK(parse_yaml("a: |+\n  one\n\n", "f").find("a")->text == "one\n\n");
  for (const char* nothing : {"", "\n\n", "# c", "---\n", "...\n", "~\n"})
    CHECK(yaml_error(nothing) == "f.yaml: content: found nothing; allowed: a map: keys and values");
  CHECK_THAT(yaml_error("a: 1\n---\nb: 2\n"), Contains("second document"));
  CHECK_THAT(yaml_error("plain\n"), Contains("f.yaml:1: content: found plain text"));
  CHECK_THAT(yaml_error("# c\n- a\n"), Contains("f.yaml:2: content: found a list"));
}

TEST_CASE("A value that is not there has its key's line") {
  const YamlNode tree = parse_yaml("a: 1\nnetwork:\n\n# c\nb: {c: , d:\n  }\nlast:\n", "f");
  CHECK(tree.find("network")->kind == YamlNode::Kind::kNull);
  CHECK(tree.find("network")->line == 2);
  CHECK(tree.find("b")->find("c")->line == 5);
  CHECK(tree.find("b")->find("d")->line == 5);
  CHECK(tree.find("last")->line == 7);
  const YamlMap map(tree, "f.yaml", "", {});
  CHECK_THAT(error_of([&] { map.map("network", {"patch"}); }), Contains("f.yaml:2: network: found nothing"));
}

TEST_CASE("A tab in the indentation is told as that, with its line") {
  for (const char* text : {"a:\n\tb: 1\n", "a:\n  \tb: 1\n", "a:\n\tb:\n\t\tc: 1\n", "x: 1\na:\n\tb: 1\n\tc: 2\n"}) {
    INFO(text);
    const std::string line = text[0] == 'x' ? "3" : "2";
    CHECK(yaml_error(text) == "f.yaml:" + line + ": YAML syntax: found a tab in the indentation; allowed: spaces");
  }
  CHECK(yaml_error("a:\n  b:\t1\t# c\n").empty());  // elsewhere a tab is a blank
  CHECK_THAT(yaml_error("a: b: c\n"), !Contains("tab"));
}

TEST_CASE("Quotes make text of a number or boolean, and the error says so; words may stand in them") {
  const YamlNode tree = parse_yaml("n: '4'\nx: \"0.5\"\nb: 'true'\nw: \"auto\"\nplain: true\nodd: yes\n", "f.yaml");
  const YamlMap map(tree, "f.yaml", "", {});
  CHECK(error_of([&] { map.integer("n", 1, 9); }) ==
        "f.yaml:1: n: found '4' in quotes, which make it text; allowed: an integer in 1..9, without quotes");
  CHECK_THAT(error_of([&] { map.integer_or("n", "auto", 1, 9); }), Contains("in quotes") && Contains("without quotes"));
  CHECK_THAT(error_of([&] { map.number("x", 0, 1); }), Contains("in quotes") && Contains("without quotes"));
  CHECK(error_of([&] { map.boolean("b"); }) ==
        "f.yaml:3: b: found 'true' in quotes, which make it text; allowed: true, false, without quotes");
  CHECK(map.choice("w", {"auto"}) == "auto");
  CHECK_FALSE(map.integer_or("w", "auto", 1, 9).has_value());
  CHECK(map.boolean("plain"));
  CHECK(map.boolean("none", true));
  CHECK_THAT(error_of([&] { map.boolean("odd"); }), Contains("found 'yes'; allowed: true, false"));
}

TEST_CASE("A misspelt key or word is answered with the nearest right one") {
  const YamlNode tree = parse_yaml("network: 1\nkind: steraming\n", "f");
  CHECK_THAT(error_of([&] {
               YamlMap(tree, "f.yaml", "", {"newtork", "kind"});
             }),
             Contains("f.yaml:1: found unknown key 'network' (did you mean 'newtork'?)"));
  CHECK_THAT(error_of([&] {
               YamlMap(tree, "f.yaml", "", {}).choice("kind", {"streaming", "other"});
             }),
             Contains("f.yaml:2: kind: found 'steraming' (did you mean 'streaming'?); allowed: streaming, other"));
}

}  // namespace
}  // namespace psaflow
