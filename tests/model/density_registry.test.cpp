#include <algorithm>

#include <gtest/gtest.h>

#include "toyfarm/core/error.hpp"

#include "model/pdf_case.hpp"

namespace toyfarm::model::testing {
namespace {

Workbench bench() {
  Workbench b;
  b.observables = {{"mass", std::nullopt, {60, 120}}, {"time", std::nullopt, {0, 10}}};
  b.parameters = {parameter("mu", 91, 80, 100),
                  parameter("sigma", 2, 0.1, 10),
                  parameter("alpha", 1, 0.1, 5),
                  parameter("n", 3, 1.01, 50),
                  parameter("loose_n", 3, 1, 9),
                  parameter("open_alpha", 1, 0.1, std::numeric_limits<double>::infinity()),
                  parameter("negative", -2, -5, 0),
                  parameter("signed", 1, -5, 5),
                  {"fixed_n", 3, {0, 9}, true, std::nullopt}};
  return b;
}

/// The message with which a pdf is refused; "" if it is not.
std::string refusal(spec::Pdf const& pdf, Workbench const& b = bench()) {
  try {
    static_cast<void>(build_density(pdf, b.context()));
  } catch (core::SpecError const& error) {
    return error.what();
  }
  return "";
}

spec::Pdf product_of(std::vector<spec::Pdf> components) {
  auto product = pdf_on("", "product", {});
  for (std::size_t i = 0; i < components.size(); ++i) {
    components[i].pointer = product.pointer + "/components/" + std::to_string(i);
  }
  product.components = std::move(components);
  return product;
}

void expect_refusal(spec::Pdf const& pdf, std::vector<std::string> const& parts) {
  auto const message = refusal(pdf);
  for (auto const& part : parts) {
    EXPECT_NE(message.find(part), std::string::npos)
        << "'" << part << "' is not in '" << message << "'";
  }
}

TEST(DensityTypes, are_listed_in_alphabetical_order_and_have_cases_of_their_names) {
  auto const types = density_types();
  EXPECT_TRUE(std::is_sorted(types.begin(), types.end()));
  std::vector<std::string> cases;
  for (auto const& c : pdf_cases()) {
    cases.push_back(c.type);
  }
  EXPECT_EQ(types, cases);
}

TEST(BuildDensity, says_how_many_params_a_type_takes) {
  expect_refusal(pdf_on("mass", "gaussian", {"mu"}),
                 {"spec.json: /channels/0/processes/0/pdf/params: ",
                  "process 'sig' gaussian params must have length 2 (mu, sigma), got 1"});
  expect_refusal(pdf_on("mass", "crystal_ball", {"mu"}),
                 {"crystal_ball params must have length 4 (mu, sigma, alpha, n), got 1"});
  expect_refusal(pdf_on("mass", "chebyshev", {}),
                 {"chebyshev params must name at least one parameter"});
  expect_refusal(pdf_on("mass", "spline", {"mu"}), {"spline params must have length 0, got 1"});
}

TEST(BuildDensity, names_the_nearest_known_word) {
  expect_refusal(pdf_on("mass", "gausian", {"mu", "sigma"}),
                 {"/pdf/type: ", "unknown pdf type 'gausian'", "did you mean 'gaussian'?"});
  expect_refusal(
      pdf_on("mas", "gaussian", {"mu", "sigma"}),
      {"process 'sig' references unknown observable 'mas'", "'mass'", "(channel 'main')"});
  expect_refusal(
      pdf_on("mass", "gaussian", {"mu", "sigm"}),
      {"/pdf/params/1: ", "process 'sig' references unknown shape parameter 'sigm'", "'sigma'"});
  expect_refusal(pdf_on("mass", "kde", {}, {{"bandwith", 1.0}}),
                 {"/pdf/bandwith: ", "kde has unknown field 'bandwith'", "'bandwidth'"});
}

TEST(BuildDensity, only_warns_of_unknown_fields_when_asked_to) {
  auto b = bench();
  auto context = b.context();
  context.unknown = spec::UnknownFields::warn;
  EXPECT_NO_THROW(static_cast<void>(
      build_density(pdf_on("mass", "gaussian", {"mu", "sigma"}, {{"colour", 1.0}}), context)));
}

TEST(BuildDensity, knows_two_variants) {
  for (char const* type : {"voigtian", "argus"}) {
    auto pdf =
        pdf_on("mass",
               type,
               std::string(type) == "argus" ? std::vector<std::string>{"mu", "sigma"}
                                            : std::vector<std::string>{"mu", "sigma", "alpha"});
    for (char const* word : {"exact", "nextstat"}) {
      pdf.attributes["variant"] = std::string(word);
      EXPECT_EQ(refusal(pdf), "");
    }
    pdf.attributes["variant"] = std::string("old");
    expect_refusal(pdf, {"/pdf/variant: ", "variant must be \"exact\" or \"nextstat\"", "\"old\""});
    pdf.attributes["variant"] = 1.0;
    expect_refusal(pdf, {"/pdf/variant: "});
  }
}

TEST(BuildDensity, refuses_bounds_that_leave_a_crystal_ball_domain) {
  EXPECT_EQ(refusal(pdf_on("mass", "crystal_ball", {"mu", "sigma", "alpha", "n"})), "");
  EXPECT_EQ(refusal(pdf_on("mass", "crystal_ball", {"mu", "sigma", "alpha", "fixed_n"})), "");
  expect_refusal(pdf_on("mass", "crystal_ball", {"mu", "sigma", "alpha", "loose_n"}),
                 {"/pdf/params/3: ",
                  "parameter 'loose_n' bounds (1, 9)",
                  "crystal_ball requires n > 1 (strictly, e.g. lower bound 1.01)",
                  "(channel 'main')"});
  expect_refusal(pdf_on("mass", "crystal_ball", {"mu", "sigma", "open_alpha", "n"}),
                 {"'open_alpha'", "finite bounds"});
  expect_refusal(pdf_on("mass", "crystal_ball", {"mu", "sigma", "negative", "n"}),
                 {"'negative' init -2"});
  expect_refusal(product_of({pdf_on(
                     "time", "double_crystal_ball", {"mu", "sigma", "alpha", "n", "signed", "n"})}),
                 {"/components/0/params/4: ", "'signed' bounds (-5, 5)"});
}

TEST(BuildDensity, refuses_a_width_that_can_never_be_positive) {
  EXPECT_EQ(refusal(pdf_on("mass", "gaussian", {"mu", "signed"})),
            "");  // a part of the interval is a width
  expect_refusal(pdf_on("mass", "gaussian", {"mu", "negative"}),
                 {"parameter 'negative'", "gaussian requires sigma > 0"});
  expect_refusal(pdf_on("mass", "voigtian", {"mu", "sigma", "negative"}),
                 {"voigtian requires gamma > 0"});
  expect_refusal(pdf_on("mass", "argus", {"mu", "negative"}), {"argus requires p >= 0"});
}

TEST(BuildDensity, refuses_a_lognormal_of_negative_numbers) {
  auto b = bench();
  b.observables[1].bounds.lower = -0.5;
  EXPECT_EQ(refusal(pdf_on("mass", "lognormal", {"mu", "sigma"}), b), "");
  auto const message = refusal(pdf_on("time", "lognormal", {"mu", "sigma"}), b);
  EXPECT_NE(message.find("/pdf/observable: process 'sig' lognormal requires an observable that is "
                         "nowhere negative, 'time' begins at -0.5"),
            std::string::npos)
      << message;
}

TEST(BuildDensity, takes_powers_in_pairs_on_what_is_not_negative) {
  auto b = bench();
  EXPECT_EQ(refusal(pdf_on("time", "powers", {"mu", "n"}), b), "");
  expect_refusal(pdf_on("time", "powers", {"mu", "n", "sigma"}),
                 {"/pdf/params: ", "powers params are pairs c_1, p_1, c_2, p_2", "got 3 of them"});
  b.observables[1].bounds.lower = -0.5;
  auto const message = refusal(pdf_on("time", "powers", {"mu", "n"}), b);
  EXPECT_NE(message.find("powers requires an observable that is nowhere negative, 'time' begins at "
                         "-0.5"),
            std::string::npos)
      << message;
}

TEST(BuildDensity, knows_three_sides_of_a_decay) {
  auto pdf = pdf_on("time", "decay", {"n", "mu", "sigma"});
  EXPECT_EQ(refusal(pdf), "");
  for (char const* side : {"single", "flipped", "double"}) {
    pdf.attributes["side"] = std::string(side);
    EXPECT_EQ(refusal(pdf), "");
  }
  for (spec::Attribute const& side : {spec::Attribute(std::string("both")), spec::Attribute(1.0)}) {
    pdf.attributes["side"] = side;
    expect_refusal(pdf, {"/pdf/side: ", R"(decay side must be "single", "double" or "flipped")"});
  }
}

TEST(BuildDensity, checks_templates) {
  std::vector<double> const edges{60, 90, 120};
  auto const histogram =
      [&](std::vector<double> e, std::vector<double> content, double pseudo_count) {
        return pdf_on("mass",
                      "histogram",
                      {},
                      {{"bin_edges", std::move(e)},
                       {"bin_content", std::move(content)},
                       {"pseudo_count", pseudo_count}});
      };
  EXPECT_EQ(refusal(histogram(edges, {1, 0}, 0)), "");
  expect_refusal(histogram(edges, {1}, 0), {"/bin_content: ", "expected 2, got 1"});
  expect_refusal(histogram(edges, {1, -1}, 0),
                 {"/bin_content/1: ", "must be finite and >= 0, got -1"});
  expect_refusal(histogram(edges, {0, 0}, 0),
                 {"total content must be finite and > 0 after pseudo_count, got 0"});
  expect_refusal(histogram({60, 60, 120}, {1, 1}, 0), {"/bin_edges/1: ", "strictly increasing"});
  expect_refusal(histogram({60, 90, 110}, {1, 1}, 0),
                 {"histogram support [60, 110] must match observable 'mass' bounds (60, 120) "
                  "(channel 'main')"});
  expect_refusal(histogram(edges, {1, 1}, -1), {"/pseudo_count: "});
  auto const spline = [&](std::vector<double> x, std::vector<double> y) {
    return pdf_on("mass", "spline", {}, {{"knots_x", std::move(x)}, {"knots_y", std::move(y)}});
  };
  EXPECT_EQ(refusal(spline(edges, {1, 2, 3})), "");
  expect_refusal(spline(edges, {1, 2}), {"/knots_y: ", "expected 3, got 2"});
  expect_refusal(spline(edges, {1, 0, 1}), {"/knots_y/1: ", "> 0, got 0"});
  expect_refusal(pdf_on("mass", "spline", {}, {{"knots_x", edges}}),
                 {"spline needs a field 'knots_y'"});
  auto const kde = [&](double h, std::vector<double> c, std::vector<double> w) {
    return pdf_on("mass",
                  "kde",
                  {},
                  {{"bandwidth", h}, {"centers", std::move(c)}, {"weights", std::move(w)}});
  };
  EXPECT_EQ(refusal(kde(1, {60, 120}, {1, 0})), "");
  expect_refusal(kde(0, {60}, {1}), {"/bandwidth: "});
  expect_refusal(kde(1, {59}, {1}), {"/centers/0: ", "outside the bounds"});
  expect_refusal(kde(1, {}, {}), {"at least one centre"});
  expect_refusal(kde(1, {90}, {1, 2}), {"/weights: ", "expected 1, got 2"});
  expect_refusal(kde(1, {90}, {-1}), {"/weights/0: "});
  expect_refusal(kde(1, {90}, {0}), {"finite sum > 0"});
}

TEST(BuildDensity, checks_products) {
  auto const gauss = pdf_on("mass", "gaussian", {"mu", "sigma"});
  EXPECT_EQ(refusal(product_of({gauss, pdf_on("time", "exponential", {"alpha"})})), "");
  expect_refusal(product_of({}), {"product needs at least one component"});
  expect_refusal(product_of({gauss, gauss}),
                 {"/components/1/observable: ", "two components on observable 'mass'"});
  expect_refusal(product_of({product_of({gauss})}), {"/components/0", "product inside a product"});
}

TEST(BuildDensity, refuses_windows_without_two_ends) {
  auto b = bench();
  b.observables[0].bounds.upper = std::numeric_limits<double>::infinity();
  EXPECT_NE(refusal(pdf_on("mass", "gaussian", {"mu", "sigma"}), b).find("finite bounds"),
            std::string::npos);
}

}  // namespace
}  // namespace toyfarm::model::testing
