#include <algorithm>
#include <cmath>
#include <numeric>
#include <regex>

#include <gtest/gtest.h>

#include "toyfarm/toys/compressed.hpp"
#include "toyfarm/toys/generate.hpp"

#include "support/isa.hpp"
#include "toys/density_distance.hpp"
#include "toys/toy_specs.hpp"

// Channels of products over two observables, drawn by cells of both.
namespace {

namespace toys = toyfarm::toys;
namespace model = toyfarm::model;
namespace test = toyfarm::test;
using toys::CellKind;

std::string const observables = test::x_observable + R"(,{"name":"y","bounds":[0,10]})";
std::string const gauss = R"({"type":"gaussian","observable":"x","params":["m","s"]})";
std::string const falling = R"({"type":"exponential","observable":"x","params":["l"]})";
std::string const parameters = test::parameters_json({{"m", 3}, {"s", 0.5}, {"l", -0.3, -50}});

/// A pdf on the observable y instead of x.
std::string on_y(std::string pdf, std::string const& suffix = "") {
  std::string const x = R"("observable":"x")";
  pdf.replace(pdf.find(x), x.size(), R"("observable":"y")");
  auto const begin = std::min(pdf.find("\"params\":["), pdf.size());
  auto const end = std::min(pdf.find(']', begin), pdf.size());
  auto const names = std::regex_replace(pdf.substr(begin, end - begin),
                                        std::regex("\"([a-z0-9]+)\"([,]|$)"),
                                        "\"$1" + suffix + "\"$2");
  auto const old_names = pdf.substr(begin, end - begin);
  pdf.replace(begin, end - begin, names);
  std::string const key = R"("expression":")";
  if (auto const at = pdf.find(key); at != std::string::npos) {
    auto const first = at + key.size();
    auto const n = pdf.find('"', first) - first;
    auto text = std::regex_replace(pdf.substr(first, n), std::regex(R"(\bx\b)"), "y");
    std::regex const name("\"([a-z0-9]+)\"([,]|$)");
    for (std::sregex_iterator i(old_names.begin(), old_names.end(), name), none; i != none; ++i) {
      text = std::regex_replace(text, std::regex(R"(\b)" + i->str(1) + R"(\b)"), "$&" + suffix);
    }
    pdf.replace(first, n, text);
  }
  return pdf;
}

std::string product(std::string const& a, std::string const& b) {
  return R"({"type":"product","components":[)" + a + "," + b + "]}";
}

model::Model two_processes(double first, double second) {
  return test::model_of(
      parameters,
      test::channel_json("c",
                         observables,
                         test::process_json("p", product(gauss, on_y(falling)), first) + "," +
                             test::process_json("q", product(on_y(gauss), falling), second)));
}

/// All cells that can have nodes get them.
toys::CellVerdict all_nodes(toys::CellCandidate const& cell) {
  return cell.events < 64 ? toys::CellVerdict::events : toys::CellVerdict::nodes;
}

double correlation(std::vector<double> const& x, std::vector<double> const& y) {
  auto const n = static_cast<double>(x.size());
  auto const ranks = [](std::vector<double> const& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
    std::vector<double> rank(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      rank[order[i]] = static_cast<double>(i);
    }
    return rank;
  };
  auto const a = ranks(x);
  auto const b = ranks(y);
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += (a[i] / n - 0.5) * (b[i] / n - 0.5);
  }
  return 12 * sum / n;
}

