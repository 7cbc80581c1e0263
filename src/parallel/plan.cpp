#include "toyfarm/parallel/plan.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "toyfarm/core/contract.hpp"
#include "toyfarm/core/error.hpp"
#include "toyfarm/hosts/addresses.hpp"

#include "parallel/plan_parts.hpp"

namespace toyfarm::parallel {
namespace {

double weight_of(Node const& node, WeightMode mode) {
  double const weight = mode == WeightMode::uniform    ? 1
                        : mode == WeightMode::physical ? node.physical_cores
                        : mode == WeightMode::logical  ? node.logical_cores
                                                       : node.toys_per_s;
  if (!(weight > 0)) {
    bool const is_speed = mode == WeightMode::speed;
    throw core::UsageError(
        "host " + node.host + ": --weight-mode " + std::string(core::word_of(mode)) +
        " needs its " + (is_speed ? "speed, which is" : "cores, which are") +
        " not known; give --preflight-json" + (is_speed ? " of `toyfarm preflight`" : "") +
        ", weight= in the hosts file, or --weight-mode uniform");
  }
  return weight;
}

/// [node] the hosts file's weight, or the mode's.
std::vector<double> weights_of(std::vector<Node> const& nodes,
                               std::vector<hosts::HostEntry const*> const& entries,
                               WeightMode mode) {
  std::vector<double> weights;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    weights.push_back(entries[k] != nullptr && entries[k]->weight ? *entries[k]->weight
                                                                  : weight_of(nodes[k], mode));
  }
  return weights;
}

/// [node] the hosts file's line, or null. Hosts without a node are missing.
std::vector<hosts::HostEntry const*> find_entries(std::vector<Node> const& nodes,
                                                  PlanOptions const& options,
                                                  std::vector<hosts::HostEntry const*>& missing) {
  std::vector<hosts::HostEntry const*> found(nodes.size(), nullptr);
  for (auto const& entry : options.hosts) {
    auto const n =
        std::ranges::count_if(nodes, [&](Node const& node) { return is_listed_as(node, entry); });
    if (n > 1) {
      throw core::DataError(
          options.hosts_file + ":" + std::to_string(entry.line),
          "the name " + entry.host + " fits two hosts of the job; write it with its domain");
    }
    if (n == 0) {
      missing.push_back(&entry);
    }
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      if (is_listed_as(nodes[k], entry)) {
        found[k] = &entry;
      }
    }
  }
  return found;
}

std::string names_of(std::vector<Node> const& nodes) {
  constexpr std::size_t few = 8;
  std::string names;
  for (std::size_t k = 0; k < std::min(few, nodes.size()); ++k) {
    names += names.empty() ? "" : ", ";
    names += nodes[k].host;
  }
  return names + (nodes.size() > few ? ", ..." : "");
}

void treat_missing(std::vector<hosts::HostEntry const*> const& missing,
                   std::vector<Node> const& nodes,
                   PlanOptions const& options,
                   Plan& plan) {
  for (auto const* const entry : missing) {
    if (options.missing == MissingHosts::refuse) {
      throw core::DataError(options.hosts_file + ":" + std::to_string(entry->line),
                            "host " + entry->host + " cannot get toys: it is not among " +
                                names_of(nodes) + "; --allow-missing-hosts leaves such hosts out");
    }
    plan.missing.push_back(entry->host);
    plan.warnings.push_back("host " + entry->host + " of " + options.hosts_file +
                            " is missing and gets no toys");
  }
}

void take_names(hosts::HostEntry const* entry, RankPlan& rank) {
  if (entry != nullptr) {
    rank.host = entry->host;
    rank.user = entry->user;
    rank.port = entry->port;
  }
}

ThreadPolicy policy_of(hosts::HostEntry const* entry, PlanOptions const& options) {
  return entry != nullptr && entry->threads
             ? ThreadPolicy{ThreadPolicy::Kind::count, *entry->threads}
             : options.threads;
}

}  // namespace

bool is_listed_as(Node const& node, hosts::HostEntry const& entry) {
  return hosts::same_host(node.host, entry.host) ||
         std::ranges::any_of(entry.addresses, [&node](std::string const& address) {
           return std::ranges::find(node.addresses, address) != node.addresses.end();
         });
}

