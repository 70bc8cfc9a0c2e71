// What an IP consists of, without any tool: names, licence, hashes, and metadata that tell of the same ports and files.
#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <pugixml.hpp>
#include <regex>
#include <set>

#include "sw/data/process.h"
#include "tests/package/small_ip.h"
#include "tests/scratch_folder.h"
#include "tests/xml_fault.h"

using namespace psaflow;
using namespace psaflow::test;

namespace {

const SmallIp& ip() {
  static const std::unique_ptr<SmallIp> made = small_ip("Tiny IP");
  return *made;
}

bool ends_with(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

std::set<std::string> files_in(const std::string& folder) {
  std::set<std::string> names;
  for (const TextFile& file : ip().files) {
    if (file.name.rfind(folder, 0) == 0) names.insert(file.name);
  }
  return names;
}

// name -> bits, input first: "aclk" -> {in, 1}.
std::map<std::string, std::pair<std::string, int>> ports_of_top() {
  std::map<std::string, std::pair<std::string, int>> ports;
  const std::string& text = ip().file("rtl/tiny_ip.sv");
  const std::regex port(R"((input |output) logic (?:\[(\d+):0\])?\s*(\w+))");
  for (std::sregex_iterator m(text.begin(), text.end(), port), end; m != end; ++m) {
    const std::string bits = (*m)[2];
    ports[(*m)[3]] = {(*m)[1] == "output" ? "out" : "in", bits.empty() ? 1 : std::stoi(bits) + 1};
  }
  return ports;
}

std::string strip(const std::string& tag) {
  return tag.substr(tag.find(':') + 1);
}

// The first element below `node` on a path of names without prefixes: "model/ports".
pugi::xml_node below(pugi::xml_node node, const std::string& path) {
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find('/', at), path.size());
    const std::string name = path.substr(at, end - at);
    node = node.find_child([&](pugi::xml_node child) { return strip(child.name()) == name; });
    at = end + 1;
  }
  return node;
}

}  // namespace

TEST_CASE("modules and files of an IP begin with its name; every SystemVerilog file names its licence") {
  const std::regex module(R"((?:^|\n)module (\w+))"), instance(R"(\n  +(\w+) (?:#\(|u_\w+ \())");
  std::set<std::string> modules, used;
  for (const TextFile& file : ip().files) {
    INFO(file.name);
    if (!ends_with(file.name, ".sv")) continue;
    CHECK(file.text.rfind("// SPDX-License-Identifier: MIT\n", 0) == 0);
    std::smatch m;
    REQUIRE(std::regex_search(file.text, m, module));
    CHECK(m[1].str().rfind("tiny_ip", 0) == 0);
    CHECK(file.name.substr(file.name.find('/') + 1) == m[1].str() + ".sv");
    modules.insert(m[1]);
    for (std::sregex_iterator i(file.text.begin(), file.text.end(), instance), end; i != end; ++i) used.insert((*i)[1]);
  }
  for (const std::string& name : used) {
    INFO(name);
    CHECK((modules.count(name) == 1 || name == "module" || name == "assert" || name.rfind("DSP48E", 0) == 0));
  }
  for (const std::string& name : files_in("rtl/")) CHECK(name.rfind("rtl/tiny_ip", 0) == 0);
  for (const std::string& name : files_in("sim/")) CHECK(name.rfind("sim/tiny_ip", 0) == 0);
  CHECK_THAT(ip().file("LICENSE"), Catch::Contains("MIT License"));
}

TEST_CASE("the manifest tells top, ports, byte order, figures and the hash of every file") {
  const ScratchFolder scratch;
  write_ip(ip(), scratch.path());
  const auto json = nlohmann::json::parse(ip().file("manifest.json"));
  CHECK(json.at("top") == "tiny_ip");
  CHECK(json.at("kind") == "streaming");
  CHECK(json.at("byte_order").is_string());
  const CyclePrediction plan = predict_cycles(ip().pipeline);
  CHECK(json.at("figures").at("ii_cycles") == plan.ii_cycles);
  CHECK(json.at("figures").at("latency_cycles") == plan.latency_cycles);
  const auto ports = ports_of_top();
  CHECK(ports.size() == json.at("ports").size());
  for (const auto& port : json.at("ports")) {
    const auto found = ports.find(port.at("name"));
    REQUIRE(found != ports.end());
    CHECK(found->second.first == port.at("direction"));
    CHECK(found->second.second == port.at("width_bits"));
  }
  for (const char* name : {"aclk", "aresetn", "s_axis_tdata", "s_axis_tvalid", "s_axis_tready", "s_axis_tlast",
                           "m_axis_tdata", "m_axis_tvalid", "m_axis_tready", "m_axis_tlast"}) {
    CHECK(ports.count(name) == 1);
  }
  std::string sums;  // as sha256sum --check reads them
  std::set<std::string> listed;
  for (const auto& file : json.at("files")) {
    sums += fmt::format("{}  {}\n", file.at("sha256").get<std::string>(), file.at("path").get<std::string>());
    listed.insert(file.at("path").get<std::string>());
  }
  for (const TextFile& file : ip().files) CHECK((file.name == "manifest.json") != (listed.count(file.name) == 1));
  write_text(scratch / "sums", sums);
  ProcessOptions options;
  options.folder = scratch.path();
  const ProcessResult check = run_process({"sha256sum", "--check", "--strict", "--quiet", "sums"}, options);
  INFO(check.messages);
  CHECK(check.ok());
}

