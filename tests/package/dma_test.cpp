// The listings of AXI-DMA.md: C99 without a warning, for every shape of stream; and the register sequence against a model of the DMA.
#include <catch2/catch.hpp>

#include "tests/package/small_ip.h"
#include "tests/scratch_folder.h"

using namespace psaflow;
using namespace psaflow::test;
using Catch::Contains;

namespace {

// The blocks of C of a page, in order.
std::vector<std::string> listings(const std::string& page) {
  const std::string begin = "```c\n", end = "\n```\n";
  std::vector<std::string> found;
  for (size_t at = 0; (at = page.find(begin, at)) != std::string::npos;) {
    at += begin.size();
    const size_t stop = page.find(end, at);
    REQUIRE(stop != std::string::npos);
    found.push_back(page.substr(at, stop + 1 - at));
    at = stop;
  }
  return found;
}

const char* const kCacheHeader =
    "#include <stdint.h>\n"
    "void Xil_DCacheFlushRange(intptr_t address, intptr_t bytes);\n"
    "void Xil_DCacheInvalidateRange(intptr_t address, intptr_t bytes);\n";

// The listing with its two accesses to registers left to the model.
std::string modelled(std::string code) {
  for (const char* name : {"static inline uint32_t dma_read(", "static inline void dma_write("}) {
    const size_t at = code.find(name), body = code.find(" {", at);
    REQUIRE(at != std::string::npos);
    code.replace(body, code.find('\n', body) - body, ";");
    code.erase(at, std::string("static inline ").size());
  }
  return code;
}

// The DMA's registers as PG021 has them, an accelerator behind it whose result is its input plus one, and a cache that must be written back
// before a transfer and dropped after it. In C, for the same compiler and flags as the listings.
const char* const kModel = R"(#include <stdio.h>
#include <string.h>
#include "dma_image.h"
#include "xil_cache.h"
int classify(uintptr_t dma, const uint8_t *image, RESULT_TYPE *result);

enum { HALTED = 1, IDLE = 2 };
static uint32_t registers[0x60 / 4];
static uint8_t image[IMAGE_BYTES];
static RESULT_TYPE result[RESULT_BYTES];
static int flushed, dropped, armed, wrong, fault, patience;

#define WANT(condition) do { if (!(condition)) { printf("wrong: %s\n", #condition); wrong = 1; } } while (0)

static uint64_t address(int low) { return (uint64_t)registers[low + 1] << 32 | registers[low]; }

static void transfer(void)
{
  int i;
  WANT(armed && flushed == 3 && !(registers[MM2S_DMASR] & (HALTED | DMA_DONE)));
  WANT(address(MM2S_SA) == (uintptr_t)image && registers[MM2S_LENGTH] == IMAGE_BYTES);
  WANT(address(S2MM_DA) == (uintptr_t)result && registers[S2MM_LENGTH] == RESULT_BYTES);
  if (fault == 1) {
    registers[MM2S_DMASR] |= 1 << 5 | HALTED;
    return;
  }
  for (i = 0; i < RESULT_BYTES; ++i) result[i] = (RESULT_TYPE)(image[i] + 1);
  registers[S2MM_LENGTH] = (uint32_t)(RESULT_BYTES - (fault == 2));
  registers[MM2S_DMASR] |= IDLE | DMA_DONE;
  patience = 3; /* polls until the result is in memory */
}

uint32_t dma_read(volatile uint32_t *dma, int at)
{
  WANT(dma == registers);
  if (at == S2MM_DMASR && patience > 0 && --patience == 0) registers[at] |= IDLE | DMA_DONE;
  if (at == S2MM_LENGTH) WANT(registers[S2MM_DMASR] & DMA_DONE);
  return registers[at];
}

void dma_write(volatile uint32_t *dma, int at, uint32_t value)
{
  WANT(dma == registers);
  if (at == MM2S_DMASR || at == S2MM_DMASR) { /* ones clear the bits of interrupts, and no others */
    registers[at] &= ~(value & 7u << 12);
    return;
  }
  registers[at] = value;
  if (at == MM2S_DMACR && value & DMA_RUN) registers[MM2S_DMASR] &= ~(uint32_t)HALTED;
  if (at == S2MM_DMACR && value & DMA_RUN) registers[S2MM_DMASR] &= ~(uint32_t)HALTED;
  if (at == S2MM_LENGTH) {
    WANT(!(registers[S2MM_DMASR] & (HALTED | DMA_DONE)));
    armed = 1;
  }
  if (at == MM2S_LENGTH) transfer();
}

void Xil_DCacheFlushRange(intptr_t address, intptr_t bytes)
{
  WANT(!armed);
  if (address == (intptr_t)image && bytes == IMAGE_BYTES) flushed |= 1;
  if (address == (intptr_t)result && bytes == RESULT_BYTES) flushed |= 2;
}

void Xil_DCacheInvalidateRange(intptr_t address, intptr_t bytes)
{
  WANT(patience == 0);
  dropped = address == (intptr_t)result && bytes == RESULT_BYTES;
}

/* with 1: an error of the bus; 2: a result that is a byte short. */
static int run(int with)
{
  int status;
  fault = with;
  flushed = dropped = armed = patience = 0;
  status = classify((uintptr_t)registers, image, result);
  WANT(dropped);
  return status;
}

int main(void)
{
  int i, again;
  registers[MM2S_DMASR] = registers[S2MM_DMASR] = HALTED;
  for (i = 0; i < IMAGE_BYTES; ++i) image[i] = (uint8_t)(i * 7);
  for (again = 0; again < 2; ++again) {
    memset(result, 0, sizeof result);
    WANT(run(0) == 0);
    for (i = 0; i < RESULT_BYTES; ++i) WANT((uint8_t)result[i] == (uint8_t)(i * 7 + 1));
  }
  WANT(run(2) == -2);
  WANT(run(1) == -1);
  return wrong;
}
)";

}  // namespace

