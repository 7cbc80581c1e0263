#include "toyfarm/toys/compress_data.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>
#include <utility>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/kernels/moments.hpp"

#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

using model::check_order;
using model::node_order;

/// Pieces of cells along x: [lower, upper), rising, with what is kept of their events.
struct Pieces {
  std::vector<double> lower, upper;
  std::vector<CellKind> kinds;
};

Pieces cut(QuantileCells const& cells, unsigned refinement) {
  Pieces out;
  std::size_t const parts = std::size_t{1} << refinement;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    double const upper = std::nextafter(cells.upper[c], HUGE_VAL);
    double const width = (upper - cells.lower[c]) / static_cast<double>(parts);
    for (std::size_t part = 0; part < parts; ++part) {
      out.lower.push_back(cells.lower[c] + width * static_cast<double>(part));
      out.upper.push_back(
          part + 1 == parts ? upper : cells.lower[c] + width * static_cast<double>(part + 1));
      out.kinds.push_back(cells.kinds[c]);
    }
  }
  return out;
}

/// Events in the order of their pieces; those in none come last.
struct Sorted {
  core::Column x;
  std::vector<std::size_t> first;  ///< [piece], then of those in none, then the end
};

Sorted sort_into(Pieces const& pieces, core::Column const& x) {
  std::size_t const n = pieces.lower.size();
  std::vector<std::uint32_t> which(x.size());
  Sorted out{core::Column(x.size()), std::vector<std::size_t>(n + 2)};
  for (std::size_t i = 0; i < x.size(); ++i) {
    auto const above = std::upper_bound(pieces.lower.begin(), pieces.lower.end(), x[i]);
    auto const piece = static_cast<std::size_t>(above - pieces.lower.begin());
    bool const inside = piece > 0 && x[i] < pieces.upper[piece - 1];
    which[i] = static_cast<std::uint32_t>(inside ? piece - 1 : n);
    ++out.first[which[i] + 1];
  }
  std::partial_sum(out.first.begin(), out.first.end(), out.first.begin());
  auto next = out.first;
  for (std::size_t i = 0; i < x.size(); ++i) {
    out.x[next[which[i]]++] = x[i];
  }
  return out;
}

class ChannelCompressor {
 public:
  ChannelCompressor(ChannelTables const& tables, unsigned refinement)
      : tables_(tables), pieces_(cut(tables.cells, refinement)) {
    axis_.observable = tables.observable;
  }

  void run(model::ChannelSample const& data, model::NodeCells& cells, model::ChannelSample& out) {
    auto const sorted = sort_into(pieces_, data.columns[tables_.observable]);
    core::Column events;
    for (std::size_t p = 0; p <= pieces_.kinds.size(); ++p) {
      std::span<double const> const here(sorted.x.data() + sorted.first[p],
                                         sorted.first[p + 1] - sorted.first[p]);
      if (p == pieces_.kinds.size() || pieces_.kinds[p] == CellKind::events) {
        events.insert(events.end(), here.begin(), here.end());
      } else {
        add_nodes(p, here, out);
      }
    }
    cells.axes = {axis_};
    cells.counts = counts_;
    auto x = axis_.nodes;
    x.insert(x.end(), events.begin(), events.end());
    out.columns.assign(tables_.n_observables, core::Column(x.size()));
    out.columns[tables_.observable] = std::move(x);
    out.switched.assign(tables_.n_observables, core::Column(kept_.size()));
    out.switched[tables_.observable] = kept_;
    out.switch_observable = tables_.observable;
    out.n_events = data.n_events;
  }

 private:
  void add_nodes(std::size_t piece, std::span<double const> x, model::ChannelSample& out) {
    double const middle = 0.5 * (pieces_.lower[piece] + pieces_.upper[piece]);
    double const half = 0.5 * (pieces_.upper[piece] - pieces_.lower[piece]);
    for (double const t : nodes_.nodes()) {
      axis_.nodes.push_back(middle + half * t);
    }
    for (double const t : gauss_.nodes()) {
      axis_.checks.push_back(middle + half * t);
    }
    if (pieces_.kinds[piece] == CellKind::both) {
      out.switches.push_back({pieces_.lower[piece],
                              pieces_.upper[piece],
                              counts_.size() * node_order,
                              node_order,
                              kept_.size(),
                              x.size()});
      kept_.insert(kept_.end(), x.begin(), x.end());
    }
    axis_.lower.push_back(pieces_.lower[piece]);
    axis_.upper.push_back(pieces_.upper[piece]);
    counts_.push_back(static_cast<double>(x.size()));
    local_.resize(x.size());
    std::transform(x.begin(), x.end(), local_.begin(), [&](double v) {
      return std::clamp((v - middle) / half, -1.0, 1.0);
    });
    out.weights.resize(out.weights.size() + node_order);
    kernels::fold_deviates(
        local_.data(), local_.size(), out.weights.data() + out.weights.size() - node_order);
  }

  ChannelTables const& tables_;
  Pieces pieces_;
  cells::ChebyshevNodes nodes_{node_order};
  cells::GaussLegendre gauss_{check_order};
  model::NodeAxis axis_;
  std::vector<double> counts_;
  core::Column kept_, local_;
};

}  // namespace

CompressedData compress(model::Sample const& data,
                        GenerationTables const& tables,
                        unsigned refinement) {
  CompressedData out;
  out.cells.resize(data.channels.size());
  out.sample.channels.resize(data.channels.size());
  for (std::size_t c = 0; c < data.channels.size(); ++c) {
    if (has_nodes_in(tables.channels[c])) {
      ChannelCompressor(tables.channels[c], refinement)
          .run(data.channels[c], out.cells[c], out.sample.channels[c]);
    } else {
      out.sample.channels[c] = data.channels[c];
    }
  }
  return out;
}

}  // namespace toyfarm::toys
