// The one line a UserError says.
#pragma once
#include <string>

#include "sw/base/error.h"

namespace psaflow::test {

// What `call` throws; "" when it throws nothing. Other exceptions pass through.
template <typename Call>
std::string error_of(const Call& call) {
  try {
    call();
  } catch (const UserError& error) {
    return error.what();
  }
  return "";
}

}  // namespace psaflow::test
