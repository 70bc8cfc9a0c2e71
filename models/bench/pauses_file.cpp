// Written to be read by people, read as if anybody had written it.
#include "models/bench/pauses_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "sw/base/error.h"
#include "sw/base/file.h"

namespace psaflow {
namespace {

constexpr const char* kHead = "psaflow-pauses";
constexpr size_t kMaxFileBytes = size_t{256} << 20;
constexpr size_t kMaxBeats = size_t{1} << 28;      // of a list: 1 GiB in memory
constexpr uint32_t kMaxPauseCycles = 1000000000U;  // five seconds of a 200 MHz clock
constexpr size_t kWidth = 100;                     // columns

void append_list(std::string& text, const std::string& name, const std::vector<uint32_t>& pauses) {
  std::string line = name;
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
  Reader(std::string_view text, const std::string& path, const std::vector<std::string>& names)
      : path_(path), bytes_(text), names_(names) {}

  std::vector<PauseList> read() {
    if (word() != kHead || word() != "1") fail("its beginning", std::string(kHead) + " 1");
    std::vector<PauseList> lists;
    for (const std::string& name : names_) lists.push_back({name, {}});
    std::vector<bool> seen(names_.size());
    PauseList* list = nullptr;
    for (std::string_view w = word(); !w.empty(); w = word()) {
      const size_t which = static_cast<size_t>(std::find(names_.begin(), names_.end(), w) - names_.begin());
      if (which < names_.size()) {
        if (seen[which]) fail(quoted(w), "each list once");
        seen[which] = true;
        list = &lists[which];
      } else {
        const bool name = (w[0] >= 'a' && w[0] <= 'z') || (w[0] >= 'A' && w[0] <= 'Z');
        if (list == nullptr || (name && w[0] != 'x'))
          fail(quoted(w), fmt::format("{}, and behind each its pauses", fmt::join(names_, ", ")));
        add(w, list->pauses);
      }
    }
    if (std::find(seen.begin(), seen.end(), false) != seen.end())
      fail("its end", fmt::format("all of {}", fmt::join(names_, ", ")));
    return lists;
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
    if (count > kMaxBeats - list.size()) fail(quoted(w), fmt::format("at most {} pauses of a list", kMaxBeats));
    list.insert(list.end(), count, pause);
  }

  static std::string quoted(std::string_view word) { return fmt::format("'{}'", word.substr(0, 40)); }
  [[noreturn]] void fail(const std::string& found, const std::string& allowed) const {
    throw UserError(path_, fmt::format("line {}", line_), found, allowed);
  }

  std::string path_;
  std::string_view bytes_;
  const std::vector<std::string>& names_;
  size_t at_ = 0;
  int line_ = 1;
};

}  // namespace

std::string pause_lists_text(const std::vector<PauseList>& lists, const std::vector<std::string>& comment) {
  std::string text = std::string(kHead) + " 1\n";
  for (const std::string& line : comment) text += "# " + line + "\n";
  for (const PauseList& list : lists) append_list(text, list.name, list.pauses);
  return text;
}

std::vector<PauseList> read_pause_lists(const std::string& path, const std::vector<std::string>& names) {
  const std::vector<char> bytes = read_file(path, kMaxFileBytes);
  return Reader({bytes.data(), bytes.size()}, path, names).read();
}

std::vector<PauseList> parse_pause_lists(const std::string& text, const std::string& file,
                                         const std::vector<std::string>& names) {
  return Reader(text, file, names).read();
}

}  // namespace psaflow
