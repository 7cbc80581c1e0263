#pragma once
#include <cstddef>

namespace toyfarm::kernels {

/// Where the kernels of densities write: contiguous columns, `stride` doubles apart. A null pointer
/// means not wanted; whoever wants `second` wants `first` as well.
struct DensityColumns {
  double* value;   ///< ln p
  double* first;   ///< [k * stride + i]: derivative by parameter k
  double* second;  ///< [(k (k + 1) / 2 + l) * stride + i], l <= k: by parameters k and l
  std::size_t stride;
};

}  // namespace toyfarm::kernels
