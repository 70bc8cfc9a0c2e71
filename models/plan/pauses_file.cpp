// The text file of recorded pauses: written to be read by people, read as if anybody had written it.
#include <fmt/format.h>

#include <charconv>
#include <string_view>

#include "models/plan/pauses.h"
#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

constexpr const char* kHead = "psaflow-pauses";
constexpr size_t kMaxFileBytes = size_t{256} << 20;
constexpr size_t kMaxBeats = size_t{1} << 28;      // of an end: 1 GiB in memory
constexpr uint32_t kMaxPauseCycles = 1000000000U;  // five seconds of a 200 MHz clock
constexpr size_t kWidth = 100;                     // columns

void append_end(std::string& text, const char* end, const std::vector<uint32_t>& pauses) {
  std::string line = end;
  for (size_t i = 0; i < pauses.size();) {
    size_t stop = i;
    while (stop < pauses.size() && pauses[stop] == pauses[i]) ++stop;
    const std::string word = stop - i == 1 ? std::to_string(pauses[i]) : fmt::format("{}x{}", pauses[i], stop - i);
    if (line.size() + 1 + word.size() > kWidth) {
      text += line + "\n";
      line = " ";
    }
    line += " " + word;
    i = stop;
  }
  text += line + "\n";
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& path) : path_(path), bytes_(text) {}

  RecordedPauses read() {
    if (word() != kHead || word() != "1") fail("its beginning", std::string(kHead) + " 1");
    RecordedPauses pauses;
    std::vector<uint32_t>* list = nullptr;
    bool seen[2] = {false, false};
    for (std::string_view w = word(); !w.empty(); w = word()) {
      if (w == "source" || w == "sink") {
        bool& once = seen[w == "sink" ? 1 : 0];
        if (once) fail(quoted(w), "each end once");
        once = true;
        list = w == "sink" ? &pauses.sink : &pauses.source;
      } else {
        if (list == nullptr) fail(quoted(w), "source or sink before its pauses");
        add(w, *list);
      }
    }
    if (!seen[0] || !seen[1]) fail("its end", "both source and sink");
    return pauses;
  }

 private:
  // The next one; empty at the end.
  std::string_view word() {
    const auto blank = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
    for (; at_ < bytes_.size(); ++at_) {
      if (bytes_[at_] == '#') {
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
        if (at_ == bytes_.size()) break;
      }
      if (!blank(bytes_[at_])) break;
      if (bytes_[at_] == '\n') ++line_;
    }
    const size_t begin = at_;
    while (at_ < bytes_.size() && !blank(bytes_[at_]) && bytes_[at_] != '#') ++at_;
    return {bytes_.data() + begin, at_ - begin};
  }

  void add(std::string_view w, std::vector<uint32_t>& list) {
    const char* end = w.data() + w.size();
    uint32_t pause = 0;
    size_t count = 1;
    auto number = std::from_chars(w.data(), end, pause);
    bool good = number.ec == std::errc() && pause <= kMaxPauseCycles;
    if (good && number.ptr != end) {
      good = *number.ptr == 'x';
      if (good) number = std::from_chars(number.ptr + 1, end, count);
      good = good && number.ec == std::errc() && number.ptr == end && count >= 1;
    }
    if (!good) fail(quoted(w), fmt::format("PAUSE or PAUSExCOUNT, a pause being 0..{} cycles", kMaxPauseCycles));
    if (count > kMaxBeats - list.size()) fail(quoted(w), fmt::format("at most {} pauses of an end", kMaxBeats));
    list.insert(list.end(), count, pause);
  }

  static std::string quoted(std::string_view word) { return fmt::format("'{}'", word.substr(0, 40)); }
  [[noreturn]] void fail(const std::string& found, const std::string& allowed) const {
    throw UserError(path_, fmt::format("line {}", line_), found, allowed);
  }

  std::string path_;
  std::string_view bytes_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::string pauses_text(const RecordedPauses& pauses, const std::string& comment) {
  std::string text = fmt::format(
      "{} 1\n# {}\n# Cycles to wait before each beat, counted from the one before it; 3x100: a hundred times 3. After "
      "the last, the first again.\n",
      kHead, comment);
  append_end(text, "source", pauses.source);
  append_end(text, "sink", pauses.sink);
  return text;
}

RecordedPauses read_pauses(const std::string& path) {
  const std::vector<char> bytes = read_file(path, kMaxFileBytes);
  return Reader({bytes.data(), bytes.size()}, path).read();
}

RecordedPauses parse_pauses(const std::string& text, const std::string& file) {
  return Reader(text, file).read();
}

}  // namespace psaflow
