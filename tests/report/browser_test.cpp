// The report as a browser shows it: all designs drawn, filters, what a click does, narrow and dark, and no error; faults
// planted in the page are seen. Hidden from the plain run: tests/report/CMakeLists.txt looks for a browser first.
#include "tests/report/browser.h"
#include "tests/report/explored.h"

using namespace psaflow::test;
using Catch::Matchers::Contains;
using nlohmann::json;

namespace {

void check_quiet(const Shown& shown) {
  for (const std::string& line : shown.console) FAIL_CHECK(line);
  CHECK(shown.failed.empty());
  CHECK(shown.number("points") > 0);
}

// `page` with `script` run at its end. Frames are by the clock: a browser without a window may draw none on a busy machine.
std::string with_script(const std::string& page, const std::string& script) {
  std::string copy = page;
  const size_t end = copy.rfind("</body>");
  REQUIRE(end != std::string::npos);
  copy.insert(end, "<script>\n" + script + "\n</script>\n");
  const std::string head = "<head>", clock = "<script>window.requestAnimationFrame = f => setTimeout(f, 10);</script>";
  const size_t start = copy.find(head);
  REQUIRE(start != std::string::npos);
  return copy.insert(start + head.size(), clock);
}

// A page that shows `page` in a frame: windows are not made narrower than 500.
std::string framed(const std::string& page, int width) {
  std::string text;
  for (const char c : page) text += c == '&' ? "&amp;" : c == '"' ? "&quot;" : std::string(1, c);
  return "<!DOCTYPE html><html><body><iframe style='border: 0; width: " + std::to_string(width) +
         "px; height: 800px' srcdoc=\"" + text + "\"></iframe></body></html>";
}

bool fits(const json& p) {
  return p["fits"].get<bool>();
}
bool pareto(const json& p) {
  return p["pareto"].get<bool>();
}
bool small(const json& p) {
  return p["device"] == "xczu3eg";
}

}  // namespace

TEST_CASE("every design is drawn, each as what it is", "[.browser]") {
  const Explored& explored = explored_streaming();
  const Shown shown = show_page(explored.page);
  check_quiet(shown);
  const size_t front = explored.count(pareto), fit = explored.count(fits);
  REQUIRE(fit < explored.points.size());
  CHECK(shown.number("points") == explored.points.size());
  CHECK(shown.number("drawn") == explored.points.size());
  CHECK(shown.number("misfits") == explored.points.size() - fit);
  CHECK(shown.number("others") == fit - front);
  CHECK(shown.number("drawn-front") == front);
  CHECK(shown.number("rows") == front);
  CHECK(shown.number("simulated") == 3);
  CHECK(shown.number("cosimulated") == 0);
  CHECK(shown.number("synthesised") == 0);
  const json& chosen = explored.points[shown.number("chosen")];
  for (const json& p : explored.points) {
    if (pareto(p)) CHECK(p["fps"].get<double>() <= chosen["fps"].get<double>());
  }
  CHECK(shown.number("area-lut") == chosen["lut"].get<size_t>());
  CHECK(shown.number("stages") > 10);
  for (const char* word : {"estimated", "simulated (SystemC)", "How far estimates are off"})
    CHECK_THAT(shown.dom, Contains(word));
}

TEST_CASE("a fixed-size accelerator's report has bars of its area alone", "[.browser]") {
  const Shown shown = show_page(explored_simd().page);
  check_quiet(shown);
  CHECK(shown.number("drawn") == explored_simd().points.size());
  CHECK(shown.number("area-lut") == explored_simd().points[shown.number("chosen")]["lut"].get<size_t>());
  CHECK(shown.number("stages") == 0);
}

TEST_CASE("the address filters", "[.browser]") {
  const Explored& explored = explored_streaming();
  const auto drawn = [&](const std::string& fragment) {
    INFO(fragment);
    const Shown shown = show_page(explored.page, fragment);
    check_quiet(shown);
    CHECK(shown.number("points") == explored.points.size());
    return shown.number("drawn");
  };
  CHECK(drawn("#fits=1") == explored.count(fits));
  CHECK(drawn("#front=1&device=xczu3eg") == explored.count([](const json& p) { return pareto(p) && small(p); }));
  const size_t coarse = explored.count([](const json& p) { return p["table_points"] == 9 && small(p); });
  CHECK(coarse > 0);
  CHECK(drawn("#model=0&device=xczu3eg&x=bram&logy=0") == coarse);
  CHECK(drawn("#x=dsp&logx=0") == explored.points.size());
  // What is none leaves things as they are.
  CHECK(drawn("#device=none&model=77&x=y&by=99&design=123456&fits=&fits=%00&else=1") == explored.points.size());
}

