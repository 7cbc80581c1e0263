#include "toys/toy_channel.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "toyfarm/core/error.hpp"

namespace toyfarm::toys {
namespace {

constexpr double most_events = 1e15;

}  // namespace

void ToyChannel::fail(std::string const& problem) const {
  throw core::SpecError(spec_name, "", "channel '" + channel.name + "': " + problem);
}

double ToyChannel::yield(model::Process const& process) const {
  double const events = process.yield.value(theta);
  if (!(events >= 0 && events <= most_events)) {
    fail("process '" + process.name + "' expects " + std::to_string(events) +
         " events at the generation point; toys need 0 to 1e15");
  }
  return events;
}

spec::Interval ToyChannel::bounds(std::size_t observable) const {
  auto const& o = channel.observables[observable];
  if (!(o.bounds.lower < o.bounds.upper && std::isfinite(o.bounds.lower) &&
        std::isfinite(o.bounds.upper))) {
    fail("observable '" + o.name + "' needs finite bounds for toys");
  }
  return o.bounds;
}

// An event has a value of each.
std::vector<std::size_t> ToyChannel::described_observables() const {
  auto const describes = [](model::Process const& process, std::size_t observable) {
    return std::ranges::count(process.shape.factors, observable, &model::Factor::observable) > 0;
  };
  std::vector<std::size_t> described;
  for (std::size_t o = 0; o < channel.observables.size(); ++o) {
    if (std::ranges::any_of(channel.processes,
                            [&](auto const& process) { return describes(process, o); })) {
      described.push_back(o);
    }
  }
  for (auto const& process : channel.processes) {
    for (auto const o : described) {
      if (!describes(process, o)) {
        fail("process '" + process.name + "' has no density in observable '" +
             channel.observables[o].name +
             "', which another process of the channel describes, so toys cannot be generated");
      }
    }
  }
  return described;
}

void ToyChannel::add(Mixture& mixture,
                     model::Process const& process,
                     model::Factor const& factor,
                     double weight) const {
  std::vector<double> values;
  for (std::size_t k = 0; k < factor.density->n_params(); ++k) {
    values.push_back(theta[process.shape_params[factor.first_param + k]]);
  }
  if (!mixture.add(*factor.density, std::move(values), weight)) {
    fail("the density of process '" + process.name +
         "' does not exist at the generation point: a parameter is outside its domain");
  }
}

}  // namespace toyfarm::toys
