// F10: odd numbers and values of the wrong type in every field of valid specs. Whatever they are,
// the program answers, or says what is wrong with the spec; it is never at fault itself.
#include <array>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "toyfarm/core/log.hpp"

#include "app/commands/commands.hpp"
#include "support/scratch.hpp"

namespace toyfarm::app {
namespace {

using Json = nlohmann::ordered_json;
using Pointer = Json::json_pointer;

constexpr unsigned seconds_per_case = 20;  // 5 on a machine of one's own

/// The case under way, for a crash or a hang: nothing else can be told then.
std::array<char, 300> current_case{};

extern "C" void tell_case(int signal) {
  std::array<char, 64> text{};
  auto const n = std::snprintf(text.data(), text.size(), "\nsignal %d in case: ", signal);
  static_cast<void>(!::write(STDERR_FILENO, text.data(), static_cast<std::size_t>(n)));
  static_cast<void>(!::write(STDERR_FILENO, current_case.data(), current_case.size()));
  ::_exit(1);
}

/// Pointers to all values of a document; of a list the first two and the last.
void add_places(Json const& node, Pointer const& at, std::vector<Pointer>& out) {
  if (node.is_object()) {
    for (auto const& [key, value] : node.items()) {
      out.push_back(at / key);
      add_places(value, at / key, out);
    }
  } else if (node.is_array()) {
    for (std::size_t i = 0; i < node.size(); ++i) {
      if (i < 2 || i + 1 == node.size()) {
        out.push_back(at / i);
        add_places(node[i], at / i, out);
      }
    }
  }
}

std::vector<Json> odd_values(Json const& value) {
  Json deep = Json::array();
  for (int i = 0; i < 70; ++i) {
    deep = Json::array({deep});
  }
  std::vector<Json> values{
      nullptr, "", "x", std::string(2000, 'A'), Json::array(), Json::object(), true, deep};
  if (value.is_number()) {
    for (double const x : {1e308,
                           -1e308,
                           1.7976931348623157e308,
                           1e300,
                           -9e299,
                           1e200,
                           -1e154,
                           1e-308,
                           5e-324,
                           -5e-324,
                           1e-200,
                           0.0,
                           -0.0,
                           -1.0,
                           1e18}) {
      values.emplace_back(x);
    }
  } else {
    values.insert(values.end(), {7, Json::array({1}), Json{{"x", 1}}});
  }
  if (value.is_array() && !value.empty() && value[0].is_number()) {
    for (double const factor : {1e290, 1e-290, 1e-305, 1e300, 1e305, -1.0}) {
      Json list = Json::array();
      for (auto const& x : value) {
        list.push_back(factor * x.get<double>());
      }
      values.push_back(list);
    }
  }
  return values;
}

/// Rows inside the windows of the spec as it is, one file per channel.
std::map<std::string, std::string> write_events(Json const& spec, test::Scratch const& scratch) {
  std::map<std::string, std::string> files;
  std::mt19937_64 random(1);
  for (auto const& channel : spec["channels"]) {
    auto const file = scratch / ("events_" + std::to_string(files.size()) + ".csv");
    std::ofstream out(file);
    std::string separator;
    for (auto const& observable : channel["observables"]) {
      out << separator << observable["name"].get<std::string>();
      separator = ",";
    }
    for (int row = 0; row < 20; ++row) {
      separator = "\n";
      for (auto const& observable : channel["observables"]) {
        auto const low = observable["bounds"][0].get<double>();
        auto const high = observable["bounds"][1].get<double>();
        out << separator << std::uniform_real_distribution<double>(low, high)(random);
        separator = ",";
      }
    }
    out << "\n";
    files[channel["name"].get<std::string>()] = file.string();
  }
  return files;
}

/// What `command` is at fault with: anything but an answer or an error of the spec or its data.
template <class Command>
std::string fault_of(Command const& command) {
  try {
    auto const code = command();
    return code == core::ExitCode::success || code == core::ExitCode::check_failed
               ? ""
               : "exit " + std::to_string(static_cast<int>(code));
  } catch (core::Error const& error) {
    bool const is_known = error.code() == core::ExitCode::bad_data ||
                          error.code() == core::ExitCode::usage ||
                          error.code() == core::ExitCode::no_input;
    return is_known
               ? ""
               : "exit " + std::to_string(static_cast<int>(error.code())) + ": " + error.what();
  } catch (std::exception const& error) {
    return std::string("exit 70: ") + error.what();
  }
}

/// Standard output into nothing, for its life.
class Quiet {
 public:
  Quiet() : saved_(::dup(STDOUT_FILENO)) {
    int const null = ::open("/dev/null", O_WRONLY);
    std::fflush(stdout);
    ::dup2(null, STDOUT_FILENO);
    ::close(null);
    core::configure_log(core::LogLevel::off, "");
  }
  ~Quiet() {
    std::fflush(stdout);
    ::dup2(saved_, STDOUT_FILENO);
    ::close(saved_);
    core::configure_log(core::LogLevel::info, "");
  }
  Quiet(Quiet const&) = delete;
  Quiet& operator=(Quiet const&) = delete;

