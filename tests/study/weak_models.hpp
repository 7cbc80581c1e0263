#pragma once
#include <cstdio>
#include <string>

#include "study/engines.hpp"

// Weak signals that may move on 2·10^4 events of an exponential over [0, 100].
namespace toyfarm::test {

inline std::string parameter(std::string const& name,
                             double init,
                             double lower,
                             double upper,
                             std::string const& more = "") {
  char text[256];
  std::snprintf(text,
                sizeof text,
                R"({"name": "%s", "init": %.17g, "bounds": [%.17g, %.17g]%s})",
                name.c_str(),
                init,
                lower,
                upper,
                more.c_str());
  return text;
}

inline std::string process(std::string const& pdf,
                           std::string const& params,
                           std::string const& yield,
                           std::string const& observable = "x") {
  return R"({"name": ")" + yield + R"(", "pdf": {"type": ")" + pdf + R"(", "observable": ")" +
         observable + R"(", "params": [)" + params +
         R"(]}, "yield": {"type": "parameter", "name": ")" + yield + R"("}})";
}

inline std::string channel(std::string const& name,
                           std::string const& processes,
                           std::string const& more_observables = "") {
  return R"({"name": ")" + name + R"(", "observables": [{"name": "x", "bounds": [0, 100]})" +
         more_observables + R"(], "processes": [)" + processes + "]}";
}

inline spec::Spec spec_of(std::string const& parameters, std::string const& channels) {
  return spec::parse_spec(
      R"({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [)" + parameters +
          R"(]}, "channels": [)" + channels + "]}",
      "weak.json",
      spec::UnknownFields::refuse);
}

inline std::string background_parameters(double n = 2e4) {
  return parameter("nb", n, 0, 1e7) + "," + parameter("l", -0.02, -1, 1);
}
inline std::string background() {
  return process("exponential", R"("l")", "nb");
}

/// A Gaussian of so many events whose width is fixed at 1 or free from `narrowest` on.
inline spec::Spec weak_gaussian(double n_signal, double narrowest, double n_background = 2e4) {
  bool const fixed = narrowest >= 1;
  return spec_of(
      parameter("ns", n_signal, 0, 1e5) + "," + parameter("mu", 50, 0, 100) + "," +
          parameter("s", 1, fixed ? 0.01 : narrowest, 20, fixed ? R"(, "fixed": true)" : "") + "," +
          background_parameters(n_background),
      channel("c", process("gaussian", R"("mu", "s")", "ns") + "," + background()));
}

/// The same on 2,000 events that fall by e^-10: most of the window is nearly empty.
inline spec::Spec weak_on_a_steep_fall() {
  return spec_of(parameter("ns", 4, 0, 1e5) + "," + parameter("mu", 50, 0, 100) + "," +
                     parameter("s", 3, 1, 10) + "," + parameter("nb", 2000, 0, 1e7) + "," +
                     parameter("l", -0.1, -1, 1),
                 channel("c", process("gaussian", R"("mu", "s")", "ns") + "," + background()));
}

struct WeakModel {
  std::string name;
  spec::Spec spec;
};

