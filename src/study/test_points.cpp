#include "study/test_points.hpp"

#include <algorithm>
#include <cmath>

#include <Eigen/Eigenvalues>

namespace toyfarm::study {
namespace {

constexpr double deviations = 5;
constexpr double no_freedom = 1e-9;  // eigenvalue of a correlation

Eigen::MatrixXd correlation_of(Eigen::MatrixXd const& covariance, Eigen::VectorXd const& sigma) {
  auto const n = covariance.rows();
  Eigen::MatrixXd out = Eigen::MatrixXd::Identity(n, n);
  for (Eigen::Index a = 0; a < n; ++a) {
    for (Eigen::Index b = 0; b < n; ++b) {
      if (a != b && sigma[a] > 0 && sigma[b] > 0) {
        out(a, b) = covariance(a, b) / (sigma[a] * sigma[b]);
      }
    }
  }
  return out;
}

// One deviation of the parameters along each eigen-direction: columns.
Eigen::MatrixXd deviation_of(TestDirections const& of) {
  bool const all_seen = of.seen.size() == 0;
  Eigen::MatrixXd const with_seen = all_seen ? of.covariance : of.covariance * of.seen.transpose();
  Eigen::MatrixXd const covariance = all_seen ? of.covariance : of.seen * with_seen;
  Eigen::VectorXd const sigma = covariance.diagonal().cwiseMax(0).cwiseSqrt();
  Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> const solver(correlation_of(covariance, sigma));
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(of.covariance.rows(), covariance.rows());
  for (Eigen::Index k = 0; k < covariance.rows(); ++k) {
    double const variance = std::max(solver.eigenvalues()[k], 0.0);
    if (all_seen) {
      out.col(k) = sigma.cwiseProduct(solver.eigenvectors().col(k)) * std::sqrt(variance);
    } else if (variance > no_freedom) {
      // Where the parameters most likely are, given what is seen.
      for (Eigen::Index a = 0; a < covariance.rows(); ++a) {
        if (sigma[a] > 0) {
          out.col(k) +=
              with_seen.col(a) * (solver.eigenvectors()(a, k) / (sigma[a] * std::sqrt(variance)));
        }
      }
    }
  }
  return out;
}

}  // namespace

std::vector<std::vector<double>> test_points(
    model::Model const& model,
    std::vector<double> const& theta,
    TestDirections const& directions,
    std::function<bool(std::vector<double> const&)> const& exists) {
  std::vector<std::vector<double>> points{theta};
  if (directions.params.empty()) {
    return points;
  }
  auto const deviation = deviation_of(directions);
  for (Eigen::Index k = 0; k < deviation.cols(); ++k) {
    if (deviation.col(k).squaredNorm() == 0) {
      continue;
    }
    for (double const side : {1.0, -1.0}) {
      for (double far = deviations; far > 0.5; far *= 0.5) {
        auto point = theta;
        for (std::size_t j = 0; j < directions.params.size(); ++j) {
          auto const& p = model.parameters[directions.params[j]];
          auto& value = point[directions.params[j]];
          value = std::clamp(
              value + side * far * deviation(static_cast<Eigen::Index>(j), k), p.lower, p.upper);
        }
        if (exists(point)) {
          points.push_back(std::move(point));
          break;
        }
      }
    }
  }
  return points;
}

}  // namespace toyfarm::study
