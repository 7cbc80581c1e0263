#include "toyfarm/study/layout.hpp"

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "study/channel_judge.hpp"
#include "study/expected_covariance.hpp"
#include "study/weak.hpp"

namespace toyfarm::study {
namespace {

using toys::CellVerdict;

constexpr double cells_expected = 64;
constexpr int most_widenings = 4;
constexpr double enough_used = 0.5;  // of the allowance
constexpr double most_used = 0.8;

/// Judges the cells of all channels, of several at a time if need be.
class Judge {
 public:
  Judge(model::Model const& model,
        toys::GenerationTables const& first,
        std::span<double const> theta,
        Eigen::MatrixXd covariance,
        std::span<toys::ChannelPlan const> plans)
      : channels_(model.channels.size()) {
    fit::ExtendedNll nll(model);
    set_weak_off(plans, nll);
    LayoutCentre const centre{&model, {theta.begin(), theta.end()}, std::move(covariance), &nll};
    for (std::size_t c = 0; c < model.channels.size(); ++c) {
      if (model.channels[c].in_fit) {
        channels_[c] = std::make_unique<ChannelJudge>(centre, c, first.channels[c]);
      }
    }
    share_among(cells_expected);
  }

  /// `n_cells`: among how many the allowance is shared. Forgets the cells there were.
  void share_among(double n_cells) {
    n_cells_ = n_cells;
    for (auto const& channel : channels_) {
      if (channel) {
        channel->share_among(n_cells);
      }
    }
  }

  [[nodiscard]] double n_cells() const { return n_cells_; }

  /// What share of the allowance all cells that passed take together, each channel at its worst
  /// point.
  [[nodiscard]] double used() const {
    double sum = 0;
    for (auto const& channel : channels_) {
      sum += channel ? channel->used() : 0;
    }
    return sum;
  }

  [[nodiscard]] std::uint64_t work() const {
    std::uint64_t sum = 0;
    for (auto const& channel : channels_) {
      sum += channel ? channel->work() : 0;
    }
    return sum;
  }

  CellVerdict operator()(toys::CellCandidate const& cell) {
    auto const& channel = channels_[cell.channel];
    return channel ? (*channel)(cell) : CellVerdict::events;
  }

 private:
  std::vector<std::unique_ptr<ChannelJudge>> channels_;  // null where not in the fit
  double n_cells_ = cells_expected;
};

double cells_with_nodes(toys::GenerationTables const& tables) {
  std::ptrdiff_t n = 0;
  auto const count = [&](std::vector<toys::CellKind> const& kinds) {
    n += std::count_if(
        kinds.begin(), kinds.end(), [](auto kind) { return kind != toys::CellKind::events; });
  };
  for (auto const& channel : tables.channels) {
    count(channel.roots.size() > 0 ? channel.roots.kinds : channel.cells.kinds);
    for (auto const& cells : channel.products) {
      count(cells.kinds);
    }
  }
  return static_cast<double>(n);
}

// Halving leaves most cells far better than they must be. Here, where cells are costly, what they
// leave of the allowance is shared out again.
toys::GenerationTables widen(Judge& judge,
                             toys::GenerationTables tables,
                             std::function<toys::GenerationTables()> const& build) {
  for (int i = 0; i < most_widenings && judge.used() < enough_used; ++i) {
    judge.share_among(judge.n_cells() * judge.used() / most_used);
    auto wider = build();
    if (judge.used() > most_used) {
      break;
    }
    tables = std::move(wider);
  }
  return tables;
}

}  // namespace

toys::GenerationTables build_layout(model::Model const& model,
                                    std::span<double const> theta,
                                    std::string const& spec_name,
                                    int threads,
                                    std::uint64_t* work) {
  auto const build = [&](toys::CellJudge const& judge, std::span<toys::ChannelPlan const> plans) {
    return toys::build_tables(model, theta, spec_name, judge, plans, threads);
  };
  auto first = build({}, {});
  auto covariance = expected_covariance(model, first, theta);
  auto const plans = plan_channels(model, theta, covariance);
  if (std::any_of(plans.begin(), plans.end(), [](auto const& p) { return !p.weak.empty(); })) {
    // Of what is left without them, so that all models that differ in them have one layout.
    first = build({}, plans);
    covariance = expected_covariance(model, first, theta, plans);
  }
  Judge judge(model, first, theta, std::move(covariance), plans);
  auto const build_judged = [&] { return build(std::ref(judge), plans); };
  auto tables = build_judged();
  double const n = cells_with_nodes(tables);
  if (n > 2 * cells_expected) {
    judge.share_among(n);
    tables = build_judged();
  }
  auto const has_products = std::any_of(tables.channels.begin(),
                                        tables.channels.end(),
                                        [](auto const& c) { return !c.products.empty(); });
  if (has_products) {
    tables = widen(judge, std::move(tables), build_judged);
  }
  if (work != nullptr) {
    *work = judge.work();
  }
  return tables;
}

}  // namespace toyfarm::study
