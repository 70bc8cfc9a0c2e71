#include "rtl_gen/package/simd_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>

#include "models/plan/cycles.h"
#include "models/simd/registers.h"
#include "models/structure/simd.h"
#include "rtl_gen/generate/simd_design.h"
#include "rtl_gen/package/flows.h"
#include "rtl_gen/package/manifest.h"
#include "rtl_gen/package/readme.h"
#include "rtl_gen/package/renamed.h"
#include "rtl_gen/package/simd_diagram.h"
#include "rtl_gen/package/templates.h"
#include "rtl_gen/syntax/syntax.h"
#include "sw/base/error.h"

namespace psaflow {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRegisterSpace = 256;
constexpr size_t kIcarusImages = 1;

struct Register {
  uint32_t address;
  const char *name, *access, *is;
};
constexpr Register kRegisters[] = {
    {simd_register::kId, "id", "RO", "\"PSAF\""},
    {simd_register::kVersion, "version", "RO", "of the layer program"},
    {simd_register::kControl, "control", "WO", "bit 0 start (ignored while busy), 1 clear done, error and interrupt"},
    {simd_register::kStatus, "status", "RO", "bit 0 busy, 1 done, 2 error; 15..8 its code, 31..16 its pass"},
    {simd_register::kInterruptEnable, "interrupt_enable", "RW",
     "bit 0; the interrupt is high from done or error until clear"},
    {simd_register::kImages, "images", "RW", "of the run, at least 1"},
    {simd_register::kPasses, "passes", "RW", "of the program"},
    {simd_register::kImagesDone, "images_done", "RO", "whose results are in memory"},
    {simd_register::kProgramLow, "program", "RW",
     "64 bits: byte address of program and parameters, a multiple of 4096"},
    {simd_register::kInputLow, "input", "RW", "64 bits: of the first image, likewise"},
    {simd_register::kResultLow, "result", "RW", "64 bits: of the first results, likewise"},
    {simd_register::kCyclesLow, "cycles", "RO", "64 bits: of the run"},
    {simd_register::kShape, "shape", "RO", "bits 15..0 tile, 31..16 bytes a beat"},
    {simd_register::kCapacities, "capacities", "RO",
     "eight: program, activations, residuals, images, constants, weights, tables, results"}};

std::vector<int8_t> signed_bytes(const std::vector<uint8_t>& bytes) {
  return {bytes.begin(), bytes.end()};
}

class Package {
 public:
  Package(const Network& network, const SimdMapping& mapping, const SimdPrediction& plan, const SimdIpOptions& options,
          const GoldenVectors& golden, const IpFigures& figures)
      : net_(network),
        mapping_(mapping),
        hw_(mapping.hardware),
        plan_(plan),
        options_(options),
        golden_(golden),
        figures_(figures),
        design_(generate_simd_design(mapping.hardware, options.scenario, false)),
        top_(design_.top),
        title_(fmt::format("IP {}, psaflow {}", top_, PSAFLOW_VERSION)) {
    PSAFLOW_CHECK(golden.images >= 1 && golden.inputs.size() == golden.images * input_size() &&
                      golden.expected.size() == golden.images * output_size(),
                  "golden images of the network's shapes");
    core_.top = top_;
    core_.summary = "a fixed-size accelerator for neural networks, AXI4-Lite registers and AXI4 memory";
    core_.part = figures.part;
    core_.clock_mhz = options.clock_mhz;
    for (const sv::Port& p : rtl::simd_ports(hw_))
      core_.ports.list.push_back({p.name, p.direction == sv::Direction::kInput, p.width, p.comment});
    core_.buses = {{ip::Bus::Kind::kRegisters, "s_axi", true},
                   {ip::Bus::Kind::kMemory, "m_axi", false},
                   {ip::Bus::Kind::kInterrupt, "interrupt", false}};
    core_.has_roms = false;
    core_.address_bits = port("m_axi_araddr").width;
    core_.memory_bits = hw_.bus_bytes * 8;
    core_.register_bytes = kRegisterSpace;
  }

