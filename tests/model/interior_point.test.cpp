// T4: an init at which a density is negative is moved inside.
#include "toyfarm/model/interior_point.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "toyfarm/core/sanitizer.hpp"
#include "toyfarm/spec/spec.hpp"

namespace toyfarm::model {
namespace {

struct Coefficient {
  std::string name;
  double init;
  double lower = -10;
  double upper = 10;
};

std::string quoted(std::vector<std::string> const& names) {
  std::string text;
  for (auto const& name : names) {
    text += fmt::format(R"({}"{}")", text.empty() ? "" : ",", name);
  }
  return text;
}

/// A channel per list of names, on [0, 10], each with one Chebyshev density; the last one is not
/// fitted where `idle`.
Model model_of(std::vector<Coefficient> const& coefficients,
               std::vector<std::vector<std::string>> const& channels,
               bool idle = false) {
  std::string parameters;
  for (auto const& c : coefficients) {
    parameters += fmt::format(R"({}{{"name":"{}","init":{},"bounds":[{},{}]}})",
                              parameters.empty() ? "" : ",",
                              c.name,
                              c.init,
                              c.lower,
                              c.upper);
  }
  std::string text;
  for (auto const& names : channels) {
    bool const last = &names == &channels.back();
    text += fmt::format(
        R"({}{{"name":"r{}","include_in_fit":{},"observables":[{{"name":"x","bounds":[0,10]}}],"processes":[{{"name":"bkg",)"
        R"("pdf":{{"type":"chebyshev","observable":"x","params":[{}]}},"yield":{{"type":"fixed","value":10}}}}]}})",
        text.empty() ? "" : ",",
        &names - channels.data(),
        !(last && idle),
        quoted(names));
  }
  return build_model(
      spec::parse_spec(fmt::format(R"({{"schema_version":"nextstat_unbinned_spec_v0",)"
                                   R"("model":{{"parameters":[{}]}},"channels":[{}]}})",
                                   parameters,
                                   text),
                       "test.json",
                       spec::UnknownFields::refuse));
}

/// The lowest minimum of all densities.
double lowest(Model const& model, std::vector<double> const& theta) {
  double margin = 1;
  for (auto const& channel : model.channels) {
    for (auto const& process : channel.processes) {
      std::vector<double> own;
      for (auto const p : process.shape_params) {
        own.push_back(theta[p]);
      }
      margin = std::min(margin, process.shape.density->edge_points(own).front().margin);
    }
  }
  return margin;
}

TEST(Interior, leaves_what_is_inside) {
  auto const model = model_of({{"a", 1}, {"b", 0.7}}, {{"a"}, {"b"}});
  auto theta = model.init();
  EXPECT_TRUE(move_inside(model, theta, EdgeScope::all));
  EXPECT_EQ(theta, model.init());
  EXPECT_FALSE(negative_density(model, theta, EdgeScope::all));
}

TEST(Interior, moves_a_negative_density_just_inside_and_nothing_else) {
  auto const model =
      model_of({{"a", 1.5}, {"b", 0.999}, {"c", -3}}, {{"b"}, {"a"}, {"b", "c"}}, true);
  auto theta = model.init();
  auto const found = negative_density(model, theta, EdgeScope::all);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->channel, 1U);
  EXPECT_EQ(found->observable, "x");
  EXPECT_EQ(found->place, 0);
  EXPECT_TRUE(move_inside(model, theta, EdgeScope::fitted));
  EXPECT_NEAR(theta[0], 0.99, 1e-5);
  EXPECT_EQ(theta[1], 0.999);
  EXPECT_EQ(theta[2], -3);
  EXPECT_FALSE(negative_density(model, theta, EdgeScope::fitted));
  EXPECT_EQ(negative_density(model, theta, EdgeScope::all)->channel, 2U);
  EXPECT_TRUE(move_inside(model, theta, EdgeScope::all));
  EXPECT_NEAR(theta[0], 0.99, 1e-5);
  EXPECT_GE(lowest(model, theta), 0.00099);
}

// Shares of random coefficients between densities, some fixed: after the move all are positive,
// parameters are inside their bounds, fixed ones as they were; and where it refuses, none of many
// points of the box is inside.
TEST(Interior, is_found_where_there_is_one) {
  std::mt19937_64 engine(3);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> uniform;
  int moved = 0;
  int refused = 0;
  std::mt19937_64 places(
      4);  // of its own: which models there are does not hang on how long we look
  for (int i = 0; i < 200; ++i) {
    std::size_t const n = 2 + engine() % 4;
    std::vector<Coefficient> coefficients;
    std::vector<std::vector<std::string>> channels(2);
    for (std::size_t k = 0; k < n; ++k) {
      double const a = 1.2 * normal(engine);
      double const width = engine() % 3 == 0 ? 0 : std::abs(normal(engine));
      coefficients.push_back({fmt::format("p{}", k), a, a - width, a + uniform(engine) * width});
      channels[engine() % 2].push_back(coefficients.back().name);
      channels[1].push_back(coefficients.back().name);
    }
    channels[0].push_back("p0");
    auto const model = model_of(coefficients, channels);
    auto theta = model.init();
    auto const before = theta;
    if (!move_inside(model, theta, EdgeScope::all)) {
      ++refused;
      EXPECT_EQ(theta, before);
      for (int j = 0; j < (TOYFARM_IS_SANITIZED == 1 ? 100 : 2000); ++j) {
        for (std::size_t k = 0; k < n; ++k) {
          auto const& c = coefficients[k];
          theta[k] = c.lower + uniform(places) * (c.upper - c.lower);
        }
        ASSERT_LT(lowest(model, theta), 1e-4);
      }
      continue;
    }
    ++moved;
    EXPECT_GE(lowest(model, theta), 0);
    for (std::size_t k = 0; k < n; ++k) {
      EXPECT_TRUE(theta[k] >= coefficients[k].lower && theta[k] <= coefficients[k].upper);
      EXPECT_TRUE(!model.parameters[k].fixed || theta[k] == before[k]);
    }
  }
  EXPECT_GT(moved, 20);
  EXPECT_GT(refused, 20);
}

TEST(Interior, point_is_zero_where_that_is_allowed) {
  auto const model = model_of({{"a", 0.9}, {"b", 2}, {"c", 0.5}}, {{"a", "b"}, {"a", "c"}});
  EXPECT_EQ(interior_point(model, model.init()).value(), (std::vector<double>{0, 0, 0}));
}

// 1 + a T_1 + b T_2 with b >= 1: the lowest value is 1 - b - a^2 / (8 b), at most 0; with b fixed
// at 0.95 the highest minimum is 0.05, at a = 0.
TEST(Interior, point_has_nearly_the_highest_minimum) {
  auto const closed = model_of({{"a", 0.1}, {"b", 1.2, 1, 3}}, {{"a", "b"}});
  EXPECT_FALSE(interior_point(closed, closed.init()));
  auto const model = model_of({{"a", 0.9}, {"b", 0.95, 0.95, 0.95}}, {{"a", "b"}});
  auto const point = interior_point(model, model.init());
  ASSERT_TRUE(point);
  EXPECT_GE(lowest(model, *point), 0.9 * 0.05);
  auto const narrow = model_of({{"a", 1.5}, {"b", 0.2, 0.2, 0.2}, {"c", 1, 0.9, 3}},
                               {{"a", "b", "c"}, {"b", "c", "a"}});
  auto const narrow_point = interior_point(narrow, narrow.init());
  ASSERT_TRUE(narrow_point);
  double best = 0;
  for (double a = -2; a <= 2; a += 0.02) {
    for (double c = 0.9; c <= 2; c += 0.02) {
      best = std::max(best, lowest(narrow, {a, 0.2, c}));
    }
  }
  EXPECT_GT(best, 0);
  EXPECT_GE(lowest(narrow, *narrow_point), 0.85 * best);
}

TEST(Interior, cannot_be_reached_by_fixed_parameters) {
  auto const model = model_of({{"a", 1.006, 1.006, 1.006}, {"b", 0.1}}, {{"b"}, {"a"}});
  auto theta = model.init();
  EXPECT_FALSE(move_inside(model, theta, EdgeScope::all));
  EXPECT_EQ(theta, model.init());
  EXPECT_FALSE(interior_point(model, theta));
}

TEST(Interior, of_a_model_without_edges_is_where_it_is) {
  auto const model = model_of({{"a", 0.3, -1, 1}}, {{"a"}});
  EXPECT_EQ(interior_point(model, model.init()).value(), model.init());
}

}  // namespace
}  // namespace toyfarm::model
