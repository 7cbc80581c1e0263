// Of which functions a channel is judged, and where.
#include <algorithm>
#include <cmath>

#include <Eigen/Cholesky>

#include "study/channel_judge.hpp"
#include "study/test_points.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t few_params = 16;  // of a channel: its own scores cost little
constexpr double no_freedom = 1e-12;    // share of a variance

std::vector<Eigen::Index> indices(std::vector<std::size_t> const& places) {
  return {places.begin(), places.end()};
}

std::vector<std::size_t> moving(std::vector<std::size_t> params,
                                Eigen::MatrixXd const& covariance) {
  std::erase_if(params, [&](std::size_t j) {
    auto const k = static_cast<Eigen::Index>(j);
    return !(covariance(k, k) > 0);
  });
  std::sort(params.begin(), params.end());
  return params;
}

// Many yield parameters need no functions of their own where the processes are fewer.
fit::ScoreBasis basis_of(LayoutCentre const& centre, model::Channel const& channel) {
  auto const& parameters = centre.model->parameters;
  fit::ChannelFunctions const all(channel, parameters, centre.theta, fit::ScoreBasis::parameters);
  auto const n_yields =
      std::count_if(channel.processes.begin(), channel.processes.end(), [&](auto const& process) {
        return !moving(process.yield.params(), centre.covariance).empty();
      });
  auto const n_free = moving(all.params(), centre.covariance).size();
  return n_free > few_params &&
                 n_free > all.shape_params().size() + static_cast<std::size_t>(n_yields)
             ? fit::ScoreBasis::processes
             : fit::ScoreBasis::parameters;
}

// Lower triangle L, V = L L^T, of a matrix that may be singular: columns of zeros for directions
// without freedom.
Eigen::MatrixXd factor_of(Eigen::MatrixXd const& v) {
  auto const n = v.rows();
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(n, n);
  for (Eigen::Index b = 0; b < n; ++b) {
    double const left = v(b, b) - out.row(b).head(b).squaredNorm();
    if (!(left > no_freedom * v(b, b))) {
      continue;
    }
    out(b, b) = std::sqrt(left);
    for (Eigen::Index a = b + 1; a < n; ++a) {
      out(a, b) = (v(a, b) - out.row(a).head(b).dot(out.row(b).head(b))) / out(b, b);
    }
  }
  return out;
}

}  // namespace

ChannelJudge::ChannelJudge(LayoutCentre const& centre,
                           std::size_t channel,
                           toys::ChannelTables const& first)
    : channel_(&centre.model->channels[channel]),
      functions_(*channel_, centre.model->parameters, centre.theta, basis_of(centre, *channel_)),
      free_(moving(functions_.params(), centre.covariance)),
      covariance_(centre.covariance(indices(free_), indices(free_))),
      errors_(functions_.n_functions()),
      nodes_(model::node_order),
      points_of_(channel_->observables.size()),
      at_nodes_(functions_.n_functions() + 1),
      first_(functions_.n_functions()),
      roundings_(functions_.n_functions()) {
  for (std::size_t p = 0; p < channel_->processes.size(); ++p) {
    functions_.set_off(p, centre.nll->is_off(channel, p));
  }
  bool const by_parameters = functions_.basis() == fit::ScoreBasis::parameters;
  n_whitened_ = by_parameters ? free_.size() : functions_.n_functions();
  place_points(centre, channel);
  reach_ = joint_reach(*centre.nll, channel, first, centre.theta, centre.covariance);
}

void ChannelJudge::place_points(LayoutCentre const& centre, std::size_t channel) {
  bool const by_parameters = functions_.basis() == fit::ScoreBasis::parameters;
  TestDirections directions{free_, covariance_, {}};
  auto const at_centre = functions_.place(centre.theta);
  if (at_centre && !by_parameters) {
    // What makes scores of functions makes steps of shapes and yields of steps of parameters.
    directions.seen = functions_.scores_of(*at_centre)(rows_of_free(), Eigen::all).transpose();
  }
  auto const exists = [&](std::vector<double> const& theta) {
    return functions_.place(theta).has_value();
  };
  for (auto const& theta : test_points(*centre.model, centre.theta, directions, exists)) {
    auto& point = points_.emplace_back();
    auto const joints = centre.nll->moving_break_points(channel, theta);
    point.joints.assign(joints.begin(), joints.end());
    point.place = functions_.place(theta);
    if (point.place && (points_.size() == 1 || !by_parameters)) {
      point.whitening = whitening_at(*point.place);
    }
  }
}

std::vector<Eigen::Index> ChannelJudge::rows_of_free() const {
  auto const& params = functions_.params();
  std::vector<Eigen::Index> rows;
  for (auto const j : free_) {
    rows.push_back(std::find(params.begin(), params.end(), j) - params.begin());
  }
  return rows;
}

Eigen::MatrixXd ChannelJudge::whitening_at(fit::ChannelFunctions::Place const& place) const {
  auto const rows = rows_of_free();
  if (functions_.basis() == fit::ScoreBasis::processes) {
    Eigen::MatrixXd const scores = functions_.scores_of(place)(rows, Eigen::all);
    return factor_of(scores.transpose() * covariance_ * scores);
  }
  Eigen::MatrixXd out = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(functions_.n_functions()),
                                              covariance_.cols());
  out(rows, Eigen::all) = Eigen::MatrixXd(Eigen::LLT<Eigen::MatrixXd>(covariance_).matrixL());
  return out;
}

}  // namespace toyfarm::study
