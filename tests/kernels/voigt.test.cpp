#include "toyfarm/kernels/voigt.hpp"

#include <cmath>

#include "toyfarm/kernels/reference.hpp"

#include "kernels/density_columns.hpp"

namespace {

namespace kernels = toyfarm::kernels;

// As a density's columns: Re w as its value, the five others as derivatives.
template <class Kernel>
toyfarm::test::DensityKernel as_columns(Kernel kernel, double y) {
  return [=](double const* x, std::size_t n, kernels::DensityColumns const& out) {
    std::vector<double> w(6 * (n + 1));
    kernel(x, n, y, w.data(), n + 1);
    for (std::size_t c = 0; c < (out.first != nullptr ? 6U : 1U); ++c) {
      std::copy_n(w.data() + c * (n + 1), n, c == 0 ? out.value : out.first + (c - 1) * out.stride);
    }
    for (std::size_t e = 0; out.second != nullptr && e < 15; ++e) {
      std::fill_n(out.second + e * out.stride, n, 0.0);
    }
  };
}

TEST(Faddeeva, is_like_the_reference_on_every_target) {
  for (double const y : {1e-300, 1e-17, 1e-5, 0.3, 2.5, 6.1, 6.2, 7.99, 30.0}) {
    // Just within |z| = 8, w' = 2i/sqrt(pi) - 2 z w and w'' = -2 (w + z w') each lose |z|^2.
    std::vector<double> const budgets =
        y < 2 ? std::vector<double>{64} : std::vector<double>{64, 64, 512, 512, 32768};
    for (double const reach : {4.0, 40.0}) {
      std::vector<double> x;
      for (int i = 0; i < 200; ++i) {
        x.push_back(reach * (((i * 61) % 200) - 99.7) / 100);
      }
      SCOPED_TRACE(y);
      toyfarm::test::expect_like_reference(as_columns(kernels::faddeeva_n, y),
                                           as_columns(kernels::reference::faddeeva_n, y),
                                           5,
                                           x,
                                           budgets);
    }
  }
}

TEST(Faddeeva, has_its_real_part_alone_with_the_same_bits) {
  std::vector<double> x;
  for (int i = 0; i < 101; ++i) {
    x.push_back(0.31 * (i - 50));
  }
  toyfarm::test::for_each_isa(toyfarm::test::all_isas(), [&](std::string const& isa) {
    for (double const y : {1e-5, 0.3, 9.0}) {
      std::vector<double> all(6 * x.size());
      std::vector<double> re(x.size());
      kernels::faddeeva_n(x.data(), x.size(), y, all.data(), x.size());
      kernels::faddeeva_real_n(x.data(), x.size(), y, re.data());
      all.resize(x.size());
      EXPECT_EQ(re, all) << isa << ' ' << y;
    }
  });
}

// On the flank, where |z| is near 8, second derivatives by sigma are (d/sigma)^2 times what w'' has
// lost; near the peak nothing is lost.
TEST(Voigt, is_like_the_reference_on_every_target) {
  for (auto const& [sigma, gamma] :
       {std::pair{1.8, 1.25}, {0.05, 0.05}, {2.0, 1e-4}, {1.0, 2.0}, {30.0, 30.0}}) {
    SCOPED_TRACE(sigma);
    kernels::Voigt const c{
        91, sigma, gamma, -0.5, {0.1, -0.2, 0.3}, {0.1, 0.2, 0.3, 0.4, 0.5, 0.6}};
    std::vector<double> flanks;
    std::vector<double> peak;
    for (int i = 0; i < 150; ++i) {
      flanks.push_back(60 + 0.4 * ((i * 61) % 150));
      peak.push_back(91 + sigma * (((i * 61) % 150) - 70) / 25);
    }
    for (auto const& [x, budgets] :
         {std::pair{flanks, std::vector<double>{32, 512, 512, 512, 1 << 18}},
          {peak, std::vector<double>{32, 128, 128, 128, 1024}}}) {
      toyfarm::test::expect_like_reference([&](auto... a) { kernels::voigt_n(c, a...); },
                                           [&](auto... a) { kernels::reference::voigt_n(c, a...); },
                                           3,
                                           x,
                                           budgets);
    }
  }
}

}  // namespace
