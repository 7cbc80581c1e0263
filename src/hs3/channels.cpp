#include "hs3/channels.hpp"

#include <algorithm>
#include <numeric>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"

#include "hs3/functions.hpp"
#include "hs3/processes.hpp"

namespace toyfarm::hs3 {
namespace {

/// A channel's data as `data` of a spec, and how many events they are.
struct WrittenData {
  Node node;
  double n = 0;  ///< sum of weights
};

WrittenData written_data(View const& data) {
  only_fields(data, {"axes", "entries", "weights"});
  std::vector<Node> rows;
  for (auto const& entry : data.at("entries").items()) {
    rows.push_back(entry.node().kind == spec::NodeKind::list ? entry.node()
                                                             : list_node({entry.node()}));
    rows.back().origin = entry.pointer();
  }
  WrittenData out{{}, static_cast<double>(rows.size())};
  Entries entries{{"entries", list_node(std::move(rows))}};
  if (auto const weights = data.find("weights")) {
    auto const values = weights->numbers();
    if (std::ranges::any_of(values, [](double w) { return w != 1; })) {
      out.n = std::accumulate(values.begin(), values.end(), 0.0);
      entries.emplace_back("weights", made_of(*weights, weights->node()));
    }
  }
  out.node = made_of(data, map_node(std::move(entries)));
  return out;
}

std::vector<Node> observables_of(View const& data, Names const& names) {
  std::vector<Node> out;
  for (auto const& axis : data.at("axes").items()) {
    auto const& variable = names.variables()[*names.find(axis.at("name").name())];
    out.push_back(made_of(axis,
                          map_node({{"name", text_node(variable.name)},
                                    {"bounds", interval_node(*variable.window)}})));
  }
  return out;
}

class Reader {
 public:
  Reader(Workspace const& workspace, Names& names, Refusals& refusals)
      : workspace_(workspace), names_(names), refusals_(refusals) {}

  /// A distribution with its data, or a constraint with its global observable.
  void pair(View const& distribution_field, View const& data_field) {
    auto const& distribution = named(workspace_.distributions, distribution_field);
    if (data_field.node().kind == spec::NodeKind::number) {
      constrain_by(distribution, data_field);
      return;
    }
    auto const& data = named(workspace_.data, data_field);
    auto const type = type_of(data);
    if (type == "point") {
      constrain_by(distribution, data.at("value"));
    } else if (type == "unbinned") {
      channel(distribution_field, distribution, data);
    } else {
      refuse(data,
             "data '" + core::printable(data.at("name").name()) + "' of the type '" +
                 core::printable(type) + "'" +
                 (type == "binned" ? ": binned channels cannot be read yet"
                                   : ", of which nothing is known (known: unbinned, point)"));
    }
  }

  void constrain_by(View const& distribution, std::optional<View> const& observed) {
    auto const is_same = [&](Channels::Constraint const& c) {
      return c.distribution.pointer() == distribution.pointer();
    };
    if (std::ranges::none_of(out.constraints, is_same)) {
      out.constraints.push_back({distribution, observed});
    }
  }

  Channels out;

 private:
  void channel(View const& field, View const& distribution, View const& data) {
    names_.begin_channel(data);
    auto const events = written_data(data);
    Processes processes(workspace_, names_, refusals_, events.n);
    processes.add(distribution);
    for (auto const& constraint : processes.constraints()) {
      constrain_by(constraint, std::nullopt);
    }
    out.nodes.push_back(made_of(field,
                                map_node({{"name", text_node(field.name())},
                                          {"observables", list_node(observables_of(data, names_))},
                                          {"data", events.node},
                                          {"processes", list_node(processes.nodes())}})));
  }

  Workspace const& workspace_;
  Names& names_;
  Refusals& refusals_;
};

}  // namespace

Channels channels_of(View const& likelihood,
                     Workspace const& workspace,
                     Names& names,
                     Refusals& refusals) {
  Reader reader(workspace, names, refusals);
  auto const distributions = likelihood.at("distributions").items();
  auto const data = likelihood.at("data").items();
  if (distributions.size() != data.size()) {
    likelihood.fail(std::to_string(distributions.size()) + " distributions, but " +
                    std::to_string(data.size()) + " data");
  }
  for (std::size_t i = 0; i < data.size(); ++i) {
    refusals.collect([&] { reader.pair(distributions[i], data[i]); });
  }
  for (auto const& field : one_or_more(likelihood, "aux_distributions")) {
    reader.constrain_by(named(workspace.distributions, field), std::nullopt);
  }
  for (auto const& field : one_or_more(likelihood, "aux_data")) {
    if (!workspace.data.contains(field.name())) {
      core::log_info(likelihood.document().file + ": " + field.pointer() + ": there is no '" +
                     core::printable(field.name()) +
                     "' in data; global observables have their values of the parameter points");
    } else {
      refusals.collect([&] {
        refuse(field, "aux_data in the document; give them beside `data` of the likelihood");
      });
    }
  }
  return std::move(reader.out);
}

}  // namespace toyfarm::hs3
