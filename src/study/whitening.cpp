#include "study/whitening.hpp"

#include <algorithm>

#include <Eigen/Cholesky>

namespace toyfarm::study {

Whitening whitening(fit::ExtendedNll const& nll, std::size_t channel, fit::FitResult const& fit) {
  if (!core::is_converged(fit.status)) {
    return {};
  }
  auto const& params = nll.channel_params(channel);
  std::vector<std::size_t> known;
  std::vector<Eigen::Index> places;
  for (std::size_t k = 0; k < params.size(); ++k) {
    if (fit.errors[params[k]] > 0) {
      known.push_back(k);
      places.push_back(static_cast<Eigen::Index>(params[k]));
    }
  }
  Eigen::LLT<Eigen::MatrixXd> const factor(fit.covariance(places, places));
  if (known.empty() || factor.info() != Eigen::Success) {
    return {};
  }
  Eigen::MatrixXd const lower = factor.matrixL();
  Whitening out{known.size(), std::vector<double>(known.size() * params.size())};
  for (std::size_t k = 0; k < known.size(); ++k) {
    for (std::size_t j = k; j < known.size(); ++j) {
      out.rows[k * params.size() + known[j]] =
          lower(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k));
    }
  }
  return out;
}

// S events of density t add S <score>_t to the gradient, and C times that is what parameters of
// covariance C give way by.
void give_way(model::Model const& model,
              std::vector<std::size_t> const& channel_params,
              Whitening const& whitening,
              std::span<double const> pulls,
              double events,
              std::vector<double>& theta) {
  auto const n = channel_params.size();
  for (std::size_t j = 0; j < n; ++j) {
    double shift = 0;
    for (std::size_t k = 0; k < std::min(whitening.n, pulls.size()); ++k) {
      shift += whitening.rows[k * n + j] * pulls[k];
    }
    auto const& p = model.parameters[channel_params[j]];
    if (shift != 0) {
      auto& value = theta[channel_params[j]];
      value = std::clamp(value - events * shift, p.lower, p.upper);
    }
  }
}

}  // namespace toyfarm::study
