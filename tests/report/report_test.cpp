// The report's file, without a browser: it is whole, and its figures are those of points.json.
#include "tests/report/explored.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

// What the page carries.
json data_of(const std::string& page) {
  const std::string before = "const run = ";
  const size_t from = page.find(before);
  REQUIRE(from != std::string::npos);
  const size_t end = page.find(";\n", from);
  return json::parse(page.substr(from + before.size(), end - from - before.size()));
}

// Every part's area adds up to what is told of the design.
void check_areas(const Explored& explored, const json& data) {
  const char* const keys[] = {"lut", "ff", "dsp", "bram36", "uram"};
  CHECK(data["parts"].size() > 1);
  CHECK(data["parts"].size() <= 60);
  for (const auto& [id, parts] : data["parts"].items()) {
    const json& point = explored.points[std::stoul(id)];
    INFO("design " << id);
    CHECK(point["pareto"] == true);
    for (size_t k = 0; k < 5; ++k) {
      double sum = 0;
      for (const json& row : parts["area"]) sum += row[k + 1].get<double>();
      CHECK(sum == point[keys[k]].get<double>());
    }
  }
}

}  // namespace

TEST_CASE("the report is one whole file with the licence of what it carries") {
  const std::string& page = explored_streaming().page;
  CHECK_THAT(page, Contains("Chart.js v3."));
  CHECK_THAT(page, Contains("Permission is hereby granted, free of charge") && Contains("Chart.js Contributors"));
  CHECK_THAT(page, Contains("THE SOFTWARE IS PROVIDED \"AS IS\""));
  CHECK_THAT(page, Contains("default-src 'none'"));
  for (const char* place : {"/*STYLE*/", "/*CHART.JS*/", "/*SCRIPT*/", "/*DATA*/"}) CHECK_THAT(page, !Contains(place));
  for (const char* outside : {"src=\"http", "href=\"http", "url(http", "<link", "@import", "<script src"})
    CHECK_THAT(page, !Contains(outside));
}

TEST_CASE("the report's parts of a design add up to its figures") {
  const Explored& explored = explored_streaming();
  const json data = data_of(explored.page);
  CHECK(data["points"].size() == explored.points.size());
  check_areas(explored, data);
  for (const auto& [id, parts] : data["parts"].items()) {
    const json& point = explored.points[std::stoul(id)];
    INFO("design " << id);
    int64_t slowest = 0, last = 0;
    for (const json& stage : parts["stages"]) {
      CHECK(stage[1].get<int64_t>() <= stage[2].get<int64_t>());
      last = std::max(last, stage[2].get<int64_t>());
      slowest = std::max(slowest, stage[3].get<int64_t>());
    }
    CHECK(slowest == point["ii_cycles"].get<int64_t>());
    CHECK(std::abs(last - point["latency_cycles"].get<int64_t>()) <= 2);
    CHECK(data["stage_names"].size() >= parts["stages"].size());
  }
}

TEST_CASE("of a fixed-size accelerator the report has areas by kind") {
  const json data = data_of(explored_simd().page);
  check_areas(explored_simd(), data);
  for (const auto& [id, parts] : data["parts"].items()) CHECK(parts.count("stages") == 0);
}