// The Kolmogorov statistic exceeds 2.5 with probability 7.5e-6, the rank correlation 5 standard
// deviations with 6e-7: false alarm 3e-4 over all types.
TEST(Products, follow_both_densities_of_a_process_without_correlation) {
  auto const pdfs = test::all_pdfs();
  for (std::size_t i = 0; i < pdfs.size(); ++i) {
    auto const& a = pdfs[i];
    auto const& b = pdfs[(i * 7 + 3) % pdfs.size()];
    auto all = a.parameters;
    for (auto const& [name, init, least] : b.parameters) {
      all.push_back({name + "_y", init, least});
    }
    auto const m = test::model_of(
        all.empty() ? R"({"name":"unused","init":1,"bounds":[0,2]})" : test::parameters_json(all),
        test::channel_json(
            "c", observables, test::process_json("p", product(a.pdf, on_y(b.pdf, "_y")), 30'000)));
    model::Sample sample;
    toys::generate(toys::build_tables(m, m.init()), 5, {i}, sample);
    auto const& columns = sample.channels[0].columns;
    std::vector<double> const x(columns[0].begin(), columns[0].end());
    std::vector<double> const y(columns[1].begin(), columns[1].end());
    auto const a_alone = test::model_of(a, 30'000);
    auto const b_alone = test::model_of(b, 30'000);
    EXPECT_NEAR(static_cast<double>(x.size()), 30'000, 5 * std::sqrt(30'000)) << a.name;
    EXPECT_LT(test::kolmogorov(test::Density(a_alone, 0), x), 2.5) << a.name << " x " << b.name;
    EXPECT_LT(test::kolmogorov(test::Density(b_alone, 0), y), 2.5) << a.name << " x " << b.name;
    EXPECT_LT(std::fabs(correlation(x, y)) * std::sqrt(static_cast<double>(x.size())), 5)
        << a.name << " x " << b.name;
  }
}

TEST(Products, share_events_among_processes_by_yield) {
  auto const m = two_processes(12'000, 19'000);
  auto const tables = toys::build_tables(m, m.init());
  auto const& products = tables.channels[0].products;
  ASSERT_EQ(products.size(), 2U);
  EXPECT_EQ(tables.channels[0].counts.size(), products[0].size() + products[1].size());
  double const expected[] = {12'000, 19'000};
  for (std::size_t p = 0; p < 2; ++p) {
    auto const& events = products[p].events;
    EXPECT_NEAR(std::accumulate(events.begin(), events.end(), 0.0), expected[p], 1e-7);
  }
}

// Two processes that do not overlap: their events are Poisson numbers around the yields. Mean and
// variance of 2000 toys within 5 standard deviations, false alarm 1e-6 each.
TEST(Products, draw_a_poisson_number_for_each_process) {
  std::string const left =
      R"({"type":"histogram","observable":"x","bin_edges":[0,5,10],"bin_content":[1,0]})";
  std::string const right =
      R"({"type":"histogram","observable":"x","bin_edges":[0,5,10],"bin_content":[0,1]})";
  auto const m = test::model_of(
      parameters,
      test::channel_json("c",
                         observables,
                         test::process_json("p", product(left, on_y(falling)), 29'900) + "," +
                             test::process_json("q", product(right, on_y(falling)), 200)));
  auto const tables = toys::build_tables(m, m.init());
  ASSERT_FALSE(tables.channels[0].products.empty());
  model::Sample sample;
  double sum = 0;
  double square = 0;
  constexpr int n = 2000;
  for (std::uint64_t id = 0; id < n; ++id) {
    toys::generate(tables, 8, {id}, sample);
    auto const& x = sample.channels[0].columns[0];
    auto const d =
        static_cast<double>(std::count_if(x.begin(), x.end(), [](double v) { return v >= 5; })) -
        200;
    sum += d;
    square += d * d;
  }
  EXPECT_LT(std::fabs(sum / n), 5 * std::sqrt(200.0 / n));
  EXPECT_LT(std::fabs(square / n - 200), 5 * std::sqrt((2 * 200.0 * 200 + 200) / n));
}

TEST(Products, compressed_toys_have_the_events_of_event_by_event_toys) {
  auto const m = two_processes(12'000, 19'000);
  auto const tables = toys::build_tables(m, m.init(), "spec", all_nodes);
  toys::CompressedGenerator generator(tables);
  ASSERT_TRUE(generator.has_nodes());
  EXPECT_FALSE(generator.can_refine());
  auto const& cells = generator.cells()[0];
  model::Sample compressed;
  model::Sample events;
  for (std::uint64_t id = 0; id < 5; ++id) {
    generator.run(3, {id}, compressed);
    toys::generate(tables, 3, {id}, events);
    auto const& a = compressed.channels[0];
    auto const& b = events.channels[0];
    EXPECT_EQ(a.n_events, b.n_events);
    double const in_cells = std::accumulate(cells.counts.begin(), cells.counts.end(), 0.0);
    EXPECT_EQ(in_cells + static_cast<double>(a.size() - cells.n_nodes()),
              static_cast<double>(b.n_events));
    double const sum = std::accumulate(a.weights.begin(), a.weights.end(), 0.0);
    EXPECT_NEAR(sum, static_cast<double>(b.n_events), 1e-8);
    for (std::size_t o = 0; o < 2; ++o) {  // places are polynomials of u, nearly of degree 7
      double nodes = 0;
      for (std::size_t i = 0; i < a.size(); ++i) {
        nodes += a.weights[i] * a.columns[o][i];
      }
      EXPECT_NEAR(nodes, std::accumulate(b.columns[o].begin(), b.columns[o].end(), 0.0), 0.1);
    }
  }
}

TEST(Products, do_not_depend_on_toys_drawn_before_and_keep_their_memory) {
  auto const m = two_processes(12'000, 19'000);
  auto const tables = toys::build_tables(m, m.init(), "spec", all_nodes);
  toys::CompressedGenerator used(tables);
  model::Sample sample;
  for (std::uint64_t id = 0; id < 30; ++id) {
    used.run(3, {id}, sample);
  }
  auto const* const place = sample.channels[0].columns[1].data();
  for (std::uint64_t id = 0; id < 10; ++id) {
    used.run(3, {id}, sample);
    EXPECT_EQ(sample.channels[0].columns[1].data(), place);
    toys::CompressedGenerator fresh(tables);
    model::Sample other;
    fresh.run(3, {id}, other);
    EXPECT_EQ(sample.channels[0].columns, other.channels[0].columns);
    EXPECT_EQ(sample.channels[0].weights, other.channels[0].weights);
  }
}

TEST(Products, have_the_same_bits_with_avx2_and_avx512) {
  auto const m = two_processes(12'000, 19'000);
  auto const tables = toys::build_tables(m, m.init(), "spec", all_nodes);
  std::vector<toyfarm::core::Column> weights;
  test::for_each_isa({"avx512", "avx2"}, [&](std::string const&) {
    toys::CompressedGenerator generator(tables);
    model::Sample sample;
    generator.run(5, {17}, sample);
    weights.push_back(sample.channels[0].weights);
  });
  for (auto const& w : weights) {
    EXPECT_EQ(w, weights.front());
  }
}

TEST(Products, are_part_of_the_layout_hash) {
  auto const m = two_processes(12'000, 19'000);
  auto const kept = toys::build_tables(m, m.init());
  auto const folded = toys::build_tables(m, m.init(), "spec", all_nodes);
  EXPECT_NE(toys::layout_hash(kept), toys::layout_hash(folded));
  EXPECT_EQ(toys::layout_hash(kept), toys::layout_hash(toys::build_tables(m, m.init())));
}

TEST(Products, survive_serialisation) {
  auto const m = two_processes(12'000, 19'000);
  auto const tables = toys::build_tables(m, m.init(), "spec", all_nodes);
  auto const bytes = toys::serialise(tables);
  auto const copy = toys::deserialise(bytes);
  EXPECT_EQ(toys::serialise(copy), bytes);
  toys::CompressedGenerator original(tables);
  toys::CompressedGenerator received(copy);
  model::Sample a;
  model::Sample b;
  original.run(1, {2}, a);
  received.run(1, {2}, b);
  EXPECT_EQ(a.channels[0].columns, b.channels[0].columns);
  EXPECT_EQ(a.channels[0].weights, b.channels[0].weights);
}

TEST(Products, have_break_points_of_all_processes_as_borders_of_nodes) {
  std::string const bins =
      R"({"type":"histogram","observable":"x","bin_edges":[0,2,3.3,10],"bin_content":[1,4,2]})";
  auto const m = test::model_of(
      parameters,
      test::channel_json("c",
                         observables,
                         test::process_json("p", product(gauss, on_y(falling)), 40'000) + "," +
                             test::process_json("q", product(bins, on_y(falling)), 4'000)));
  static_cast<void>(toys::build_tables(m, m.init(), "spec", [](toys::CellCandidate const& cell) {
    for (double const edge : {2.0, 3.3}) {
      EXPECT_FALSE(cell.sides[0].lower < edge && edge < cell.sides[0].upper);
    }
    return toys::CellVerdict::nodes;
  }));
}

TEST(Products, leave_small_channels_and_moving_break_points_to_the_factors) {
  auto const is_by_factors = [](model::Model const& m) {
    auto const tables = toys::build_tables(m, m.init());
    return tables.channels[0].products.empty() && !tables.channels[0].processes.empty();
  };
  EXPECT_TRUE(is_by_factors(two_processes(10'000, 19'999)));
  EXPECT_FALSE(is_by_factors(two_processes(10'000, 20'001)));
  std::string const crystal =
      R"({"type":"crystal_ball","observable":"x","params":["m","s","a","n"]})";
  EXPECT_TRUE(is_by_factors(test::model_of(
      test::parameters_json({{"m", 3}, {"s", 0.5}, {"a", 1.2}, {"n", 3, 1.01}, {"l", -0.3, -50}}),
      test::channel_json(
          "c", observables, test::process_json("p", product(crystal, on_y(falling)), 50'000)))));
}

}  // namespace
