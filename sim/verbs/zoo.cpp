// psaflow zoo: the trained networks side by side, from their cards, with the paper's published figures beside them.
#include <fmt/format.h>

#include "sim/say.h"
#include "sim/verb.h"
#include "sim/zoo_report.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/zoo_report/accuracy_picture.h"

namespace psaflow {
namespace {

namespace po = boost::program_options;

int run(const Verb& verb, const std::vector<std::string>& args) {
  po::options_description options("Options");
  options.add_options()("dir", po::value<std::string>()->default_value("sw/zoo"),
                        "folder of NAME/card.json, equal/NAME/card.json and grid/NAME/card.json, as quantize and "
                        "finetune write them with --card")("markdown", "print the tables as Markdown")(
      "readme", po::value<std::string>(),
      "put the Markdown tables into this file, between its lines '<!-- psaflow zoo -->' and '<!-- end -->'")(
      "plot", po::value<std::string>(), "draw accuracy against hidden size here, an SVG picture")(
      "json", po::value<std::string>(), "write every figure here, units in the key names");
  po::variables_map values;
  if (!parse_options(verb, args, options, {"dir"}, values)) return 0;
  const std::string readme = output_option(values, "readme"), plot = output_option(values, "plot"),
                    json = output_option(values, "json");
  const auto dir = values["dir"].as<std::string>();
  const Zoo zoo = load_zoo(dir);
  std::vector<std::string> cards;
  for (const ZooCard& card : zoo.cards) cards.push_back(fmt::format("{}/{}/card.json", dir, card.id));
  distinct_files(values, {"readme", "plot", "json"}, cards);
  const std::vector<Gain> gains = compare(zoo);
  std::string page;
  if (!readme.empty()) {
    const std::vector<char> bytes = read_file(readme, size_t{16} << 20);
    page = with_tables({bytes.begin(), bytes.end()}, verb.name, zoo_markdown(zoo, gains), readme);
  }
  say("{}", values.count("markdown") != 0 ? OurText{zoo_markdown(zoo, gains)} : zoo_text(zoo, gains));
  if (!plot.empty()) write_file_atomic(plot, accuracy_picture_svg(zoo, "Accuracy against hidden size, CIFAR-10"));
  if (!json.empty()) write_file_atomic(json, zoo_json(dir, zoo, gains));
  if (!readme.empty()) write_file_atomic(readme, page);
  return 0;
}

}  // namespace

const Verb kZooVerb = {"zoo", "compare the trained networks, with the paper's figures beside them",
                       "psaflow zoo sw/zoo --plot accuracy.svg", run};

}  // namespace psaflow
