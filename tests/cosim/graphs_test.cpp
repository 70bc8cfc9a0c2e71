// Networks that are no ResMLP as RTL under Verilator: every value as golden's, every cycle as plan's and SystemC's.
#include "tests/cosim/rtl.h"

using namespace psaflow;
using namespace psaflow::test;

TEST_CASE("RTL, plan, SystemC and golden agree on networks that are no ResMLP") {
  for (const Sample& sample : no_resmlps()) {
    INFO(sample.name);
    StreamingOptions o = options("rtl", 2);
    const Rtl rtl(sample, o, 7);
    check_values(rtl, rtl.run());
    check_cycles(rtl, rtl.run());
    check_under_stalls(rtl, 0.7, 0.6, 3);
  }
}

TEST_CASE("colour planes in, a class out, as RTL") {
  const Rtl rtl(classifier_of_pixels(ImageForm::kPlanar), options("rtl", 1), 7);
  check_values(rtl, rtl.run());
  check_cycles(rtl, rtl.run());
  check_under_stalls(rtl, 0.7, 0.6, 3);
}
