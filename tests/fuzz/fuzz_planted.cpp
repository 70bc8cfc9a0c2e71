// A target with planted faults, to show that the driver finds and keeps them: an exception where the input's number is
// no longer 5, an abort where a line stands twice.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto is = [&](const char* kind) { return text.rfind(kind, 0) == 0; };
  if (is("throws") && text.find('5') == std::string::npos) throw std::out_of_range("planted");
  if (is("aborts") && text.find("twice\n") != text.rfind("twice\n")) std::abort();
  return 0;
}
