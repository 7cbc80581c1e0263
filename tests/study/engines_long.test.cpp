// 500 toys of every mix, of 10^4 and of 10^5 events: nodes and events agree as the certificate
// promises, and fewer than one toy of a thousand falls back to its events.
#include "study/engines.hpp"

namespace toyfarm::study {
namespace {

class MixesLong : public testing::TestWithParam<std::string> {};

TEST_P(MixesLong, of_10000_events_agree_by_nodes_and_by_events) {
  test::expect_agreement(test::setup_of(test::read_mix(GetParam())), 500);
}

TEST_P(MixesLong, of_100000_events_agree_by_nodes_and_by_events) {
  auto spec = test::read_mix(GetParam());
  test::scale_yields(spec, 10);
  test::expect_agreement(test::setup_of(spec), 500);
}

INSTANTIATE_TEST_SUITE_P(Engines,
                         MixesLong,
                         testing::ValuesIn(test::mixes()),
                         [](auto const& named) { return named.param; });

}  // namespace
}  // namespace toyfarm::study
