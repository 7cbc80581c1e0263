#pragma once
#include <cstddef>
#include <new>
#include <vector>

namespace toyfarm::core {

/// Allocator of 64-byte aligned storage, for columns that SIMD kernels read.
template <class T>
struct AlignedAllocator {
  using value_type = T;
  AlignedAllocator() = default;
  template <class U>
  AlignedAllocator(AlignedAllocator<U> const&) noexcept {
  }  // NOLINT(google-explicit-constructor): allocators convert
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, std::size_t) noexcept { ::operator delete (p, std::align_val_t{64}); }
  friend bool operator==(AlignedAllocator, AlignedAllocator) { return true; }
};

/// A column of numbers, 64-byte aligned.
using Column = std::vector<double, AlignedAllocator<double>>;

}  // namespace toyfarm::core
