// All that the program prints. Text from outside (names in scenarios and models, paths, messages of other programs) must
// not reach the terminal as commands to it; here is the one door, and scripts/check sees that nobody takes another.
#pragma once
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <string_view>
#include <type_traits>

#include "sw/base/utf8.h"

namespace psaflow {

// Text that is ours: lines, emphasis. What came from outside is made printable before it becomes part of it.
struct OurText {
  std::string text;
};

namespace detail {

template <typename T>
decltype(auto) said(const T& value) {
  if constexpr (std::is_same_v<T, OurText>) {
    return std::string_view(value.text);
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return printable(value);
  } else {
    return value;
  }
}
template <typename It, typename End>
void said(const fmt::join_view<It, End, char>&) = delete;  // its words would pass by: join to a string

void put(const std::string& text);
void put_line_on_stderr(const std::string& line);

}  // namespace detail

// On standard output; arguments that are strings are shown printable(), one line each, but for OurText.
template <typename... Args>
void say(std::string_view format, const Args&... args) {
  detail::put(fmt::format(fmt::runtime(format), detail::said(args)...));
}

// On standard error: "psaflow: " and the line; where that takes nothing, nobody is told.
template <typename... Args>
void complain(std::string_view format, const Args&... args) {
  detail::put_line_on_stderr(fmt::format(fmt::runtime(format), detail::said(args)...));
}

// The same: "psaflow: warning: " and the line.
template <typename... Args>
void warn(std::string_view format, const Args&... args) {
  detail::put_line_on_stderr("warning: " + fmt::format(fmt::runtime(format), detail::said(args)...));
}

}  // namespace psaflow
