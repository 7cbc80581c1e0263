#include "study/cell_points.hpp"

#include <algorithm>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/model/node_cells.hpp"

namespace toyfarm::study {

CellPoints::CellPoints(std::size_t n_observables) {
  cells::ChebyshevNodes const nodes(model::node_order);
  cells::GaussLegendre const gauss(model::check_order);
  places_[0].assign(nodes.nodes().begin(), nodes.nodes().end());
  places_[1].assign(gauss.nodes().begin(), gauss.nodes().end());
  columns_[0].resize(n_observables);
  columns_[1].resize(n_observables);
}

void CellPoints::place(toys::CellCandidate const& cell) {
  for (std::size_t which = 0; which < 2; ++which) {
    auto const& u = places_[which];
    std::vector<double> x(u.size());
    for (std::size_t s = 0; s < cell.n_sides; ++s) {
      toys::cell_quantiles(cell.sides[s], u, x.data());
      bool const runs_fastest = cell.n_sides == 1 || s != which;
      auto& points = points_[which][s];
      points.resize(model::grid_size(u.size(), cell.n_sides));
      for (std::size_t i = 0; i < points.size(); ++i) {
        points[i] = x[runs_fastest ? i % u.size() : i / u.size()];
      }
    }
    // Densities read the observables of the sides only, so that any column serves for the others.
    std::fill(columns_[which].begin(), columns_[which].end(), points_[which][0].data());
    for (std::size_t s = 0; s < cell.n_sides; ++s) {
      columns_[which][cell.sides[s].observable] = points_[which][s].data();
    }
  }
}

}  // namespace toyfarm::study
