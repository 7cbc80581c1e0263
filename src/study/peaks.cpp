#include "study/peaks.hpp"

#include <algorithm>
#include <cmath>
#include <map>

namespace toyfarm::study {
namespace {

using model::ParamRole;

/// Calls visit(role, model parameter) for each parameter of a factor.
template <class Visit>
void for_params(model::Process const& process, std::size_t factor, Visit const& visit) {
  auto const& shape = process.shape;
  auto const first = shape.factors[factor].first_param;
  auto const end = first + shape.factors[factor].density->n_params();
  for (auto k = first; k < end; ++k) {
    visit(shape.roles[k], process.shape_params[k]);
  }
}

}  // namespace

std::vector<PeakGroup> find_peaks(model::Model const& model) {
  std::map<std::size_t, PeakGroup> groups;
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    auto const& channel = model.channels[c];
    for (std::size_t p = 0; channel.in_fit && p < channel.processes.size(); ++p) {
      auto const& process = channel.processes[p];
      for (std::size_t f = 0; f < process.shape.factors.size(); ++f) {
        for_params(process, f, [&](ParamRole role, std::size_t j) {
          if (role == ParamRole::location && !model.parameters[j].fixed) {
            groups[j].peaks.push_back({c, p, f, process.shape.factors[f].observable});
          }
        });
      }
    }
  }
  std::vector<PeakGroup> out;
  for (auto& entry : groups) {
    auto& group = entry.second;
    group.location = entry.first;
    for (auto const& peak : group.peaks) {
      auto const& process = model.channels[peak.channel].processes[peak.process];
      for_params(process, peak.factor, [&](ParamRole role, std::size_t j) {
        auto& widths = group.widths;
        if (role == ParamRole::width && !model.parameters[j].fixed &&
            std::find(widths.begin(), widths.end(), j) == widths.end()) {
          widths.push_back(j);
        }
      });
    }
    out.push_back(std::move(group));
  }
  return out;
}

double peak_width(model::Model const& model, Peak const& peak, std::span<double const> theta) {
  double square = 0;
  auto const& process = model.channels[peak.channel].processes[peak.process];
  for_params(process, peak.factor, [&](ParamRole role, std::size_t j) {
    square += role == ParamRole::width ? theta[j] * theta[j] : 0;
  });
  return std::sqrt(square);
}

void set_off(fit::ExtendedNll& nll, PeakGroup const& group, bool off) {
  for (auto const& peak : group.peaks) {
    nll.set_off(peak.channel, peak.process, off);
  }
}

}  // namespace toyfarm::study
