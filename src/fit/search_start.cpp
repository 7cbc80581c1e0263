// How a search begins.
#include <algorithm>
#include <cmath>

#include "search.hpp"

namespace toyfarm::fit {

using model::KinkSide;

namespace {

constexpr double well_inside = 0.01;  // of the interior point's margin

std::vector<std::vector<double>> find_kinks(model::Model const& model) {
  std::vector<std::vector<double>> kinks(model.parameters.size());
  for (auto const& channel : model.channels) {
    for (auto const& process : channel.processes) {
      for (auto const j : process.yield.params()) {
        auto const& p = model.parameters[j];
        for (double const kink : process.yield.kinks(j)) {
          if (channel.in_fit && kink >= p.lower && kink <= p.upper) {
            kinks[j].push_back(kink);
          }
        }
      }
    }
  }
  for (auto& places : kinks) {
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
  }
  return kinks;
}

}  // namespace

std::vector<bool> find_shapes(model::Model const& model) {
  std::vector<bool> shapes(model.parameters.size(), false);
  for (auto const& channel : model.channels) {
    for (auto const& process : channel.processes) {
      for (auto const j : process.shape_params) {
        shapes[j] = shapes[j] || channel.in_fit;
      }
    }
  }
  return shapes;
}

Search::Search(ExtendedNll& nll, MinimiserOptions const& options)
    : nll_(nll),
      options_(options),
      edges_(nll.model()),
      x_(nll.n_params()),
      trial_x_(nll.n_params()),
      start_(nll.n_params()),
      hold_(nll.n_params()),
      sides_(nll.n_params()),
      kinks_(find_kinks(nll.model())),
      is_shape_(find_shapes(nll.model())),
      lower_(nll.n_params()),
      upper_(nll.n_params()),
      all_above_(nll.n_params(), KinkSide::above),
      pinned_moves_(nll.n_params()) {
  auto const size = static_cast<Eigen::Index>(n());
  for (auto* vector : {&ranges_, &lengths_, &solution_, &product_, &proposal_.step}) {
    vector->setZero(size);
  }
  work_.setZero(size, size);
  inverse_.setZero(size, size);
  free_.reserve(n());
  auto const n_free = std::ranges::count_if(nll_.model().parameters,
                                            [](auto const& p) { return p.used && !p.fixed; });
  if (n_free > 0) {
    trust_region_.prepare_for(n_free);
  }
}

void Search::reset(std::span<double const> start, StartOptions const& how) {
  how_ = how;
  std::copy(start.begin(), start.end(), x_.begin());
  std::fill(hold_.begin(), hold_.end(), Hold::free);
  std::fill(sides_.begin(), sides_.end(), KinkSide::above);
  std::fill(pinned_moves_.begin(), pinned_moves_.end(), 0);
  for (std::size_t j = 0; j < n(); ++j) {
    auto const& p = parameter(j);
    if (nll_.is_held(j)) {
      x_[j] = nll_.held_at(j);
    } else if (!p.fixed) {
      x_[j] = std::clamp(x_[j], p.lower, p.upper);
    }
    ranges_[static_cast<Eigen::Index>(j)] =
        std::min(p.upper - p.lower, 1e3 * std::max(1.0, std::abs(x_[j])));
  }
  auto const& rest = how.rest.empty() ? start : how.rest;
  for (std::size_t j = 0; j < n(); ++j) {
    auto const& p = parameter(j);
    start_[j] = nll_.is_held(j) ? nll_.held_at(j)
                : p.fixed       ? rest[j]
                                : std::clamp(rest[j], p.lower, p.upper);
  }
  point_is_above_ = true;
  yields_only_ = how.yields_first;
  along_edge_ = false;
  edge_.cuts.clear();
  initial_nll_ = std::numeric_limits<double>::infinity();
  radius_ = first_radius;
  unit_ = nll_.unit();
  trust_region_.set_unit(unit_);
  last_edm_ = std::numeric_limits<double>::infinity();
  qualified_ = false;
  iterations_ = 0;
}

// The NLL at the start, which is moved inside where a density is negative in its window there.
bool Search::begin() {
  if (evaluate(x_, point_)) {
    return true;
  }
  if (!edges_.any() || edges_.margin(x_) >= 0 || !edges_.find_interior(x_)) {
    return false;
  }
  return edges_.pull_inside(x_, well_inside) && evaluate(x_, point_);
}

}  // namespace toyfarm::fit
