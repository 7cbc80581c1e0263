#include "toyfarm/toys/generate.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/kernels/polynomial.hpp"
#include "toyfarm/kernels/random.hpp"

#include "toys/generate_channel.hpp"
#include "toys/quantile_cells.hpp"

namespace toyfarm::toys {
namespace {

using kernels::Purpose;

constexpr std::size_t events_at_a_time =
    512;  // events that stay in the nearest cache; a multiple of the eight lanes
constexpr std::size_t cells_at_a_time = 256;

/// Makes room for a usual toy, so that later ones hardly ever allocate.
void reserve(core::Column& column, double expected) {
  auto const usual = static_cast<std::size_t>(expected + 8 * std::sqrt(expected) + 64);
  if (column.capacity() < usual) {
    column.reserve(usual);
  }
}

/// Makes the column at least n long. What it holds beyond is kept: shrinking and growing again
/// would clear memory that is overwritten anyway.
double* grow(core::Column& column, std::size_t n) {
  if (column.size() < n) {
    column.resize(n);
  }
  return column.data();
}

kernels::StreamKey stream_of(kernels::StreamKey key, Purpose purpose, std::size_t index) {
  key.purpose = purpose;
  key.index = static_cast<std::uint32_t>(index);
  return key;
}

/// n events of one factor; `ordinal` names its streams within the channel.
void draw_factor(FactorTables const& factor,
                 kernels::StreamKey const& key,
                 std::size_t ordinal,
                 double* x,
                 std::size_t n) {
  auto choices = kernels::seed_lanes(stream_of(key, Purpose::cells, ordinal));
  auto events = kernels::seed_lanes(stream_of(key, Purpose::events, ordinal));
  auto const& cells = factor.cells;
  kernels::PolynomialTable const quantiles{
      cells.coefficients.data(), quantile_order, cells.lower.data(), cells.upper.data()};
  std::array<std::uint64_t, events_at_a_time> which;
  for (std::size_t i = 0; i < n; i += events_at_a_time) {
    std::size_t const m = std::min(events_at_a_time, n - i);
    kernels::fill_bits(choices, which.data(), m);
    for (std::size_t j = 0; j < m; ++j) {
      which[j] =
          alias_draw(factor.choice.keep.data(), factor.choice.other.data(), cells.size(), which[j]);
    }
    kernels::fill_symmetric(events, x + i, m);
    kernels::polynomials_n(quantiles, which.data(), x + i, x + i, m);
  }
}

class ChannelGenerator {
 public:
  ChannelGenerator(ChannelTables const& tables, kernels::StreamKey key, model::ChannelSample& out)
      : tables_(tables), key_(key), out_(out), counts_(stream(Purpose::counts, 0)) {}

  void run() {
    out_.columns.resize(tables_.n_observables);
    out_.weights.clear();
    for (auto& column : out_.columns) {
      reserve(column, tables_.expected);
    }
    if (!tables_.products.empty()) {
      draw_products();
    } else if (tables_.processes.empty()) {
      draw_cells();
      if (!tables_.singles.empty()) {
        auto& x = out_.columns[tables_.observable];
        x.resize(n_);
        append_singles(tables_, key_, x);
        n_ = x.size();
      }
    } else {
      draw_processes();
    }
    for (auto const& filler : tables_.fillers) {
      fill(filler);
    }
    for (auto& column : out_.columns) {
      column.resize(n_);
    }
    out_.n_events = n_;
  }

 private:
  kernels::StreamKey stream(Purpose purpose, std::size_t index) const {
    return stream_of(key_, purpose, index);
  }

  void draw_cells() {
    auto events = kernels::seed_lanes(stream(Purpose::events, 0));
    std::array<std::uint64_t, cells_at_a_time> n;
    for (std::size_t first = 0; first < tables_.cells.size(); first += cells_at_a_time) {
      std::size_t const count = std::min(cells_at_a_time, tables_.cells.size() - first);
      std::uint64_t sum = 0;
      for (std::size_t i = 0; i < count; ++i) {
        sum += n[i] = draw_poisson(tables_.counts, first + i, counts_);
      }
      double* x = grow(out_.columns[tables_.observable], n_ + sum) + n_;
      for (std::size_t i = 0; i < count; ++i) {
        draw_place(quantile(tables_.cells, first + i), events, x, n[i]);
        x += n[i];
      }
      n_ += sum;
    }
  }

  static void draw_place(kernels::Polynomial const& quantile,
                         kernels::Lanes& events,
                         double* x,
                         std::size_t n) {
    for (std::size_t i = 0; i < n; i += events_at_a_time) {
      std::size_t const m = std::min(events_at_a_time, n - i);
      kernels::fill_symmetric(events, x + i, m);
      kernels::polynomial_n(quantile, x + i, x + i, m);
    }
  }

