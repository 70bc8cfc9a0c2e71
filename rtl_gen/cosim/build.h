// A generated design and the harness, compiled by Verilator into one program, and kept: the same sources are never
// built twice. Weights are not part of it (ROM images are read when it starts), so every model of one shape shares a
// build.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "rtl_gen/cosim/cache.h"
#include "rtl_gen/generate/design.h"

namespace psaflow {

struct RtlBuildOptions {
  bool taps = false;        // the design has tap ports
  bool assertions = false;  // the leaves' own checks, at the cost of speed
  enum class Trace { kNone, kVcd, kFst } trace = Trace::kNone;
  std::string cache_dir;           // empty: the user's (see rtl_cache_dir)
  int64_t cache_limit_bytes = -1;  // pruned to that after a build; -1: the user's (see rtl_cache_limit_bytes)
  std::function<void()> tick;      // called about five times a second
  std::function<void()> on_wait;   // once, when another process builds the same and this one waits for it
};

struct RtlBuild {
  std::string program;                     // absolute path
  std::string key;                         // SHA-256 of everything that decides what the program is
  bool cached = false;                     // it was there already, or another process built it meanwhile
  double build_s = 0;                      // wall time now, or of the build that made it
  std::shared_ptr<const FileLock> in_use;  // keeps it from being pruned
};

// UserError when Verilator, make, a C++ compiler or zlib's header is missing (names the Debian packages), when
// Verilator is too old, when the cache cannot be written, is removed meanwhile or the disk is full, and when memory
// does not suffice; std::runtime_error with the tool's first error when the sources do not compile. A killed build
// leaves nothing that a later one would take for whole, and a damaged one is built anew. Of several processes that want
// the same build, one builds and the others wait.
RtlBuild build_rtl(const Design& design, const RtlBuildOptions& options = {});

// Runs Verilator's lint on the design in `folder` (which must not exist; it is left there). Returns its messages: empty
// when clean.
std::string lint_rtl(const Design& design, const std::string& folder);

// "Verilator 5.006 ..."; empty when there is none on the PATH.
std::string verilator_version();

}  // namespace psaflow