  std::vector<TextFile> run() {
    for (const TextFile& file : ip::renamed_rtl(design_)) add("rtl/" + file.name, ip::kLicenceLine + file.text);
    add_simulation();
    ip::add_flows(files_, core_, ip::around(design_).bench, title_, std::min(kIcarusImages, golden_.images));
    add("memory/" + top_ + "_program.bin", {mapping_.image.begin(), mapping_.image.end()});
    add("sw/psaflow_simd.h", ip::embedded("psaflow_simd.h"));
    add("sw/psaflow_simd.c", ip::embedded("psaflow_simd.c"));
    add("sw/" + top_ + ".h", header());
    add(top_ + ".svg", ip::simd_block_diagram(hw_, core_));
    add("README.md", readme());
    add("LICENSE", ip::embedded("LICENSE"));
    add("manifest.json", manifest());
    return std::move(files_);
  }

 private:
  const SimdProgram& program() const { return mapping_.program; }
  size_t input_size() const { return static_cast<size_t>(net_.input().size()); }
  size_t output_size() const { return static_cast<size_t>(net_.logits().size()); }
  int64_t beats(int64_t bytes) const { return bytes / hw_.bus_bytes; }
  bool names_class() const { return program().result_pass().argmax; }
  const ip::Ports::Port& port(const std::string& name) const {
    return *std::find_if(core_.ports.list.begin(), core_.ports.list.end(),
                         [&](const ip::Ports::Port& p) { return p.name == name; });
  }

  void add(const std::string& name, const std::string& text) { files_.push_back({name, text}); }

  // Program, parameters, images as they lie in memory; results where they are not.
  void add_simulation() {
    const auto images = static_cast<int64_t>(golden_.images);
    const SimdAddresses at = simd_addresses(program(), mapping_.image.size(), golden_.images);
    const auto input = static_cast<int64_t>(at.input), result = static_cast<int64_t>(at.result);
    const int64_t file_bytes = input + images * program().image_bytes, end = result + images * program().result_bytes;
    std::vector<uint8_t> memory(static_cast<size_t>(file_bytes));
    std::copy(mapping_.image.begin(), mapping_.image.end(), memory.begin());
    for (size_t i = 0; i < golden_.images; ++i)
      pack_simd_image(net_, mapping_, golden_.inputs.data() + i * input_size(),
                      memory.data() + input + static_cast<int64_t>(i) * program().image_bytes);
    add("sim/" + top_ + "_axi_bench.sv",
        ip::kLicenceLine + ip::renamed(ip::embedded("axi_bench.sv"), {{"axi_bench", top_ + "_axi_bench"}}));
    const auto number = [](int64_t value) { return sv::number(value); };
    const auto file = [this](const char* name) { return sv::text(top_ + "_" + name + ".mem"); };
    add("sim/" + top_ + "_tb.sv",
        ip::kLicenceLine + test_bench({{"Tile", number(hw_.tile)},
                                       {"BusBytes", number(hw_.bus_bytes)},
                                       {"AddrWidth", number(core_.address_bits)},
                                       {"Passes", number(static_cast<int64_t>(program().passes.size()))},
                                       {"Images", number(images)},
                                       {"ImageBeats", number(beats(program().image_bytes))},
                                       {"ResultBeats", number(beats(program().result_bytes))},
                                       {"InputBeat", number(beats(input))},
                                       {"ResultBeat", number(beats(result))},
                                       {"MemoryBeats", number(beats(end))},
                                       {"FileBeats", number(beats(file_bytes))},
                                       {"ReadLatency", number(options_.memory.read_latency_cycles)},
                                       {"WriteLatency", number(options_.memory.write_latency_cycles)},
                                       {"Outstanding", number(options_.memory.outstanding_reads)},
                                       {"Interval256", number(options_.memory.beat_interval_256)},
                                       {"Dir", sv::name("VectorDir")},
                                       {"Memory", file("memory")},
                                       {"Expected", file("expected")},
                                       {"Mask", file("mask")},
                                       {"Cycles", file("cycles")},
                                       {"Finish", sv::name("Finish")}}));
    add("sim/" + top_ + "_memory.mem", ip::beat_lines(signed_bytes(memory), hw_.bus_bytes));
    std::vector<int8_t> expected, mask;
    for (size_t i = 0; i < golden_.images; ++i) {
      const std::vector<int8_t> words = result_words(golden_.expected.data() + i * output_size());
      expected.insert(expected.end(), words.begin(), words.end());
    }
    const std::vector<int8_t> ones(output_size(), -1);
    add("sim/" + top_ + "_expected.mem", ip::beat_lines(expected, hw_.bus_bytes));
    add("sim/" + top_ + "_mask.mem", ip::beat_lines(result_words(ones.data()), hw_.bus_bytes));
    std::string cycles;
    const SimdPrediction golden_plan = predict_simd(mapping_, options_.memory, "rtl", golden_.images);
    for (int64_t done : golden_plan.times.done) cycles += fmt::format("{:08x}\n", done);
    add("sim/" + top_ + "_cycles.mem", cycles);
  }

