#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/limits.hpp"
#include "toyfarm/spec/suggestion.hpp"

#include "spec/decode.hpp"

namespace toyfarm::spec {
namespace {

/// Beyond this products and squares overflow: no measured quantity is there.
constexpr double largest_number = 1e300;

class Validator {
 public:
  explicit Validator(Spec const& spec) : spec_(spec) {}

  void run() {
    check_parameters();
    if (spec_.poi && !is_parameter(*spec_.poi)) {
      fail("/model/poi",
           "unknown POI parameter name: '" + *spec_.poi + "'" + suggestion(*spec_.poi, names_));
    }
    if (spec_.channels.empty()) {
      fail("/channels", "channels must be non-empty");
    }
    refuse_duplicates(spec_.channels, "/channels", "channel");
    for (auto const& channel : spec_.channels) {
      check_channel(channel);
    }
  }

 private:
  [[noreturn]] void fail(std::string const& pointer, std::string const& problem) const {
    throw core::SpecError(spec_.path.string(), pointer, problem);
  }

  [[nodiscard]] bool is_parameter(std::string const& name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  void usable(std::string const& pointer, std::string const& what, double value) const {
    if (!(std::abs(value) < largest_number)) {
      fail(pointer, what + " " + shortest(value) + " is not a usable number");
    }
  }

  void check_parameters() {
    if (spec_.parameters.empty()) {
      fail("/model/parameters", "parameters must be non-empty");
    }
    refuse_duplicates(spec_.parameters, "/model/parameters", "parameter");
    for (std::size_t i = 0; i < spec_.parameters.size(); ++i) {
      auto const& p = spec_.parameters[i];
      auto const pointer = "/model/parameters/" + std::to_string(i);
      names_.push_back(p.name);
      check_range(pointer, p);
    }
  }

  void check_range(std::string const& pointer, Parameter const& p) const {
    auto const [lo, hi] = p.bounds;
    auto range = std::string("(");  // appended to: GCC 12 warns falsely of operator+ here
    range += shortest(lo) + ", " + shortest(hi) + ")";
    if (std::isnan(lo) || std::isnan(hi) || !(lo <= hi) || lo == INFINITY || hi == -INFINITY) {
      fail(pointer + "/bounds", "parameter '" + p.name + "' has invalid bounds " + range);
    }
    for (double const bound : {lo, hi}) {
      if (std::isfinite(bound)) {
        usable(pointer + "/bounds", "bound", bound);
      }
    }
    usable(pointer + "/init", "init", p.init);
    if (p.init < lo || p.init > hi) {
      fail(pointer + "/init",
           "parameter '" + p.name + "' init " + shortest(p.init) + " outside bounds " + range);
    }
    if (p.constraint) {
      for (auto const& [name, value] : p.constraint->fields) {
        usable(p.constraint->pointer + "/" + name, core::printable(name), value);
      }
    }
  }

  /// Names tell channels and processes apart, on the command line and in results.
  template <class Named>
  void refuse_duplicates(std::vector<Named> const& all,
                         std::string const& list,
                         std::string const& what) const {
    std::map<std::string, std::size_t> first;
    for (std::size_t i = 0; i < all.size(); ++i) {
      auto const pointer = list + "/" + std::to_string(i) + "/name";
      if (all[i].name.empty()) {
        fail(pointer, (what == "observable" ? "an " : "a ") + what + " without a name");
      }
      auto const [place, is_new] = first.emplace(all[i].name, i);
      if (!is_new) {
        fail(pointer,
             "duplicate " + what + " name: '" + core::printable(all[i].name) + "', as in " + list +
                 "/" + std::to_string(place->second) + "/name");
      }
    }
  }

  void check_channel(Channel const& channel) const {
    if (channel.observables.empty()) {
      fail(channel.pointer + "/observables", "channel '" + channel.name + "' has no observables");
    }
    if (channel.processes.empty()) {
      fail(channel.pointer + "/processes", "channel '" + channel.name + "' has no processes");
    }
    refuse_duplicates(channel.processes, channel.pointer + "/processes", "process");
    refuse_duplicates(channel.observables, channel.pointer + "/observables", "observable");
    std::vector<std::string> observables;
    for (std::size_t i = 0; i < channel.observables.size(); ++i) {
      auto const& o = channel.observables[i];
      auto const pointer = channel.pointer + "/observables/" + std::to_string(i);
      usable(pointer + "/bounds", "bound", o.bounds.lower);
      usable(pointer + "/bounds", "bound", o.bounds.upper);
      if (!(o.bounds.lower < o.bounds.upper)) {
        fail(pointer + "/bounds",
             "observable '" + o.name + "' needs lower < upper, has (" + shortest(o.bounds.lower) +
                 ", " + shortest(o.bounds.upper) + ")");
      }
      observables.push_back(o.name);
    }
    for (auto const& process : channel.processes) {
      check_size(process);
      check_pdf(channel, process, process.pdf, observables);
      check_yield(process);
    }
  }

  void check_size(Process const& process) const {
    auto n = process.pdf.params.size();
    for (auto const& component : process.pdf.components) {
      n += component.params.size();
    }
    if (n > max_density_params) {
      fail(process.pdf.pointer,
           "process '" + process.name + "': a density of " + std::to_string(n) +
               " parameters; at most " + std::to_string(max_density_params) + " are possible");
    }
  }

  void check_pdf(Channel const& channel,
                 Process const& process,
                 Pdf const& pdf,
                 std::vector<std::string> const& observables) const {
    if (pdf.observable.empty()) {
      std::set<std::string> seen;
      for (auto const& component : pdf.components) {
        check_pdf(channel, process, component, observables);
        if (!seen.insert(component.observable).second) {
          fail(component.pointer + "/observable",
               "process '" + process.name + "': two components of a " + pdf.type +
                   " share observable '" + component.observable + "'");
        }
      }
      return;
    }
    if (std::find(observables.begin(), observables.end(), pdf.observable) == observables.end()) {
      fail(pdf.pointer + "/observable",
           "process '" + process.name + "' references unknown observable '" + pdf.observable +
               "' (channel '" + channel.name + "')" + suggestion(pdf.observable, observables));
    }
    for (std::size_t i = 0; i < pdf.params.size(); ++i) {
      if (pdf.params[i].starts_with("=")) {
        continue;  // whoever evaluates expressions looks for their names
      }
      require_parameter(
          pdf.pointer + "/params/" + std::to_string(i), process, "shape parameter", pdf.params[i]);
    }
  }

  void require_parameter(std::string const& pointer,
                         Process const& process,
                         std::string const& role,
                         std::string const& name) const {
    if (!is_parameter(name)) {
      fail(pointer,
           "process '" + process.name + "' references unknown " + role + " '" +
               core::printable(name) + "'" + suggestion(name, names_));
    }
  }

  /// Two modifiers of one kind and parameter multiply: meant seldom, copied often.
  void warn_of_repeated(Process const& process) const {
    std::map<std::pair<ModifierKind, std::string>, std::string> first;
    for (auto const& m : process.yield.modifiers) {
      auto const [place, is_new] = first.emplace(std::pair(m.kind, m.param), m.pointer);
      if (!is_new) {
        core::log_warn(spec_.path.string() + ": " + m.pointer + ": process '" + process.name +
                       "' has another modifier of this type of parameter '" + m.param + "' in " +
                       place->second + "; both factors apply");
      }
    }
  }

  void check_yield(Process const& process) const {
    auto const& yield = process.yield;
    if (yield.kind != YieldKind::parameter) {
      auto const* field = yield.kind == YieldKind::fixed ? "/value" : "/base_yield";
      if (!(yield.value >= 0 && yield.value < largest_number)) {
        fail(yield.pointer + field,
             "process '" + process.name + "': a yield must be finite and >= 0, got " +
                 shortest(yield.value));
      }
    }
    if (yield.kind != YieldKind::fixed && !yield.parameter.starts_with("=")) {
      auto const* field = yield.kind == YieldKind::scaled ? "/scale" : "/name";
      require_parameter(yield.pointer + field,
                        process,
                        yield.kind == YieldKind::scaled ? "scale parameter" : "yield parameter",
                        yield.parameter);
      auto const p = std::find_if(spec_.parameters.begin(),
                                  spec_.parameters.end(),
                                  [&](Parameter const& q) { return q.name == yield.parameter; });
      if ((p->fixed ? p->init : p->bounds.lower) < 0) {
        fail(yield.pointer + field,
             "process '" + process.name + "': the yield would be negative where '" +
                 yield.parameter + "' < 0; give it a lower bound >= 0");
      }
    }
    warn_of_repeated(process);
    for (auto const& m : yield.modifiers) {
      bool const norm = m.kind == ModifierKind::normsys;
      require_parameter(m.pointer + "/param",
                        process,
                        norm ? "NormSys nuisance parameter" : "WeightSys nuisance parameter",
                        m.param);
      for (double const factor : {m.lo, m.hi}) {
        if (!(std::abs(factor) < largest_number) || (norm && !(factor > 0))) {
          fail(m.pointer,
               std::string(norm ? "NormSys requires finite lo/hi > 0"
                                : "WeightSys requires finite lo/hi") +
                   ", got lo=" + shortest(m.lo) + ", hi=" + shortest(m.hi));
        }
      }
    }
  }

  Spec const& spec_;
  std::vector<std::string> names_;
};

}  // namespace

void validate(Spec const& spec) {
  Validator(spec).run();
}

}  // namespace toyfarm::spec
