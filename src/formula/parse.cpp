#include "toyfarm/formula/parse.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "toyfarm/core/printable.hpp"

#include "formula/functions.hpp"
#include "formula/text.hpp"

namespace toyfarm::formula {
namespace {

struct Binary {
  std::string_view sign;
  int rank;  ///< a higher one binds closer
  Operation operation;
  bool swapped = false;
  bool negated = false;
};

// Longer signs first.
constexpr Binary binaries[] = {
    {"||", 1, Operation::either},
    {"&&", 2, Operation::both},
    {"==", 3, Operation::equal},
    {"!=", 3, Operation::equal, false, true},
    {"<=", 4, Operation::less_or_equal},
    {">=", 4, Operation::less_or_equal, true},
    {"<", 4, Operation::less},
    {">", 4, Operation::less, true},
    {"+", 5, Operation::add},
    {"-", 5, Operation::subtract},
    {"*", 6, Operation::multiply},
    {"/", 6, Operation::divide},
};

[[noreturn]] void fail(std::size_t at, std::string const& problem) {
  throw ExpressionError(at, problem);
}

/// Makes the nodes of a text's parts, by recursive descent.
class Parser {
 public:
  Parser(std::string_view text, std::span<std::string const> variables)
      : text_(text), variables_(variables) {}

  Graph all() {
    auto const value = choice();
    if (!text_.at_end()) {
      text_.fail_expecting("an operator or the end");
    }
    return builder_.graph(value, variables_.size());
  }

 private:
  /// One more level of nesting, as long as it lives.
  class Level {
   public:
    explicit Level(Parser& parser) : parser_(parser) {
      if (++parser_.depth_ > max_depth) {
        fail(parser_.text_.at(), "nested deeper than " + std::to_string(max_depth) + " levels");
      }
    }
    ~Level() { --parser_.depth_; }
    Level(Level const&) = delete;
    Level& operator=(Level const&) = delete;

   private:
    Parser& parser_;
  };

  /// What `make` gives, if it can be made and is a number.
  template <class Make>
  NodeId node(std::size_t at, Make make) {
    NodeId id = 0;
    try {
      id = make();
    } catch (std::length_error const& error) {
      fail(at, std::string("too long: ") + error.what());
    }
    if (builder_.is_constant(id) && !std::isfinite(builder_.node(id).value)) {
      fail(at,
           std::isnan(builder_.node(id).value) ? "the value is not a number"
                                               : "the value is beyond the range of numbers");
    }
    return id;
  }
  NodeId make(std::size_t at, Operation operation, NodeId a, NodeId b = 0, NodeId c = 0) {
    if (operation == Operation::divide && builder_.is_constant(b) && builder_.node(b).value == 0) {
      fail(at, "division by zero");
    }
    return node(at, [&] { return builder_.make(operation, a, b, c); });
  }
  NodeId constant(std::size_t at, double value) {
    return node(at, [&] { return builder_.constant(value); });
  }
  NodeId variable(std::size_t at, std::size_t index) {
    if (index >= variables_.size()) {
      fail(at,
           "there is no variable " + std::to_string(index) + ", the first of " +
               std::to_string(variables_.size()) + " is 0");
    }
    return node(at, [&] { return builder_.variable(index); });
  }

  NodeId choice() {
    auto const condition = binary(1);
    auto const at = text_.at();
    if (!text_.take("?")) {
      return condition;
    }
    Level const level(*this);
    auto const yes = choice();
    text_.expect(":", "of a choice '? :'");
    return make(at, Operation::choice, condition, yes, choice());
  }

  Binary const* next_binary(int least) {
    auto const* found =
        std::ranges::find_if(binaries, [&](Binary const& b) { return text_.begins_with(b.sign); });
    return found != std::end(binaries) && found->rank >= least ? found : nullptr;
  }

  // Operators of one rank from the left.
  NodeId binary(int least) {
    auto left = unary();
    while (auto const* b = next_binary(least)) {
      auto const at = text_.at();
      text_.take(b->sign);
      auto const right = binary(b->rank + 1);
      left = b->swapped ? make(at, b->operation, right, left) : make(at, b->operation, left, right);
      if (b->negated) {
        left = make(at, Operation::negation, left);
      }
    }
    return left;
  }