TEST_CASE("pointing tells of a design, a click copies its scenario, tables sort", "[.browser]") {
  const Explored& explored = explored_streaming();
  const Shown shown = show_page(with_script(explored.page, R"(
    let copied = null;
    Object.defineProperty(navigator, "clipboard", {value: {writeText: async text => { copied = text; }}});
    const send = type => {
      const box = plot.canvas.getBoundingClientRect(), first = plot.getDatasetMeta(2).data[0];
      plot.canvas.dispatchEvent(new MouseEvent(type, {clientX: box.left + first.x, clientY: box.top + first.y, bubbles: true, view: window}));
    };
    const until = async done => {
      for (let wait = 0; wait < 100 && !done(); ++wait) await new Promise(resolve => setTimeout(resolve, 10));
    };
    (async () => {
      await until(() => plot.chartArea);
      send("mousemove");
      await until(() => plot.tooltip.title && plot.tooltip.title.length > 0);
      document.body.dataset.hovered = plot.tooltip.title[0].replace(/\D/g, "");
      document.body.dataset.told = plot.tooltip.body[0].lines.length;
      send("click");
      await until(() => copied);
      document.body.dataset.copied = copied.split("\n")[1];
      document.body.dataset.whole = run.yaml[document.body.dataset.chosen] === copied ? 1 : 0;
      document.body.dataset.address = location.hash;
      document.querySelectorAll("#designs th")[0].click();
      document.querySelectorAll("#designs th")[0].click();
      document.body.dataset.least = document.querySelector("#designs tbody td").textContent;
      at("front").checked = true;
      at("front").dispatchEvent(new Event("input", {bubbles: true}));
      document.body.dataset.filtered = location.hash.includes("front=1") ? 1 : 0;
    })();
  )"));
  check_quiet(shown);
  const size_t chosen = shown.number("chosen");
  CHECK(shown.number("hovered") == chosen);
  CHECK(shown.number("told") == 5);
  CHECK(pareto(explored.points[chosen]));
  CHECK_THAT(shown.data("copied"), Contains("name: small-") && Contains(std::to_string(chosen)));
  CHECK(shown.number("whole") == 1);
  CHECK_THAT(shown.data("address"), Contains("design=" + std::to_string(chosen)));
  CHECK(explored.count(pareto) == shown.number("drawn"));
  CHECK(shown.number("filtered") == 1);
  size_t least = 0;
  while (!pareto(explored.points[least])) ++least;
  CHECK(shown.number("least") == least);
}

TEST_CASE("narrow or dark, there is ink, and nothing sticks out", "[.browser]") {
  const std::string page = with_script(explored_streaming().page, R"(
    const pixels = plot.canvas.getContext("2d").getImageData(0, 0, plot.canvas.width, plot.canvas.height).data;
    let ink = 0;
    for (let i = 3; i < pixels.length; i += 4) ink += pixels[i] > 128 ? 1 : 0;
    document.body.dataset.ink = ink;
    document.body.dataset.outside = Math.max(0, document.documentElement.scrollWidth - window.innerWidth);
    document.body.dataset.wide = window.innerWidth;
    document.body.dataset.back = getComputedStyle(document.body).backgroundColor.match(/\d+/)[0];
    Object.assign(parent.document.body.dataset, document.body.dataset);
  )");
  for (const int width : {1200, 400}) {
    for (const char* dark : {"", "--blink-settings=preferredColorScheme=0"}) {
      INFO(width << " " << dark);
      const Shown shown = show_page(framed(page, width), "", dark);
      check_quiet(shown);
      CHECK(shown.number("ink") > 1000);
      CHECK(shown.number("outside") == 0);
      CHECK(shown.number("wide") == static_cast<size_t>(width));
      CHECK((shown.number("back") < 100) == (*dark != 0));
    }
  }
}

TEST_CASE("a broken page is seen", "[.browser]") {
  const std::string& page = explored_streaming().page;
  const auto broken = [&](const std::string& what, const std::string& with) {
    INFO(what << " -> " << with);
    std::string copy = page;
    const size_t at = copy.rfind(what);
    REQUIRE(at != std::string::npos);
    const Shown shown = show_page(copy.replace(at, what.size(), with));
    CHECK(!shown.console.empty());
    return shown;
  };
  CHECK(broken("draw_errors();\n", "draw_errors(;\n").failed == "1");  // no JavaScript any more
  const Shown thrown = broken("draw_errors();\n", "nobody();\n");      // it stops half way
  CHECK(thrown.failed == "1");
  CHECK(thrown.data("drawn").empty());
  CHECK_THAT(thrown.dom, Contains("This page is broken"));
  broken("<footer>", "<img src=\"https://example.org/a.png\"><footer>");  // something from a network
  broken("<footer>", "<script src=\"https://example.org/a.js\"></script><footer>");
}
