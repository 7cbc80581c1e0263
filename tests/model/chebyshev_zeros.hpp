#pragma once
#include <cstddef>
#include <string>
#include <vector>

namespace toyfarm::test {

/// Products of Chebyshev sums: T_a T_b = (T_{a+b} + T_{|a-b|}) / 2.
inline std::vector<long double> chebyshev_product(std::vector<long double> const& a,
                                                  std::vector<long double> const& b) {
  std::vector<long double> out(a.size() + b.size() - 1);
  for (std::size_t i = 0; i < a.size(); ++i) {
    for (std::size_t j = 0; j < b.size(); ++j) {
      out[i + j] += a[i] * b[j] / 2;
      out[i > j ? i - j : j - i] += a[i] * b[j] / 2;
    }
  }
  return out;
}

/// prod (y - r)^power, scaled to the constant term 1, without it.
inline std::vector<double> chebyshev_with_zeros(std::vector<long double> const& zeros, int power) {
  std::vector<long double> p{1};
  for (auto const r : zeros) {
    for (int i = 0; i < power; ++i) {
      p = chebyshev_product(p, {-r, 1});
    }
  }
  std::vector<double> c;
  for (std::size_t k = 1; k < p.size(); ++k) {
    c.push_back(static_cast<double>(p[k] / p[0]));
  }
  return c;
}

struct Touching {
  std::string name;
  std::vector<double> c;
};

/// Coefficients of densities that touch zero in many ways.
inline std::vector<Touching> touching() {
  return {{"lower end", {1}},
          {"upper end", {-1}},
          {"inside", chebyshev_with_zeros({0.3L}, 2)},
          {"twice", chebyshev_with_zeros({-0.5L, 0.7L}, 2)},
          {"both ends", chebyshev_with_zeros({1, -1}, 2)},
          {"fourth order", chebyshev_with_zeros({0.3L}, 4)},
          {"fourth order at an end", chebyshev_with_zeros({-1}, 4)},
          {"eighth order", chebyshev_with_zeros({-0.2L}, 8)}};
}

}  // namespace toyfarm::test
