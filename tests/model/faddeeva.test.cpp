#include "model/faddeeva.hpp"

#include <cmath>

#include <cerf.h>
#include <gtest/gtest.h>

namespace toyfarm::model {
namespace {

TEST(Faddeeva, agrees_with_libcerf_in_the_upper_half_plane) {
  for (double y : {1e-300, 1e-12, 1e-5, 0.01, 0.3, 1.0, 2.5, 6.1, 6.2, 7.99, 30.0, 1e4}) {
    for (double x = -12; x <= 12; x += 0.0371) {
      auto const f = faddeeva(x, y);
      double const re = re_w_of_z(x, y);
      double const im = im_w_of_z(x, y);
      EXPECT_NEAR(f.w.real(), re, 2e-13 * std::abs(re)) << x << " " << y;
      EXPECT_NEAR(f.w.imag(), im, 2e-13 * std::hypot(re, im)) << x << " " << y;
    }
  }
}

TEST(Faddeeva, is_the_same_from_either_side_of_the_border_of_its_methods) {
  for (double angle = 0.001; angle < 1.57; angle += 0.01) {
    double const inside = faddeeva_far * (1 - 1e-13);
    double const outside = faddeeva_far * (1 + 1e-13);
    auto const a = faddeeva(inside * std::cos(angle), inside * std::sin(angle));
    auto const b = faddeeva(outside * std::cos(angle), outside * std::sin(angle));
    EXPECT_LE(std::abs(a.w - b.w), 3e-13 * std::abs(b.w));
    EXPECT_LE(std::abs(a.d - b.d), 3e-12 * std::abs(b.d));
    EXPECT_LE(std::abs(a.dd - b.dd), 3e-10 * std::abs(b.dd));
  }
}

TEST(FaddeevaIntegral, has_the_real_part_as_its_slope) {
  for (double const y : {1e-3, 1.0, 9.0}) {
    for (double const x : {8.5, 12.0, 50.0}) {
      double const h = 0.02;
      double const slope = (8 * (faddeeva_integral(x + h, y) - faddeeva_integral(x - h, y)) -
                            (faddeeva_integral(x + 2 * h, y) - faddeeva_integral(x - 2 * h, y))) /
                           (12 * h);
      EXPECT_NEAR(slope, faddeeva(x, y).w.real(), 2e-8 * faddeeva(x, y).w.real());
    }
  }
}

}  // namespace
}  // namespace toyfarm::model
