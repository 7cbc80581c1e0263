#pragma once
#include <cstdint>
#include <string>

#include <arrow/memory_pool.h>

namespace toyfarm::io {

/// Memory for Arrow up to a limit: pages say themselves to how much they unfold.
class LimitedPool final : public arrow::MemoryPool {
 public:
  explicit LimitedPool(std::uint64_t most) : most_(most) {}

  using arrow::MemoryPool::Allocate;
  using arrow::MemoryPool::Free;
  using arrow::MemoryPool::Reallocate;

  arrow::Status Allocate(std::int64_t size, std::int64_t alignment, std::uint8_t** out) override {
    return allows(size, 0) ? pool_->Allocate(size, alignment, out) : refusal();
  }
  arrow::Status Reallocate(std::int64_t old_size,
                           std::int64_t new_size,
                           std::int64_t alignment,
                           std::uint8_t** data) override {
    return allows(new_size, old_size) ? pool_->Reallocate(old_size, new_size, alignment, data)
                                      : refusal();
  }
  void Free(std::uint8_t* data, std::int64_t size, std::int64_t alignment) override {
    pool_->Free(data, size, alignment);
  }
  std::int64_t bytes_allocated() const override { return pool_->bytes_allocated(); }
  std::int64_t max_memory() const override { return pool_->max_memory(); }
  std::int64_t total_bytes_allocated() const override { return pool_->total_bytes_allocated(); }
  std::int64_t num_allocations() const override { return pool_->num_allocations(); }
  std::string backend_name() const override { return pool_->backend_name(); }

  [[nodiscard]] bool was_exceeded() const noexcept { return exceeded_; }

 private:
  bool allows(std::int64_t more, std::int64_t less) {
    auto const sum = static_cast<std::uint64_t>(pool_->bytes_allocated() - less) +
                     static_cast<std::uint64_t>(more);
    exceeded_ = exceeded_ || sum > most_;
    return sum <= most_;
  }
  static arrow::Status refusal() { return arrow::Status::OutOfMemory("beyond the limit"); }

  arrow::MemoryPool* pool_ = arrow::default_memory_pool();
  std::uint64_t most_;
  bool exceeded_ = false;
};

}  // namespace toyfarm::io
