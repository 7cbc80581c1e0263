// What nodes instead of events change, beside what the certificate says that they may.
#include "toyfarm/fit/certificate.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <Eigen/Cholesky>
#include <gtest/gtest.h>

#include "toyfarm/cells/chebyshev.hpp"
#include "toyfarm/cells/quadrature.hpp"
#include "toyfarm/kernels/moments.hpp"

#include "fit/models.hpp"

namespace toyfarm::fit {
namespace {

using model::check_order;
using model::node_order;
using test::make_model;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The same events in cells of equal width: plainly, and as weights of nodes.
struct Toy {
  model::Sample events, nodes;
  std::vector<model::NodeCells> cells;
};

/// Of each cell a Poisson count of what the model expects in its middle, uniform over the cell.
Toy draw(model::Model const& model, std::vector<double> const& theta, int n_cells, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-1, 1);
  cells::ChebyshevNodes const nodes(node_order);
  cells::GaussLegendre const gauss(check_order);
  ExtendedNll density(model);
  EXPECT_TRUE(density.prepare_channel(0, theta));
  auto const& window = model.channels[0].observables[0].bounds;
  double const half = 0.5 * (window.upper - window.lower) / n_cells;
  core::Column all, points, weights;
  model::NodeCells cells;
  auto& axis = cells.axes.emplace_back();
  for (int c = 0; c < n_cells; ++c) {
    double const middle = window.lower + half * (2 * c + 1);
    double const* const column[] = {&middle};
    double const expected = 2 * half * std::exp(density.scores(0, {column, 1})->log_f[0]);
    std::vector<double> u(static_cast<std::size_t>(std::poisson_distribution(expected)(random)));
    for (double& deviate : u) {
      deviate = uniform(random);
      all.push_back(middle + half * deviate);
    }
    double folded[node_order];
    kernels::fold_deviates(u.data(), u.size(), folded);
    weights.insert(weights.end(), folded, folded + node_order);
    cells.counts.push_back(static_cast<double>(u.size()));
    axis.lower.push_back(middle - half);
    axis.upper.push_back(middle + half);
    for (double const place : nodes.nodes()) {
      axis.nodes.push_back(middle + half * place);
    }
    for (double const place : gauss.nodes()) {
      axis.checks.push_back(middle + half * place);
    }
  }
  Toy toy{test::sample_of(std::move(all)), test::sample_of(axis.nodes), {std::move(cells)}};
  toy.nodes.channels[0].weights = std::move(weights);
  return toy;
}

struct Case {
  std::string name;
  model::Model model;
};

/// A steep slope beside a flat process whose yield has modifiers, of some effect at one deviation:
/// many make a channel sum functions instead of scores.
model::Model modified(int n_modifiers, std::string const& effect) {
  std::string parameters =
      R"({"name": "n", "init": 20000, "bounds": [0, 1e6]}, {"name": "lam", "init": -1.2, "bounds": [-5, 5]}, {"name": "mu", "init": 1, "bounds": [0, 5]})";
  std::string modifiers;
  for (int k = 0; k < n_modifiers; ++k) {
    auto const name = R"("a)" + std::to_string(k) + "\"";
    parameters +=
        R"(, {"name": )" + name +
        R"(, "init": 0.1, "bounds": [-5, 5], "constraint": {"type": "gaussian", "mean": 0, "sigma": 1}})";
    modifiers += (k > 0 ? ", " : "") + (R"({"type": "normsys", "param": )" + name) +
                 R"(, "lo": 1, "hi": )" + effect + "}";
  }
  return make_model(
      parameters,
      test::slope_process +
          R"(,{"name": "sig", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]},
               "yield": {"type": "scaled", "base_yield": 3000, "scale": "mu", "modifiers": [)" +
          modifiers + "]}}");
}

std::vector<Case> cases() {
  std::string const slope =
      R"({"name": "n", "init": 20000, "bounds": [0, 1e6]}, {"name": "lam", "init": -0.3, "bounds": [-5, 5]})";
  std::string const peak =
      R"(, {"name": "nsig", "init": 3000, "bounds": [0, 1e6]}, {"name": "m", "init": 4.1, "bounds": [2, 6]}, {"name": "s", "init": 0.6, "bounds": [0.05, 3]})";
  std::vector<Case> out;
  out.push_back({"slope", make_model(slope, test::slope_process)});
  out.push_back(
      {"peak_on_slope", make_model(slope + peak, test::slope_process + "," + test::peak_process)});
  out.push_back(
      {"voigtian",
       make_model(
           slope + peak + R"(, {"name": "g", "init": 0.3, "bounds": [0.01, 3], "fixed": true})",
           test::slope_process +
               R"(,{"name": "sig", "pdf": {"type": "voigtian", "observable": "x", "params": ["m", "s", "g"]}, "yield": {"type": "parameter", "name": "nsig"}})")});
  out.push_back({"many_modifiers", modified(8, "1.12")});
  return out;
}

struct Compared {
  FitResult by_nodes;
  NodeBound bound;
  double nll = 0;    ///< how much the NLL of the events differs at the estimates by nodes
  double shift = 0;  ///< distance of the estimates in units of their covariance
};

double distance(FitResult const& result, std::vector<double> const& other) {
  std::vector<Eigen::Index> free;
  std::vector<double> difference;
  for (std::size_t j = 0; j < other.size(); ++j) {
    if (result.errors[j] > 0) {
      free.push_back(static_cast<Eigen::Index>(j));
      difference.push_back(other[j] - result.values[j]);
    }
  }
  Eigen::Map<Eigen::VectorXd const> const d(difference.data(), std::ssize(difference));
  Eigen::MatrixXd const covariance = result.covariance(free, free);
  return std::sqrt(d.dot(covariance.llt().solve(d)));
}

Compared compare(model::Model const& model, Toy const& toy) {
  auto const centres = model.observed_globals();
  ExtendedNll nodes(model, toy.cells);
  nodes.bind(toy.nodes, centres);
  ExtendedNll events(model);
  events.bind(toy.events, centres);
  Compared out;
  out.by_nodes = minimise(nodes, model.init());
  EXPECT_TRUE(core::is_converged(out.by_nodes.status));
  out.bound = Certificate(model).bound(nodes, out.by_nodes, toy.nodes);
  std::vector<model::KinkSide> const sides(model.parameters.size(), model::KinkSide::above);
  NllPoint point;
  EXPECT_TRUE(events.evaluate(out.by_nodes.values, sides, model::Derivatives::none, point));
  out.nll = std::abs(point.value - out.by_nodes.nll);
  out.shift = distance(out.by_nodes, minimise(events, out.by_nodes.values).values);
  return out;
}

// Sums of 30,000 terms round by some 1e-11, and so do the ends of two fits.
constexpr double rounding = 3e-11;
constexpr double fit_rounding = 1e-6;

TEST(Certificate, covers_what_nodes_change_and_not_by_much_more) {
  for (auto const& [name, model] : cases()) {
    for (int const n_cells : {6, 10, 20}) {
      double largest = 0;
      double bound = 0;
      for (unsigned seed = 1; seed <= 6; ++seed) {
        auto const found = compare(model, draw(model, model.init(), n_cells, seed));
        ASSERT_LT(found.bound.nll, 10) << name;
        EXPECT_LE(found.nll, found.bound.nll + rounding) << name << ' ' << n_cells;
        EXPECT_LE(found.shift, found.bound.shift * (1 + found.bound.shift) + fit_rounding)
            << name << ' ' << n_cells;
        largest = std::max(largest, found.nll);
        bound = std::max(bound, found.bound.nll);
      }
      if (bound > 1e-7) {
        EXPECT_GT(largest, bound / 50) << name << ' ' << n_cells;
      }
    }
  }
}

// Modifiers without effect leave everything as it is, but for what the channel sums.
TEST(Certificate, bounds_scores_and_sums_of_functions_alike) {
  auto const plain = modified(0, "1");
  auto const many = modified(8, "1");
  auto const toy = draw(plain, plain.init(), 6, 5);
  auto const expected = compare(plain, toy).bound;
  auto const found = compare(many, toy).bound;
  EXPECT_NEAR(found.nll, expected.nll, 1e-4 * expected.nll);
  EXPECT_NEAR(found.shift, expected.shift, 1e-4 * expected.shift);
}

TEST(Certificate, certifies_cells_that_are_fine_enough_and_no_others) {
  for (auto const& [name, model] : cases()) {
    auto const fine = compare(model, draw(model, model.init(), 80, 3));
    EXPECT_TRUE(is_certified(fine.bound, fine.by_nodes.nll)) << name << ' ' << fine.bound.nll;
    auto const coarse = compare(model, draw(model, model.init(), 4, 3));
    bool const is_exact = name == "slope";  // ln f is a straight line
    EXPECT_EQ(is_certified(coarse.bound, coarse.by_nodes.nll), is_exact) << name;
  }
}

TEST(Certificate, is_exceeded_by_weights_that_are_not_the_events) {
  auto const model = std::move(cases()[1].model);
  auto toy = draw(model, model.init(), 20, 5);
  toy.nodes.channels[0].weights[77] += 0.01;
  auto const found = compare(model, toy);
  EXPECT_GT(found.nll, found.bound.nll);
  EXPECT_GT(found.shift, found.bound.shift);
}

// The sums of such weights have lost what the events say.
TEST(Certificate, refuses_large_weights_that_cancel) {
  auto const model = std::move(cases()[0].model);
  auto toy = draw(model, model.init(), 20, 5);
  EXPECT_TRUE(is_certified(compare(model, toy).bound, 0));
  toy.nodes.channels[0].weights[8] += 1e9;
  toy.nodes.channels[0].weights[9] -= 1e9;
  ExtendedNll nll(model, toy.cells);
  nll.bind(toy.nodes, {});
  auto const result = compare(model, draw(model, model.init(), 20, 5)).by_nodes;
  EXPECT_FALSE(is_certified(Certificate(model).bound(nll, result, toy.nodes), 0));
}

TEST(Certificate, refuses_a_density_finer_than_its_cells) {
  auto const model = std::move(cases()[1].model);
  auto theta = model.init();
  for (auto const& [width, n_cells, is_fine] :
       {std::tuple{0.6, 20, true}, std::tuple{0.002, 20, false}, std::tuple{0.02, 2000, true}}) {
    theta[4] = width;
    auto const toy = draw(model, model.init(), n_cells, 5);
    ExtendedNll nll(model, toy.cells);
    nll.bind(toy.nodes, {});
    FitResult result = compare(model, toy).by_nodes;
    result.values = theta;
    EXPECT_EQ(Certificate(model).bound(nll, result, toy.nodes).nll < infinity, is_fine) << width;
  }
}

TEST(Certificate, refuses_a_joint_inside_a_cell_of_nodes) {
  auto const model = make_model(
      R"({"name": "n", "init": 20000, "bounds": [0, 1e6]}, {"name": "m", "init": 6, "bounds": [2, 8]}, {"name": "s", "init": 1, "bounds": [0.05, 3]},
         {"name": "a", "init": 1, "bounds": [0.1, 5]}, {"name": "k", "init": 3, "bounds": [1.1, 20]})",
      R"({"name": "sig", "pdf": {"type": "crystal_ball", "observable": "x", "params": ["m", "s", "a", "k"]}, "yield": {"type": "parameter", "name": "n"}})");
  auto const toy = draw(model, model.init(), 40, 5);
  ExtendedNll nll(model, toy.cells);
  nll.bind(toy.nodes, {});
  auto result = minimise(nll, model.init());
  for (auto const& [place, refused] : {std::pair{5.0, false}, std::pair{5.1, true}}) {
    result.values = {20000, place + 1, 1, 1, 3};
    EXPECT_EQ(Certificate(model).bound(nll, result, toy.nodes).nll == infinity, refused) << place;
  }
}

