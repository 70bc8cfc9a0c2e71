// For AddressSanitizer, which knows nothing of SystemC's coroutines: a thread process that ends amid its work leaves its frames marked on
// a stack that the next one gets.
#pragma once
#include <sysc/kernel/sc_constants.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace psaflow::simd {

// The first thing that a thread process does: nothing is on its stack yet. Without the sanitizer it does nothing.
inline void begin_on_fresh_stack() {
#ifdef __SANITIZE_ADDRESS__
  constexpr int kBegun = 1024;  // bytes that SystemC has used before the process begins, and this frame
  char* const here = static_cast<char*>(__builtin_frame_address(0));
  char* const bottom = here - (sc_core::SC_DEFAULT_STACK_SIZE - kBegun);
  __asan_unpoison_memory_region(bottom, static_cast<size_t>(here - bottom));
#endif
}

}  // namespace psaflow::simd
