#include "toyfarm/io/sealed_text.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/os/file.hpp"

namespace toyfarm::io {
namespace {

constexpr std::string_view object_end = "\n}\n";
constexpr std::string_view before_digest = "  \"sha256_of_lines_above\": \"";
constexpr std::size_t digest_length = 64;
constexpr std::string_view after_digest = "\"\n}";
constexpr std::size_t seal_length = before_digest.size() + digest_length + after_digest.size();
constexpr std::uintmax_t largest_held = std::uintmax_t{1} << 32U;

std::string seal_of(core::Sha256& hash) {
  return std::string(before_digest) + hash.hex() + std::string(after_digest) + "\n";
}

/// A seal of which a few characters are others: then the text is not one that never had any.
bool is_nearly_a_seal(std::string_view end) {
  auto const n_equal = [](std::string_view a, std::string_view b) {
    std::size_t n = 0;
    for (std::size_t i = 0; i < b.size(); ++i) {
      n += a[i] == b[i] ? 1U : 0U;
    }
    return n;
  };
  return n_equal(end, before_digest) + before_digest.size() / 2 >= before_digest.size();
}

}  // namespace

void Sealer::pass_on(std::string_view text) {
  hash_.update(text);
  sink_(text);
}

void Sealer::take(std::string_view piece) {
  auto const n_kept = std::min(piece.size(), object_end.size());
  if (n_kept == object_end.size()) {
    pass_on(tail_);
    tail_.clear();
    pass_on(piece.substr(0, piece.size() - n_kept));
  }
  tail_ += piece.substr(piece.size() - n_kept);
  if (tail_.size() > object_end.size()) {
    pass_on(std::string_view(tail_).substr(0, tail_.size() - object_end.size()));
    tail_.erase(0, tail_.size() - object_end.size());
  }
}

void Sealer::finish() {
  if (tail_ != object_end) {
    throw core::RuntimeFailure(core::ExitCode::internal, "only a JSON object can be sealed");
  }
  pass_on(",\n");
  sink_(seal_of(hash_));
}

std::string sealed(std::string_view text) {
  std::string out;
  os::TextSink const append = [&](std::string_view piece) { out += piece; };
  Sealer sealer(append);
  sealer.take(text);
  sealer.finish();
  return out;
}

bool is_sealed(std::string_view text, std::filesystem::path const& file) {
  while (text.ends_with('\n') || text.ends_with('\r') || text.ends_with(' ')) {
    text.remove_suffix(1);
  }
  if (text.size() < seal_length) {
    return false;
  }
  auto const end = text.substr(text.size() - seal_length);
  auto const above = text.substr(0, text.size() - seal_length);
  if (!end.starts_with(before_digest) || !end.ends_with(after_digest)) {
    if (is_nearly_a_seal(end)) {
      throw core::DataError(file.string(), "its last lines are damaged or were altered");
    }
    return false;
  }
  if (end.substr(before_digest.size(), digest_length) != core::sha256_hex(above)) {
    throw core::DataError(file.string(),
                          "is damaged or was altered: its last line is not the SHA-256 of the "
                          "lines above it");
  }
  return true;
}

std::string read_sealed_text(std::filesystem::path const& file) {
  os::require_regular_file(file);
  if (std::filesystem::file_size(file) > largest_held) {
    throw core::DataError(file.string(), "is too large for such a document");
  }
  auto text = os::read_file(file);
  static_cast<void>(is_sealed(text, file));
  return text;
}

}  // namespace toyfarm::io
