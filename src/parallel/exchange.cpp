#include "parallel/exchange.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <thread>
#include <vector>

#include <boost/mpi/exception.hpp>

#include "toyfarm/core/contract.hpp"

#include "parallel/job_impl.hpp"

namespace toyfarm::parallel {
namespace {

constexpr int block_tag = 2;
/// Over TCP a large block leaves only when both ends have entered MPI twice, once per block of
/// theirs: with 4 under way a sender need not wait for that.
constexpr std::size_t n_outgoing = 4;
/// Blocks of half a MiB make this 8 MiB, whatever the number of ranks.
constexpr std::size_t n_incoming = 16;
constexpr std::chrono::microseconds nap{200};

/// A buffer and what MPI does with it.
struct Slot {
  std::vector<std::uint64_t> words;
  MPI_Request request = MPI_REQUEST_NULL;

  /// True once MPI is done with the buffer.
  [[nodiscard]] bool test() {
    int done = 0;
    BOOST_MPI_CHECK_RESULT(MPI_Test, (&request, &done, MPI_STATUS_IGNORE));
    return done != 0;
  }
  [[nodiscard]] bool is_under_way() const noexcept { return request != MPI_REQUEST_NULL; }
};

void wait(Slot& slot) {
  while (slot.is_under_way() && !slot.test()) {
    std::this_thread::sleep_for(nap);
  }
}

/// Begins to receive a block if one has arrived.
bool begin_to_receive(MPI_Comm world, Slot& slot) {
  int arrived = 0;
  MPI_Status status;
  BOOST_MPI_CHECK_RESULT(MPI_Iprobe, (MPI_ANY_SOURCE, block_tag, world, &arrived, &status));
  if (arrived == 0) {
    return false;
  }
  int count = 0;
  BOOST_MPI_CHECK_RESULT(MPI_Get_count, (&status, MPI_UINT64_T, &count));
  slot.words.resize(static_cast<std::size_t>(count));
  BOOST_MPI_CHECK_RESULT(
      MPI_Irecv,
      (slot.words.data(), count, MPI_UINT64_T, status.MPI_SOURCE, block_tag, world, &slot.request));
  return true;
}

}  // namespace

struct Exchange::Slots {
  std::array<Slot, n_outgoing> outgoing;
  std::array<Slot, n_incoming> incoming;
  Slot* filling = nullptr;

  [[nodiscard]] bool are_under_way() const noexcept {
    auto const under_way = [](Slot const& slot) { return slot.is_under_way(); };
    return std::ranges::any_of(outgoing, under_way) || std::ranges::any_of(incoming, under_way);
  }
};

Exchange::Exchange(Job const& job) : job_(job), slots_(std::make_unique<Slots>()) {}

Exchange::~Exchange() {
  if (slots_->are_under_way()) {
    [[maybe_unused]] auto const* const left = slots_.release();
  }
}

std::span<std::uint64_t> Exchange::buffer(std::uint64_t n) {
  auto const find_free = [&] {
    slots_->filling = nullptr;
    for (auto& slot : slots_->outgoing) {
      // Every one is tested: this is also where MPI gets to push blocks on.
      if (!slot.is_under_way() || slot.test()) {
        slots_->filling = &slot;
      }
    }
    return slots_->filling != nullptr;
  };
  while (!find_free()) {
    std::this_thread::sleep_for(nap);
  }
  slots_->filling->words.resize(n);
  return slots_->filling->words;
}

void Exchange::send() {
  TOYFARM_EXPECTS(job_.impl_ && job_.rank() != 0 && slots_->filling);
  auto& slot = *slots_->filling;
  BOOST_MPI_CHECK_RESULT(MPI_Isend,
                         (slot.words.data(),
                          static_cast<int>(slot.words.size()),
                          MPI_UINT64_T,
                          0,
                          block_tag,
                          job_.impl_->world,
                          &slot.request));
}

void Exchange::finish() {
  for (auto& slot : slots_->outgoing) {
    wait(slot);
  }
  if (job_.impl_) {
    Slot all_here;
    BOOST_MPI_CHECK_RESULT(MPI_Ibarrier, (job_.impl_->world, &all_here.request));
    wait(all_here);
  }
}

void Exchange::receive(Take const& take) {
  if (!job_.impl_) {
    return;
  }
  for (bool more = true; more;) {
    more = false;
    for (auto& slot : slots_->incoming) {
      if (slot.is_under_way() && slot.test()) {
        take(slot.words);
        more = true;
      }
      if (!slot.is_under_way()) {
        more = begin_to_receive(job_.impl_->world, slot) || more;
      }
    }
  }
}

}  // namespace toyfarm::parallel