  // A result as it lies in memory: the inverse of unpack_simd_result, zeros elsewhere.
  std::vector<int8_t> result_words(const int8_t* values) const {
    const SimdPass& last = program().result_pass();
    std::vector<int8_t> bytes(program().result_bytes);
    if (last.argmax) {
      bytes[0] = values[0];
      return bytes;
    }
    const auto tile = static_cast<uint32_t>(hw_.tile);
    size_t word = 0;
    for (uint32_t row = 0; row < last.rows; row += tile) {
      for (uint32_t col = 0; col < last.cols; col += tile) {
        for (uint32_t r = row; r < std::min(last.rows, row + tile); ++r, ++word) {
          for (uint32_t c = col; c < std::min(last.cols, col + tile); ++c)
            bytes[word * static_cast<size_t>(hw_.bus_bytes) + c - col] = values[size_t{r} * last.cols + c];
        }
      }
    }
    return bytes;
  }

  std::string test_bench(std::vector<std::pair<std::string, sv::Expr>> parameters) const {
    sv::Module module;
    module.name = top_ + "_tb";
    module.comment =
        title_ + ": the test bench, to be run in the folder that holds rtl and sim.\nverilator lint_off SYMRSVDWORD";
    module.parameters = {{"VectorDir", sv::text("sim"), "folder of the golden images"},
                         {"Finish", sv::number(1), "0: does not end the simulation, in which others may go on"}};
    std::vector<std::pair<std::string, sv::Expr>> wires;
    for (const ip::Ports::Port& p : core_.ports.list) {
      module.body.push_back(sv::Signal{{p.name}, p.width});
      wires.emplace_back(p.name, sv::name(p.name));
    }
    module.body.push_back(sv::Blank{});
    module.body.push_back(sv::Instance{top_ + "_axi_bench", "u_bench", std::move(parameters), wires});
    module.body.push_back(sv::Instance{top_, "u_dut", {}, wires});
    return sv::to_text(module);
  }

  std::string header() const {
    const SimdPass& last = program().result_pass();
    std::string guard = top_ + "_H";
    for (char& c : guard) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    const auto text = [](int64_t value) { return std::to_string(value); };
    return ip::filled("simd.h.in", {{"title", title_},
                                    {"top", top_},
                                    {"guard", guard},
                                    {"tile", text(hw_.tile)},
                                    {"bus_bytes", text(hw_.bus_bytes)},
                                    {"passes", text(static_cast<int64_t>(program().passes.size()))},
                                    {"image_bytes", text(program().image_bytes)},
                                    {"result_bytes", text(program().result_bytes)},
                                    {"input_rows", text(net_.input().rows)},
                                    {"input_columns", text(net_.input().cols)},
                                    {"input_by_rows", mapping_.fusion.input_over_tokens ? "1" : "0"},
                                    {"result_rows", text(last.rows)},
                                    {"result_columns", text(last.cols)},
                                    {"names_class", names_class() ? "1" : "0"}});
  }

