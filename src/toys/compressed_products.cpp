#include "toys/compressed_products.hpp"

#include <algorithm>
#include <array>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/kernels/moments.hpp"
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/toys/compressed.hpp"

#include "toys/generate_channel.hpp"
#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

using kernels::product_nodes;
using model::NodeAxis;
using model::NodeCells;

/// Places of a cell's points along one axis: all pairs of places u, this axis running fastest or
/// slowest.
enum class Runs { fastest, slowest };
void add_grid(core::Column& column,
              kernels::Polynomial const& quantile,
              std::span<double const> u,
              Runs runs) {
  std::array<double, model::check_order> x{};
  kernels::polynomial_n(quantile, u.data(), x.data(), u.size());
  for (std::size_t i = 0; i < u.size() * u.size(); ++i) {
    column.push_back(x[runs == Runs::fastest ? i % u.size() : i / u.size()]);
  }
}

/// Makes a sample begin with the nodes, as one that was drawn before does.
void begin_sample(NodeCells const& layout, ChannelTables const& tables, model::ChannelSample& out) {
  if (out.columns.empty()) {
    out.columns.assign(tables.n_observables, layout.axes[0].nodes);
    out.columns[tables.axes[1]] = layout.axes[1].nodes;
  }
  for (auto& column : out.columns) {
    column.resize(layout.n_nodes());
  }
  out.weights.resize(layout.n_nodes());
}

void end_sample(ChannelTables const& tables, model::ChannelSample& out) {
  std::size_t const n = out.columns[tables.axes[0]].size();
  out.weights.resize(n, 1.0);
  for (auto& column : out.columns) {
    column.resize(n);  // no density reads those that are short
  }
}

}  // namespace

NodeCells lay_out_products(ChannelTables const& tables) {
  NodeCells out;
  cells::ChebyshevNodes const nodes(model::node_order);
  cells::GaussLegendre const gauss(model::check_order);
  std::array<NodeAxis, 2> axes;
  for (std::size_t a = 0; a < 2; ++a) {
    axes[a].observable = tables.axes[a];
    for (auto const& cells : tables.products) {
      auto const& pieces = cells.pieces[a];
      for (std::size_t c = 0; c < cells.size(); ++c) {
        if (cells.kinds[c] != CellKind::nodes) {
          continue;
        }
        auto const piece = cells.index[a][c];
        auto const q = quantile(pieces, piece);
        add_grid(axes[a].nodes, q, nodes.nodes(), a == 0 ? Runs::slowest : Runs::fastest);
        add_grid(axes[a].checks, q, gauss.nodes(), a == 0 ? Runs::fastest : Runs::slowest);
        axes[a].lower.push_back(pieces.lower[piece]);
        axes[a].upper.push_back(pieces.upper[piece]);
      }
    }
  }
  out.counts.resize(axes[0].lower.size());
  if (!out.counts.empty()) {
    out.axes.assign(axes.begin(), axes.end());
  }
  return out;
}

void CompressedGenerator::draw_products(std::size_t channel,
                                        kernels::StreamKey key,
                                        model::ChannelSample& out) {
  auto const& tables = tables_->channels[channel];
  auto& layout = cells_[channel];
  begin_sample(layout, tables, out);
  std::size_t node_cell = 0;
  auto const* n = counts_.data();  // of the cell at hand
  for (std::size_t p = 0; p < tables.products.size(); ++p) {
    auto const& cells = tables.products[p];
    auto first = kernels::seed_lanes(product_stream(key, p, 0));
    auto second = kernels::seed_lanes(product_stream(key, p, 1));
    for (std::size_t c = 0; c < cells.size();) {
      auto const run = static_cast<std::size_t>(
          std::find_if(cells.kinds.begin() + static_cast<std::ptrdiff_t>(c),
                       cells.kinds.end(),
                       [](CellKind kind) { return kind != CellKind::nodes; }) -
          cells.kinds.begin() - static_cast<std::ptrdiff_t>(c));
      kernels::fold_products(first, second, n, run, out.weights.data() + node_cell * product_nodes);
      std::copy_n(n, run, layout.counts.data() + node_cell);
      node_cell += run;
      c += run;
      n += run;
      for (; c < cells.size() && cells.kinds[c] != CellKind::nodes; ++c, ++n) {
        if (*n == 0) {
          continue;
        }
        append_events(
            out.columns[tables.axes[0]], quantile(cells.pieces[0], cells.index[0][c]), first, *n);
        append_events(
            out.columns[tables.axes[1]], quantile(cells.pieces[1], cells.index[1][c]), second, *n);
      }
    }
  }
  end_sample(tables, out);
}

}  // namespace toyfarm::toys
