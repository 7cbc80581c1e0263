// Time of a density's evaluation per point and of its preparation, as JSON. Usage: bench_densities
// [milliseconds per figure]; points are in blocks of 256, uniform over the window.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "toyfarm/kernels/isa.hpp"

#include "model/pdf_case.hpp"

namespace {

using namespace toyfarm;
using model::Derivatives;

constexpr std::size_t n_points = 256;
constexpr std::size_t stride = n_points + 8;  // a power of two would have columns share cache sets

/// Shortest of several runs of `work`, in ns.
template <class Work>
double shortest(double milliseconds, Work work) {
  using Clock = std::chrono::steady_clock;
  double best = 1e300;
  auto const end = Clock::now() + std::chrono::duration<double, std::milli>(milliseconds);
  do {
    auto const start = Clock::now();
    for (int i = 0; i < 16; ++i) {
      work();
    }
    best = std::min(best, std::chrono::duration<double, std::nano>(Clock::now() - start).count());
  } while (Clock::now() < end);
  return best / 16;
}

void report(model::testing::Case const& s, double milliseconds, char const* end) {
  auto const built = model::testing::build(s);
  auto const& density = *built.density;
  std::mt19937_64 engine(7);
  core::Column x(n_points);
  for (auto& v : x) {
    v = s.window.lower +
        (s.window.upper - s.window.lower) * static_cast<double>(engine() >> 11) * 0x1p-53;
  }
  std::size_t const n = density.n_params();
  core::Column columns((1 + n + model::packed_size(n)) * stride);
  std::vector<double> scratch(density.scratch_size());
  model::LogDensityView const out{
      columns.data(), columns.data() + stride, columns.data() + (1 + n) * stride, stride};
  auto const per_point = [&](Derivatives order) {
    double const* const column = x.data();
    return shortest(milliseconds,
                    [&] {
                      density.evaluate(scratch, {&column, n_points}, order, out);
                    }) /
           n_points;
  };
  double const prepare = shortest(milliseconds, [&] {
    if (!density.prepare(s.theta, Derivatives::second, scratch)) {
      std::abort();
    }
  });
  double const value = per_point(Derivatives::none);
  double const first = per_point(Derivatives::first);
  double const second = per_point(Derivatives::second);
  std::sort(x.begin(), x.end());
  double const sorted = per_point(Derivatives::second);
  std::printf(
      "  {\"pdf\": \"%s\", \"prepare_ns\": %.0f, \"value_ns\": %.2f, \"first_ns\": %.2f, "
      "\"second_ns\": %.2f, \"second_sorted_ns\": %.2f}%s\n",
      s.type.c_str(),
      prepare,
      value,
      first,
      second,
      sorted,
      end);
}

}  // namespace

int main(int argc, char** argv) {
  if (!toyfarm::kernels::select_isa()) {
    return 2;
  }
  double const milliseconds = argc > 1 ? std::atof(argv[1]) : 100;
  std::vector<model::testing::Case> all;
  for (auto const& c : model::testing::pdf_cases()) {
    all.insert(all.end(), c.bench.begin(), c.bench.end());
  }
  std::printf("[\n");
  for (auto const& s : all) {
    report(s, milliseconds, &s == &all.back() ? "" : ",");
  }
  std::printf("]\n");
}
