#include "toyfarm/batch/same_study.hpp"

#include <array>
#include <charconv>

namespace toyfarm::batch {
namespace {

std::string text_of(std::uint64_t value) {
  return std::to_string(value);
}

std::string text_of(double value) {
  std::array<char, 40> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string text_of(std::string const& value) {
  return value.empty() ? "none" : value.substr(0, 80);
}

std::string text_of(record::ConstraintMode mode) {
  return mode == record::ConstraintMode::fixed ? "fixed" : "randomize";
}

/// Keeps the first difference it is shown.
class Comparison {
 public:
  template <class T>
  void compare(std::string const& field, T const& a, T const& b) {
    if (a != b) {
      note(field, text_of(a), text_of(b));
    }
  }
  void compare_lists(std::string const& field,
                     std::vector<std::string> const& a,
                     std::vector<std::string> const& b) {
    compare("number of " + field, std::uint64_t{a.size()}, std::uint64_t{b.size()});
    for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
      compare(field + "[" + std::to_string(i) + "]", a[i], b[i]);
    }
  }
  template <class Map>
  void compare_maps(std::string const& field, Map const& a, Map const& b) {
    for (auto const& [name, value] : a) {
      auto const found = b.find(name);
      if (found == b.end()) {
        note(field + " of '" + name + "'", text_of(value), "none");
      } else {
        compare(field + " of '" + name + "'", value, found->second);
      }
    }
    for (auto const& [name, value] : b) {
      if (!a.contains(name)) {
        note(field + " of '" + name + "'", "none", text_of(value));
      }
    }
  }
  void note(std::string const& field, std::string const& a, std::string const& b) {
    if (!first_) {
      first_ = StudyDifference{field, a, b};
    }
  }
  [[nodiscard]] std::optional<StudyDifference> const& first() const { return first_; }

 private:
  std::optional<StudyDifference> first_;
};

}  // namespace

std::optional<StudyDifference> first_difference(record::StudyInfo const& a,
                                                record::StudyInfo const& b) {
  Comparison c;
  c.compare("model_hash", a.model_hash, b.model_hash);
  c.compare("data_hash", a.data_hash, b.data_hash);
  c.compare("seed", a.seed, b.seed);
  c.compare("n_toys", a.n_toys, b.n_toys);
  c.compare("gen_point", a.gen_point, b.gen_point);
  c.compare("constraint_mode", a.constraint_mode, b.constraint_mode);
  c.compare("engine", a.engine, b.engine);
  c.compare("arithmetic", a.arithmetic, b.arithmetic);
  c.compare("layout_hash", a.layout_hash, b.layout_hash);
  c.compare("input_schema_version", a.input_schema_version, b.input_schema_version);
  c.compare_lists("parameter_names", a.parameter_names, b.parameter_names);
  c.compare_lists("channel_names", a.channel_names, b.channel_names);
  for (std::size_t j = 0; j < a.truth.size() && j < b.truth.size(); ++j) {
    c.compare("truth of '" + a.parameter_names[j] + "'", a.truth[j], b.truth[j]);
  }
  c.compare_maps("overrides", a.overrides, b.overrides);
  c.compare_maps("pdf_variants", a.pdf_variants, b.pdf_variants);
  // What the hashes already say; a difference means that a file was edited.
  bool const same_rest = a.poi == b.poi && a.constrained == b.constrained && a.lower == b.lower &&
                         a.upper == b.upper && a.fixed == b.fixed && a.used == b.used;
  if (!same_rest) {
    c.note("parameters (poi, constraints, bounds or flags)", "one", "another");
  }
  return c.first();
}

}  // namespace toyfarm::batch