TEST_CASE("IP-XACT, both dialects: ports, bus interfaces, parameter and files are the IP's") {
  const auto ports = ports_of_top();
  for (const std::string name : {"component.xml", "component-2014.xml"}) {
    INFO(name);
    const bool old = name == "component.xml";
    pugi::xml_document document;
    REQUIRE(document.load_string(ip().file(name).c_str()));
    const pugi::xml_node root = document.document_element();
    CHECK(std::string(root.attribute(old ? "xmlns:spirit" : "xmlns:ipxact").value()) ==
          (old ? "http://www.spiritconsortium.org/XMLSchema/SPIRIT/1685-2009"
               : "http://www.accellera.org/XMLSchema/IPXACT/1685-2014"));
    CHECK(std::string(below(root, "name").text().get()) == "tiny_ip");
    size_t declared = 0;
    for (const pugi::xml_node port : below(root, "model/ports")) {
      const auto found = ports.find(below(port, "name").text().get());
      REQUIRE(found != ports.end());
      CHECK(found->second.first == below(port, "wire/direction").text().get());
      const pugi::xml_node vector = below(port, old ? "wire/vector" : "wire/vectors/vector");
      CHECK(found->second.second == (vector ? below(vector, "left").text().as_int() + 1 : 1));
      ++declared;
    }
    CHECK(declared == ports.size());
    std::set<std::string> mapped, buses;
    for (const pugi::xml_node bus : below(root, "busInterfaces")) {
      buses.insert(below(bus, "name").text().get());
      for (const pugi::xml_node map : below(bus, old ? "portMaps" : "abstractionTypes/abstractionType/portMaps")) {
        const std::string port = below(map, "physicalPort/name").text().get();
        CHECK(ports.count(port) == 1);
        CHECK(mapped.insert(port).second);
      }
    }
    CHECK(buses == std::set<std::string>{"s_axis", "m_axis", "aclk", "aresetn"});
    CHECK(mapped.size() == ports.size() - 1);  // error is no bus
    const std::string parameter =
        old ? "model/modelParameters/modelParameter/name"
            : "model/instantiations/componentInstantiation/moduleParameters/moduleParameter/name";
    CHECK(std::string(below(root, parameter).text().get()) == "RomDir");
    std::set<std::string> listed;
    for (const pugi::xml_node set : below(root, "fileSets")) {
      for (const pugi::xml_node file : set) {
        if (strip(file.name()) == "file") listed.insert(below(file, "name").text().get());
      }
    }
    std::set<std::string> wanted = files_in("rtl/");
    wanted.insert("constraints/tiny_ip.xdc");
    CHECK(listed == wanted);
  }
}

TEST_CASE("the FuseSoC core: targets, and every file that it names is there") {
  const std::string& text = ip().file("tiny_ip.core");
  CHECK(text.rfind("CAPI=2:\n", 0) == 0);
  const YAML::Node core = YAML::Load(text.substr(text.find('\n') + 1));
  CHECK(core["name"].as<std::string>() == "psaflow:ip:tiny_ip:" PSAFLOW_VERSION);
  std::set<std::string> listed;
  for (const auto& set : core["filesets"]) {
    for (const auto& file : set.second["files"])
      listed.insert(file.IsMap() ? file.begin()->first.as<std::string>() : file.as<std::string>());
  }
  std::set<std::string> wanted = files_in("rtl/");
  wanted.merge(files_in("sim/"));
  wanted.insert("constraints/tiny_ip.xdc");
  CHECK(listed == wanted);
  for (const char* target : {"default", "lint", "sim", "synth"}) {
    INFO(target);
    REQUIRE(core["targets"][target].IsMap());
  }
  CHECK(core["targets"]["sim"]["toplevel"].as<std::string>() == "tiny_ip_tb");
  CHECK(core["targets"]["synth"]["tools"]["yosys"].IsMap());
}

TEST_CASE("README and diagram tell of the IP") {
  const std::string& readme = ip().file("README.md");
  for (const char* text : {"tiny_ip", "`s_axis_tdata` | in | 32", "lower", "768 beats of 4 bytes", "RomDir", "MIT"})
    CHECK_THAT(readme, Catch::Contains(text));
  CHECK(readme.find("{{") == std::string::npos);
  const std::string& svg = ip().file("tiny_ip.svg");
  pugi::xml_document document;
  REQUIRE(document.load_string(svg.c_str()));
  for (const Stage& stage : ip().pipeline.stages) CHECK_THAT(svg, Catch::Contains(">" + stage.name + "<"));
  CHECK(count(svg, "FIFO ") >= ip().pipeline.streams.size());
}
