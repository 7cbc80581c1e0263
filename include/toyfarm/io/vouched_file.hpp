#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

// The one way to a file whose size and SHA-256 a manifest names.
namespace toyfarm::io {

/// A file as a document vouches for it.
struct FileEntry {
  std::string name;
  std::string sha256;
  std::uintmax_t bytes = 0;
};

/// Of `file`, which is or will be called `name`.
[[nodiscard]] FileEntry file_entry(std::filesystem::path const& file, std::string const& name);

/// What a document says of a file.
struct Claim {
  FileEntry entry;
  std::filesystem::path said_by;  ///< the document
};

/// A file that is open, and whose bytes are those that a document names.
class VouchedFile {
 public:
  /// Opens `file` and compares what is open with `claim`, if there is one. Throws core::DataError
  /// naming both if size or SHA-256 differ; core::RuntimeFailure: no_input, io_error.
  VouchedFile(std::filesystem::path file, std::optional<Claim> claim);
  VouchedFile(VouchedFile&&) noexcept;
  ~VouchedFile();

  /// The name it was opened by, for messages.
  [[nodiscard]] std::filesystem::path const& path() const noexcept;
  /// A name of what is open, whatever stands in the folder by now; as long as the object lives.
  [[nodiscard]] std::filesystem::path handle() const;
  /// All of it.
  [[nodiscard]] std::string text() const;
  /// False if no document names it: then its bytes may be any.
  [[nodiscard]] bool is_vouched() const noexcept;
  /// To be called after reading. Throws core::RuntimeFailure(io_error) if it was written to since
  /// it was opened.
  void require_unchanged() const;

 private:
  struct Open;
  std::unique_ptr<Open> open_;
};

/// What stands beside a file and names it, if anything does: the manifest of its folder or of its
/// shard (shard_0.manifest.json for shard_0.toys.h5), or, for the table of a merged result, the
/// result (merged.out.json for toys.h5). Throws core::DataError for such a document that is
/// damaged, and for a toys.h5 or merged.out.json that the manifest of the run in its folder does
/// not name.
[[nodiscard]] std::optional<Claim> claim_beside(std::filesystem::path const& file);

/// The entry of a list for a name.
[[nodiscard]] std::optional<Claim> claim_in(std::vector<FileEntry> const& files,
                                            std::string const& name,
                                            std::filesystem::path const& said_by);

/// Opens a file and compares it with what stands beside it.
[[nodiscard]] VouchedFile open_vouched(std::filesystem::path const& file);

}  // namespace toyfarm::io
