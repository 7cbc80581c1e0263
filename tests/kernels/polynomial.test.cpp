#include "toyfarm/kernels/polynomial.hpp"

#include <vector>

#include <gtest/gtest.h>

#include "toyfarm/kernels/isa.hpp"
#include "toyfarm/kernels/reference.hpp"

#include "support/isa.hpp"

namespace {

namespace kernels = toyfarm::kernels;

struct Case {
  std::vector<double> coefficients;
  std::vector<double> lower, upper;
  std::vector<double> u;
  std::vector<std::uint64_t> which;
};

Case make_case(std::size_t order, std::size_t n) {
  Case c;
  kernels::BitStream bits({.seed = order, .toy = n});
  for (std::size_t p = 0; p < 5; ++p) {
    for (std::size_t k = 0; k <= order; ++k) {
      c.coefficients.push_back(kernels::symmetric(bits.next()));
    }
    c.lower.push_back(-0.5 - 0.1 * static_cast<double>(p));
    c.upper.push_back(0.7);
  }
  for (std::size_t i = 0; i < n; ++i) {
    c.u.push_back(kernels::symmetric(bits.next()));
    c.which.push_back(bits.next() % 5);
  }
  return c;
}

TEST(Polynomials, equal_the_reference_at_every_size_and_write_nothing_after) {
  int const tried =
      toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
        double const tolerance = kernels::uses_fma() ? 0 : 1e-14;
        for (std::size_t const order : {0U, 1U, 2U, 9U, 11U}) {
          for (std::size_t n = 0; n < 75; ++n) {
            auto const c = make_case(order, n);
            std::vector<double> x(n + 9, 77.0);
            auto expected = x;
            auto const compare = [&] {
              for (std::size_t i = 0; i < x.size(); ++i) {
                ASSERT_NEAR(x[i], expected[i], i < n ? tolerance : 0)
                    << isa << ' ' << order << ' ' << n << ' ' << i;
              }
            };
            kernels::Polynomial const one{c.coefficients.data(), order, c.lower[0], c.upper[0]};
            kernels::polynomial_n(one, c.u.data(), x.data(), n);
            kernels::reference::polynomial_n(one, c.u.data(), expected.data(), n);
            compare();
            kernels::PolynomialTable const table{
                c.coefficients.data(), order, c.lower.data(), c.upper.data()};
            kernels::polynomials_n(table, c.which.data(), c.u.data(), x.data(), n);
            kernels::reference::polynomials_n(
                table, c.which.data(), c.u.data(), expected.data(), n);
            compare();
          }
        }
      });
  EXPECT_GE(tried, 2);
}

TEST(Polynomials, may_overwrite_their_deviates) {
  auto const c = make_case(4, 67);
  std::vector<double> apart(67);
  auto in_place = c.u;
  kernels::Polynomial const p{c.coefficients.data(), 4, -0.5, 0.7};
  kernels::polynomial_n(p, c.u.data(), apart.data(), apart.size());
  kernels::polynomial_n(p, in_place.data(), in_place.data(), in_place.size());
  EXPECT_EQ(apart, in_place);
}

}  // namespace
