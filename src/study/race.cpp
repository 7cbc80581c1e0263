#include "study/race.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace toyfarm::study {
namespace {

constexpr double tie = 2e-7;         // in NLL, per unit weight: the earlier start wins
constexpr double same_nll = 1e-5;    // of ends that may be one
constexpr double same_place = 0.01;  // errors
constexpr double telling = 1e-3;     // a lower point that is no minimum says that there is one

bool is_stationary(core::FitStatus status) {
  return core::is_converged(status) || status == core::FitStatus::flat ||
         status == core::FitStatus::degenerate;
}

}  // namespace

Race::Race(fit::ExtendedNll& nll, std::vector<double> rest, Hopeless hopeless)
    : nll_(&nll), minimiser_(nll), rest_(std::move(rest)), hopeless_(hopeless) {}

void Race::restart() {
  names_.clear();
  starts_.clear();
  ends_.clear();
  best_ = {};
  iterations_ = 0;
}

bool Race::is_better(fit::FitResult const& result) const {
  if (empty() || !(best_.nll < std::numeric_limits<double>::infinity())) {
    return true;
  }
  bool const now = is_stationary(result.status);
  bool const before = is_stationary(best_.status);
  double const needed = now == before ? tie : now ? -telling : telling;
  return result.nll < best_.nll - needed * unit();
}

bool Race::run(std::string name, std::vector<double> const& start, fit::StartOptions how) {
  if (how.yields_first && std::find(starts_.begin(), starts_.end(), start) != starts_.end()) {
    return false;  // another name for a start that was tried
  }
  how.rest = rest_;
  if (hopeless_ == Hopeless::leave_off && !empty() && is_stationary(best_.status)) {
    how.give_up_above = best_.nll;
  }
  auto const& result = minimiser_.minimise(start, how);
  iterations_ += result.iterations;
  last_nll_ = result.nll;
  bool const better = !result.gave_up && is_better(result);
  names_.push_back(std::move(name));
  starts_.push_back(start);
  if (!result.gave_up && core::is_converged(result.status)) {
    ends_.push_back({result.nll, result.values});
  }
  if (better) {
    best_ = result;
    best_.won = static_cast<std::uint32_t>(names_.size() - 1);
  }
  return !result.gave_up;
}

void Race::note(std::vector<std::string> const& names) {
  names_.insert(names_.end(), names.begin(), names.end());
}

bool Race::is_best(End const& end) const {
  if (std::abs(end.nll - best_.nll) > same_nll * unit()) {
    return false;
  }
  for (std::size_t j = 0; j < end.values.size(); ++j) {
    if (std::abs(end.values[j] - best_.values[j]) > same_place * best_.errors[j]) {
      return false;
    }
  }
  return true;
}

std::vector<Race::End> Race::ends(std::size_t most) const {
  auto sorted = ends_;
  std::stable_sort(
      sorted.begin(), sorted.end(), [](End const& a, End const& b) { return a.nll < b.nll; });
  std::vector<End> out;
  double last = -std::numeric_limits<double>::infinity();
  for (auto const& end : sorted) {
    if (out.size() < most && end.nll > last + same_nll * unit()) {
      out.push_back(end);
      last = end.nll;
    }
  }
  return out;
}

fit::FitResult Race::result() const {
  auto out = best_;
  out.attempts = static_cast<std::uint32_t>(names_.size());
  out.iterations = iterations_;
  out.next_end = std::numeric_limits<double>::quiet_NaN();
  for (auto const& end : ends_) {
    if (!is_best(end) && !(end.nll - out.nll >= out.next_end)) {
      out.next_end = std::max(end.nll - out.nll, 0.0);
    }
  }
  return out;
}

}  // namespace toyfarm::study
