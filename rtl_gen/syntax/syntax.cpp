#include "rtl_gen/syntax/syntax.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "sw/base/error.h"

namespace psaflow::sv {
namespace {

// IEEE 1800-2017, Annex B.
constexpr const char* kReserved =
    " accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before begin bind "
    "bins "
    "binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos config const "
    "constraint context continue cover covergroup coverpoint cross deassign default defparam design disable dist do "
    "edge "
    "else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface "
    "endmodule "
    "endpackage endprimitive endprogram endproperty endspecify endsequence endtable endtask enum event eventually "
    "expect "
    "export extends extern final first_match for force foreach forever fork forkjoin function generate genvar global "
    "highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial inout input "
    "inside instance int integer interconnect interface intersect join join_any join_none large let liblist library "
    "local "
    "localparam logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor "
    "noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive priority program "
    "property protected pull0 pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase "
    "randsequence rcmos real realtime ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 "
    "rtranif1 "
    "s_always s_eventually s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled signed "
    "small "
    "soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1 sync_accept_on "
    "sync_reject_on table tagged task this throughout time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 "
    "triand "
    "trior trireg type typedef union unique unique0 unsigned until until_with untyped use uwire var vectored virtual "
    "void "
    "wait wait_order wand weak weak0 weak1 while wildcard wire with within wor xnor xor ";

Expr joined(std::string text, const std::vector<Expr>& parts) {
  Expr e{std::move(text), {}};
  for (const Expr& part : parts) e.names.insert(e.names.end(), part.names.begin(), part.names.end());
  return e;
}

}  // namespace

bool is_identifier(const std::string& text) {
  if (text.empty() || std::isdigit(static_cast<unsigned char>(text[0])) != 0) return false;
  const bool legal = std::all_of(text.begin(), text.end(), [](char c) {
    return c == '_' || (std::isalnum(static_cast<unsigned char>(c)) != 0 && static_cast<unsigned char>(c) < 128);
  });
  return legal && std::string(kReserved).find(" " + text + " ") == std::string::npos;
}

Expr name(const std::string& identifier) {
  return {identifier, {identifier}};
}

Expr number(int64_t value) {
  return {std::to_string(value), {}};
}

Expr text(const std::string& value) {
  const bool plain =
      std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; });
  PSAFLOW_CHECK(plain, "a string literal is plain ASCII: " + value);
  return {'"' + value + '"', {}};
}

Expr slice(const std::string& of, int low, int width) {
  PSAFLOW_CHECK(low >= 0 && width >= 1, "a slice of " + of + " has bits");
  const std::string range =
      width == 1 ? std::to_string(low) : std::to_string(low + width - 1) + ":" + std::to_string(low);
  return {of + "[" + range + "]", {of}};
}

Expr concat(const std::vector<Expr>& high_to_low) {
  PSAFLOW_CHECK(!high_to_low.empty(), "a concatenation has parts");
  if (high_to_low.size() == 1) return high_to_low.front();
  std::string list;
  for (const Expr& part : high_to_low) list += (list.empty() ? "" : ", ") + part.text;
  return joined("{" + list + "}", high_to_low);
}

}  // namespace psaflow::sv
