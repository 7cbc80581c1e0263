#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace toyfarm::test {

/// n numbers, uniform between lower and upper.
inline std::vector<double> numbers(std::size_t n, double lower, double upper, std::uint32_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<double> x(n);
  for (auto& v : x) {
    v = lower + (upper - lower) * static_cast<double>(engine() >> 11) * 0x1p-53;
  }
  return x;
}

inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

/// Columns of n numbers each, which end with their storage (a read beyond is a sanitizer's to see)
/// and start `shift` doubles into it.
class InputColumns {
 public:
  InputColumns(std::size_t n_columns, std::size_t n, std::size_t shift) : shift_(shift) {
    for (std::size_t c = 0; c < n_columns; ++c) {
      data_.push_back(numbers(shift + n, -1, 2, static_cast<std::uint32_t>(100 + c)));
      pointers_.push_back(data_.back().data() + shift);
    }
  }
  [[nodiscard]] double const* const* data() const { return pointers_.data(); }
  [[nodiscard]] double* operator[](std::size_t column) { return data_[column].data() + shift_; }

 private:
  std::size_t shift_;
  std::vector<std::vector<double>> data_;
  std::vector<double const*> pointers_;
};

/// Columns to write, with marks on both sides of them.
class OutputColumns {
 public:
  static constexpr double mark = -12345;
  OutputColumns(std::size_t n_columns, std::size_t n, std::size_t shift) : n_(n), shift_(shift) {
    for (std::size_t c = 0; c < n_columns; ++c) {
      data_.emplace_back(shift + n + 9, mark);
      pointers_.push_back(data_.back().data() + shift);
    }
  }
  [[nodiscard]] double* const* data() const { return pointers_.data(); }
  [[nodiscard]] double const* operator[](std::size_t column) const { return pointers_[column]; }
  /// Whether all around the columns is as it was.
  [[nodiscard]] bool marks_are_whole() const {
    for (auto const& column : data_) {
      for (std::size_t i = 0; i < column.size(); ++i) {
        if ((i < shift_ || i >= shift_ + n_) && column[i] != mark) {
          return false;
        }
      }
    }
    return true;
  }
  friend bool operator==(OutputColumns const& a, OutputColumns const& b) {
    for (std::size_t c = 0; c < a.data_.size(); ++c) {
      for (std::size_t i = 0; i < a.data_[c].size(); ++i) {
        if (!same_bits(a.data_[c][i], b.data_[c][i])) {
          return false;
        }
      }
    }
    return a.data_.size() == b.data_.size();
  }

 private:
  std::size_t n_;
  std::size_t shift_;
  std::vector<std::vector<double>> data_;
  std::vector<double*> pointers_;
};

/// Sizes at which kernels that work in steps of 8 lanes, or of 16 times as many, may go wrong.
inline constexpr std::size_t awkward_sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 17, 33, 128, 131};

}  // namespace toyfarm::test
