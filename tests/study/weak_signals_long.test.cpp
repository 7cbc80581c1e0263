// T3: toys of each weak signal are the same by nodes and by events, and not above what a search
// from 80 starts finds. TOYFARM_WEAK_TOYS says how many; 1,000 of each were run once.
#include <cstdlib>

#include "study/weak_models.hpp"

namespace toyfarm::study {
namespace {

std::uint64_t const n_toys = [] {
  char const* const asked = std::getenv("TOYFARM_WEAK_TOYS");
  return asked != nullptr ? std::strtoull(asked, nullptr, 10) : std::uint64_t{150};
}();
constexpr std::size_t n_places = 20;
constexpr std::size_t n_widths = 4;

/// Lowest NLL from 80 places and widths, by nodes.
class Searches {
 public:
  explicit Searches(StudySetup const& setup)
      : setup_(setup),
        generator_(setup.tables),
        nll_(setup.model, generator_.cells()),
        minimiser_(nll_) {}

  double lowest(core::ToyId toy) {
    generator_.run(setup_.seed, toy, sample_);
    nll_.bind(sample_, {});
    double lowest = HUGE_VAL;
    auto const& width = setup_.model.parameters[2];
    for (std::size_t i = 0; i < n_places; ++i) {
      for (std::size_t j = 0; j < (width.fixed ? 1 : n_widths); ++j) {
        auto start = setup_.truth;
        start[0] = 30;
        start[1] = 100 * (static_cast<double>(i) + 0.5) / n_places;
        if (!width.fixed) {
          start[2] =
              width.lower * std::pow(10 / width.lower, (static_cast<double>(j) + 0.5) / n_widths);
        }
        auto const& end = minimiser_.minimise(start, {.yields_first = j % 2 == 0});
        lowest = core::is_converged(end.status) ? std::min(lowest, end.nll) : lowest;
      }
    }
    return lowest;
  }

 private:
  StudySetup const& setup_;
  toys::CompressedGenerator generator_;
  model::Sample sample_;
  fit::ExtendedNll nll_;
  fit::Minimiser minimiser_;
};

/// `share`: of toys that may end above by more than 0.1, and ten times as many by more than 1e-5.
void expect_lowest_of_80_starts(StudySetup const& setup, double share) {
  int const threads = omp_get_num_procs();
  std::vector<double> above(n_toys);
  core::parallel_for(static_cast<std::size_t>(threads), threads, [&](std::size_t t, int) {
    ToyRunner runner(setup);
    Searches searches(setup);
    for (auto i = t; i < n_toys; i += static_cast<std::size_t>(threads)) {
      above[i] = runner.run({i}).fit().nll - searches.lowest({i});
    }
  });
  auto const beyond = [&](double limit) {
    return std::count_if(above.begin(), above.end(), [&](double a) { return a > limit; });
  };
  std::printf("above 80 starts by more than 0.1: %td, by more than 1e-5: %td of %llu; most %.3f\n",
              beyond(0.1),
              beyond(1e-5),
              static_cast<unsigned long long>(n_toys),
              *std::max_element(above.begin(), above.end()));
  auto const n = static_cast<double>(n_toys);
  EXPECT_LE(static_cast<double>(beyond(0.1)), std::max(share * n, 1.0));
  EXPECT_LE(static_cast<double>(beyond(1e-5)), std::max(10 * share * n, 1.0));
}

class WeakSignalsLong : public testing::TestWithParam<std::tuple<double, double>> {};

TEST_P(WeakSignalsLong, have_one_answer_that_80_starts_do_not_beat) {
  auto const [events, narrowest] = GetParam();
  auto const setup = test::setup_of(test::weak_gaussian(events, narrowest), 11);
  test::expect_one_answer(setup, n_toys);
  expect_lowest_of_80_starts(setup, 1e-3);
}

// Some end above where the peak takes over a part of the background, at an end of the window or as
// wide as it may be: there no filter sees it. Without bins for what lies between cells it was 36 %.
TEST(WeakSignalLong, on_a_steep_fall_has_an_answer_that_80_starts_hardly_beat) {
  expect_lowest_of_80_starts(test::setup_of(test::weak_on_a_steep_fall(), 11), 0.02);
}

INSTANTIATE_TEST_SUITE_P(T3,
                         WeakSignalsLong,
                         testing::Combine(testing::Values(0, 3, 10, 40),
                                          testing::Values(1, 0.5, 0.01)));

class WeakModelsLong : public testing::TestWithParam<test::WeakModel> {};

TEST_P(WeakModelsLong, have_one_answer_by_nodes_and_by_events) {
  test::expect_one_answer(test::setup_of(GetParam().spec, 11), n_toys);
}

INSTANTIATE_TEST_SUITE_P(T3,
                         WeakModelsLong,
                         testing::ValuesIn(test::weak_models()),
                         [](auto const& named) { return named.param.name; });

}  // namespace
}  // namespace toyfarm::study
