#include "toyfarm/kernels/math.hpp"
#include "toyfarm/kernels/moments.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/convolution.cpp"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>
// clang-format off: must come after foreach_target.h
#include "kernels/lanes-inl.hpp"
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace toyfarm::kernels {
namespace HWY_NAMESPACE {
namespace {

// Whole vectors, two at a time to hide the latency of the sums; the last may run over those before
// it, which come out the same.
void Convolve(double const* shares, std::size_t reach, double const* x, double* y, std::size_t n) {
  auto const at = [&](std::size_t i) HWY_ATTR {
    Vec sum = hn::Mul(hn::Set(tag, shares[0]), load(x + i));
    for (std::size_t d = 1; d <= reach; ++d) {
      sum = hn::MulAdd(hn::Set(tag, shares[d]), hn::Add(load(x + i - d), load(x + i + d)), sum);
    }
    return sum;
  };
  std::size_t i = 0;
  for (; i + 2 * width <= n; i += 2 * width) {
    Vec const first = at(i);
    Vec const second = at(i + width);
    hn::StoreU(first, tag, y + i);
    hn::StoreU(second, tag, y + i + width);
  }
  for (; i < n; i += width) {
    store_some(at(i), y + i, n - i);
  }
}

void MergeHalves(double const* rule, double const* halves, double* whole) {
  static_assert(node_order == 8);
  Vec sums[parts];
  for (auto& sum : sums) {
    sum = hn::Zero(tag);
  }
  for (std::size_t j = 0; j < 2 * node_order; ++j) {
    Vec const weight = hn::Set(tag, halves[j]);
    for (std::size_t p = 0; p < parts; ++p) {
      sums[p] = hn::MulAdd(load(rule + j * node_order + p * width), weight, sums[p]);
    }
  }
  for (std::size_t p = 0; p < parts; ++p) {
    hn::StoreU(sums[p], tag, whole + p * width);
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace toyfarm::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace toyfarm::kernels {

HWY_EXPORT(Convolve);
HWY_EXPORT(MergeHalves);

void convolve(double const* shares, std::size_t reach, double const* x, double* y, std::size_t n) {
  HWY_DYNAMIC_DISPATCH(Convolve)(shares, reach, x, y, n);
}
void merge_halves(double const* rule, double const* halves, double* whole) {
  HWY_DYNAMIC_DISPATCH(MergeHalves)(rule, halves, whole);
}

}  // namespace toyfarm::kernels
#endif
