#include <algorithm>
#include <cstdlib>
#include <vector>

#include "io/hdf5.hpp"

namespace toyfarm::io::hdf5 {
namespace {

/// Memory that HDF5 asks for to hold strings of variable length. Many may refer to one long text,
/// so that what they take together says nothing of the file's size.
struct Allowance {
  std::size_t left;
  bool exceeded = false;
};

void* allocate(std::size_t bytes, void* allowance) {
  auto& a = *static_cast<Allowance*>(allowance);
  if (bytes > a.left) {
    a.exceeded = true;
    return nullptr;
  }
  a.left -= bytes;
  return std::malloc(bytes);
}

void release(void* memory, void* /*allowance*/) {
  std::free(memory);
}

/// Rows of a 1-D dataset, selected in turn; all at once where there is no such choice.
class Blocks {
 public:
  Blocks(StringSource const& source, hsize_t bytes_per_row)
      : space_(H5Scopy(source.space), H5Sclose),
        n_(static_cast<hsize_t>(
            std::max<hssize_t>(H5Sget_simple_extent_npoints(source.space), 0))) {
    constexpr hsize_t bytes_at_once = 16'000'000;
    bool const can_choose =
        source.portions == Portions::blocks && H5Sget_simple_extent_ndims(source.space) == 1;
    at_once_ =
        can_choose ? std::max<hsize_t>(1, bytes_at_once / std::max<hsize_t>(bytes_per_row, 1)) : n_;
  }
  /// False after the last row.
  [[nodiscard]] bool next() {
    first_ += count_;
    count_ = std::min(at_once_, n_ - first_);
    if (count_ == 0) {
      return false;
    }
    memory_ = Handle(H5Screate_simple(1, &count_, nullptr), H5Sclose);
    if (count_ < n_) {
      H5Sselect_hyperslab(space_.get(), H5S_SELECT_SET, &first_, nullptr, &count_, nullptr);
    }
    return true;
  }
  [[nodiscard]] std::size_t count() const noexcept { return static_cast<std::size_t>(count_); }
  [[nodiscard]] hid_t memory() const noexcept { return memory_.get(); }
  [[nodiscard]] hid_t file() const noexcept { return space_.get(); }

 private:
  Handle space_;
  Handle memory_;
  hsize_t n_, at_once_ = 0, first_ = 0, count_ = 0;
};

bool each_variable(StringSource const& source,
                   ReadLimit const& limit,
                   ReadStrings const& read,
                   std::function<void(std::string_view)> const& visit) {
  Handle const type(H5Tget_native_type(source.type, H5T_DIR_DEFAULT), H5Tclose);
  Handle const transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
  Allowance allowance{limit.bytes()};
  H5Pset_vlen_mem_manager(transfer.get(), allocate, &allowance, release, &allowance);
  Blocks blocks(source, 256 * sizeof(char*));
  while (blocks.next()) {
    allowance.left = limit.bytes();
    std::vector<char*> words(blocks.count(), nullptr);
    bool const ok =
        read(type.get(), blocks.memory(), blocks.file(), transfer.get(), words.data()) >= 0;
    if (ok) {
      for (auto const* const word : words) {
        visit(word == nullptr ? std::string_view() : std::string_view(word));
      }
    }
    for (auto* const word : words) {
      std::free(word);
    }
    if (allowance.exceeded) {
      limit.refuse(source.what);
    }
    if (!ok) {
      return false;
    }
  }
  return true;
}

bool each_fixed(StringSource const& source,
                ReadStrings const& read,
                std::function<void(std::string_view)> const& visit) {
  auto const width = H5Tget_size(source.type);
  bool const blanks = H5Tget_strpad(source.type) == H5T_STR_SPACEPAD;
  Blocks blocks(source, width);
  while (blocks.next()) {
    std::vector<char> bytes(width * blocks.count());
    if (read(source.type, blocks.memory(), blocks.file(), H5P_DEFAULT, bytes.data()) < 0) {
      return false;
    }
    for (std::size_t i = 0; i < blocks.count(); ++i) {
      std::string_view word(bytes.data() + i * width, width);
      word = word.substr(0, word.find('\0'));
      while (blanks && word.ends_with(' ')) {
        word.remove_suffix(1);
      }
      visit(word);
    }
  }
  return true;
}

}  // namespace

bool each_string(StringSource const& source,
                 ReadLimit const& limit,
                 ReadStrings const& read,
                 std::function<void(std::string_view)> const& visit) {
  auto const n = H5Sget_simple_extent_npoints(source.space);
  if (n < 0 || H5Tget_class(source.type) != H5T_STRING) {
    return false;
  }
  limit.require(static_cast<long double>(H5Tget_size(source.type)) * static_cast<long double>(n),
                source.what);
  return H5Tis_variable_str(source.type) > 0 ? each_variable(source, limit, read, visit)
                                             : each_fixed(source, read, visit);
}

}  // namespace toyfarm::io::hdf5