  std::string input_text() const {
    return fmt::format(
               "{} patches of {} INT8 values, patches row by row over the image; in a patch row, column, channel.",
               net_.input().rows, net_.input().cols) +
           (options_.model ? ip::patch_text(*options_.model) : "");
  }
  std::string output_text() const {
    if (names_class()) return "The class, an unsigned byte: the index of the highest logit, the lowest of equal ones.";
    return fmt::format("{} logits, INT8.", output_size());
  }
  static std::string error_codes() {
    std::string text;
    for (int code = 1; code <= 6; ++code)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", code, to_string(static_cast<SimdError>(code)));
    return text;
  }

  std::string readme() const {
    std::string port_rows, register_rows, figure_rows;
    const auto line = [](std::string& rows, const std::string& row) { rows += (rows.empty() ? "" : "\n") + row; };
    for (const ip::Ports::Port& p : core_.ports.list)
      line(port_rows, fmt::format("| `{}` | {} | {} | {} |", p.name, p.input ? "in" : "out", p.width, p.says));
    for (const Register& r : kRegisters)
      line(register_rows, fmt::format("| 0x{:02x} | {} | {}: {} |", r.address, r.name, r.access, r.is));
    const auto figure = [&](const std::string& name, const std::string& value) {
      line(figure_rows, fmt::format("| {} | {} |", name, value));
    };
    figure("multipliers", fmt::format("{0} x {0}, and three affines for each of {0} lanes", hw_.tile));
    figure("cycles an image", fmt::format("{}, back to back", plan_.ii_cycles));
    figure("latency",
           fmt::format("{} cycles from the start to the first image's results in memory", plan_.latency_cycles));
    figure("images a second",
           fmt::format("{:.0f} at {} MHz", images_per_second(options_.clock_mhz, plan_.ii_cycles), options_.clock_mhz));
    for (const SimdBuffer& b : simd_buffers())
      figure("buffer: " + std::string(b.what), fmt::format("{} {}", hw_.capacities.*b.capacity, b.unit));
    figure("cells", "`make synth` tells them (LUTs, registers, DSPs, block RAM by Yosys)");
    figure("accuracy", figures_.accuracy ? fmt::format("{:.2f} % of {} test images", *figures_.accuracy * 100,
                                                       figures_.accuracy_images)
                                         : std::string("not known for this model"));
    std::string name = options_.scenario;
    for (char& c : name) {
      if (c == '\n' || c == '\r') c = ' ';
    }
    return ip::filled("README-simd.md.in", {{"name", top_},
                                            {"version", PSAFLOW_VERSION},
                                            {"scenario", name},
                                            {"images", std::to_string(golden_.images)},
                                            {"icarus_images", std::to_string(std::min(kIcarusImages, golden_.images))},
                                            {"golden_source", golden_.source},
                                            {"top", top_},
                                            {"port_rows", port_rows},
                                            {"burst_beats", std::to_string(hw_.burst_beats)},
                                            {"outstanding", std::to_string(hw_.outstanding_reads)},
                                            {"program_bytes", std::to_string(mapping_.image.size())},
                                            {"image_bytes", std::to_string(program().image_bytes)},
                                            {"result_bytes", std::to_string(program().result_bytes)},
                                            {"passes", std::to_string(program().passes.size())},
                                            {"input_text", input_text()},
                                            {"output_text", output_text()},
                                            {"register_rows", register_rows},
                                            {"error_codes", error_codes()},
                                            {"figure_rows", figure_rows},
                                            {"read_latency", std::to_string(options_.memory.read_latency_cycles)},
                                            {"memory_outstanding", std::to_string(options_.memory.outstanding_reads)}});
  }

