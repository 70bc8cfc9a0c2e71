// For AddressSanitizer, which knows nothing of SystemC's coroutines: what a thread process that ends amid its work had on its stack stays
// marked there, and the next one on that stack would be taken for a fault.
#pragma once
#include <sysc/kernel/sc_constants.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace psaflow::simd {

// Below the caller's frame nothing is marked any more. The first thing that a thread process does. Without the sanitizer it does nothing.
inline void begin_on_fresh_stack() {
#ifdef __SANITIZE_ADDRESS__
  constexpr int kBegun = 1024;  // bytes that SystemC has used of the stack before the process begins, and this frame
  char* const here = static_cast<char*>(__builtin_frame_address(0));
  char* const bottom = here - (sc_core::SC_DEFAULT_STACK_SIZE - kBegun);
  __asan_unpoison_memory_region(bottom, static_cast<size_t>(here - bottom));
#endif
}

}  // namespace psaflow::simd
