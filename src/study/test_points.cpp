#include "study/test_points.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>

#include "toyfarm/fit/extended_nll.hpp"

namespace toyfarm::study {
namespace {

constexpr double deviations = 5;

bool exists(model::Model const& model, std::vector<double> const& point) {
  fit::ExtendedNll nll(model);
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    if (model.channels[c].in_fit && !nll.prepare_channel(c, point)) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::vector<std::vector<double>> test_points(model::Model const& model,
                                             std::vector<double> const& theta,
                                             Eigen::MatrixXd const& covariance) {
  std::vector<std::vector<double>> points{theta};
  auto const n = static_cast<Eigen::Index>(theta.size());
  Eigen::VectorXd sigma = covariance.diagonal().cwiseMax(0).cwiseSqrt();
  Eigen::MatrixXd correlation = Eigen::MatrixXd::Identity(n, n);
  for (Eigen::Index a = 0; a < n; ++a) {
    for (Eigen::Index b = 0; b < n; ++b) {
      if (a != b && sigma[a] > 0 && sigma[b] > 0) {
        correlation(a, b) = covariance(a, b) / (sigma[a] * sigma[b]);
      }
    }
  }
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(correlation);
  for (Eigen::Index k = 0; k < n; ++k) {
    Eigen::VectorXd const direction = sigma.cwiseProduct(solver.eigenvectors().col(k)) *
                                      std::sqrt(std::max(solver.eigenvalues()[k], 0.0));
    if (direction.squaredNorm() == 0) {
      continue;
    }
    for (double const side : {1.0, -1.0}) {
      for (double far = deviations; far > 0.5; far *= 0.5) {
        auto point = theta;
        for (std::size_t j = 0; j < point.size(); ++j) {
          auto const& p = model.parameters[j];
          if (!p.fixed && p.used) {
            point[j] = std::clamp(
                point[j] + side * far * direction[static_cast<Eigen::Index>(j)], p.lower, p.upper);
          }
        }
        if (exists(model, point)) {
          points.push_back(std::move(point));
          break;
        }
      }
    }
  }
  return points;
}

}  // namespace toyfarm::study
