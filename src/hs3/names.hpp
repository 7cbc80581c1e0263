#pragma once
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "toyfarm/formula/graph.hpp"

#include "hs3/nodes.hpp"
#include "hs3/refusals.hpp"
#include "hs3/workspace.hpp"

namespace toyfarm::hs3 {

/// A name that stands for a number: a parameter, a constant, an observable or a global observable.
struct Variable {
  std::string name;
  std::string pointer;  ///< where it is first met
  std::optional<double> value{};
  bool is_constant = false;
  spec::Interval bounds{-std::numeric_limits<double>::infinity(),
                        std::numeric_limits<double>::infinity()};
  bool has_bounds = false;
  bool is_observable = false;              ///< of a channel
  std::optional<spec::Interval> window{};  ///< of an observable, in the channel at hand
  bool is_used = false;   ///< by something that has been translated, as a parameter
  bool is_yield = false;  ///< may not be negative
  std::optional<Node> constraint{};
};

/// What a field says: an expression of variables, with functions put in where they stand.
struct Quantity {
  std::string text;      ///< no expression where the name of a lone variable cannot stand in one
  formula::Graph graph;  ///< the same, of all variables
  View field;

  /// Its value, where it is a number.
  [[nodiscard]] std::optional<double> number() const;
  /// Which variable it is, where it is one alone.
  [[nodiscard]] std::optional<std::size_t> variable() const;
  /// Indices of the variables that it depends on.
  [[nodiscard]] std::vector<std::size_t> used() const;
};

/// All names of a document that stand for numbers or functions of them.
class Names {
 public:
  Names(Workspace const& workspace, Selection const& selection);

  [[nodiscard]] std::vector<Variable> const& variables() const noexcept { return variables_; }
  [[nodiscard]] Variable& operator[](std::size_t index) { return variables_[index]; }
  [[nodiscard]] std::optional<std::size_t> find(std::string const& name) const;

  /// Turns to a channel of these data: its axes, else domains, say what its observables' windows
  /// are. Throws Unrepresentable where nothing says it.
  void begin_channel(View const& data);

  /// A number or a name. Throws Unrepresentable for a name or a function that nothing is known of.
  [[nodiscard]] Quantity of(View const& field);
  /// An expression of variables and functions.
  [[nodiscard]] Quantity of_expression(View const& field);
  /// An expression of variables alone.
  [[nodiscard]] Quantity parsed(std::string text, View const& field) const;
  /// What stands for a number or name in an expression of variables.
  [[nodiscard]] std::string term(View const& field);
  /// An expression with functions put in.
  [[nodiscard]] std::string expanded(std::string const& expression, View const& field);

  /// The value of what depends on constants alone.
  [[nodiscard]] std::optional<double> settled(Quantity const& quantity) const;
  /// As an entry of a pdf's `params`. Throws Unrepresentable if it depends on an observable.
  [[nodiscard]] Node param(Quantity const& quantity);
  /// Throws Unrepresentable if it depends on an observable.
  void refuse_observables(Quantity const& quantity) const;
  /// Whether a field of a document, whatever is in it, depends on an observable.
  [[nodiscard]] bool depends_on_observables(View const& field) const;

 private:
  std::size_t variable_of(std::string const& name, View const& where);
  void read_values(std::vector<View> const& points);
  void read_bounds_of(std::vector<View> const& points);
  void read_domains(Selection const& selection);
  void read_observables(Selection const& selection);
  void read_constants_of_root();
  std::string function_text(std::string const& name, View const& function);
  std::string token(std::string const& word, View const& field);
  class ObservableSearch;

  Workspace const& workspace_;
  std::vector<Variable> variables_;
  std::vector<std::string> names_;  ///< of the variables
  std::map<std::string, std::size_t> index_;
  std::map<std::string, std::string> texts_;  ///< of functions
  std::vector<std::string> open_;             ///< functions that are being put in
};

}  // namespace toyfarm::hs3