  void draw_products() {
    std::size_t table = 0;
    for (std::size_t p = 0; p < tables_.products.size(); ++p) {
      auto const& cells = tables_.products[p];
      std::array events{kernels::seed_lanes(product_stream(key_, p, 0)),
                        kernels::seed_lanes(product_stream(key_, p, 1))};
      for (std::size_t c = 0; c < cells.size(); ++c) {
        std::uint64_t const n = draw_poisson(tables_.counts, table++, counts_);
        for (std::size_t a = 0; a < 2 && n > 0; ++a) {
          double* const x = grow(out_.columns[tables_.axes[a]], n_ + n) + n_;
          draw_place(quantile(cells.pieces[a], cells.index[a][c]), events[a], x, n);
        }
        n_ += n;
      }
    }
  }

  void draw_processes() {
    std::size_t ordinal = 0;  // of the factor within the channel: names its streams
    for (std::size_t p = 0; p < tables_.processes.size(); ++p) {
      std::uint64_t const n = draw_poisson(tables_.counts, p, counts_);
      for (auto const& factor : tables_.processes[p]) {
        draw_factor(factor, key_, ordinal++, grow(out_.columns[factor.observable], n_ + n) + n_, n);
      }
      n_ += n;
    }
  }

  void fill(Filler const& filler) {
    double* const x = grow(out_.columns[filler.observable], n_);
    auto deviates = kernels::seed_lanes(stream(Purpose::fillers, filler.observable));
    double const line[2] = {0.5 * (filler.lower + filler.upper),
                            0.5 * (filler.upper - filler.lower)};
    kernels::fill_symmetric(deviates, x, n_);
    kernels::polynomial_n(
        {line, 1, filler.lower, std::nextafter(filler.upper, filler.lower)}, x, x, n_);
  }

  ChannelTables const& tables_;
  kernels::StreamKey key_;
  model::ChannelSample& out_;
  kernels::BitStream counts_;
  std::size_t n_ = 0;
};

}  // namespace

kernels::StreamKey product_stream(kernels::StreamKey key, std::size_t process, std::size_t axis) {
  key.purpose = Purpose::events;
  key.index = static_cast<std::uint32_t>(2 * process + axis);
  return key;
}

void append_singles(ChannelTables const& tables, kernels::StreamKey key, core::Column& x) {
  for (std::size_t i = 0; i < tables.singles.size(); ++i) {
    auto const& single = tables.singles[i];
    std::size_t const ordinal = std::size_t{single.process} + 1;  // 0 is the cells'
    kernels::BitStream counts(stream_of(key, Purpose::counts, ordinal));
    std::size_t const n = draw_poisson(tables.single_counts, i, counts);
    std::size_t const first = x.size();
    x.resize(first + n);
    draw_factor(single.factor, key, ordinal, x.data() + first, n);
  }
}

void append_events(core::Column& column,
                   kernels::Polynomial const& quantile,
                   kernels::Lanes& events,
                   std::size_t n) {
  std::size_t const first = column.size();
  column.resize(first + n);
  kernels::fill_symmetric(events, column.data() + first, n);
  kernels::polynomial_n(quantile, column.data() + first, column.data() + first, n);
}

void generate_channel(ChannelTables const& tables,
                      kernels::StreamKey const& key,
                      model::ChannelSample& out) {
  out.switches.clear();
  out.tree = nullptr;
  ChannelGenerator(tables, key, out).run();
}

void generate(GenerationTables const& tables,
              std::uint64_t seed,
              core::ToyId toy,
              model::Sample& out) {
  out.channels.resize(tables.channels.size());
  for (std::size_t c = 0; c < tables.channels.size(); ++c) {
    kernels::StreamKey const key{
        .seed = seed, .toy = toy.value, .channel = static_cast<std::uint32_t>(c)};
    generate_channel(tables.channels[c], key, out.channels[c]);
  }
}

void global_observables(model::Model const& model,
                        std::span<double const> theta,
                        std::uint64_t seed,
                        core::ToyId toy,
                        std::span<double> out) {
  TOYFARM_EXPECTS(theta.size() == model.parameters.size() &&
                  out.size() == model.constraints.size());
  kernels::BitStream bits({.seed = seed, .toy = toy.value, .purpose = Purpose::global_observables});
  for (std::size_t j = 0; j < model.constraints.size(); ++j) {
    auto const& constraint = *model.constraints[j];
    auto const parameter = constraint.parameter();
    // Drawn for fixed parameters too: fixing one leaves the others' as they are.
    double const drawn = constraint.draw(theta[parameter], bits);
    out[j] = model.parameters[parameter].fixed ? constraint.observed() : drawn;
  }
}

void jitter(std::uint64_t seed, core::ToyId toy, std::uint32_t attempt, std::span<double> out) {
  auto lanes = kernels::seed_lanes(
      {.seed = seed, .toy = toy.value, .purpose = Purpose::jitter, .index = attempt});
  kernels::fill_symmetric(lanes, out.data(), out.size());
}

}  // namespace toyfarm::toys