  // A sign stands below a power: -x^2 is -(x^2).
  NodeId unary() {
    Level const level(*this);
    bool const is_sign = text_.next() == '-' || text_.next() == '+' || text_.next() == '!';
    auto const at = text_.at();
    if (is_sign) {
      bool const minus = text_.take("-");
      if (!minus && text_.take("+")) {
        return unary();
      }
      text_.take("!");
      return make(at, minus ? Operation::negate : Operation::negation, unary());
    }
    auto const base = primary();
    text_.at_end();
    auto const sign = text_.at();
    if (text_.take("^") || text_.take("**")) {
      return make(sign, Operation::power, base, unary());  // from the right
    }
    return base;
  }

  NodeId primary() {
    char const c = text_.next();
    auto const at = text_.at();
    if (text_.take("(")) {
      auto const value = choice();
      text_.expect(")", "that closes a parenthesis");
      return value;
    }
    if (is_digit(c) || c == '.') {
      return constant(at, text_.number());
    }
    if (text_.take("@")) {
      return variable(at, text_.position());
    }
    if (begins_name(c)) {
      return named(at, text_.name());
    }
    text_.fail_expecting("a number, a name or '('");
  }

  NodeId named(std::size_t at, std::string_view word) {
    if (text_.take("(")) {
      return call(at, word);
    }
    if (word == "x" && text_.take("[")) {
      auto const index = text_.position();
      text_.expect("]", "after the number of a variable");
      return variable(at, index);
    }
    auto const known = std::find(variables_.begin(), variables_.end(), word);
    if (known != variables_.end()) {
      return variable(at, static_cast<std::size_t>(known - variables_.begin()));
    }
    if (word == "PI" || word == "pi") {
      return constant(at, std::numbers::pi);
    }
    if (word == "EULER") {
      return constant(at, std::numbers::e);
    }
    bool const is_function = find_function(word) != nullptr;
    fail(at,
         (is_function ? "a function without '(': " : "unknown name ") + quote(word) +
             " (known: " + known_names() + ")");
  }

  [[nodiscard]] std::string known_names() const {
    std::string list;
    for (auto const& v : variables_) {
      if (list.size() > 200) {
        return list + ", …";
      }
      list += (list.empty() ? "" : ", ") + core::printable(v);
    }
    return list;
  }

  NodeId call(std::size_t at, std::string_view word) {
    auto const* function = find_function(word);
    if (function == nullptr) {
      fail(at, "unknown function " + quote(word) + " (known: " + function_names() + ")");
    }
    std::vector<NodeId> given;
    if (!text_.take(")")) {
      do {
        given.push_back(choice());
      } while (text_.take(",") && given.size() < most_arguments);
      text_.expect(")", "after the arguments of " + std::string(word));
    }
    if (given.size() < function->least || given.size() > function->most) {
      auto const range =
          function->most > function->least ? " to " + std::to_string(function->most) : "";
      fail(at,
           std::string(word) + " takes " + std::to_string(function->least) + range +
               (function->most == 1 ? " argument" : " arguments") + ", got " +
               std::to_string(given.size()));
    }
    return function->make(
        {[&](Operation operation, NodeId a, NodeId b) { return make(at, operation, a, b); },
         [&](double value) { return constant(at, value); }},
        given);
  }

  Text text_;
  std::span<std::string const> variables_;
  std::size_t depth_ = 0;
  Builder builder_;
};

}  // namespace

Graph parse(std::string_view text, std::span<std::string const> variables) {
  if (text.size() > max_length) {
    fail(max_length,
         "an expression may have " + std::to_string(max_length) + " characters, this one has " +
             std::to_string(text.size()));
  }
  return Parser(text, variables).all();
}

std::vector<bool> used_variables(Graph const& graph) {
  std::vector<bool> used(graph.n_variables, false);
  for (auto const& node : graph.nodes) {
    if (node.operation == Operation::variable) {
      used[node.operands[0]] = true;
    }
  }
  return used;
}

}  // namespace toyfarm::formula
