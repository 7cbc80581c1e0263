#include "toyfarm/toys/tables.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/thread_team.hpp"

#include "toys/leaves.hpp"
#include "toys/product_cells.hpp"
#include "toys/quantile_cells.hpp"
#include "toys/toy_channel.hpp"

namespace toyfarm::toys {
namespace {

constexpr double normalisation_tolerance =
    1e-8;  // far above the rounding of a normalised density, far below what any toy could show

class ChannelBuilder {
 public:
  ChannelBuilder(ToyChannel const& channel, CellJudge judge, ChannelPlan plan)
      : toys_(channel),
        channel_(channel.channel),
        judge_(std::move(judge)),
        plan_(std::move(plan)) {}

  ChannelTables build() {
    out_.n_observables = channel_.observables.size();
    out_.weak = plan_.weak;
    for (auto const& process : channel_.processes) {
      yields_.push_back(toys_.yield(process));
    }
    out_.expected = std::accumulate(yields_.begin(), yields_.end(), 0.0);
    auto const described = toys_.described_observables();
    bool const once = std::ranges::all_of(channel_.processes, [&](auto const& process) {
      return process.shape.factors.size() == described.size();
    });
    if (once && described.size() == 1) {
      build_common(described.front());
    } else if (!channel_.processes.empty() &&
               !(once && described.size() == 2 && build_products(described))) {
      build_processes();
    }
    for (std::size_t o = 0; o < out_.n_observables; ++o) {
      if (!std::ranges::binary_search(described, o)) {
        auto const window = toys_.bounds(o);
        out_.fillers.push_back({o, window.lower, window.upper});
      }
    }
    return std::move(out_);
  }

 private:
  Mixture mixture_of(std::vector<double> const& weights) const {
    Mixture mixture(channel_.observables.size());
    for (std::size_t p = 0; p < channel_.processes.size(); ++p) {
      if (weights[p] > 0) {
        toys_.add(mixture,
                  channel_.processes[p],
                  channel_.processes[p].shape.factors.front(),
                  weights[p]);
      }
    }
    return mixture;
  }

  [[nodiscard]] bool is_weak(std::size_t process) const {
    return !plan_.weak.empty() && plan_.weak[process] != 0;
  }

  void build_common(std::size_t observable) {
    out_.observable = observable;
    auto yields = yields_;
    for (std::size_t p = 0; p < yields.size(); ++p) {
      yields[p] = is_weak(p) ? 0 : yields[p];
    }
    double const expected = std::accumulate(yields.begin(), yields.end(), 0.0);
    if (expected > 0) {
      auto mixture = mixture_of(yields);
      auto built = build_quantile_cells(mixture, toys_.bounds(observable), judge_);
      if (std::fabs(built.integral / expected - 1) > normalisation_tolerance &&
          channel_.processes.size() > 1) {
        built = build_normalised(observable, std::move(yields));
      }
      out_.cells = std::move(built.cells);
    }
    if (!plan_.weak.empty()) {
      if (judge_) {
        std::tie(out_.roots, out_.depths) = cut_into_leaves(out_.cells);
      }
      build_singles(observable);
    }
    out_.counts = out_.roots.size() > 0
                      ? make_poisson_tables(out_.cells.events, largest_tabulated_leaf)
                      : make_poisson_tables(out_.cells.events);
  }

  void build_singles(std::size_t observable) {
    std::vector<double> means;
    for (std::size_t p = 0; p < channel_.processes.size(); ++p) {
      if (is_weak(p) && yields_[p] > 0) {
        out_.singles.push_back(
            {static_cast<std::uint32_t>(p),
             factor_tables(channel_.processes[p], channel_.processes[p].shape.factors.front())});
        out_.singles.back().factor.observable = observable;
        means.push_back(yields_[p]);
      }
    }
    out_.single_counts = make_poisson_tables(means);
  }

  /// For densities whose integral is not 1 (the old program's variants, with its quadrature): every
  /// process still gets the events its yield says.
  MixtureCells build_normalised(std::size_t observable, std::vector<double> weights) const {
    double const expected = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (std::size_t p = 0; p < weights.size(); ++p) {
      if (weights[p] > 0) {
        std::vector<double> alone(weights.size());
        alone[p] = 1;
        auto density = mixture_of(alone);
        weights[p] /= build_quantile_cells(density, toys_.bounds(observable)).integral;
      }
    }
    auto mixture = mixture_of(weights);
    auto built = build_quantile_cells(mixture, toys_.bounds(observable), judge_);
    for (double& events : built.cells.events) {
      events *= expected / mixture.weight();
    }
    return built;
  }

