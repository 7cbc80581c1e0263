#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "toyfarm/formula/graph.hpp"

namespace toyfarm::formula {

/// How a function's nodes are made.
struct Maker {
  std::function<NodeId(Operation, NodeId, NodeId)> make;
  std::function<NodeId(double)> constant;
};

/// A function that expressions may call.
struct Function {
  std::size_t least, most;  ///< arguments
  NodeId (*make)(Maker const&, std::span<NodeId const>);
};

inline constexpr std::size_t most_arguments = 8;

/// By its name, also with RooFit's spellings (TMath::Exp); null if there is none.
[[nodiscard]] Function const* find_function(std::string_view name);

/// All names, for messages.
[[nodiscard]] std::string function_names();

}  // namespace toyfarm::formula