  std::string manifest() const {
    Json json = {
        {"format", "psaflow.ip/1"},
        {"top", top_},
        {"kind", "simd"},
        {"scenario", options_.scenario},
        {"version", PSAFLOW_VERSION},
        {"license", "MIT"},
        {"clock", "aclk"},
        {"reset", "aresetn, synchronous, active low"},
        {"ports", ip::ports_json(core_.ports)},
        {"byte_order",
         "little-endian: a beat's lowest byte is that of the lowest address; lane 0 of a word in the low byte"}};
    json["registers"] = Json::array();
    for (const Register& r : kRegisters)
      json["registers"].push_back({{"address", r.address}, {"name", r.name}, {"access", r.access}, {"is", r.is}});
    json["network"] = options_.model ? ip::network_json(*options_.model) : Json::object();
    json["input"] = {{"prefix", "m_axi"},
                     {"content", input_text()},
                     {"rows", net_.input().rows},
                     {"columns", net_.input().cols},
                     {"image_bytes", program().image_bytes},
                     {"order", mapping_.fusion.input_over_tokens ? "columns side by side" : "rows side by side"}};
    json["output"] = {{"prefix", "m_axi"}, {"content", output_text()}, {"result_bytes", program().result_bytes}};
    json["program"] = {{"file", "memory/" + top_ + "_program.bin"},
                       {"bytes", mapping_.image.size()},
                       {"passes", program().passes.size()}};
    json["hardware"] = Json::object();
    for (const Parameter& p : simd_accelerator_parameters(hw_)) json["hardware"][p.name] = p.value;
    json["figures"] = {{"ii_cycles", plan_.ii_cycles},
                       {"latency_cycles", plan_.latency_cycles},
                       {"clock_mhz", options_.clock_mhz},
                       {"fps", images_per_second(options_.clock_mhz, plan_.ii_cycles)},
                       {"multipliers", hw_.tile * hw_.tile + 3 * hw_.tile}};
    if (figures_.accuracy) {
      json["figures"]["accuracy"] = *figures_.accuracy;
      json["figures"]["accuracy_images"] = figures_.accuracy_images;
    }
    json["memory"] = {{"read_latency_cycles", options_.memory.read_latency_cycles},
                      {"write_latency_cycles", options_.memory.write_latency_cycles},
                      {"outstanding_reads", options_.memory.outstanding_reads}};
    json["golden"] = {{"images", golden_.images}, {"source", golden_.source}};
    json["layers"] = Json::array();
    for (size_t i = 0; i < program().passes.size(); ++i) {
      const SimdPass& p = program().passes[i];
      const SimdStep& step = mapping_.fusion.steps[i];
      json["layers"].push_back({{"name", step.name},
                                {"kind", to_string(step.core)},
                                {"rows", p.rows},
                                {"columns", p.cols},
                                {"steps", p.steps},
                                {"table", p.table},
                                {"cycles", p.issue_cycles()}});
    }
    ip::add_files(json, files_);
    return json.dump(2) + "\n";
  }

  const Network& net_;
  const SimdMapping& mapping_;
  const SimdHardware& hw_;
  const SimdPrediction& plan_;
  const SimdIpOptions& options_;
  const GoldenVectors& golden_;
  const IpFigures& figures_;
  Design design_;
  std::string top_, title_;
  ip::Core core_;
  std::vector<TextFile> files_;
};

}  // namespace

std::vector<TextFile> package_simd_ip(const Network& network, const SimdMapping& mapping, const SimdPrediction& plan,
                                      const SimdIpOptions& options, const GoldenVectors& golden,
                                      const IpFigures& figures) {
  return Package(network, mapping, plan, options, golden, figures).run();
}

}  // namespace psaflow
