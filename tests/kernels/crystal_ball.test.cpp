#include "toyfarm/kernels/crystal_ball.hpp"

#include <cmath>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/density_columns.hpp"

namespace {

namespace kernels = toyfarm::kernels;

std::vector<kernels::CrystalBall> cases() {
  std::vector<kernels::CrystalBall> all{{91, 1 / 2.5, 0, 0, 1.25, {{1.5, 3}, {2, 5}}, {}, {}},
                                        {91, 1 / 2.5, 0, 0, 1.25, {{1, 1e6}, {0.1, 120}}, {}, {}},
                                        {91, 1 / 2.5, 0, 0, 1.25, {{1e-6, 2}, {0.3, 1.01}}, {}, {}},
                                        {91, 1 / 0.05, 0, 0, -2, {{1.5, 3}, {20, 4}}, {}, {}},
                                        {60, 1, 40, -30, 1.25, {{1.5, 3}, {2, 5}}, {}, {}}};
  for (auto& c : all) {
    for (std::size_t k = 0; k < 6; ++k) {
      c.mean_first[k] = 0.01 * static_cast<double>(k) - 0.02;
    }
    for (std::size_t k = 0; k < 21; ++k) {
      c.mean_second[k] = 0.1 - 0.01 * static_cast<double>(k);
    }
  }
  return all;
}

// Window, neighbourhood of the joints, and the joints themselves.
std::vector<double> points(kernels::CrystalBall const& c) {
  std::vector<double> x;
  for (int i = 0; i < 150; ++i) {
    x.push_back(60 + 0.4 * ((i * 61) % 150));
  }
  for (double const t : {-c.tails[0].alpha, c.tails[1].alpha}) {
    for (double const d : {0.0, -1e-12, 1e-12, -1e-6, 1e-6}) {
      x.push_back(c.anchor + (t + d - c.t0) / c.inverse_sigma);
    }
  }
  return x;
}

TEST(CrystalBall, is_like_the_reference_on_every_target) {
  for (auto const& c : cases()) {
    toyfarm::test::expect_like_reference(
        [&](auto... a) { kernels::crystal_ball_n(c, a...); },
        [&](auto... a) { kernels::reference::crystal_ball_n(c, a...); },
        4,
        points(c),
        {32});
  }
}

TEST(DoubleCrystalBall, is_like_the_reference_on_every_target) {
  for (auto const& c : cases()) {
    toyfarm::test::expect_like_reference(
        [&](auto... a) { kernels::double_crystal_ball_n(c, a...); },
        [&](auto... a) { kernels::reference::double_crystal_ball_n(c, a...); },
        6,
        points(c),
        {32});
  }
}

/// What a region's sums give, first all numbers, then the columns.
struct Region {
  std::vector<double> numbers;
  std::vector<double> scale;
};
template <class Kernel>
Region sums(Kernel kernel, double from, double to, std::size_t n_own, bool derivatives) {
  std::size_t const n = 48;
  std::vector<double> at(n);
  std::vector<double> weights(n, 0.25);
  std::vector<double> first(4 * n);
  for (std::size_t i = 0; i < n; ++i) {
    at[i] = from + (to - from) * (static_cast<double>(i) + 0.5) / static_cast<double>(n);
  }
  kernels::CrystalBallSums s;
  kernel({at.data(), weights.data(), n, derivatives ? first.data() : nullptr, n}, s);
  Region r;
  r.numbers.push_back(s.total);
  r.numbers.insert(r.numbers.end(), s.first, s.first + n_own);
  r.numbers.insert(r.numbers.end(), s.second, s.second + n_own * (n_own + 1) / 2);
  for (double const v : r.numbers) {
    r.scale.push_back(std::abs(v));
  }
  auto const append = [&](auto begin, auto end) {
    double largest = 0;
    for (auto p = begin; p != end; ++p) {
      largest = std::max(largest, std::abs(*p));
    }
    r.numbers.insert(r.numbers.end(), begin, end);
    r.scale.insert(r.scale.end(), static_cast<std::size_t>(end - begin), largest);
  };
  append(weights.begin(), weights.end());
  for (std::size_t k = 0; k < 4; ++k) {
    append(first.begin() + static_cast<std::ptrdiff_t>(k * n),
           first.begin() + static_cast<std::ptrdiff_t>((k + 1) * n));
  }
  return r;
}

TEST(CrystalBallSums, are_like_the_reference_on_every_target) {
  for (auto const& c : cases()) {
    for (std::size_t which = 0; which < 3; ++which) {
      for (bool const derivatives : {true, false}) {
        auto const of = [&](auto core, auto tail) {
          double const to = which == 2 ? 0.7 : 3;
          return sums(
              [&](kernels::CrystalBallNodes const& nodes, kernels::CrystalBallSums& s) {
                which == 2 ? core(c, nodes, s) : tail(c, which, nodes, s);
              },
              which == 2 ? 0.2 : 0,
              to,
              which == 2 ? 2 : 4,
              derivatives);
        };
        auto const expected =
            of(kernels::reference::crystal_ball_core, kernels::reference::crystal_ball_tail);
        std::vector<std::vector<double>> fused;
        toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
          auto const got = of(kernels::crystal_ball_core, kernels::crystal_ball_tail);
          for (std::size_t i = 0; i < got.numbers.size(); ++i) {
            ASSERT_NEAR(got.numbers[i], expected.numbers[i], 3e-14 * expected.scale[i])
                << isa << ' ' << which << ' ' << i;
          }
          if (kernels::uses_fma()) {
            fused.push_back(got.numbers);
          }
        });
        for (auto const& numbers : fused) {
          EXPECT_EQ(numbers, fused.front());
        }
      }
    }
  }
}

}  // namespace
