#include "study/peak_starts.hpp"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <numeric>
#include <sstream>
#include <utility>

#include "study/whitening.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t n_cells = 2048;  // of the expectation
constexpr double least_yield = 1;

double clamped(model::Parameter const& p, double value) {
  return std::clamp(value, p.lower, p.upper);
}

/// ln p of a factor at points of its observable.
std::vector<double> log_density(model::Channel const& channel,
                                model::Process const& process,
                                std::size_t factor,
                                std::vector<double> const& points,
                                std::vector<double> const& theta) {
  auto const& density = *process.shape.factors[factor].density;
  std::vector<double> shape;
  for (std::size_t k = 0; k < density.n_params(); ++k) {
    shape.push_back(theta[process.shape_params[process.shape.factors[factor].first_param + k]]);
  }
  std::vector<double> scratch(density.scratch_size());
  std::vector<double> out(points.size(), -HUGE_VAL);
  if (density.prepare(shape, model::Derivatives::none, scratch)) {
    std::vector<double const*> const columns(channel.observables.size(), points.data());
    density.evaluate(scratch,
                     {columns.data(), points.size()},
                     model::Derivatives::none,
                     {out.data(), nullptr, nullptr, points.size()});
  }
  return out;
}

void add_process(model::Channel const& channel,
                 model::Process const& process,
                 std::size_t observable,
                 std::vector<double> const& theta,
                 std::vector<double> const& points,
                 std::vector<double>& expected) {
  double const nu = process.yield.value(theta);
  auto const& factors = process.shape.factors;
  auto const factor = std::find_if(factors.begin(), factors.end(), [&](model::Factor const& f) {
    return f.observable == observable;
  });
  auto const& bounds = channel.observables[observable].bounds;
  if (factor == factors.end()) {
    for (auto& value : expected) {
      value += nu / (bounds.upper - bounds.lower);
    }
    return;
  }
  auto const log_p = log_density(
      channel, process, static_cast<std::size_t>(factor - factors.begin()), points, theta);
  for (std::size_t i = 0; i < points.size(); ++i) {
    expected[i] += nu * std::exp(log_p[i]);
  }
}

std::vector<double> cell_middles(spec::Interval const& window) {
  std::vector<double> points(n_cells);
  double const cell = (window.upper - window.lower) / static_cast<double>(n_cells);
  for (std::size_t i = 0; i < n_cells; ++i) {
    points[i] = window.lower + (static_cast<double>(i) + 0.5) * cell;
  }
  return points;
}

}  // namespace

PeakSearch::PeakSearch(fit::ExtendedNll& null_nll,
                       model::Sample const& sample,
                       PeakGroup const& group,
                       std::vector<double> const& best)
    : nll_(&null_nll), group_(&group), null_(best) {
  auto const& model = null_nll.model();
  set_off(null_nll, group, true);
  auto const null = fit::Minimiser(null_nll).minimise(best, {.yields_first = true});
  null_nll_ = null.nll;
  if (null.nll < HUGE_VAL) {
    null_ = null.values;
  }
  double const infinity = HUGE_VAL;
  for (auto const& peak : group.peaks) {
    auto out = spectrum(sample, peak);
    if (model.channels[peak.channel].observables.size() == 1 && core::is_converged(null.status)) {
      add_scores(peak, null, out);
    }
    auto const narrow = with_widths(model, group, null_, 0);
    auto const wide = with_widths(model, group, null_, infinity);
    filters_.emplace_back(
        std::move(out), peak_width(model, peak, narrow), peak_width(model, peak, wide));
  }
  set_off(null_nll, group, false);
}

std::vector<double> with_widths(model::Model const& model,
                                PeakGroup const& group,
                                std::vector<double> theta,
                                double factor) {
  for (auto const j : group.widths) {
    double const wanted = factor * std::max(theta[j], 1e-300);
    theta[j] = clamped(model.parameters[j], std::min(wanted, 1e30));
  }
  return theta;
}

