// How `psaflow zoo` tells what the cards hold: tables for a terminal or a README, JSON with units in the key names.
#pragma once
#include <string>
#include <vector>

#include "sim/say.h"
#include "sw/zoo_report/compare.h"
#include "sw/zoo_report/zoo.h"

namespace psaflow {

// Networks, gains, what others publish, and notes.
OurText zoo_text(const Zoo& zoo, const std::vector<Gain>& gains);
std::string zoo_markdown(const Zoo& zoo, const std::vector<Gain>& gains);
std::string zoo_json(const std::string& dir, const Zoo& zoo, const std::vector<Gain>& gains);

// `readme` with `markdown` in place of what stands between its lines "<!-- psaflow VERB -->" and "<!-- end -->";
// UserError naming `path` when it has not exactly one of each, in this order.
std::string with_tables(const std::string& readme, const std::string& verb, const std::string& markdown,
                        const std::string& path);

}  // namespace psaflow
