#include "toyfarm/kernels/isa.hpp"

#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;
using toyfarm::test::ForcedIsa;

TEST(SelectIsa, uses_what_the_environment_names) {
  for (auto const* name : {"sse4", "generic"}) {
    ForcedIsa const isa(name);
    ASSERT_TRUE(isa.ok()) << name;
    EXPECT_EQ(kernels::isa_name(), name);
    EXPECT_FALSE(kernels::uses_fma());
  }
  ForcedIsa const wide("avx2");
  if (wide.ok()) {
    EXPECT_EQ(kernels::isa_name(), "avx2");
    EXPECT_TRUE(kernels::uses_fma());
  }
}

TEST(SelectIsa, refuses_a_name_it_does_not_know_and_keeps_the_widest) {
  unsetenv("TOYFARM_ISA");
  ASSERT_TRUE(kernels::select_isa());
  std::string const widest(kernels::isa_name());
  for (auto const* name : {"", "AVX2", "avx1024"}) {
    ForcedIsa const isa(name);
    EXPECT_FALSE(isa.ok()) << name;
    EXPECT_EQ(kernels::isa_name(), widest);
  }
}

TEST(SelectIsa, chooses_among_what_is_compiled) {
  std::istringstream words(kernels::compiled_isas());
  std::set<std::string> const compiled{std::istream_iterator<std::string>(words), {}};
  for (auto const* name : {"avx512", "avx2", "sse4", "generic"}) {
    ForcedIsa const isa(name);
    if (isa.ok()) {
      EXPECT_TRUE(compiled.contains(name)) << name;
    }
  }
}

TEST(SelectIsa, can_widen_again_after_a_narrow_choice) {
  unsetenv("TOYFARM_ISA");
  ASSERT_TRUE(kernels::select_isa());
  std::string const widest(kernels::isa_name());
  {
    ForcedIsa const isa("generic");
    EXPECT_EQ(kernels::isa_name(), "generic");
  }
  EXPECT_EQ(kernels::isa_name(), widest);
}

}  // namespace
