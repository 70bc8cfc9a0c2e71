#include "sim/verbs/run_folder.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "sim/say.h"
#include "sw/base/error.h"
#include "sw/base/file.h"
#include "sw/train/training_curve.h"

namespace psaflow {
namespace {

const char* const kLog = "/log.jsonl";

std::string text_of(const std::vector<EpochReport>& log) {
  std::string lines;
  for (const EpochReport& e : log) lines += to_json_line(e);
  return lines;
}

const char* const kNames[] = {"checkpoint.safetensors",
                              "before-decay.safetensors",
                              "float.safetensors",
                              "model.safetensors",
                              "log.jsonl",
                              "curve.svg"};

bool is_ours(const std::string& name) {
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace

std::vector<std::string> run_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const char* name : kNames) files.push_back(folder + "/" + name);
  return files;
}

RunFolder::RunFolder(std::string path) : path_(std::move(path)) {
  make_folder(path_);
  // A lock on the folder itself leaves no file behind.
  NoLock no_lock;
  lock_ = FileLock::attempt(path_, FileLock::Mode::kExclusive, FileLock::Missing::kGiveUp, &no_lock);
  if (!lock_ && no_lock.why == NoLock::Why::kHeld) {
    throw UserError(path_, "--out", "another process that trains in it",
                    "one at a time: another --out, or wait for it to end");
  }
  if (!lock_) {
    warn("{}: cannot be locked ({}): see that no other process trains in it", path_, no_lock.reason);
  }
  remove_dead_asides(path_, is_ours);
}

std::vector<EpochReport> RunFolder::resume_log(int epochs_done, const std::string& title) const {
  const std::string file = path_ + kLog;
  std::vector<EpochReport> log = load_training_log(file, epochs_done);
  const std::string missing = missing_epochs(log, epochs_done);
  if (!missing.empty()) warn("{}: lacks epoch {}: the run was killed before it was logged", file, missing);
  std::error_code error;
  if (std::filesystem::exists(file, error)) write_log(log, title);
  return log;
}

void RunFolder::write_log(const std::vector<EpochReport>& log, const std::string& title) const {
  write_file_atomic(path_ + kLog, text_of(log));
  save_training_curve(log, title, path_ + "/curve.svg");
}

void tell_epoch(const EpochReport& e) {
  const std::string held_out =
      e.holdout_accuracy < 0 ? "" : fmt::format("  held out {:5.2f} %", 100 * e.holdout_accuracy);
  if (e.block >= 0) {
    say("epoch {:3}  block {} of {}  mse {:.4g}  {:.1f} s  {:.0f} images/s\n", e.epoch, e.block + 1, e.blocks, e.loss,
        e.seconds, e.images_per_second);
    std::fflush(stdout);
    return;
  }
  say("epoch {:3}  loss {:.4f}  views {:5.2f} %{}  {:.1f} s  {:.0f} images/s\n", e.epoch, e.loss,
      100 * e.train_accuracy, held_out, e.seconds, e.images_per_second);
  std::fflush(stdout);
}

}  // namespace psaflow
