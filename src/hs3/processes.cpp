#include "hs3/processes.hpp"

#include <algorithm>

#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"

#include "hs3/functions.hpp"
#include "hs3/shapes.hpp"
#include "hs3/yields.hpp"

namespace toyfarm::hs3 {
namespace {

constexpr std::size_t max_open = 100;
constexpr std::size_t max_added = 3'000;

std::string name_of(View const& distribution) {
  return distribution.at("name").name();
}

/// A mixture's summands, and what each is multiplied by.
struct Mixture {
  std::vector<View> summands;
  std::vector<View> coefficients;
  bool is_extended = false;
};

Mixture read_mixture(View const& view) {
  only_fields(view, {"summands", "coefficients", "extended", "x"});
  Mixture out{view.at("summands").items(), view.at("coefficients").items()};
  auto const n = out.summands.size();
  auto const n_coefficients = out.coefficients.size();
  auto const extended = view.find("extended");
  out.is_extended = extended ? extended->boolean() : n == n_coefficients;
  if (n == 0 || (n_coefficients != n && (n_coefficients + 1 != n || out.is_extended))) {
    view.fail("a mixture of " + std::to_string(n) + " summands with " +
              std::to_string(n_coefficients) + " coefficients");
  }
  return out;
}

}  // namespace

struct Processes::Composite {
  std::string_view type;
  void (Processes::*add)(View const& distribution, Events const& events);
};

Processes::Composite const Processes::composites[] = {{"extend_pdf", &Processes::add_extended},
                                                      {"mixture_dist", &Processes::add_mixture},
                                                      {"product_dist", &Processes::add_product},
                                                      {"rate_extended_dist", &Processes::add_rate}};

std::vector<std::string> Processes::types() {
  std::vector<std::string> types;
  for (auto const& composite : composites) {
    types.emplace_back(composite.type);
  }
  return types;
}

void Processes::add(View const& distribution) {
  add(distribution, std::nullopt);
}

void Processes::add(View const& distribution, Events const& events) {
  if (std::ranges::find(open_, distribution.pointer()) != open_.end() || open_.size() > max_open) {
    distribution.fail("distributions refer to each other in a circle, or more than " +
                      std::to_string(max_open) + " deep");
  }
  if (++n_added_ > max_added) {
    distribution.fail("mixtures of mixtures make more than " + std::to_string(max_added) +
                      " processes");
  }
  open_.push_back(distribution.pointer());
  refusals_.collect([&] {
    auto const type = type_of(distribution);
    auto const* const rule = std::ranges::find(composites, type, &Composite::type);
    if (rule != std::end(composites)) {
      (this->*rule->add)(distribution, events);
    } else {
      add_shape(distribution, events);
    }
  });
  open_.pop_back();
}

/// The events of a distribution that has no rate of its own.
Processes::Number Processes::unextended(View const& distribution, Events const& events) {
  if (events) {
    return *events;
  }
  if (n_events_ == 0) {
    refuse(distribution,
           "distribution '" + core::printable(name_of(distribution)) +
               "' has no rate, and there are no data to say how many events it has");
  }
  core::log_info(distribution.document().file + ": distribution '" +
                 core::printable(name_of(distribution)) + "' has no rate: it has the " +
                 spec::shortest(n_events_) +
                 " events of the data, a constant that adds to the NLL");
  return {spec::shortest(n_events_), distribution};
}

void Processes::add_mixture(View const& view, Events const& events) {
  auto const mixture = read_mixture(view);
  if (mixture.is_extended && events) {
    refuse(view,
           "an extended mixture within another distribution, whose coefficients are to be "
           "divided by their sum");
  }
  auto const whole = mixture.is_extended ? Number{"1", view} : unextended(view, events);
  std::string rest = "1";
  for (std::size_t i = 0; i < mixture.summands.size(); ++i) {
    bool const is_rest = i >= mixture.coefficients.size();
    std::string factor = is_rest ? rest : "1";
    if (!is_rest) {
      refusals_.collect([&] { factor = names_.of(mixture.coefficients[i]).text; });
      rest += "-(" + factor + ")";
    }
    add(named(workspace_.distributions, mixture.summands[i]),
        Number{whole.text + "*(" + factor + ")", is_rest ? whole.field : mixture.coefficients[i]});
  }
}

void Processes::add_rate(View const& distribution, Events const& events) {
  add_with_rate(distribution, "rate", "dist", events);
}

/// ROOT's.
void Processes::add_extended(View const& distribution, Events const& events) {
  add_with_rate(distribution, "norm", "pdf", events);
}

void Processes::add_with_rate(View const& distribution,
                              std::string const& rate,
                              std::string const& of,
                              Events const& events) {
  only_fields(distribution, {rate, of});
  if (events) {
    refuse(distribution, "a distribution with a rate within another distribution");
  }
  auto const field = distribution.at(rate);
  std::string text = "1";  // which lets what is refused of the distribution be told, too
  refusals_.collect([&] { text = names_.of(field).text; });
  add(named(workspace_.distributions, distribution.at(of)), Number{text, field});
}

void Processes::add_product(View const& product, Events const& events) {
  only_fields(product, {"factors", "x"});
  std::vector<View> shapes;
  for (auto const& factor : product.at("factors").items()) {
    auto const& distribution = named(workspace_.distributions, factor);
    (names_.depends_on_observables(distribution) ? shapes : constraints_).push_back(distribution);
  }
  if (shapes.size() == 1) {
    add(shapes.front(), events);
  } else if (shapes.size() == product.at("factors").items().size()) {
    add_shape(product, events);
  } else {
    refuse(product,
           shapes.empty()
               ? "a product_dist that depends on no observable of the data"
               : "a product_dist of several distributions of observables and of constraints");
  }
}

void Processes::add_shape(View const& distribution, Events const& events) {
  auto const events_here = unextended(distribution, events);
  auto const number = names_.parsed(events_here.text, events_here.field);
  auto const given = name_of(distribution);
  auto name = given;
  for (int i = 2; !taken_.insert(name).second; ++i) {
    name = given + "_" + std::to_string(i);
  }
  std::optional<Node> pdf;
  std::optional<Node> yield;
  refusals_.collect([&] { pdf = shape_of(distribution, workspace_, names_); });
  refusals_.collect([&] { yield = yield_node(number, names_); });
  if (pdf && yield) {
    nodes_.push_back(made_of(
        distribution,
        map_node({{"name", text_node(name)}, {"pdf", std::move(*pdf)}, {"yield", *yield}})));
  }
}

}  // namespace toyfarm::hs3
