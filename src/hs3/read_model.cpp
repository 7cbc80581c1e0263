#include "toyfarm/hs3/read_model.hpp"

#include <algorithm>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/printable.hpp"

#include "hs3/constraints.hpp"
#include "hs3/functions.hpp"
#include "hs3/processes.hpp"
#include "hs3/shapes.hpp"
#include "hs3/translate.hpp"

namespace toyfarm::hs3 {
namespace {

bool has_member(Node const& root, std::string const& key) {
  return std::ranges::find(root.entries, key, &std::pair<std::string, Node>::first) !=
         root.entries.end();
}

/// HistFactory JSON: a workspace, or the patch-free model of one.
bool is_pyhf(Node const& root) {
  return has_member(root, "channels") && has_member(root, "measurements") &&
         has_member(root, "observations");
}

/// The first line that says anything gives the number of channels.
bool is_datacard(std::string const& text) {
  std::size_t begin = 0;
  while (begin < text.size()) {
    auto const end = std::min(text.find('\n', begin), text.size());
    auto const first = text.find_first_not_of(" \t\r", begin);
    if (first < end && text[first] != '#' && text[first] != '-') {
      return text.compare(first, 5, "imax ") == 0 || text.compare(first, 5, "imax\t") == 0;
    }
    begin = end + 1;
  }
  return false;
}

[[noreturn]] void refuse_foreign(std::string const& file, std::string const& what) {
  throw core::SpecError(
      file,
      "",
      what +
          ", which is not read: binned channels are not there yet. Unbinned models come as a "
          "spec (toyfarm help spec) or as HS3");
}

}  // namespace

spec::Spec parse_model(std::string text,
                       std::filesystem::path const& path,
                       spec::UnknownFields unknown,
                       Choice const& choice) {
  spec::Document const document{path.string(), unknown};
  if (is_datacard(text)) {
    refuse_foreign(document.file, "a datacard of Combine");
  }
  auto const root = spec::parse_document(text, document.file);
  if (is_pyhf(root)) {
    refuse_foreign(document.file, "a workspace of pyhf (HistFactory JSON)");
  }
  if (!is_hs3(root)) {
    if (!choice.empty()) {
      throw core::UsageError("--analysis and --likelihood go with an HS3 document, which " +
                             core::printable(document.file) + " is not");
    }
    return spec::spec_of(root, std::move(text), path, unknown);
  }
  auto const spec = translate(spec::View(root, "", document), choice);
  return spec::spec_of(spec, spec::text_of(spec) + "\n", path, unknown);
}

Types known_types() {
  auto const with = [](std::vector<std::string> some, std::vector<std::string> const& more) {
    some.insert(some.end(), more.begin(), more.end());
    std::ranges::sort(some);
    some.erase(std::unique(some.begin(), some.end()), some.end());
    return some;
  };
  return {with(Processes::types(), shape_types()), constraint_types(), function_types()};
}

spec::Spec read_model(std::filesystem::path const& path,
                      spec::UnknownFields unknown,
                      Choice const& choice) {
  return parse_model(spec::read_spec_text(path), path, unknown, choice);
}

}  // namespace toyfarm::hs3
