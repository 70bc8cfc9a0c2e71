#include "sim/text_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "sim/terminal.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

// Characters on a terminal: UTF-8 continuation bytes take no room.
size_t width_of(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, size_t width, bool left) {
  const std::string space(width - std::min(width, width_of(text)), ' ');
  return left ? text + space : space + text;
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

std::string markdown_cell(const std::string& text) {
  std::string out;
  for (const char c : text)
    out += c == '|' ? "\\|" : c == '\n' || c == '\r' ? " " : c == '<' ? "&lt;" : std::string(1, c);
  return out;
}

}  // namespace

OurText TextTable::terminal() const {
  std::vector<size_t> widths;
  for (size_t c = 0; c < columns.size(); ++c) {
    size_t width = width_of(columns[c].title);
    for (const auto& row : rows) {
      PSAFLOW_CHECK(row.size() == columns.size(), "a cell a column");
      width = std::max(width, width_of(printable(row[c])));
    }
    widths.push_back(width);
  }
  std::string groups, titles;
  for (size_t c = 0; c < columns.size();) {
    size_t end = c + 1, room = widths[c];
    while (end < columns.size() && !columns[c].group.empty() && columns[end].group == columns[c].group)
      room += 2 + widths[end++];
    const size_t wanted = width_of(columns[c].group);
    if (wanted > room) widths[end - 1] += wanted - room;  // the heading is the widest
    const std::string before((std::max(room, wanted) - wanted) / 2, ' ');
    groups += "  " + padded(before + columns[c].group, std::max(room, wanted), true);
    c = end;
  }
  for (size_t c = 0; c < columns.size(); ++c) titles += "  " + padded(columns[c].title, widths[c], columns[c].left);
  std::string out;
  if (groups.find_first_not_of(' ') != std::string::npos) out += bold(trimmed(groups)).text + "\n";
  out += bold(trimmed(titles)).text + "\n";
  for (const auto& row : rows) {
    std::string line;
    for (size_t c = 0; c < columns.size(); ++c) line += "  " + padded(printable(row[c]), widths[c], columns[c].left);
    out += trimmed(line) + "\n";
  }
  return {out};
}

std::string TextTable::markdown() const {
  std::string out = "|", rule = "|";
  for (const TextColumn& column : columns) {
    out +=
        fmt::format(" {} |", markdown_cell(column.group.empty() ? column.title : column.group + ", " + column.title));
    rule += column.left ? "---|" : "--:|";
  }
  out += "\n" + rule + "\n";
  for (const auto& row : rows) {
    out += "|";
    for (const std::string& cell : row) out += fmt::format(" {} |", markdown_cell(cell));
    out += "\n";
  }
  return out;
}

}  // namespace psaflow