ThreadPolicy thread_policy(std::string_view word) {
  if (word == "physical") {
    return {ThreadPolicy::Kind::physical, 0};
  }
  if (word == "logical" || word == "auto" || word == "nextstat-auto") {
    return {ThreadPolicy::Kind::logical, 0};
  }
  int count = -1;
  auto const [end, error] = std::from_chars(word.data(), word.data() + word.size(), count);
  if (error != std::errc() || end != word.data() + word.size() || count < 0 ||
      count > hosts::max_threads_per_node) {
    throw core::UsageError(
        "--threads: '" + std::string(word) +
        "' is none of physical, logical, auto, nextstat-auto, 0 (all allowed) or a number up to " +
        std::to_string(hosts::max_threads_per_node));
  }
  return count == 0 ? ThreadPolicy{ThreadPolicy::Kind::logical, 0}
                    : ThreadPolicy{ThreadPolicy::Kind::count, count};
}

std::vector<std::uint64_t> largest_remainder(std::vector<double> const& weights, std::uint64_t n) {
  auto const sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  TOYFARM_EXPECTS(std::isfinite(sum) && sum > 0);
  TOYFARM_EXPECTS(std::ranges::all_of(weights, [](double weight) { return weight >= 0; }));
  std::vector<std::uint64_t> shares;
  std::vector<double> fractions;
  auto left = n;
  for (double const weight : weights) {
    double const raw = (weight / sum) * static_cast<double>(n);
    // Above 2^53 the floors may add up to more than n, or a raw share may not fit: never give more
    // than there is.
    auto const share =
        raw < static_cast<double>(n) ? std::min(left, static_cast<std::uint64_t>(raw)) : left;
    shares.push_back(share);
    fractions.push_back(raw - std::floor(raw));
    left -= share;
  }
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(
      order, [&fractions](std::size_t a, std::size_t b) { return fractions[a] > fractions[b]; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    shares[order[i]] += equal_share(left, order.size(), i);
  }
  TOYFARM_ENSURES(std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}) == n);
  return shares;
}

Plan make_plan(std::vector<RankReport> const& reports,
               core::ToyRange range,
               PlanOptions const& options) {
  TOYFARM_EXPECTS(!reports.empty());
  Plan plan;
  for (std::size_t rank = 0; rank < reports.size(); ++rank) {
    TOYFARM_EXPECTS(reports[rank].rank == static_cast<int>(rank));
    plan.ranks.push_back({.rank = reports[rank].rank, .host = reports[rank].host});
  }
  auto const nodes = group_by_node(reports);
  std::vector<hosts::HostEntry const*> missing;
  auto const entries = find_entries(nodes, options, missing);
  treat_missing(missing, nodes, options, plan);
  auto const weights = weights_of(nodes, entries, options.weight_mode);
  auto const shares = largest_remainder(weights, range.count);
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    auto const n_ranks = nodes[k].ranks.size();
    for (std::size_t i = 0; i < n_ranks; ++i) {
      auto& mine = plan.ranks[static_cast<std::size_t>(nodes[k].ranks[i])];
      mine.weight = weights[k] / static_cast<double>(n_ranks);
      mine.range.count = equal_share(shares[k], n_ranks, i);
      take_names(entries[k], mine);
    }
    give_threads(plan.ranks, reports, nodes[k], policy_of(entries[k], options));
    warn_about(nodes[k], reports, plan.ranks, plan.warnings);
  }
  auto next = range.first.value;
  for (auto& rank : plan.ranks) {
    rank.range.first.value = next;
    next += rank.range.count;
  }
  return plan;
}

Plan make_plan(std::vector<RankReport> const& reports,
               core::ToyRange range,
               WeightMode mode,
               ThreadPolicy threads) {
  PlanOptions options;
  options.weight_mode = mode;
  options.threads = threads;
  return make_plan(reports, range, options);
}

void look_up_others(std::vector<hosts::HostEntry>& entries,
                    std::vector<RankReport> const& reports) {
  for (auto& host : entries) {
    auto const is_named = [&host](RankReport const& report) {
      return hosts::same_host(report.host, host.host);
    };
    if (std::ranges::none_of(reports, is_named)) {
      host.addresses = hosts::addresses_of(host.host);
    }
  }
}

}  // namespace toyfarm::parallel
