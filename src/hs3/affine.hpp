#pragma once
#include <optional>
#include <vector>

#include "hs3/names.hpp"

namespace toyfarm::hs3 {

/// constant + slope * variable.
struct Affine {
  double constant = 0;
  double slope = 0;
  std::optional<std::size_t> variable{};
};

/// What the parts of an expression are, all constants having their values.
class AffineParts {
 public:
  AffineParts(formula::Graph const& graph, std::vector<Variable> const& variables);

  /// Whether a part depends on constants alone, and its value then.
  [[nodiscard]] bool is_settled(formula::NodeId id) const { return !parts_[id].is_free; }
  [[nodiscard]] double value(formula::NodeId id) const { return parts_[id].value; }
  /// A part as a linear function of one variable, where it is one.
  [[nodiscard]] std::optional<Affine> const& affine(formula::NodeId id) const {
    return parts_[id].affine;
  }
  /// The same of the whole.
  [[nodiscard]] std::optional<Affine> const& affine() const { return parts_.back().affine; }

 private:
  struct Part {
    bool is_free = false;
    double value = 0;
    std::optional<Affine> affine{};
  };
  [[nodiscard]] std::optional<Affine> combined(formula::Node const& node) const;

  std::vector<Part> parts_;
};

}  // namespace toyfarm::hs3
