// A toy in steady state asks nothing of the heap: malloc and its kin are counted, since Eigen calls
// them itself, past operator new.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <gtest/gtest.h>

#include "study/mixes.hpp"

namespace {

std::uint64_t n_allocations = 0;  // of the one thread there is

}  // namespace

#if !defined(__GLIBC__)
#define TOYFARM_COUNTS_ALLOCATIONS 0
#else
#define TOYFARM_COUNTS_ALLOCATIONS 1
extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t n, std::size_t size);
void* __libc_realloc(void* p, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);

void* malloc(std::size_t size) {
  ++n_allocations;
  return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
  ++n_allocations;
  return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t size) {
  ++n_allocations;
  return __libc_realloc(p, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
  ++n_allocations;
  return __libc_memalign(alignment, size);
}
}
#endif

namespace toyfarm::study {
namespace {

TEST(CountedAllocations, see_operator_new_aligned_new_and_eigen) {
  if (!TOYFARM_COUNTS_ALLOCATIONS) {
    GTEST_SKIP() << "SKIPPED: allocations cannot be counted without glibc";
  }
  // Compilers may leave out an allocation that nobody looks at.
  auto const seen = [](void const* p) { asm volatile("" : : "r"(p) : "memory"); };
  std::uint64_t counts[4] = {n_allocations};
  std::vector<double> const ordinary(8);
  seen(ordinary.data());
  counts[1] = n_allocations;
  core::Column const aligned(8);
  seen(aligned.data());
  counts[2] = n_allocations;
  Eigen::VectorXd const eigen = Eigen::VectorXd::Zero(8);
  seen(eigen.data());
  counts[3] = n_allocations;
  for (std::uint64_t i = 1; i < 4; ++i) {
    EXPECT_EQ(counts[i], counts[0] + i);
  }
}

class Mixes : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!TOYFARM_COUNTS_ALLOCATIONS) {
      GTEST_SKIP() << "SKIPPED: allocations cannot be counted without glibc";
    }
  }
};

constexpr std::uint64_t n_warm = 50;
constexpr std::uint64_t n_toys = n_warm + 200;

// A toy whose cells must be refined is another matter the first few times (cb_exp has a few such
// among these 250): what refined cells need is made when it is first wanted.
TEST_P(Mixes, allocate_nothing_once_warm) {
  auto const setup = test::setup_of(test::read_mix(GetParam()));
  ToyRunner runner(setup);
  int n_refined = 0;
  for (std::uint64_t toy = 0; toy < n_toys; ++toy) {
    auto const before = n_allocations;
    bool const refined = runner.run(core::ToyId{toy}).fit().engine == core::Engine::refined;
    n_refined += refined ? 1 : 0;
    if (toy >= n_warm && !refined) {
      EXPECT_EQ(n_allocations, before) << "toy " << toy;
    }
  }
  EXPECT_LE(n_refined, 5);
  for (std::uint64_t toy = 0; toy < n_toys; ++toy) {
    auto const before = n_allocations;
    runner.run(core::ToyId{toy});
    EXPECT_EQ(n_allocations, before) << "toy " << toy << " again";
  }
}

TEST_P(Mixes, allocate_nothing_once_warm_event_by_event) {
  auto const setup = test::setup_of(test::read_mix(GetParam()));
  ToyRunner runner(setup);
  for (std::uint64_t toy = 0; toy < n_toys; ++toy) {
    auto const before = n_allocations;
    runner.run_by_events(core::ToyId{toy});
    if (toy >= n_warm) {
      EXPECT_EQ(n_allocations, before) << "toy " << toy;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Allocations,
                         Mixes,
                         testing::ValuesIn(test::mixes()),
                         [](auto const& named) { return named.param; });

}  // namespace
}  // namespace toyfarm::study
