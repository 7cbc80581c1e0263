#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/spec/spec.hpp"
#include "toyfarm/study/layout.hpp"
#include "toyfarm/study/toy_runner.hpp"

#include "support/shared.hpp"

namespace toyfarm::test {

/// Names of the specs of tests/data/mixes, of 10,000 events each.
inline std::vector<std::string> mixes() {
  std::vector<std::string> names;
  for (auto const& entry :
       std::filesystem::directory_iterator(source_folder() / "tests/data/mixes")) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

inline spec::Spec read_mix(std::string const& name) {
  return spec::read_spec(source_folder() / "tests/data/mixes" / (name + ".json"),
                         spec::UnknownFields::refuse);
}

/// Multiplies all yields: fixed ones, bases of scaled ones, and parameters that are yields.
inline void scale_yields(spec::Spec& spec, double factor) {
  std::vector<std::string> scaled;
  for (auto& channel : spec.channels) {
    for (auto& process : channel.processes) {
      if (process.yield.kind != spec::YieldKind::parameter) {
        process.yield.value *= factor;
      } else if (std::find(scaled.begin(), scaled.end(), process.yield.parameter) == scaled.end()) {
        scaled.push_back(process.yield.parameter);
      }
    }
  }
  for (auto& p : spec.parameters) {
    if (std::find(scaled.begin(), scaled.end(), p.name) != scaled.end()) {
      p.init *= factor;
      p.bounds.lower *= factor;
      p.bounds.upper *= factor;
    }
  }
}

inline study::StudySetup setup_of(spec::Spec const& spec, std::uint64_t seed = 42) {
  study::StudySetup setup;
  setup.model = model::build_model(spec);
  setup.truth = setup.model.init();
  setup.tables = study::build_layout(setup.model, setup.truth);
  setup.seed = seed;
  return setup;
}

}  // namespace toyfarm::test
