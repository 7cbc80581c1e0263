#include "toyfarm/record/study_info.hpp"

#include <algorithm>

#include "toyfarm/core/contract.hpp"

namespace toyfarm::record {

core::ToyRange shard_range(Shard shard, std::uint64_t n_toys) noexcept {
  TOYFARM_EXPECTS(shard.index < shard.total);
  auto const share = n_toys / shard.total;
  auto const rest = n_toys % shard.total;
  return {{shard.index * share + std::min(shard.index, rest)},
          share + (shard.index < rest ? 1U : 0U)};
}

}  // namespace toyfarm::record
