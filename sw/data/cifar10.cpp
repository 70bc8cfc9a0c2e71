#include "sw/data/cifar10.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/io/sha256.h"

namespace psaflow {
namespace {

constexpr size_t kRecordBytes = 1 + kCifarImageBytes;
constexpr char kArchiveFolder[] = "cifar-10-batches-bin";

// Appends records of `bytes` to `data` until it holds `limit` images (0: all).
void append_records(const std::vector<char>& bytes, const std::string& name, size_t limit, Dataset& data) {
  if (bytes.empty() || bytes.size() % kRecordBytes != 0) {
    throw UserError(
        name, "size", fmt::format("{} bytes", bytes.size()),
        fmt::format("whole records of {} bytes, at least one (psaflow fetch-data gets intact files)", kRecordBytes));
  }
  size_t records = bytes.size() / kRecordBytes;
  if (limit > 0) records = std::min(records, limit - data.count());
  data.images.reserve(data.images.size() + records * kCifarImageBytes);
  for (size_t i = 0; i < records; ++i) {
    const auto* record = reinterpret_cast<const uint8_t*>(bytes.data()) + i * kRecordBytes;
    if (record[0] >= kCifarClasses)
      throw UserError(name, fmt::format("label of record {}", i), std::to_string(record[0]), "0..9");
    data.labels.push_back(record[0]);
    data.images.insert(data.images.end(), record + 1, record + kRecordBytes);
  }
}

}  // namespace

const char* cifar_class_name(int label) {
  static constexpr const char* kNames[kCifarClasses] = {"airplane", "automobile", "bird",  "cat",  "deer",
                                                        "dog",      "frog",       "horse", "ship", "truck"};
  PSAFLOW_CHECK(label >= 0 && label < kCifarClasses, "label in 0..9");
  return kNames[label];
}

Dataset parse_cifar10(const std::vector<char>& bytes, const std::string& name, size_t limit) {
  Dataset data;
  append_records(bytes, name, limit, data);
  return data;
}

std::vector<std::string> cifar10_paths(const std::string& dir, Split split) {
  std::vector<std::string> names;
  if (split == Split::kTest) {
    names = {"test_batch.bin"};
  } else {
    for (int k = 1; k <= 5; ++k) names.push_back(fmt::format("data_batch_{}.bin", k));
  }
  // A split is read from one folder, the first that has any file of it: files of two data sets are never mixed.
  const auto is_in = [&](const std::string& folder) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      std::error_code error;
      return std::filesystem::exists(folder + "/" + name, error) || error;  // an error is told when it is read
    });
  };
  const std::string below = dir + "/" + kArchiveFolder, &folder = !is_in(dir) && is_in(below) ? below : dir;
  for (std::string& name : names) name = folder + "/" + name;
  return names;
}

Dataset load_cifar10(const std::string& dir, Split split, size_t limit) {
  Dataset data;
  for (const std::string& path : cifar10_paths(dir, split)) {
    if (limit > 0 && data.count() == limit) break;
    std::error_code error;
    // Not into `dir`: it may hold a small set of somebody's own. What cannot be looked at is told when it is read.
    if (!std::filesystem::exists(path, error) && !error) {
      throw UserError(path, "CIFAR-10 file", "no such file",
                      "a folder with it; 'psaflow fetch-data --dir data' makes one");
    }
    append_records(read_file(path), path, limit, data);
  }
  return data;
}

std::string fingerprint(const Dataset& data) {
  // A byte a label where that holds all of them: fingerprints are older than more classes.
  std::vector<uint8_t> labels(data.labels.begin(), data.labels.end());
  if (!std::equal(labels.begin(), labels.end(), data.labels.begin())) {
    labels.clear();
    for (const uint16_t label : data.labels) labels.insert(labels.end(), {uint8_t(label & 255), uint8_t(label >> 8)});
  }
  const std::string parts =
      sha256_hex(data.images.data(), data.images.size()) + sha256_hex(labels.data(), labels.size());
  return sha256_hex(parts.data(), parts.size());
}

}  // namespace psaflow
