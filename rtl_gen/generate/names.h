// How scenario, stage and stream names become identifiers.
#pragma once
#include <string>

#include "models/plan/stage.h"

namespace psaflow::rtl {

// "paper-psa-h96" -> "paper_psa_h96", "blocks.0.token.mix" -> "blocks_0_token_mix". What is no letter or digit becomes
// '_'; a name that is then no identifier gets "d_" before it.
std::string identifier(const std::string& name);

// What a scenario's design is called: its identifier, unless a leaf is called so.
std::string design_name(const std::string& scenario);

// What its files begin with: "Design psa-h96-w1, psaflow 0.1.0".
std::string design_title(const std::string& scenario);

// The prefix of a stream's signals before its FIFO ("embed_out", "s" for the input) and behind it ("pool_in",
// "x_add_long", "m").
std::string before_fifo(const Pipeline& pipeline, const Stream& stream);
std::string behind_fifo(const Pipeline& pipeline, const Stream& stream);

}  // namespace psaflow::rtl
