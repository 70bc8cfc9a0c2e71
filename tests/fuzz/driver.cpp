// Stands in for libFuzzer, which is clang's: runs a target's corpus, then seeded random edits of it for some seconds.
// It sees no branches, so it finds less; what it finds is kept in a file that the same program runs again.
//   fuzz_NAME [-seconds=S] [-seed=N] CORPUS...      files, and folders of files
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <string>
#include <vector>

#include "sw/base/file.h"
#include "tests/fuzz/mutate.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" __attribute__((weak)) size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                                                unsigned int seed);

namespace {

using psaflow::Rng;
using psaflow::test::FuzzBytes;

constexpr size_t kMaxBytes = 32768;
constexpr unsigned kMaxSeconds = 20;  // of one input

Rng rng;
std::vector<FuzzBytes> corpus;
FuzzBytes input;  // what runs now
std::string culprit = "fuzz-input";

// Also from signal handlers, so only what is allowed there: no memory, no streams. The file is one that the next finding replaces,
// in the working folder.
void keep_input(const char* why) {
  const int file = creat(culprit.c_str(), 0644);
  size_t done = 0;
  while (file >= 0 && done < input.size()) {
    const ssize_t n = write(file, input.data() + done, input.size() - done);
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  if (file >= 0) close(file);
  const auto say = [](const char* text) {
    if (write(STDERR_FILENO, text, std::strlen(text)) < 0) _exit(1);
  };
  say("fuzz: ");
  say(why);
  say("; the input is kept in ");
  say(culprit.c_str());
  say("\n");
}

void on_signal(int number) {
  keep_input(number == SIGALRM ? "an input took too long" : number == SIGABRT ? "aborted" : "crashed");
  _exit(1);
}

bool run_input() {
  alarm(kMaxSeconds);
  try {
    LLVMFuzzerTestOneInput(input.data(), input.size());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz: thrown: %s\n", error.what());
    keep_input("an exception that is no UserError");
    return false;
  }
  alarm(0);
  return true;
}

void read_corpus(const std::string& path) {
  std::vector<std::string> files;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());  // the same seed, the same inputs
  } else {
    files.push_back(path);
  }
  for (const std::string& file : files) {
    const std::vector<char> bytes = psaflow::read_file(file, size_t{16} << 20);
    corpus.emplace_back(bytes.begin(), bytes.end());
  }
}

void next_input() {
  const auto any = []() -> const FuzzBytes& { return corpus[rng.below(corpus.size())]; };
  input = any();
  const size_t max_size = std::max(kMaxBytes, input.size());
  for (uint64_t edits = 1 + rng.below(6); edits > 0; --edits) {
    if (LLVMFuzzerCustomMutator != nullptr) {
      const size_t size = input.size();
      input.resize(max_size);
      input.resize(LLVMFuzzerCustomMutator(input.data(), size, max_size, static_cast<unsigned>(rng.next())));
    } else {
      psaflow::test::mutate(input, any(), max_size, rng);
    }
  }
}

bool run(double seconds, uint64_t seed) {
  for (const FuzzBytes& file : corpus) {
    input = file;
    if (!run_input()) return false;
  }
  rng.reseed(seed);
  const auto start = std::chrono::steady_clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  size_t runs = 0;
  for (; elapsed() < seconds; ++runs) {
    next_input();
    if (!run_input()) return false;
  }
  std::printf("fuzz: seed %llu, %zu files, %zu inputs made of them in %.1f s: no finding\n",
              static_cast<unsigned long long>(seed), corpus.size(), runs, elapsed());
  return true;
}

}  // namespace

// What libFuzzer offers to custom mutators.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size) {
  FuzzBytes bytes(data, data + size);
  psaflow::test::mutate(bytes, corpus[rng.below(corpus.size())], max_size, rng);
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

int main(int argc, char** argv) {
  double seconds = 2;
  uint64_t seed = 1;
  try {
    for (int i = 1; i < argc; ++i) {
      const std::string word = argv[i];
      if (word.rfind("-seconds=", 0) == 0) {
        seconds = std::stod(word.substr(9));
      } else if (word.rfind("-seed=", 0) == 0) {
        seed = std::stoull(word.substr(6));
      } else {
        read_corpus(word);
      }
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "fuzz: %s\n", error.what());
    return 2;
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s [-seconds=S] [-seed=N] CORPUS...\n", argv[0]);
    return 2;
  }
  culprit = std::filesystem::path(argv[0]).filename().string() + ".input";
  std::fprintf(stderr, "fuzz: seed %llu\n", static_cast<unsigned long long>(seed));
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM}) std::signal(number, on_signal);
  return run(seconds, seed) ? 0 : 1;
}
