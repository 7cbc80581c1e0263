#include "batch/side_files.hpp"

#include <charconv>
#include <map>
#include <sstream>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/sha256.hpp"
#include "toyfarm/os/file.hpp"

namespace toyfarm::batch {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t max_bytes = 4096;

/// Lines as sha256sum writes them: digest, two blanks, name.
class Sums {
 public:
  explicit Sums(fs::path file)
      : file_(std::move(file)), text_(os::read_if_there(file_, max_bytes)) {
    std::istringstream lines(text_.value_or(""));
    for (std::string line; std::getline(lines, line);) {
      constexpr std::size_t digest_length = 64;
      if (line.size() < digest_length + 3 || line.substr(digest_length, 2) != "  ") {
        throw core::DataError(file_.string(), "has a line that is no checksum; it is damaged");
      }
      sums_[line.substr(digest_length + 2)] = line.substr(0, digest_length);
    }
  }
  /// Throws core::DataError unless `text` is what they say of the file.
  void check(std::string const& name, std::string const& text) const {
    if (!text_) {
      return;  // of an older script, or of a shard that has not ended
    }
    auto const found = sums_.find(name);
    if (found == sums_.end() || found->second != core::sha256_hex(text)) {
      throw core::DataError((file_.parent_path() / name).string(),
                            "is not the file that " + file_.filename().string() +
                                " names: it or this is damaged or was altered");
    }
  }

 private:
  fs::path file_;
  std::optional<std::string> text_;
  std::map<std::string, std::string> sums_;
};

}  // namespace

SideFiles read_side_files(fs::path const& folder, std::string const& stem) {
  Sums const sums(folder / (stem + ".sums"));
  auto const checked = [&](char const* end) -> std::string {
    auto text = os::read_if_there(folder / (stem + end), max_bytes);
    if (!text) {
      return "";
    }
    sums.check(stem + end, *text);
    text->erase(text->find_last_not_of(" \t\r\n") + 1);
    return *text;
  };
  SideFiles out;
  out.host = checked(".host");
  if (auto const rc = checked(".rc"); !rc.empty()) {
    int code = 0;
    auto const [end, error] = std::from_chars(rc.data(), rc.data() + rc.size(), code);
    out.rc = error == std::errc() && end == rc.data() + rc.size() ? code : 255;
  }
  auto const elapsed = checked(".elapsed_s");
  std::from_chars(elapsed.data(), elapsed.data() + elapsed.size(), out.elapsed_s);
  return out;
}

}  // namespace toyfarm::batch
