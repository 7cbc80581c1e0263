#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "toyfarm/hs3/read_model.hpp"
#include "toyfarm/spec/view.hpp"

namespace toyfarm::hs3 {

using spec::View;
using Section = std::map<std::string, View>;  ///< by name

/// An HS3 document by the names of what is in it.
struct Workspace {
  View root;
  Section distributions, functions, data, likelihoods, domains, parameter_points, analyses;
};
[[nodiscard]] Workspace read_workspace(View const& root);

/// Written by ROOT, whose meaning of some types differs from the standard's.
[[nodiscard]] bool is_of_root(Workspace const& workspace);

/// What is to be made a model, and the analysis that says more of it.
struct Selection {
  View likelihood;
  std::optional<View> analysis;
};
[[nodiscard]] Selection select(Workspace const& workspace, Choice const& choice);

/// The member of a section that a field names. Throws SpecError where there is none.
[[nodiscard]] View const& named(Section const& section, View const& field);

/// Names of a field that may be one name or a list of them; nothing where it is absent or null.
[[nodiscard]] std::vector<View> one_or_more(View const& object, std::string const& key);

}  // namespace toyfarm::hs3
