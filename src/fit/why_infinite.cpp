#include "toyfarm/fit/why_infinite.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace toyfarm::fit {
namespace {

using model::Derivatives;

constexpr double infinity = std::numeric_limits<double>::infinity();

std::string shortest(double x) {
  std::array<char, 32> text;
  auto const end = std::to_chars(text.data(), text.data() + text.size(), x).ptr;
  return {text.data(), end};
}

class Diagnosis {
 public:
  Diagnosis(model::Model const& model,
            model::Channel const& channel,
            model::ChannelSample const& sample,
            std::span<double const> theta)
      : model_(model), channel_(channel), sample_(sample), theta_(theta) {}

  std::optional<std::string> run() {
    for (auto const& process : channel_.processes) {
      if (auto problem = prepare(process)) {
        return "channel '" + channel_.name + "', process '" + process.name + "': " + *problem;
      }
    }
    for (std::size_t begin = 0; begin < sample_.size(); begin += block) {
      if (auto problem = look_at(begin, std::min(block, sample_.size() - begin))) {
        return "channel '" + channel_.name + "': " + *problem;
      }
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t block = 256;
  static constexpr std::size_t n_listed = 8;  // values that a message gives

  [[nodiscard]] std::string values_of(std::vector<std::size_t> const& parameters) const {
    std::string text;
    for (std::size_t i = 0; i < std::min(parameters.size(), n_listed); ++i) {
      auto const j = parameters[i];
      text += (i == 0 ? " at " : ", ") + model_.parameters[j].name + " = " + shortest(theta_[j]);
    }
    return text + (parameters.size() > n_listed ? ", …" : "");
  }

  std::optional<std::string> prepare(model::Process const& process) {
    double const nu = process.yield.value(theta_);
    if (!(nu >= 0 && std::isfinite(nu))) {
      return "the yield is " + shortest(nu) + values_of(process.yield.params());
    }
    auto const& density = *process.shape.density;
    std::vector<double> shape;
    for (auto const j : process.shape_params) {
      shape.push_back(theta_[j]);
    }
    std::vector<double> scratch(density.scratch_size());
    if (!density.prepare(shape, Derivatives::none, scratch)) {
      return "its density is undefined" + values_of(process.shape_params);
    }
    nus_.push_back(nu);
    scratches_.push_back(std::move(scratch));
    return std::nullopt;
  }

  std::optional<std::string> look_at(std::size_t begin, std::size_t n) {
    std::vector<double const*> columns;
    for (auto const& column : sample_.columns) {
      columns.push_back(column.data() + begin);
    }
    std::vector<double> largest(n, -infinity);  // ln of the largest term of f
    std::vector<double> log_p(n);
    for (std::size_t p = 0; p < nus_.size(); ++p) {
      channel_.processes[p].shape.density->evaluate(scratches_[p],
                                                    {columns.data(), n},
                                                    Derivatives::none,
                                                    {log_p.data(), nullptr, nullptr, n});
      for (std::size_t i = 0; i < n && nus_[p] > 0; ++i) {
        double const term = std::log(nus_[p]) + log_p[i];
        largest[i] = term <= largest[i] ? largest[i] : term;  // a NaN stays
      }
    }
    for (std::size_t i = 0; i < n; ++i) {
      if (!std::isfinite(largest[i])) {
        return describe(begin + i, largest[i]);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] std::string describe(std::size_t event, double log_density) const {
    bool const no_yield = std::ranges::all_of(nus_, [](double nu) { return nu == 0; });
    std::string text =
        "event " + std::to_string(event + 1) + " of " + std::to_string(sample_.size()) + " (";
    auto const n = sample_.columns.size();
    for (std::size_t o = 0; o < std::min(n, n_listed); ++o) {
      text += (o == 0 ? "" : ", ") + channel_.observables[o].name + " = " +
              shortest(sample_.columns[o][event]);
    }
    text += n > n_listed ? ", …) has " : ") has ";
    return text + (log_density < 0 ? "zero density" : "density " + shortest(log_density)) +
           (no_yield ? ": all yields are 0" : "");
  }

  model::Model const& model_;
  model::Channel const& channel_;
  model::ChannelSample const& sample_;
  std::span<double const> theta_;
  std::vector<double> nus_;
  std::vector<std::vector<double>> scratches_;
};

}  // namespace

std::optional<std::string> why_infinite(model::Model const& model,
                                        model::Sample const& sample,
                                        std::span<double const> theta) {
  for (std::size_t c = 0; c < model.channels.size(); ++c) {
    if (!model.channels[c].in_fit) {
      continue;
    }
    if (auto problem = Diagnosis(model, model.channels[c], sample.channels[c], theta).run()) {
      return problem;
    }
  }
  return std::nullopt;
}

}  // namespace toyfarm::fit
