#include "toyfarm/io/vouched_file.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "toyfarm/core/error.hpp"
#include "toyfarm/io/run_json.hpp"
#include "toyfarm/io/run_manifest.hpp"
#include "toyfarm/io/sealed_text.hpp"
#include "toyfarm/os/file.hpp"

#include "io/json_parts.hpp"

namespace toyfarm::io {
namespace fs = std::filesystem;
namespace {

struct stat status_of(os::Descriptor const& descriptor, fs::path const& file) {
  struct stat status {};
  if (::fstat(descriptor.get(), &status) != 0) {
    throw core::RuntimeFailure(core::ExitCode::io_error,
                               file.string() + ": " + std::strerror(errno));
  }
  return status;
}

/// Whether the same bytes may be expected: nobody has written in between.
bool is_same(struct stat const& a, struct stat const& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

[[noreturn]] void refuse(fs::path const& file, Claim const& claim, std::string const& difference) {
  std::error_code error;
  auto const journal = file.parent_path() / "journal.toyfarm";
  throw core::DataError(
      file.string(),
      "is not the file that " + claim.said_by.filename().string() + " names: " + difference +
          "; it is damaged or was altered" +
          (fs::exists(journal, error)
               ? ". The journal beside it has the rows: `toyfarm publish` writes all files anew"
               : ""));
}

bool is_there(fs::path const& file) {
  std::error_code error;
  return fs::is_regular_file(file, error);
}

/// S of S.toys.h5, S.out.json and the like; empty for another name.
std::string stem_of(std::string_view name) {
  for (std::string_view const end : {".toys.h5", ".out.json", ".metrics.json", ".json"}) {
    if (name.size() > end.size() && name.ends_with(end)) {
      return std::string(name.substr(0, name.size() - end.size()));
    }
  }
  return "";
}

/// The manifest of a shard calls the shard's table toys.h5, as it was called in the shard's run
/// directory.
std::optional<Claim> claim_of_shard(fs::path const& file) {
  auto const name = file.filename().string();
  auto const manifest = file.parent_path() / (stem_of(name) + ".manifest.json");
  if (stem_of(name).empty() || manifest == file || !is_there(manifest)) {
    return {};
  }
  auto const said = read_run_manifest(manifest);
  return name.ends_with(".toys.h5") ? claim_in(said.files, "toys.h5", manifest)
                                    : claim_in(said.outputs, name, manifest);
}

std::optional<Claim> claim_of_folder(fs::path const& file) {
  auto const name = file.filename().string();
  auto const manifest = file.parent_path() / "manifest.json";
  if (name == "manifest.json" || !is_there(manifest)) {
    return {};
  }
  auto const said = read_run_manifest(manifest);
  auto claim = claim_in(said.files, name, manifest);
  if (!claim && !said.is_rendered && !said.files.empty() &&
      (name == "toys.h5" || name == "merged.out.json")) {
    throw core::DataError(file.string(),
                          "is not among the files that " + manifest.string() +
                              " names: it is of another run, or of an earlier part of this one");
  }
  return claim;
}

/// The table that a result was written with.
std::optional<FileEntry> table_of(std::string const& text) {
  try {
    // Lists may be long, and none is wanted.
    auto const json =
        Json::parse(text, [](int /*depth*/, Json::parse_event_t event, Json& /*parsed*/) {
          return event != Json::parse_event_t::array_start;
        });
    return file_entries_of(Json::array({json.at("merge").at("table")})).front();
  } catch (Json::exception const&) {
    return {};  // a result of something else
  }
}

/// A merged result names the table that was written with it.
std::optional<Claim> claim_of_result(fs::path const& file) {
  auto const name = file.filename().string();
  auto const stem = stem_of(name);
  std::vector<std::string> results;
  if (name == "toys.h5") {
    results = {"merged.out.json"};
  } else if (name.ends_with(".toys.h5")) {
    results = {stem + ".out.json", stem + ".json", stem};
  }
  for (auto const& result : results) {
    auto const document = file.parent_path() / result;
    if (!is_there(document)) {
      continue;
    }
    auto const text = read_sealed_text(document);
    if (!is_sealed(text, document)) {
      continue;
    }
    if (auto const table = table_of(text)) {
      return claim_in({*table}, name, document);
    }
  }
  return {};
}

}  // namespace

FileEntry file_entry(fs::path const& file, std::string const& name) {
  auto const digest = os::digest(file);
  return {name, digest.sha256, digest.bytes};
}

struct VouchedFile::Open {
  fs::path path;
  os::Descriptor descriptor;
  struct stat status;
  bool is_vouched;
};

VouchedFile::VouchedFile(fs::path file, std::optional<Claim> claim) {
  auto descriptor = os::open_regular_file(file);
  auto const status = status_of(descriptor, file);
  open_ = std::make_unique<Open>(
      Open{std::move(file), std::move(descriptor), status, claim.has_value()});
  if (!claim) {
    return;
  }
  auto const& entry = claim->entry;
  auto const bytes = static_cast<std::uintmax_t>(status.st_size);
  if (bytes != entry.bytes) {
    refuse(open_->path,
           *claim,
           "it has " + std::to_string(bytes) + " bytes, not " + std::to_string(entry.bytes));
  }
  if (os::digest(open_->descriptor, open_->path).sha256 != entry.sha256) {
    refuse(open_->path, *claim, "its SHA-256 is another one");
  }
}

VouchedFile::VouchedFile(VouchedFile&&) noexcept = default;
VouchedFile::~VouchedFile() = default;

fs::path const& VouchedFile::path() const noexcept {
  return open_->path;
}

fs::path VouchedFile::handle() const {
  auto name = fs::path("/proc/self/fd") / std::to_string(open_->descriptor.get());
  std::error_code error;
  return fs::exists(name, error) ? name : open_->path;
}

std::string VouchedFile::text() const {
  auto text = os::read_file(open_->descriptor, open_->path);
  require_unchanged();
  return text;
}

bool VouchedFile::is_vouched() const noexcept {
  return open_->is_vouched;
}

void VouchedFile::require_unchanged() const {
  if (!is_same(open_->status, status_of(open_->descriptor, open_->path))) {
    throw core::RuntimeFailure(core::ExitCode::io_error,
                               open_->path.string() + ": was written to while it was read");
  }
}

std::optional<Claim> claim_in(std::vector<FileEntry> const& files,
                              std::string const& name,
                              fs::path const& said_by) {
  auto const found = std::ranges::find(files, name, &FileEntry::name);
  return found == files.end() ? std::nullopt : std::optional(Claim{*found, said_by});
}

std::optional<Claim> claim_beside(fs::path const& file) {
  for (auto const look : {claim_of_shard, claim_of_folder, claim_of_result}) {
    if (auto claim = look(file)) {
      return claim;
    }
  }
  return {};
}

VouchedFile open_vouched(fs::path const& file) {
  auto const claim = claim_beside(file);
  try {
    return {file, claim};
  } catch (core::DataError const&) {
    // When a run publishes, its table takes its place a moment before its manifest.
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    auto later = claim_beside(file);
    if (!later || later->entry.sha256 == claim->entry.sha256) {
      throw;
    }
    return {file, std::move(later)};
  }
}

}  // namespace toyfarm::io