/// Weak signals of all densities that have a place, several of them, and in company.
inline std::vector<WeakModel> weak_models() {
  auto const ns = parameter("ns", 10, 0, 1e5) + ",";
  auto const mu = parameter("mu", 50, 0, 100) + ",";
  auto const s = parameter("s", 1, 0.3, 10) + ",";
  auto const tail =
      parameter(
          "a", 1.5, 0.5, 4, R"(, "constraint": {"type": "gaussian", "mean": 1.5, "sigma": 0.2})") +
      "," +
      parameter(
          "n", 3, 1.1, 20, R"(, "constraint": {"type": "gaussian", "mean": 3, "sigma": 0.5})") +
      ",";
  auto const other_tail = parameter("ar", 1.2, 0.5, 4, R"(, "fixed": true)") + "," +
                          parameter("nr", 4, 1.1, 20, R"(, "fixed": true)") + ",";
  auto const b = "," + background();
  auto const one = [&](std::string const& parameters, std::string const& processes) {
    return spec_of(parameters + background_parameters(), channel("c", processes + b));
  };
  std::vector<WeakModel> out;
  out.push_back(
      {"voigtian",
       one(ns + mu + s +
               parameter("g",
                         0.5,
                         0.1,
                         10,
                         R"(, "constraint": {"type": "gaussian", "mean": 0.5, "sigma": 0.05})") +
               ",",
           process("voigtian", R"("mu", "s", "g")", "ns"))});
  out.push_back({"voigtian_down_to_a_gaussian",
                 one(ns + mu + s + parameter("g", 0.5, 0, 10) + ",",
                     process("voigtian", R"("mu", "s", "g")", "ns"))});
  out.push_back({"crystal_ball",
                 one(ns + mu + s + tail, process("crystal_ball", R"("mu", "s", "a", "n")", "ns"))});
  out.push_back({"double_crystal_ball",
                 one(ns + mu + s + tail + other_tail,
                     process("double_crystal_ball", R"("mu", "s", "a", "n", "ar", "nr")", "ns"))});
  auto const second = parameter("n2", 15, 0, 1e5) + "," + parameter("mu2", 70, 40, 100) + "," +
                      parameter("s2", 1.5, 0.5, 5) + ",";
  out.push_back({"two_gaussians",
                 one(ns + mu + s + second,
                     process("gaussian", R"("mu", "s")", "ns") + "," +
                         process("gaussian", R"("mu2", "s2")", "n2"))});
  out.push_back({"beside_a_strong_one",
                 one(parameter("n1", 3000, 0, 1e5) + "," + parameter("mu1", 30, 0, 100) + "," +
                         parameter("s1", 2, 0.5, 5) + "," + second,
                     process("gaussian", R"("mu1", "s1")", "n1") + "," +
                         process("gaussian", R"("mu2", "s2")", "n2"))});
  out.push_back({"beside_a_strong_crystal_ball",
                 one(parameter("n1", 3000, 0, 1e5) + "," + parameter("mu1", 30, 0, 100) + "," +
                         parameter("s1", 2, 0.5, 5) + "," + tail + second,
                     process("crystal_ball", R"("mu1", "s1", "a", "n")", "n1") + "," +
                         process("gaussian", R"("mu2", "s2")", "n2"))});
  out.push_back(
      {"two_channels",
       spec_of(ns + mu + s + parameter("n2", 8, 0, 1e5) + "," + parameter("nb2", 1e4, 0, 1e7) +
                   "," + parameter("l2", -0.03, -1, 1) + "," + background_parameters(),
               channel("c1", process("gaussian", R"("mu", "s")", "ns") + b) + "," +
                   channel("c2",
                           process("gaussian", R"("mu", "s")", "n2") + "," +
                               process("exponential", R"("l2")", "nb2")))});
  out.push_back({"on_a_chebyshev",
                 spec_of(ns + mu + s + parameter("c1", -0.4, -1, 1) + "," +
                             parameter("c2", 0.05, -1, 1) + "," + parameter("nb", 2e4, 0, 1e7),
                         channel("c",
                                 process("gaussian", R"("mu", "s")", "ns") + "," +
                                     process("chebyshev", R"("c1", "c2")", "nb")))});
  out.push_back({"on_200_events", weak_gaussian(5, 0.5, 200)});
  out.push_back({"on_a_steep_fall", weak_on_a_steep_fall()});
  out.push_back({"beyond_the_window",
                 one(ns + parameter("mu", 50, -20, 130) + "," + s,
                     process("gaussian", R"("mu", "s")", "ns"))});
  return out;
}

/// A weak product over two observables, on 4,000 events of another.
inline spec::Spec weak_product() {
  auto const product = [](std::string const& x, std::string const& y, std::string const& yield) {
    return R"({"name": ")" + yield + R"(", "pdf": {"type": "product", "components": [)" + x + "," +
           y + R"(]}, "yield": {"type": "parameter", "name": ")" + yield + R"("}})";
  };
  auto const factor =
      [](std::string const& pdf, std::string const& observable, std::string const& params) {
        return R"({"type": ")" + pdf + R"(", "observable": ")" + observable + R"(", "params": [)" +
               params + "]}";
      };
  return spec_of(parameter("ns", 10, 0, 1e5) + "," + parameter("mu", 50, 0, 100) + "," +
                     parameter("s", 1, 0.5, 5) + "," + parameter("ls", -0.3, -3, 3) + "," +
                     parameter("lb", -0.1, -3, 3) + "," + background_parameters(4e3),
                 channel("c",
                         product(factor("gaussian", "x", R"("mu", "s")"),
                                 factor("exponential", "y", R"("ls")"),
                                 "ns") +
                             "," +
                             product(factor("exponential", "x", R"("l")"),
                                     factor("exponential", "y", R"("lb")"),
                                     "nb"),
                         R"(, {"name": "y", "bounds": [0, 10]})"));
}

/// As compare_engines, for toys with several minima: where the two lowest may be one another's,
/// engines may choose differently.
inline void expect_one_answer(study::StudySetup const& setup, std::uint64_t n_toys) {
  auto const c = compare_engines(setup, n_toys);
  auto const few = static_cast<std::uint64_t>(1e-3 * static_cast<double>(n_toys));
  EXPECT_LE(n_toys - c.n_certified, few) << "flat or failed";
  EXPECT_LE(c.n_eventwise, few);
  EXPECT_EQ(c.n_other_status, 0U);
  EXPECT_EQ(c.n_deceived, 0U);
  EXPECT_LE(c.nll, promised);
  EXPECT_LE(c.shift, promised);
  std::printf(
      "%llu toys: %llu event by event; largest differences: NLL %.1e, estimates %.1e errors; "
      "largest bound %.1e\n",
      static_cast<unsigned long long>(n_toys),
      static_cast<unsigned long long>(c.n_eventwise),
      c.nll,
      c.shift,
      c.bound);
}

}  // namespace toyfarm::test
