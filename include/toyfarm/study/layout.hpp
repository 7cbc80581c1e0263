#pragma once
#include <cstdint>
#include <span>
#include <string>

#include "toyfarm/model/model.hpp"
#include "toyfarm/toys/tables.hpp"

namespace toyfarm::study {

/// Tables of toys whose cells can also stand for their events by nodes: at `theta` and at five
/// standard deviations from it along each eigen-direction of what a channel sees of the covariance
/// expected there, clipped to the bounds, ln f and its whitened scores are interpolated over the
/// nodes so well that the sums over a toy's events are off by less than half of what
/// fit::is_certified allows. A function of model and theta alone, whatever the number of `threads`
/// that share its channels. Throws as toys::build_tables.
/// `work`, if not null, is told how many values of functions and products of whitening it took.
[[nodiscard]] toys::GenerationTables build_layout(model::Model const& model,
                                                  std::span<double const> theta,
                                                  std::string const& spec_name = "spec",
                                                  int threads = 1,
                                                  std::uint64_t* work = nullptr);

}  // namespace toyfarm::study
