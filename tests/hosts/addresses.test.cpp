#include "toyfarm/hosts/addresses.hpp"

#include <gtest/gtest.h>

namespace toyfarm::hosts {
namespace {

TEST(Addresses, of_this_host_are_none_that_any_host_could_have) {
  for (auto const& address : own_addresses()) {
    EXPECT_FALSE(address.starts_with("127.") || address == "::1" || address.starts_with("fe80"))
        << address;
  }
  EXPECT_TRUE(addresses_of("127.0.0.1").empty());
}

}  // namespace
}  // namespace toyfarm::hosts
