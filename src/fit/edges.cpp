#include "edges.hpp"

#include <algorithm>
#include <limits>

namespace toyfarm::fit {
namespace {

std::vector<double> shape_of(model::Process const& process, std::span<double const> theta) {
  std::vector<double> shape;
  for (auto const j : process.shape_params) {
    shape.push_back(theta[j]);
  }
  return shape;
}

}  // namespace

Edges::Edges(model::Model const& model) : model_(&model) {
  for (auto const& channel : model.channels) {
    for (auto const& process : channel.processes) {
      if (!channel.in_fit || !process.shape.density->has_edge()) {
        continue;
      }
      processes_.push_back(&process);
      for (auto const j : process.shape_params) {
        if (!model.parameters[j].fixed) {
          parameters_.push_back(j);
        }
      }
    }
  }
  std::sort(parameters_.begin(), parameters_.end());
  parameters_.erase(std::unique(parameters_.begin(), parameters_.end()), parameters_.end());
}

bool Edges::find_interior(std::span<double const> theta) {
  auto const found = model::interior_point(*model_, theta);
  interior_ = found ? *found : std::vector<double>{};
  return found.has_value();
}

std::vector<Cut> Edges::cuts(std::span<double const> theta) const {
  std::vector<Cut> out;
  auto const n = static_cast<Eigen::Index>(theta.size());
  for (auto const* process : processes_) {
    for (auto const& point : process->shape.density->edge_points(shape_of(*process, theta))) {
      Cut cut{point.margin, point.curvature, Eigen::VectorXd::Zero(n), Eigen::VectorXd::Zero(n)};
      for (std::size_t k = 0; k < point.gradient.size(); ++k) {
        auto const j = static_cast<Eigen::Index>(process->shape_params[k]);
        cut.gradient[j] += point.gradient[k];
        cut.slope[j] += point.slope[k];
      }
      out.push_back(std::move(cut));
    }
  }
  return out;
}

double Edges::margin(std::span<double const> theta) const {
  double least = std::numeric_limits<double>::infinity();
  for (auto const* process : processes_) {
    for (auto const& point : process->shape.density->edge_points(shape_of(*process, theta))) {
      least = std::min(least, point.margin);
    }
  }
  return least;
}

// Margins are concave along the way, so that the share of the way which a straight line asks for
// suffices; rounding may ask for a little more.
bool Edges::pull_inside(std::span<double> theta, double wanted) const {
  if (interior_.empty()) {
    return false;
  }
  double const inside = margin(interior_);
  double least = wanted * inside;
  double const rounding = 4 * std::numeric_limits<double>::epsilon() * inside;
  for (int attempt = 0; attempt < 8; ++attempt) {
    double const here = margin(theta);
    if (here >= wanted * inside) {
      return true;
    }
    double const share = std::min(1.0, (least - here) / (inside - here));
    for (auto const j : parameters_) {
      theta[j] += share * (interior_[j] - theta[j]);
    }
    least += rounding;
  }
  return margin(theta) >= wanted * inside - 16 * rounding;
}

}  // namespace toyfarm::fit