// Nothing else than an edge explains errors without freedom.
TEST(Certificate, refuses_a_singular_covariance_but_along_an_edge) {
  auto const model = std::move(cases()[0].model);
  auto const toy = draw(model, model.init(), 20, 5);
  ExtendedNll nll(model, toy.cells);
  nll.bind(toy.nodes, {});
  auto result = minimise(nll, model.init());
  result.covariance(0, 1) = result.covariance(1, 0) = result.errors[0] * result.errors[1];
  EXPECT_EQ(Certificate(model).bound(nll, result, toy.nodes).nll, infinity);
  result.status = core::FitStatus::at_edge;
  EXPECT_LT(Certificate(model).bound(nll, result, toy.nodes).nll, 1e-6);
}

TEST(Certificate, has_limits_of_both_or_of_rounding) {
  EXPECT_TRUE(is_certified({1e-6, 1e-6}, 0));
  EXPECT_FALSE(is_certified({1.1e-6, 0}, 0));
  EXPECT_FALSE(is_certified({0, 1.1e-6}, 0));
  EXPECT_TRUE(is_certified({1e-5, 1e-6}, -1e10));
  EXPECT_FALSE(is_certified({0, 1.1e-6}, 1e10));
  EXPECT_FALSE(is_certified({infinity, infinity}, 1e10));
}

}  // namespace
}  // namespace toyfarm::fit