Spectrum PeakSearch::spectrum(model::Sample const& sample, Peak const& peak) const {
  auto const& channel = nll_->model().channels[peak.channel];
  auto const& data = sample.channels[peak.channel];
  auto const& window = channel.observables[peak.observable].bounds;
  Spectrum out;
  out.x = data.columns[peak.observable];
  out.weights = data.weights;
  out.lower = window.lower;
  out.upper = window.upper;
  out.expected.assign(n_cells, 0);
  auto const points = cell_middles(window);
  for (std::size_t p = 0; p < channel.processes.size(); ++p) {
    if (!nll_->is_off(peak.channel, p)) {
      add_process(channel, channel.processes[p], peak.observable, null_, points, out.expected);
    }
  }
  // Where nothing else is expected: anything above an even spread.
  double const even = static_cast<double>(data.size()) / (window.upper - window.lower);
  double const sum = std::accumulate(out.expected.begin(), out.expected.end(), 0.0);
  for (auto& value : out.expected) {
    value = sum > 0 && std::isfinite(sum) ? std::max(value, 1e-6 * even) : even;
  }
  return out;
}

void PeakSearch::add_scores(Peak const& peak, fit::FitResult const& null, Spectrum& out) {
  auto const white = whitening(*nll_, peak.channel, null);
  if (white.n == 0 || !nll_->prepare_channel(peak.channel, null_)) {
    return;
  }
  auto const n_params = nll_->channel_params(peak.channel).size();
  auto const points = cell_middles({out.lower, out.upper});
  std::vector<double> scores(n_cells * white.n);
  for (std::size_t i = 0; i < n_cells; i += fit::ExtendedNll::max_points) {
    double const* const column = points.data() + i;
    auto const at = nll_->scores(peak.channel, {&column, fit::ExtendedNll::max_points});
    if (!at) {
      return;
    }
    for (std::size_t a = 0; a < fit::ExtendedNll::max_points; ++a) {
      for (std::size_t k = 0; k < white.n; ++k) {
        double& score = scores[(i + a) * white.n + k];
        for (std::size_t j = 0; j < n_params; ++j) {
          score += white.rows[k * n_params + j] * at->first[j][a];
        }
      }
    }
  }
  out.scores = std::move(scores);
  out.n_scores = white.n;
}

PeakStart peaks_at(model::Model const& model,
                   PeakGroup const& group,
                   std::vector<double> const& null,
                   Excess const& excess,
                   std::vector<Excess> const& there) {
  PeakStart out{null, 0, excess.background, {}};
  double const here = peak_width(model, group.peaks.front(), null);
  if (here > 0 && !group.widths.empty()) {
    out.theta = with_widths(model, group, null, excess.width / here);
  }
  out.theta[group.location] = clamped(model.parameters[group.location], excess.place);
  for (std::size_t i = 0; i < there.size(); ++i) {
    auto const& peak = group.peaks[i];
    out.q += there[i].q;
    auto const& yield = model.channels[peak.channel].processes[peak.process].yield;
    for (auto const& factor : yield.factors()) {
      auto const j = factor.parameter;
      if (factor.kind != model::FactorKind::parameter || model.parameters[j].fixed) {
        continue;
      }
      double const value = std::max(out.theta[j], 1e-3);
      out.theta[j] = clamped(model.parameters[j], value);
      double const nu = yield.value(out.theta);
      if (nu > 0) {
        out.theta[j] =
            clamped(model.parameters[j], value * std::max(there[i].events, least_yield) / nu);
      }
      break;
    }
  }
  return out;
}

PeakStart PeakSearch::start_at(Excess const& excess) const {
  auto const& model = nll_->model();
  std::vector<Excess> there;
  for (auto const& filter : filters_) {
    there.push_back(filter.at(excess.place, excess.width));
  }
  auto out = peaks_at(model, *group_, null_, excess, there);
  std::ostringstream name;
  name << "excess at " << model.parameters[group_->location].name << " = " << excess.place
       << ", width " << std::setprecision(3) << excess.width;
  out.name = name.str();
  return out;
}

std::vector<PeakStart> PeakSearch::starts(std::size_t most) const {
  auto const& place = nll_->model().parameters[group_->location];
  std::vector<PeakStart> out;
  for (auto const& filter : filters_) {
    for (auto const& excess : filter.excesses(most)) {
      if (excess.place >= place.lower - excess.width &&
          excess.place <= place.upper + excess.width) {
        out.push_back(start_at(excess));
      }
    }
  }
  std::stable_sort(out.begin(), out.end(), [](auto const& a, auto const& b) { return a.q > b.q; });
  out.resize(std::min(out.size(), most));
  return out;
}

}  // namespace toyfarm::study
