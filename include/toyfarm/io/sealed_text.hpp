#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "toyfarm/core/sha256.hpp"
#include "toyfarm/os/publish.hpp"

// JSON documents that vouch for themselves: their last member, "sha256_of_lines_above", is what
// `head -n -2 FILE | sha256sum` prints.
namespace toyfarm::io {

/// A JSON object's text, "{\n … \n}\n", with a seal as its last member.
[[nodiscard]] std::string sealed(std::string_view text);

/// Passes a JSON object's text on piece by piece, with a seal as its last member.
class Sealer {
 public:
  explicit Sealer(os::TextSink const& sink) : sink_(sink) {}
  void take(std::string_view piece);
  /// To be called once, after the last piece.
  void finish();

 private:
  void pass_on(std::string_view text);

  os::TextSink const& sink_;
  core::Sha256 hash_;
  std::string tail_;  ///< the last bytes, which may be the end of the object
};

/// Whether a text has a seal; documents of older versions have none. Throws core::DataError naming
/// `file` if the seal is not that of the text.
[[nodiscard]] bool is_sealed(std::string_view text, std::filesystem::path const& file);

/// A document that is small enough to be held, whose seal, if it has one, is that of its text.
/// Throws core::DataError, core::RuntimeFailure: no_input, io_error.
[[nodiscard]] std::string read_sealed_text(std::filesystem::path const& file);

}  // namespace toyfarm::io
