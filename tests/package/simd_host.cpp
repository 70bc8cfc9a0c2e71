// A host as a user would write one: the exported driver reaches the registers of the IP "driven" under Verilator, whose memory is that of
// the co-simulation. host IMAGES: prints each image's class, then what the hardware says of a program that is none.
#include <verilated.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "Vdut.h"
#include "axi_memory.h"
#include "driven.h"

namespace {

constexpr uint64_t kProgram = 0, kInput = 1 << 20, kResult = 2 << 20, kBroken = 3 << 20, kMemoryBytes = 4 << 20;
constexpr uint32_t kPatience = 200000;

std::vector<uint8_t> read_bytes(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Board {
 public:
  Board() : memory_(static_cast<int>(driven.bus_bytes), uint64_t{7}) {
    memory_.bytes.resize(kMemoryBytes);
    dut_.aresetn = 0;
    for (int i = 0; i < 3; ++i) step();
    dut_.aresetn = 1;
  }
  std::vector<uint8_t>& bytes() { return memory_.bytes; }
  const std::string& problem() const { return memory_.problem; }
  // Verilator renames what is a word of some C++.
  bool interrupt() const { return dut_.__SYM__interrupt != 0; }

  // AXI4-Lite, one transfer at a time.
  void write(uint32_t offset, uint32_t value) {
    dut_.s_axi_bready = dut_.s_axi_awvalid = dut_.s_axi_wvalid = 1;
    dut_.s_axi_awaddr = static_cast<uint8_t>(offset);
    dut_.s_axi_wdata = value;
    dut_.s_axi_wstrb = 0xf;
    do step();
    while (!write_taken_);
    dut_.s_axi_awvalid = dut_.s_axi_wvalid = 0;
    step();
  }
  uint32_t read(uint32_t offset) {
    dut_.s_axi_arvalid = 1;
    dut_.s_axi_araddr = static_cast<uint8_t>(offset);
    do step();
    while (!read_taken_);
    dut_.s_axi_arvalid = 0;
    dut_.s_axi_rready = 1;
    do step();
    while (!read_came_);
    dut_.s_axi_rready = 0;
    return read_data_;
  }

 private:
  void step() {
    const AxiIn in = memory_.offer(cycle_);
    dut_.m_axi_arready = in.ar_ready;
    dut_.m_axi_awready = in.aw_ready;
    dut_.m_axi_wready = in.w_ready;
    dut_.m_axi_rvalid = in.r_valid;
    dut_.m_axi_rlast = in.r_last;
    dut_.m_axi_rresp = static_cast<uint8_t>(in.r_resp);
    dut_.m_axi_bvalid = in.b_valid;
    dut_.m_axi_bresp = static_cast<uint8_t>(in.b_resp);
    if (in.r_valid) std::memcpy(&dut_.m_axi_rdata, in.r_data, driven.bus_bytes);
    dut_.aclk = 0;
    dut_.eval();
    write_taken_ = dut_.s_axi_awready != 0;
    read_taken_ = dut_.s_axi_arready != 0;
    read_came_ = dut_.s_axi_rvalid != 0;
    read_data_ = dut_.s_axi_rdata;
    if (dut_.aresetn != 0) {
      AxiOut out;
      out.ar_valid = dut_.m_axi_arvalid;
      out.ar_addr = dut_.m_axi_araddr;
      out.ar_len = dut_.m_axi_arlen;
      out.ar_size = dut_.m_axi_arsize;
      out.ar_burst = dut_.m_axi_arburst;
      out.aw_valid = dut_.m_axi_awvalid;
      out.aw_addr = dut_.m_axi_awaddr;
      out.aw_len = dut_.m_axi_awlen;
      out.aw_size = dut_.m_axi_awsize;
      out.aw_burst = dut_.m_axi_awburst;
      out.w_valid = dut_.m_axi_wvalid;
      out.w_last = dut_.m_axi_wlast;
      out.w_strobe = dut_.m_axi_wstrb;
      out.r_ready = dut_.m_axi_rready;
      out.b_ready = dut_.m_axi_bready;
      if (out.w_valid) {
        const auto* data = reinterpret_cast<const uint8_t*>(&dut_.m_axi_wdata);
        out.w_data.assign(data, data + driven.bus_bytes);
      }
      memory_.take(cycle_, out);
    }
    dut_.aclk = 1;
    dut_.eval();
    ++cycle_;
  }

  AxiMemory memory_;
  Vdut dut_;
  int64_t cycle_ = 0;
  bool write_taken_ = false, read_taken_ = false, read_came_ = false;
  uint32_t read_data_ = 0;
};

uint32_t read_register(void* board, uint32_t offset) {
  return static_cast<Board*>(board)->read(offset);
}
void write_register(void* board, uint32_t offset, uint32_t value) {
  static_cast<Board*>(board)->write(offset, value);
}

int give_up(const char* what, int error) {
  std::printf("%s: %s\n", what, psaflow_simd_text(error));
  return 1;
}

}  // namespace

int main(int argc, char* argv[]) {
  if (argc != 2) return 2;
  const auto images = static_cast<uint32_t>(std::atoi(argv[1]));
  Board board;
  const struct psaflow_simd device = {read_register, write_register, &board};
  if (const int error = psaflow_simd_check(&device, &driven); error != 0) return give_up("check", error);
  const std::vector<uint8_t> program = read_bytes("driven_program.bin"), patches = read_bytes("images");
  std::copy(program.begin(), program.end(), board.bytes().begin() + kProgram);
  for (uint32_t i = 0; i < images; ++i)
    psaflow_simd_pack(&driven,
                      reinterpret_cast<const int8_t*>(patches.data()) + i * driven.input_rows * driven.input_columns,
                      board.bytes().data() + kInput + i * driven.image_bytes);

  psaflow_simd_start(&device, &driven, kProgram, kInput, kResult, images);
  if (psaflow_simd_poll(&device) != 1) return give_up("not busy", 0);
  if (const int error = psaflow_simd_wait(&device, kPatience); error != 0) return give_up("run", error);
  if (!board.interrupt() || psaflow_simd_cycles(&device) == 0) return give_up("no interrupt, or no cycles", 0);
  for (uint32_t i = 0; i < images; ++i)
    std::printf("image %u: class %u\n", i,
                psaflow_simd_class(&driven, board.bytes().data() + kResult + i * driven.result_bytes));
  psaflow_simd_clear(&device);
  if (board.interrupt()) return give_up("the interrupt stays", 0);

  psaflow_simd_start(&device, &driven, kBroken, kInput, kResult, images);  // zeros: no program
  std::printf("refused: %s\n", psaflow_simd_text(psaflow_simd_wait(&device, kPatience)));
  if (!board.problem().empty()) std::printf("protocol: %s\n", board.problem().c_str());
  return board.problem().empty() ? 0 : 1;
}
