#include "sw/io/yaml_tree.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <sstream>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/base/utf8.h"

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
  int last_line() const { return last_line_; }  // of what was last read; 1 when nothing was

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    refuse_anchor(mark, anchor);
    YamlNode node;
    node.line = mark.line + 1;
    if (expects_key()) fail(node.line, "key", "an empty key", "a name");
    // The mark of a value that is not there is that of whatever comes next.
    if (in_map()) node.line = stack_.back().node.key_lines.back();
    place(std::move(node));
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    fail(mark.line + 1, "", "an alias ('*')", "the value written out");
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_anchor(mark, anchor);
    refuse_tag(mark, tag);
    last_line_ = mark.line + 1;
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
  bool in_map() const { return !stack_.empty() && stack_.back().node.kind == YamlNode::Kind::kMap; }
  bool expects_key() const { return in_map() && stack_.back().node.keys.size() == stack_.back().node.items.size(); }
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
  int last_line_ = 1;
};

[[noreturn]] void fail_text(const std::string& file, int line, const std::string& value, const std::string& allowed) {
  throw UserError(fmt::format("{}:{}", file, line), "text", value, allowed);
}

// What no YAML text holds, with its line. One pass over lines: no line feed is part of another character.
void check_bytes(const std::string& text, const std::string& file) {
  int line = 1;
  for (size_t begin = 0; begin < text.size(); ++line) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    const std::string bytes = text.substr(begin, end - begin);
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
      if ((byte < 0x20 && c != '\r' && c != '\t') || byte == 0x7f)
        fail_text(file, line, fmt::format("the control byte 0x{:02x}", byte), "a YAML text file");
    }
    if (!is_utf8(bytes)) fail_text(file, line, "bytes that are not UTF-8", "a YAML text file in UTF-8");
    begin = end + 1;
  }
}

// Whether a tab stands in the indentation of this line (1-based).
bool tab_indents(const std::string& text, int line) {
  size_t begin = 0;
  for (int at = 1; at < line; ++at) {
    begin = text.find('\n', begin);
    if (begin++ == std::string::npos) return false;
  }
  const size_t first = text.find_first_not_of(" \t", begin);
  return std::find(text.begin() + static_cast<std::ptrdiff_t>(std::min(begin, text.size())),
                   text.begin() + static_cast<std::ptrdiff_t>(std::min(first, text.size())),
                   '\t') != text.begin() + static_cast<std::ptrdiff_t>(std::min(first, text.size()));
}

}  // namespace

const YamlNode* YamlNode::find(const std::string& key) const {
  const auto it = std::find(keys.begin(), keys.end(), key);
  return it == keys.end() ? nullptr : &items[static_cast<size_t>(it - keys.begin())];
}

YamlNode parse_yaml(const std::string& text, const std::string& file) {
  if (text.size() > kMaxBytes)
    throw UserError(file, "size", fmt::format("{} bytes", text.size()), fmt::format("at most {} bytes", kMaxBytes));
  check_bytes(text, file);
  TreeBuilder builder(file);
  try {
    // The mark of a document's end: at a mere end of the file, behind a line feed, the parser closes open quotes
    // itself.
    std::istringstream stream(text + (text.empty() || text.back() == '\n' ? "...\n" : "\n...\n"));
    YAML::Parser parser(stream);
    const bool any = parser.HandleNextDocument(builder);
    YamlNode root = builder.take();
    if (!any || root.kind == YamlNode::Kind::kNull)
      throw UserError(file, "content", "nothing", "a map: keys and values");
    if (root.kind != YamlNode::Kind::kMap) {
      throw UserError(fmt::format("{}:{}", file, root.line), "content",
                      root.kind == YamlNode::Kind::kSequence ? "a list" : "plain text", "a map: keys and values");
    }
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second))
      throw UserError(file, "content", "a second document ('---')", "one document a file");
    return root;
  } catch (const YAML::ParserException& error) {
    if (error.msg == YAML::ErrorMsg::DOC_IN_SCALAR || error.msg == YAML::ErrorMsg::EOF_IN_SCALAR) {
      throw UserError(fmt::format("{}:{}", file, builder.last_line()), "YAML syntax",
                      "a quote, opened here or below, that is never closed", "quotes in pairs");
    }
    for (const int line : {error.mark.line + 1, error.mark.line + 2, error.mark.line}) {  // the mark is near it
      if (line >= 1 && tab_indents(text, line))
        throw UserError(fmt::format("{}:{}", file, line), "YAML syntax", "a tab in the indentation", "spaces");
    }
    throw UserError(fmt::format("{}:{}", file, error.mark.line + 1),
                    "YAML syntax, column " + std::to_string(error.mark.column + 1), error.msg, "YAML 1.2");
  } catch (const YAML::Exception& error) {
    throw UserError(file, "YAML syntax", error.msg, "YAML 1.2");
  }
}

std::string yaml_scalar(const std::string& text) {
  const auto plain_byte = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' || c == '/' || c == '-' || c == '+';
  };
  const bool word = !text.empty() && text[0] != '-' && std::all_of(text.begin(), text.end(), plain_byte);
  if (word && text != "null" && text != "Null" && text != "NULL") return text;
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += byte < 0x20 || byte == 0x7f ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return quoted + '"';
}

YamlNode load_yaml(const std::string& path) {
  const std::vector<char> bytes = read_file(path, kMaxBytes);
  return parse_yaml({bytes.begin(), bytes.end()}, path);
}

}  // namespace psaflow
