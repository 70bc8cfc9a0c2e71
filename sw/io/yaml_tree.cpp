#include "sw/io/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;
constexpr size_t kMaxDepth = 16;

// Builds the tree from yaml-cpp's events rather than from its node graph: events arrive in file order, so the first
// offence stops the parser, and depth and size are bounded before anything recurses.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(std::string file) : file_(std::move(file)) {}
  YamlNode take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    YamlNode node;
    node.line = mark.line + 1;
    if (expects_key()) fail(node.line, "key", "an empty key", "a name");
    place(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark.line + 1, "", "an alias ('*')", "the value written out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    if (expects_key()) {
      add_key(value, mark.line + 1);
      return;
    }
    YamlNode node;
    node.kind = YamlNode::Kind::kScalar;
    node.line = mark.line + 1;
    node.quoted = tag == "!";
    node.text = value;
    place(std::move(node));
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kSequence, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(YamlNode::Kind::kMap, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    YamlNode node;
    std::map<std::string, int> lines;  // of a map: each key's line
  };

  [[noreturn]] void fail(int line, const std::string& key, const std::string& value, const std::string& allowed) const {
    throw UserError(fmt::format("{}:{}", file_, line), key, value, allowed);
  }
  void refuse_anchor(const YAML::Mark& mark, YAML::anchor_t anchor) const {
    if (anchor != 0) fail(mark.line + 1, "", "an anchor ('&')", "plain values");
  }
  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (!tag.empty() && tag != "?" && tag != "!")
      fail(mark.line + 1, "", fmt::format("the tag '{}'", tag), "plain values");
  }
  bool expects_key() const {
    return !stack_.empty() && stack_.back().node.kind == YamlNode::Kind::kMap &&
           stack_.back().node.keys.size() == stack_.back().node.items.size();
  }
  void add_key(const std::string& key, int line) {
    Frame& frame = stack_.back();
    const auto [first, fresh] = frame.lines.emplace(key, line);
    if (!fresh) fail(line, key, "the key a second time", fmt::format("once (first on line {})", first->second));
    frame.node.keys.push_back(key);
    frame.node.key_lines.push_back(line);
  }
  void open(YamlNode::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    const int line = mark.line + 1;
    if (expects_key()) fail(line, "key", "a list or map as a key", "a name");
    if (stack_.size() >= kMaxDepth)
      fail(line, "nesting", "a deeper level", fmt::format("at most {} levels", kMaxDepth));
    Frame frame;
    frame.node.kind = kind;
    frame.node.line = line;
    stack_.push_back(std::move(frame));
  }
  void close() {
    YamlNode node = std::move(stack_.back().node);
    stack_.pop_back();
    place(std::move(node));
  }
  void place(YamlNode node) { (stack_.empty() ? root_ : stack_.back().node.items.emplace_back()) = std::move(node); }

  std::string file_;
  std::vector<Frame> stack_;
  YamlNode root_;
};

}  // namespace

const YamlNode* YamlNode::find(const std::string& key) const {
  const auto it = std::find(keys.begin(), keys.end(), key);
  return it == keys.end() ? nullptr : &items[static_cast<size_t>(it - keys.begin())];
}

YamlNode parse_yaml(const std::string& text, const std::string& file) {
  if (text.size() > kMaxBytes)
    throw UserError(file, "size", fmt::format("{} bytes", text.size()), fmt::format("at most {} bytes", kMaxBytes));
  int line = 1;
  for (unsigned char c : text) {
    if (c == '\n') ++line;
    if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f) {
      throw UserError(fmt::format("{}:{}", file, line), "text", fmt::format("the control byte 0x{:02x}", c),
                      "a YAML text file");
    }
  }
  TreeBuilder builder(file);
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder))
      throw UserError(file, "content", "nothing", "a map: keys and values");
    YamlNode root = builder.take();
    if (root.kind != YamlNode::Kind::kMap) {
      throw UserError(fmt::format("{}:{}", file, std::max(root.line, 1)), "content",
                      root.kind == YamlNode::Kind::kNull       ? "nothing"
                      : root.kind == YamlNode::Kind::kSequence ? "a list"
                                                               : "plain text",
                      "a map: keys and values");
    }
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second))
      throw UserError(file, "content", "a second document ('---')", "one document a file");
    return root;
  } catch (const YAML::ParserException& error) {
    throw UserError(fmt::format("{}:{}", file, error.mark.line + 1),
                    "YAML syntax, column " + std::to_string(error.mark.column + 1), error.msg, "YAML 1.2");
  } catch (const YAML::Exception& error) {
    throw UserError(file, "YAML syntax", error.msg, "YAML 1.2");
  }
}

YamlNode load_yaml(const std::string& path) {
  const std::vector<char> bytes = read_file(path, kMaxBytes);
  return parse_yaml({bytes.begin(), bytes.end()}, path);
}

}  // namespace psaflow
