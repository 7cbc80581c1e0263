#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "toyfarm/spec/spec.hpp"

namespace toyfarm::hs3 {

/// Which analysis or likelihood of an HS3 document is meant; empty: the only one.
struct Choice {
  std::string analysis{};
  std::string likelihood{};
  [[nodiscard]] bool empty() const { return analysis.empty() && likelihood.empty(); }
};

/// Reads a spec, or an HS3 document as the spec that says the same: its text is that spec, so that
/// whatever is read from the text again needs neither document nor choice. Throws what
/// spec::read_spec throws; SpecError (65) that names all a spec cannot say of an HS3 document, and
/// for pyhf's and Combine's files; UsageError for a choice that is missing or of something else.
[[nodiscard]] spec::Spec read_model(std::filesystem::path const& path,
                                    spec::UnknownFields unknown,
                                    Choice const& choice = {});

/// The same from text; `path` names it in messages and resolves relative paths.
[[nodiscard]] spec::Spec parse_model(std::string text,
                                     std::filesystem::path const& path,
                                     spec::UnknownFields unknown,
                                     Choice const& choice = {});

/// Types of an HS3 document that are read.
struct Types {
  std::vector<std::string> distributions;  ///< of observables
  std::vector<std::string> constraints;    ///< of global observables
  std::vector<std::string> functions;
};
[[nodiscard]] Types known_types();

}  // namespace toyfarm::hs3
