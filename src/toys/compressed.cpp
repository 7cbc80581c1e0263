#include "toyfarm/toys/compressed.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/kernels/moments.hpp"
#include "toyfarm/kernels/polynomial.hpp"

#include "toys/compressed_products.hpp"
#include "toys/generate_channel.hpp"
#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

using model::check_order;
using model::node_order;
using model::NodeCells;

constexpr std::size_t deviates_at_a_time = 512;  // deviates at a time
constexpr std::size_t child_block = 4096;  // deviates of a refined cell's part folded at a time

bool has_nodes_at(QuantileCells const& cells, std::size_t c) {
  return cells.kinds[c] != CellKind::events;
}

NodeCells lay_out(ChannelTables const& tables, unsigned refinement) {
  auto const& cells = tables.cells;
  NodeCells out;
  auto& axis = out.axes.emplace_back();
  axis.observable = tables.observable;
  cells::ChebyshevNodes const nodes(node_order);
  cells::GaussLegendre const gauss(check_order);
  std::size_t const parts = std::size_t{1} << refinement;
  double const share = 1.0 / static_cast<double>(parts);
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!has_nodes_at(cells, c)) {
      continue;
    }
    auto const q = quantile(cells, c);
    for (std::size_t part = 0; part < parts; ++part) {
      double const centre = -1 + share * (2 * static_cast<double>(part) + 1);
      auto const add = [&](core::Column& column, std::span<double const> places) {
        for (double const u : places) {
          double const parent = centre + share * u;
          column.push_back(0);
          kernels::polynomial_n(q, &parent, &column.back(), 1);
        }
      };
      add(axis.nodes, nodes.nodes());
      add(axis.checks, gauss.nodes());
      double const ends[2] = {centre - share, centre + share};
      double x[2];
      kernels::polynomial_n(q, ends, x, 2);
      axis.lower.push_back(part == 0 ? cells.lower[c] : x[0]);
      axis.upper.push_back(part + 1 == parts ? cells.upper[c] : x[1]);
    }
  }
  out.counts.resize(axis.lower.size());
  return out;
}

/// Events that a usual toy has at most, of so many expected.
std::size_t usual(double expected) {
  return static_cast<std::size_t>(expected + 8 * std::sqrt(expected) + 64);
}

/// Makes room for a usual toy, so that later ones hardly ever allocate.
void reserve(QuantileCells const& cells, std::size_t n_nodes, model::ChannelSample& out) {
  double single = 0;
  double kept = 0;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    single += cells.kinds[c] == CellKind::events ? cells.events[c] : 0;
    kept += cells.kinds[c] == CellKind::both ? cells.events[c] : 0;
  }
  for (auto& column : out.columns) {
    column.reserve(n_nodes + usual(single));
  }
  for (auto& column : out.switched) {
    column.reserve(usual(kept));
  }
  out.weights.reserve(n_nodes + usual(single));
}

void append(core::Column& column, std::size_t n) {
  column.resize(column.size() + n);
}

}  // namespace

CompressedGenerator::CompressedGenerator(GenerationTables const& tables, unsigned refinement)
    : tables_(&tables), children_(std::size_t{1} << refinement) {
  for (auto const& channel : tables.channels) {
    bool const has_tree = channel.roots.size() > 0;
    leaves_.push_back(has_tree ? std::make_unique<Leaves>(channel) : nullptr);
    cells_.push_back(has_tree                ? NodeCells{}
                     : has_nodes_in(channel) ? lay_out(channel, refinement)
                                             : lay_out_products(channel));
  }
  for (auto& child : children_) {
    child.reserve(child_block + deviates_at_a_time);
  }
}

bool CompressedGenerator::has_nodes() const noexcept {
  return has_tree() ||
         std::any_of(cells_.begin(), cells_.end(), [](NodeCells const& c) { return c.size() > 0; });
}

bool CompressedGenerator::has_tree() const noexcept {
  return std::any_of(leaves_.begin(), leaves_.end(), [](auto const& l) { return l != nullptr; });
}

bool CompressedGenerator::can_refine() const noexcept {
  return std::none_of(
      cells_.begin(), cells_.end(), [](NodeCells const& c) { return c.axes.size() > 1; });
}

void CompressedGenerator::run(std::uint64_t seed, core::ToyId toy, model::Sample& out) {
  out.channels.resize(cells_.size());
  for (std::size_t c = 0; c < cells_.size(); ++c) {
    auto const& tables = tables_->channels[c];
    auto& channel = out.channels[c];
    kernels::StreamKey const key{
        .seed = seed, .toy = toy.value, .channel = static_cast<std::uint32_t>(c)};
    if (!leaves_[c] && cells_[c].size() == 0) {
      generate_channel(tables, key, channel);
      continue;
    }
    draw_counts(tables, key);
    channel.n_events = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
    if (leaves_[c]) {
      draw_tree(c, key, channel);
    } else if (cells_[c].axes.size() > 1) {
      draw_products(c, key, channel);
    } else {
      draw_channel(c, key, channel);
    }
  }
}

void CompressedGenerator::draw_counts(ChannelTables const& tables, kernels::StreamKey key) {
  key.purpose = kernels::Purpose::counts;
  kernels::BitStream bits(key);
  counts_.resize(tables.counts.size());
  for (std::size_t c = 0; c < counts_.size(); ++c) {
    counts_[c] = draw_poisson(tables.counts, c, bits);
  }
}

