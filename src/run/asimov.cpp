#include "toyfarm/run/asimov.hpp"

#include <memory>
#include <numeric>

#include <fmt/core.h>

#include "toyfarm/core/printable.hpp"
#include "toyfarm/run/event_files.hpp"
#include "toyfarm/run/prepare.hpp"

#include "run/question_parts.hpp"
#include "run/toy_statistics.hpp"

namespace toyfarm::run {
namespace {

/// The point with `held` at their values. Throws UsageError where densities allow no such point.
std::vector<double> point_of(AsimovQuestion const& question, Input const& input) {
  auto const held = set_values(input, question.set);
  auto nuisances = question.nuisances;
  std::unique_ptr<DataProfile> data;
  if (nuisances != Nuisances::init && looks_at(input, question.observed) == Observed::shown) {
    data = std::make_unique<DataProfile>(observed_profile(input, question.threads));
  }
  nuisances = resolved(nuisances, data != nullptr);
  std::vector<double> point;
  if (nuisances == Nuisances::mle) {
    require_converged(data->fit(), "asimov");
    point = data->fit().values;
    for (auto const& [j, value] : held) {
      point[j] = value;
    }
  } else {
    point = asimov_point(input, nuisances == Nuisances::profiled ? data.get() : nullptr, held);
  }
  point = moved_inside(input, std::move(point), "the Asimov data", model::EdgeScope::all);
  for (auto const& [j, value] : held) {
    if (point[j] != value) {
      throw core::UsageError(fmt::format("--set {}={:g}: a density is negative there",
                                         core::printable(input.model.parameters[j].name),
                                         value));
    }
  }
  return point;
}

std::string point_table(Input const& input,
                        std::vector<double> const& point,
                        study::AsimovData const& data) {
  std::string text;
  for (std::size_t j = 0; j < point.size(); ++j) {
    text += fmt::format("{} = {:.7g}\n", core::printable(input.model.parameters[j].name), point[j]);
  }
  for (std::size_t c = 0; c < data.sample.channels.size(); ++c) {
    auto const& weights = data.sample.channels[c].weights;
    text += fmt::format("channel {}: {:.7g} events in {} weighted points\n",
                        core::printable(input.model.channels[c].name),
                        std::accumulate(weights.begin(), weights.end(), 0.0),
                        weights.size());
  }
  return text;
}

}  // namespace

AsimovAnswer asimov(AsimovQuestion const& question) {
  auto const input = read_for(question.input, question.observed);
  auto const point = point_of(question, input);
  auto const data = study::asimov_data(input.model, point, input.spec.path.string());
  AsimovAnswer out{point_table(input, point, data),
                   {spec::model_hash(input.spec), 0, 0, point, data.globals, {}, {}}};
  add_events(input.model, data.sample, out.events);
  return out;
}

}  // namespace toyfarm::run