TEST_CASE("AXI-DMA.md: listings compile, and drive the DMA as its registers want", "[.cc]") {
  for (const Ports& ports : {Ports{}, Ports{ImageForm::kInterleaved, true}, Ports{ImageForm::kPlanar, false}}) {
    const auto ip = small_ip("driven by a DMA", 3, false, ports);
    const std::string& page = ip->file("AXI-DMA.md");
    INFO(page);
    CHECK_THAT(page, !Contains("{{"));
    const std::vector<std::string> code = listings(page);
    REQUIRE(code.size() == 3);
    const StreamShape &in = ip->pipeline.streams.front().shape, &out = ip->pipeline.streams.back().shape;
    CHECK_THAT(code[0], Contains("IMAGE_BYTES = " + std::to_string(in.size()) + ",") &&
                            Contains("RESULT_BYTES = " + std::to_string(out.size()) + " "));
    const ScratchFolder scratch;
    write_text(scratch / "dma_image.h", "#pragma once\n" + modelled(code[0]));
    write_text(scratch / "bare.c", code[1]);
    write_text(scratch / "linux.c", code[2]);
    write_text(scratch / "xil_cache.h", std::string("#pragma once\n") + kCacheHeader);
    write_text(scratch / "model.c", kModel);
    const std::string type = std::string("-DRESULT_TYPE=") + (ports.class_out ? "uint8_t" : "int8_t");
    ProcessOptions options;
    options.folder = scratch.path();
    const auto compile = [&](const std::vector<std::string>& more) {
      std::vector<std::string> argv = {"cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O1"};
      argv.insert(argv.end(), more.begin(), more.end());
      const ProcessResult result = run_process(argv, options);
      INFO(result.messages);
      REQUIRE(result.ok());
    };
    compile({type, "bare.c", "model.c", "-o", "model"});
    const ProcessResult run = run_process({scratch / "model"}, options);
    INFO(run.messages);
    CHECK(run.ok());
    write_text(scratch / "dma_image.h", "#pragma once\n" + code[0]);
    compile({"-c", "bare.c"});
    compile({"linux.c", "-o", "linux"});
  }
}