 private:
  int saved_;
};

/// Runs all cases of a file of tests/data; one failure for each fault.
void check(std::string const& spec_name) {
  test::Scratch const scratch;
  auto const source =
      std::filesystem::path(std::getenv("TOYFARM_SOURCE_DIR")) / "tests/data" / spec_name;
  auto const spec = Json::parse(test::slurp(source));
  auto const data = write_events(spec, scratch);
  for (int const signal : {SIGSEGV, SIGBUS, SIGFPE, SIGABRT, SIGALRM}) {
    ::signal(signal, tell_case);
  }
  std::vector<Pointer> places;
  add_places(spec, Pointer(), places);
  std::vector<std::string> faults;
  std::size_t n = 0;
  // Fits take a hundred times longer than the NLL.
  std::size_t const share_of_fits = std::getenv("TOYFARM_ALL_ODD_SPECS") != nullptr ? 1 : 40;
  {
    Quiet const quiet;
    for (auto const& place : places) {
      for (auto const& value : odd_values(spec.at(place))) {
        auto changed = spec;
        changed[place] = value;
        auto const file = scratch / "spec.json";
        test::spill(file, changed.dump());
        auto const name = place.to_string() + " = " + value.dump().substr(0, 60);
        std::snprintf(
            current_case.data(), current_case.size(), "%s %s\n", spec_name.c_str(), name.c_str());
        run::InputRequest input;
        input.config = file.string();
        input.data = data;
        ::alarm(seconds_per_case);
        auto fault = fault_of([&] { return run_nll({input, {}}); });
        if (fault.empty() && n % share_of_fits == 0) {
          FitOptions fit;
          fit.input = input;
          fault = fault_of([&] { return run_fit(fit); });
        }
        ++n;
        if (!fault.empty()) {
          faults.push_back(name + ": " + fault);
        }
      }
    }
    ::alarm(0);
  }
  EXPECT_GT(n, 300U);
  for (auto const& fault : faults) {
    ADD_FAILURE() << spec_name << " " << fault;
  }
}

TEST(OddSpecs, of_one_observable_are_answered_or_refused) {
  for (auto const* const name : {"argus_gauss", "cb_exp", "cheb5_gauss", "dcb_exp", "voigt_exp"}) {
    check("mixes/" + std::string(name) + ".json");
  }
}

TEST(OddSpecs, of_templates_are_answered_or_refused) {
  for (auto const* const name : {"histogram_gauss", "kde_gauss", "spline_gauss"}) {
    check("mixes/" + std::string(name) + ".json");
  }
}

TEST(OddSpecs, of_products_and_several_channels_are_answered_or_refused) {
  check("two_channels.json");
  check("mixes/product2d.json");
}

}  // namespace
}  // namespace toyfarm::app