  /// False where the channel is not for product cells.
  bool build_products(std::vector<std::size_t> const& plane) {
    bool const moves = std::ranges::any_of(channel_.processes, [](auto const& process) {
      return process.shape.density->has_moving_break_points();
    });
    if (moves || !plan_.weak.empty() || !channel_.in_fit || out_.expected < fewest_product_events) {
      return false;
    }
    out_.axes = {plane[0], plane[1]};
    std::array<ProductAxis, 2> axes;
    std::vector<std::array<Mixture, 2>> factors;
    for (std::size_t p = 0; p < channel_.processes.size(); ++p) {
      factors.push_back(factors_of(channel_.processes[p], axes));
    }
    std::vector<double> means;
    for (std::size_t p = 0; p < channel_.processes.size(); ++p) {
      auto& cells = out_.products.emplace_back();
      if (yields_[p] > 0) {
        axes[0].factor = &factors[p][0];
        axes[1].factor = &factors[p][1];
        auto built = build_product_cells(axes, yields_[p], judge_);
        if (!built) {
          out_.products.clear();
          return false;
        }
        cells = std::move(*built);
        means.insert(means.end(), cells.events.begin(), cells.events.end());
      }
    }
    out_.counts = make_poisson_tables(means);
    return true;
  }

  /// The factors of a process in the order of the axes, which learn what lies along them.
  std::array<Mixture, 2> factors_of(model::Process const& process,
                                    std::array<ProductAxis, 2>& axes) const {
    std::array factors{Mixture(channel_.observables.size()), Mixture(channel_.observables.size())};
    for (auto const& factor : process.shape.factors) {
      std::size_t const a = factor.observable == out_.axes[0] ? 0 : 1;
      toys_.add(factors[a], process, factor, 1);
      auto& axis = axes[a];
      axis.observable = factor.observable;
      axis.window = toys_.bounds(factor.observable);
      axis.breaks.insert(axis.breaks.end(), factors[a].breaks().begin(), factors[a].breaks().end());
      axis.guides.insert(axis.guides.end(), factors[a].guides().begin(), factors[a].guides().end());
    }
    return factors;
  }

  void build_processes() {
    out_.counts = make_poisson_tables(yields_);
    for (std::size_t p = 0; p < channel_.processes.size(); ++p) {
      auto const& process = channel_.processes[p];
      auto& factors = out_.processes.emplace_back();
      for (auto const& factor : process.shape.factors) {
        factors.push_back(yields_[p] > 0 ? factor_tables(process, factor)
                                         : FactorTables{factor.observable, {}, {}});
      }
    }
  }

  FactorTables factor_tables(model::Process const& process, model::Factor const& factor) const {
    Mixture density(channel_.observables.size());
    toys_.add(density, process, factor, 1);
    FactorTables tables;
    tables.observable = factor.observable;
    tables.cells = build_quantile_cells(density, toys_.bounds(factor.observable)).cells;
    tables.choice = make_alias_table(tables.cells.events);
    return tables;
  }

  ToyChannel toys_;
  model::Channel const& channel_;
  CellJudge judge_;
  ChannelPlan plan_;
  std::vector<double> yields_;
  ChannelTables out_;
};

}  // namespace

GenerationTables build_tables(model::Model const& model,
                              std::span<double const> theta,
                              std::string const& spec_name,
                              CellJudge const& judge,
                              std::span<ChannelPlan const> plan,
                              int threads) {
  TOYFARM_EXPECTS(theta.size() == model.parameters.size());
  TOYFARM_EXPECTS(plan.empty() || plan.size() == model.channels.size());
  GenerationTables tables;
  tables.channels.resize(model.channels.size());
  core::parallel_for(model.channels.size(), threads, [&](std::size_t c, int) {
    CellJudge judge_here;
    if (judge) {
      judge_here = [&judge, c](CellCandidate candidate) {
        candidate.channel = c;
        return judge(candidate);
      };
    }
    tables.channels[c] = ChannelBuilder({model.channels[c], theta, spec_name},
                                        std::move(judge_here),
                                        plan.empty() ? ChannelPlan{} : plan[c])
                             .build();
  });
  return tables;
}

}  // namespace toyfarm::toys
