// Distributions whose fields are not a pdf's params as they are.
#include <cmath>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"

#include "hs3/functions.hpp"
#include "hs3/shape_rules.hpp"

namespace toyfarm::hs3 {
namespace {

/// Minus a quantity, in the simplest form: ROOT's slopes come as "-slope".
Node negated_param(Source const& source, std::string const& field) {
  auto const given = source.quantity(field);
  auto const& last = given.graph.nodes.back();
  if (last.operation == formula::Operation::negate) {
    auto const& inner = given.graph.nodes[last.operands[0]];
    if (inner.operation == formula::Operation::variable) {
      return source.names.param(
          source.names.parsed(source.names.variables()[inner.operands[0]].name, given.field));
    }
  }
  return source.names.param(source.names.parsed("-(" + given.text + ")", given.field));
}

bool has(Source const& source, std::string const& field) {
  return source.distribution.find(field).has_value();
}

/// Params mu, then sigma, alpha, n of each side; a field without side is of both.
Node two_sided_crystal_ball(Source const& source) {
  std::vector<Node> params{source.param("m0")};
  for (std::string const side : {"_L", "_R"}) {
    for (std::string const field : {"sigma", "alpha", "n"}) {
      params.push_back(source.param(has(source, field) ? field : field + side));
    }
  }
  return pdf_node(source, "generalized_crystal_ball", source.observable("m"), std::move(params));
}

/// The spec's words for ROOT's numbers of a decay.
std::string side_of_decay(Source const& source) {
  auto const field = source.distribution.find("decayType");
  double const type = field ? field->number() : 0;
  for (auto const& [number, word] :
       {std::pair(0.0, "single"), std::pair(1.0, "double"), std::pair(2.0, "flipped")}) {
    if (type == number) {
      return word;
    }
  }
  refuse(*field, "decayType " + spec::shortest(type) + " (known: 0, 1, 2)");
}

}  // namespace

Node exponential_shape(Source const& source) {
  only_fields(source.distribution, {"x", "c"});
  return pdf_node(source, "exponential", source.observable("x"), {negated_param(source, "c")});
}

Node uniform_shape(Source const& source) {
  only_fields(source.distribution, {"x"});
  return pdf_node(source, "uniform", source.observable("x"), {});
}

Node generic_shape(Source const& source) {
  only_fields(source.distribution, {"expression"});
  return formula_node(source, source.names.of_expression(source.distribution.at("expression")));
}

// The pdf argus ends at the window's upper bound; where the cut-off is elsewhere the formula says
// so.
Node argus_shape(Source const& source) {
  only_fields(source.distribution, {"mass", "resonance", "slope", "power"});
  auto const& mass = source.observable("mass");
  auto const resonance = source.quantity("resonance");
  if (source.names.settled(resonance) == mass.window->upper) {
    return pdf_node(source, "argus", mass, {source.param("slope"), source.param("power")});
  }
  if (auto const end = source.names.settled(resonance); end && *end < mass.window->upper) {
    refuse(source.distribution,
           "the density ends at " + spec::shortest(*end) + ", within the window of '" +
               core::printable(mass.name) + "', which no density of a spec does");
  }
  auto const u = "(1-(" + mass.name + "/(" + resonance.text + "))^2)";
  return formula_node(
      source,
      source.names.parsed(mass.name + "*" + u + "^(" + source.quantity("power").text + ")*exp((" +
                              source.quantity("slope").text + ")*" + u + ")",
                          source.distribution));
}

Node crystal_ball_shape(Source const& source) {
  only_fields(
      source.distribution,
      {"m", "m0", "sigma", "alpha", "n", "sigma_L", "sigma_R", "alpha_L", "alpha_R", "n_L", "n_R"});
  bool const has_sides = !(has(source, "sigma") && has(source, "alpha") && has(source, "n"));
  if (has_sides) {
    return two_sided_crystal_ball(source);
  }
  auto const place = source.distribution.document().file + ": " + source.distribution.pointer();
  if (is_of_root(source.workspace)) {
    core::log_info(place + ": crystalball_dist with one alpha and n, written by ROOT: one tail");
    return pdf_node(
        source,
        "crystal_ball",
        source.observable("m"),
        {source.param("m0"), source.param("sigma"), source.param("alpha"), source.param("n")});
  }
  core::log_info(place +
                 ": crystalball_dist with one alpha and n: tails on both sides, as HS3 says");
  return two_sided_crystal_ball(source);
}

Node decay_shape(Source const& source) {
  only_fields(source.distribution, {"t", "tau", "resolutionModel", "decayType"});
  auto const& resolution =
      named(source.workspace.distributions, source.distribution.at("resolutionModel"));
  if (auto const type = type_of(resolution); type != "gauss_model_function") {
    refuse(source.distribution,
           "a decay with the resolution '" + core::printable(type) +
               "' (known: gauss_model_function)");
  }
  only_fields(resolution, {"x", "mean", "sigma"});
  Source const smearing{resolution, source.workspace, source.names};
  return pdf_node(source,
                  "decay",
                  source.observable("t"),
                  {source.param("tau"), smearing.param("mean"), smearing.param("sigma")},
                  {{"side", text_node(side_of_decay(source))}});
}

Node histogram_shape(Source const& source) {
  only_fields(source.distribution, {"data"});
  auto const data = source.distribution.at("data");
  auto const axes = data.at("axes").items();
  if (axes.size() != 1 || !axes.front().find("nbins")) {
    refuse(source.distribution, "a histogram of other than one axis with bins of one width");
  }
  auto const& axis = axes.front();
  auto const contents = data.at("contents").numbers();
  auto const lower = axis.at("min").number();
  auto const upper = axis.at("max").number();
  if (contents.empty() || axis.at("nbins").number() != static_cast<double>(contents.size())) {
    axis.fail("nbins is not the number of contents, " + std::to_string(contents.size()));
  }
  std::vector<Node> edges;
  std::vector<Node> bins;
  auto const n = static_cast<double>(contents.size());
  for (std::size_t i = 0; i <= contents.size(); ++i) {
    edges.push_back(number_node(
        i == contents.size() ? upper : lower + (upper - lower) * (static_cast<double>(i) / n)));
  }
  for (double const content : contents) {
    bins.push_back(number_node(content));
  }
  return pdf_node(
      source,
      "histogram",
      Source{axis, source.workspace, source.names}.observable("name"),
      {},
      {{"bin_edges", list_node(std::move(edges))}, {"bin_content", list_node(std::move(bins))}});
}

}  // namespace toyfarm::hs3