// Deviates are shared out among the parts by their place, u becoming 2^r (u - centre): the same
// events as without refinement.
void CompressedGenerator::fold_refined(kernels::Lanes& events,
                                       std::uint64_t n,
                                       double* weights,
                                       double* counts) {
  std::size_t const parts = children_.size();
  auto const scale = static_cast<double>(parts);
  std::fill_n(weights, parts * node_order, 0.0);
  std::fill_n(counts, parts, 0.0);
  auto const empty = [&](std::size_t part) {
    double folded[node_order];
    kernels::fold_deviates(children_[part].data(), children_[part].size(), folded);
    for (std::size_t j = 0; j < node_order; ++j) {
      weights[part * node_order + j] += folded[j];
    }
    counts[part] += static_cast<double>(children_[part].size());
    children_[part].clear();
  };
  std::array<double, deviates_at_a_time> u;
  for (std::uint64_t i = 0; i < n; i += deviates_at_a_time) {
    std::size_t const m = std::min<std::uint64_t>(deviates_at_a_time, n - i);
    kernels::fill_symmetric(events, u.data(), m);
    for (std::size_t k = 0; k < m; ++k) {
      double const place = 0.5 * scale * (u[k] + 1);
      auto const part = std::min(parts - 1, static_cast<std::size_t>(place));
      children_[part].push_back(2 * (place - static_cast<double>(part)) - 1);
    }
    for (std::size_t part = 0; part < parts; ++part) {
      if (children_[part].size() >= child_block) {
        empty(part);
      }
    }
  }
  for (std::size_t part = 0; part < parts; ++part) {
    empty(part);
  }
}

// Cells first … end - 1, which have nodes only.
void CompressedGenerator::draw_nodes(Drawing& d, std::size_t first, std::size_t end) {
  std::size_t const parts = children_.size();
  if (parts == 1) {
    kernels::fold_cells(
        d.events, counts_.data() + first, end - first, d.out.weights.data() + d.cell * node_order);
    std::copy(counts_.begin() + static_cast<std::ptrdiff_t>(first),
              counts_.begin() + static_cast<std::ptrdiff_t>(end),
              d.layout.counts.begin() + static_cast<std::ptrdiff_t>(d.cell));
    d.cell += end - first;
    return;
  }
  for (std::size_t c = first; c < end; ++c, d.cell += parts) {
    fold_refined(d.events,
                 counts_[c],
                 d.out.weights.data() + d.cell * node_order,
                 d.layout.counts.data() + d.cell);
  }
}

// A cell that has nodes and keeps its events.
void CompressedGenerator::draw_both(Drawing& d, std::size_t c) {
  std::size_t const parts = children_.size();
  std::size_t const n = counts_[c];
  if (deviates_.size() < n) {
    deviates_.resize(n);
  }
  auto before = d.events;
  kernels::fill_symmetric(d.events, deviates_.data(), n);
  double* const weights = d.out.weights.data() + d.cell * node_order;
  if (parts == 1) {
    kernels::fold_deviates(deviates_.data(), n, weights);
    d.layout.counts[d.cell] = static_cast<double>(n);
  } else {
    fold_refined(before, n, weights, d.layout.counts.data() + d.cell);
  }
  auto const& cells = d.tables.cells;
  auto& kept = d.out.switched[d.tables.observable];
  std::size_t const first = kept.size();
  append(kept, n);
  kernels::polynomial_n(quantile(cells, c), deviates_.data(), kept.data() + first, n);
  d.out.switches.push_back(
      {cells.lower[c], cells.upper[c], d.cell * node_order, parts * node_order, first, n});
  d.cell += parts;
}

void CompressedGenerator::draw_channel(std::size_t channel,
                                       kernels::StreamKey key,
                                       model::ChannelSample& out) {
  auto const& tables = tables_->channels[channel];
  auto const& kinds = tables.cells.kinds;
  auto& layout = cells_[channel];
  if (out.columns.empty()) {
    out.columns.assign(tables.n_observables, layout.axes.front().nodes);
    out.switched.resize(tables.n_observables);
    out.switch_observable = tables.observable;
    reserve(tables.cells, layout.n_nodes(), out);
  }
  auto& x = out.columns[tables.observable];
  auto& kept = out.switched[tables.observable];
  x.resize(layout.n_nodes());
  kept.clear();
  out.switches.clear();
  out.weights.resize(layout.n_nodes());

  key.purpose = kernels::Purpose::events;
  Drawing drawing{tables, layout, out, kernels::seed_lanes(key)};
  for (std::size_t c = 0; c < kinds.size();) {
    std::size_t end = c + 1;
    switch (kinds[c]) {
      case CellKind::nodes:
        while (end < kinds.size() && kinds[end] == CellKind::nodes) {
          ++end;
        }
        draw_nodes(drawing, c, end);
        break;
      case CellKind::both:
        draw_both(drawing, c);
        break;
      case CellKind::events:
        append_events(x, quantile(tables.cells, c), drawing.events, counts_[c]);
        break;
    }
    c = end;
  }
  out.weights.resize(x.size(), 1.0);
  for (std::size_t o = 0; o < out.columns.size(); ++o) {
    if (o != tables.observable) {
      out.columns[o].resize(x.size());  // no density reads them
      out.switched[o].resize(kept.size());
    }
  }
}

}  // namespace toyfarm::toys
