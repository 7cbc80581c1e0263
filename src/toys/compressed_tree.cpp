#include <algorithm>

#include "toyfarm/kernels/moments.hpp"
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/toys/compressed.hpp"

#include "toys/generate_channel.hpp"
#include "toys/leaves.hpp"
#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

constexpr std::size_t longest_run = 4;
constexpr std::size_t most_kept = 2'000'000;  // events of a toy at a time
constexpr auto not_kept = static_cast<std::size_t>(-1);

}  // namespace

CompressedGenerator::Leaves::Leaves(ChannelTables const& channel)
    : tables(&channel), tree(make_tree(channel)) {
  for (std::size_t c = 0; c < channel.cells.size(); ++c) {
    if (channel.cells.kinds[c] == CellKind::events) {
      continue;
    }
    bool const goes_on =
        !runs.empty() && runs.back().n < longest_run && runs.back().first_cell + runs.back().n == c;
    if (!goes_on) {
      runs.push_back({run_of.size(), c, 0});
    }
    ++runs.back().n;
    run_of.push_back(runs.size() - 1);
  }
  streams.resize(runs.size());
  first_kept.resize(run_of.size());
  tree.events = [this](std::size_t leaf) { return events(leaf); };
}

std::span<double const> CompressedGenerator::Leaves::events(std::size_t leaf) {
  if (first_kept[leaf] == not_kept) {
    if (kept.size() > most_kept) {
      kept.clear();
      std::fill(first_kept.begin(), first_kept.end(), not_kept);
    }
    auto const& run = runs[run_of[leaf]];
    auto lanes = streams[run_of[leaf]];
    for (std::size_t i = 0; i < run.n; ++i) {
      first_kept[run.first_leaf + i] = kept.size();
      append_events(kept,
                    quantile(tables->cells, run.first_cell + i),
                    lanes,
                    static_cast<std::size_t>(tree.leaf_counts()[run.first_leaf + i]));
    }
  }
  auto const n = static_cast<std::size_t>(tree.leaf_counts()[leaf]);
  return std::span<double const>(kept).subspan(first_kept[leaf], n);
}

// Cells are drawn in their order, as `generate` does; some of them may have no nodes.
void CompressedGenerator::draw_tree(std::size_t channel,
                                    kernels::StreamKey key,
                                    model::ChannelSample& out) {
  auto const& tables = tables_->channels[channel];
  auto& leaves = *leaves_[channel];
  auto const& kinds = tables.cells.kinds;
  out.columns.resize(tables.n_observables);
  out.weights.clear();
  out.switches.clear();
  out.tree = &leaves.tree;
  auto& x = out.columns[tables.observable];
  x.clear();
  leaves.kept.clear();
  std::fill(leaves.first_kept.begin(), leaves.first_kept.end(), not_kept);

  key.purpose = kernels::Purpose::events;
  auto events = kernels::seed_lanes(key);
  auto const weights = leaves.tree.leaf_weights();
  auto const leaf_counts = leaves.tree.leaf_counts();
  std::size_t run = 0;
  for (std::size_t c = 0; c < kinds.size();) {
    if (kinds[c] == CellKind::events) {
      append_events(x, quantile(tables.cells, c), events, counts_[c]);
      ++c;
      continue;
    }
    auto const& [first_leaf, first_cell, n] = leaves.runs[run];
    leaves.streams[run++] = events;
    kernels::fold_cells(
        events, counts_.data() + c, n, weights.data() + first_leaf * model::node_order);
    std::copy_n(counts_.data() + c, n, leaf_counts.data() + first_leaf);
    c += n;
  }
  leaves.tree.merge();
  std::size_t const before = x.size();
  append_singles(tables, key, x);
  out.n_events += x.size() - before;
  for (std::size_t o = 0; o < out.columns.size(); ++o) {
    if (o != tables.observable) {
      out.columns[o].resize(x.size());  // no density reads them
    }
  }
}

}  // namespace toyfarm::toys
