#include "hs3/workspace.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"
#include "toyfarm/spec/suggestion.hpp"

namespace toyfarm::hs3 {
namespace {

Section section(View const& root, std::string const& key) {
  Section out;
  auto const list = root.find(key);
  if (!list) {
    return out;
  }
  for (auto const& item : list->items()) {
    auto const field = item.at("name");
    auto const [place, is_new] = out.emplace(field.name(), item);
    if (!is_new) {
      field.fail("the name '" + core::printable(place->first) + "' stands for " +
                 place->second.pointer() + " too");
    }
  }
  return out;
}

std::vector<std::string> names_in(Section const& section) {
  std::vector<std::string> names;
  for (auto const& entry : section) {
    names.push_back(entry.first);
  }
  return names;
}

std::string list_of_names(Section const& section) {
  std::string list;
  for (auto const& name : names_in(section)) {
    list += (list.empty() ? "" : ", ") + core::printable(name);
  }
  return list;
}

[[noreturn]] void fail_choice(Workspace const& workspace, std::string const& problem) {
  throw core::UsageError(workspace.root.document().file + ": " + problem);
}

View const& chosen(Workspace const& workspace,
                   Section const& section,
                   std::string const& option,
                   std::string const& name) {
  auto const found = section.find(name);
  if (found == section.end()) {
    fail_choice(workspace,
                option + " " + core::printable(name) + ": there is none of that name" +
                    (section.empty() ? "" : " (there are: " + list_of_names(section) + ")"));
  }
  return found->second;
}

/// The analysis that belongs to a likelihood, if one alone does.
std::optional<View> analysis_of(Workspace const& workspace, std::string const& likelihood) {
  std::optional<View> found;
  for (auto const& entry : workspace.analyses) {
    if (entry.second.find_name("likelihood") == likelihood) {
      if (found) {
        return std::nullopt;
      }
      found = entry.second;
    }
  }
  return found;
}

Selection of_analysis(Workspace const& workspace, View const& analysis) {
  return {named(workspace.likelihoods, analysis.at("likelihood")), analysis};
}

Selection only_one(Workspace const& workspace) {
  if (workspace.analyses.size() == 1) {
    return of_analysis(workspace, workspace.analyses.begin()->second);
  }
  if (workspace.analyses.size() > 1) {
    fail_choice(workspace,
                "an HS3 document of several analyses: " + list_of_names(workspace.analyses) +
                    "; choose one by --analysis NAME");
  }
  if (workspace.likelihoods.empty()) {
    workspace.root.fail(
        "an HS3 document without likelihoods: nothing says which distributions go with which data");
  }
  if (workspace.likelihoods.size() > 1) {
    fail_choice(workspace,
                "an HS3 document of several likelihoods: " + list_of_names(workspace.likelihoods) +
                    "; choose one by --likelihood NAME");
  }
  return {workspace.likelihoods.begin()->second, std::nullopt};
}

}  // namespace

Workspace read_workspace(View const& root) {
  return {root,
          section(root, "distributions"),
          section(root, "functions"),
          section(root, "data"),
          section(root, "likelihoods"),
          section(root, "domains"),
          section(root, "parameter_points"),
          section(root, "analyses")};
}

bool is_of_root(Workspace const& workspace) {
  auto const misc = workspace.root.find("misc");
  if (misc && misc->find("ROOT_internal")) {
    return true;
  }
  auto const packages = workspace.root.at("metadata").find("packages");
  return packages && std::ranges::any_of(packages->items(), [](View const& package) {
           return package.find_text("name") == "ROOT";
         });
}

Selection select(Workspace const& workspace, Choice const& choice) {
  if (choice.empty()) {
    return only_one(workspace);
  }
  if (choice.analysis.empty()) {
    return {chosen(workspace, workspace.likelihoods, "--likelihood", choice.likelihood),
            analysis_of(workspace, choice.likelihood)};
  }
  auto const& analysis = chosen(workspace, workspace.analyses, "--analysis", choice.analysis);
  auto const likelihood = analysis.at("likelihood").name();
  if (!choice.likelihood.empty() && choice.likelihood != likelihood) {
    fail_choice(workspace,
                "--analysis " + core::printable(choice.analysis) + " is of likelihood '" +
                    core::printable(likelihood) + "', --likelihood names another");
  }
  return of_analysis(workspace, analysis);
}

View const& named(Section const& section, View const& field) {
  auto const name = field.name();
  auto const found = section.find(name);
  if (found == section.end()) {
    field.fail("there is no '" + core::printable(name) + "'" +
               spec::suggestion(name, names_in(section)));
  }
  return found->second;
}

std::vector<View> one_or_more(View const& object, std::string const& key) {
  auto const found = object.find(key);
  if (!found) {
    return {};
  }
  return found->node().kind == spec::NodeKind::list ? found->items() : std::vector<View>{*found};
}

}  // namespace toyfarm::hs3
