#include "toyfarm/study/asimov.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "toyfarm/cells/quadrature.hpp"

namespace toyfarm::study {
namespace {

constexpr std::size_t points_per_cell = 12;
constexpr std::size_t few_points_per_cell = 5;  // of a cell, where three factors multiply

/// Points along one observable: places and the shares of the events that they stand for.
struct Line {
  std::vector<double> places;
  std::vector<double> shares;
};

// Of all cells, or of those that hold at least `least` events.
Line line_of(toys::QuantileCells const& cells, std::size_t per_cell, double least) {
  cells::GaussLegendre const gauss(per_cell);
  std::vector<double> at(per_cell);
  Line out;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells.events[c] < least) {
      continue;
    }
    toys::cell_quantiles(toys::cell_side(cells, c), gauss.nodes(), at.data());
    for (std::size_t i = 0; i < per_cell; ++i) {
      out.places.push_back(at[i]);
      out.shares.push_back(0.5 * gauss.weights()[i] * cells.events[c]);
    }
  }
  return out;
}

/// The same cut in halves until no piece is longer than what `finest` says of it; so narrow a
/// feature may have no events at all at the point, and matter as soon as its yield is another.
template <class Finest>
Line fine_line_of(toys::QuantileCells const& cells, std::size_t per_cell, Finest finest) {
  constexpr int most_cuts = 24;
  cells::GaussLegendre const gauss(per_cell);
  Line out;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    auto const side = toys::cell_side(cells, c);
    auto const place = [&](double u) {
      double x = u;
      toys::cell_quantiles(side, {&x, 1}, &x);
      return x;
    };
    auto const cut = [&](auto const& again, double begin, double end, int cuts) -> void {
      double const lower = place(begin);
      double const upper = place(end);
      double const half = 0.5 * (end - begin);
      if (cuts < most_cuts && upper - lower > finest(lower, upper)) {
        again(again, begin, begin + half, cuts + 1);
        again(again, begin + half, end, cuts + 1);
        return;
      }
      for (std::size_t i = 0; i < per_cell; ++i) {
        out.places.push_back(place(begin + half * (1 + gauss.nodes()[i])));
        out.shares.push_back(0.5 * half * gauss.weights()[i] * cells.events[c]);
      }
    };
    cut(cut, -1, 1, 0);
  }
  return out;
}

/// The shortest length over which a density of the channel changes its form within [lower, upper],
/// also one without a yield: it may get one.
double finest_scale(model::Channel const& channel,
                    std::size_t observable,
                    std::span<double const> theta,
                    double lower,
                    double upper) {
  double finest = std::numeric_limits<double>::infinity();
  std::vector<double> shape;
  for (auto const& process : channel.processes) {
    for (auto const& factor : process.shape.factors) {
      if (factor.observable != observable) {
        continue;
      }
      shape.clear();
      for (std::size_t k = 0; k < factor.density->n_params(); ++k) {
        shape.push_back(theta[process.shape_params[factor.first_param + k]]);
      }
      finest = std::min(finest, factor.density->scale(shape, lower, upper));
    }
  }
  return finest;
}

/// Appends every combination of points along the lines, of `scale` times the product of shares.
void add_grid(std::vector<std::pair<std::size_t, Line>> const& lines,
              double scale,
              model::ChannelSample& out) {
  std::vector<std::size_t> index(lines.size(), 0);
  for (bool more = true; more;) {
    double weight = scale;
    for (std::size_t l = 0; l < lines.size(); ++l) {
      out.columns[lines[l].first].push_back(lines[l].second.places[index[l]]);
      weight *= lines[l].second.shares[index[l]];
    }
    out.weights.push_back(weight);
    more = false;
    for (std::size_t l = 0; l < lines.size() && !more; ++l) {
      more = ++index[l] < lines[l].second.places.size();
      index[l] = more ? index[l] : 0;
    }
  }
}

void add_product_cells(toys::ChannelTables const& tables,
                       toys::ProductCells const& cells,
                       double least,
                       model::ChannelSample& out) {
  cells::GaussLegendre const gauss(points_per_cell);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (cells.events[c] < least) {
      continue;
    }
    double at[2][points_per_cell];
    for (std::size_t a = 0; a < 2; ++a) {
      toys::cell_quantiles(
          toys::cell_side(cells.pieces[a], cells.index[a][c]), gauss.nodes(), at[a]);
    }
    for (std::size_t i = 0; i < points_per_cell; ++i) {
      for (std::size_t j = 0; j < points_per_cell; ++j) {
        out.columns[tables.axes[0]].push_back(at[0][i]);
        out.columns[tables.axes[1]].push_back(at[1][j]);
        out.weights.push_back(0.25 * gauss.weights()[i] * gauss.weights()[j] * cells.events[c]);
      }
    }
  }
}

double total(std::vector<double> const& values) {
  double sum = 0;
  for (double const value : values) {
    sum += value;
  }
  return sum;
}

void add_processes(model::Channel const& channel,
                   toys::ChannelTables const& tables,
                   std::span<double const> theta,
                   model::ChannelSample& out) {
  for (std::size_t p = 0; p < tables.processes.size(); ++p) {
    double const expected = channel.processes[p].yield.value(theta);
    if (!(expected > 0)) {
      continue;
    }
    std::vector<std::pair<std::size_t, Line>> lines;
    double scale = expected;
    for (auto const& factor : tables.processes[p]) {
      bool const is_cheap = tables.processes[p].size() < 3;
      lines.emplace_back(
          factor.observable,
          line_of(factor.cells, is_cheap ? points_per_cell : few_points_per_cell, 0));
      scale /= total(factor.cells.events);
    }
    add_grid(lines, scale, out);
  }
}

}  // namespace

model::ChannelSample expected_points(model::Channel const& channel,
                                     toys::ChannelTables const& tables,
                                     std::span<double const> theta,
                                     double least_share,
                                     Resolution resolution) {
  double const least = least_share * tables.expected;
  model::ChannelSample out;
  out.columns.resize(tables.n_observables);
  auto const line =
      resolution == Resolution::drawn
          ? line_of(tables.cells, points_per_cell, least)
          : fine_line_of(tables.cells, points_per_cell, [&](double lower, double upper) {
              return finest_scale(channel, tables.observable, theta, lower, upper);
            });
  out.columns[tables.observable].assign(line.places.begin(), line.places.end());
  out.weights.assign(line.shares.begin(), line.shares.end());
  for (auto const& cells : tables.products) {
    add_product_cells(tables, cells, least, out);
  }
  add_processes(channel, tables, theta, out);
  for (auto& column : out.columns) {
    column.resize(out.weights.size());  // of an observable that no density describes
  }
  out.n_events = static_cast<std::uint64_t>(std::llround(tables.expected));
  return out;
}

AsimovData asimov_data(model::Model const& model,
                       std::span<double const> theta,
                       std::string const& spec_name) {
  auto const tables = toys::build_tables(model, theta, spec_name);
  AsimovData out;
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    out.sample.channels.push_back(expected_points(
        model.channels[c], tables.channels[c], theta, 0, Resolution::all_densities));
  }
  for (auto const& constraint : model.constraints) {
    out.globals.push_back(constraint->expected(theta[constraint->parameter()]));
  }
  return out;
}

}  // namespace toyfarm::study
