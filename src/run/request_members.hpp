#pragma once
#include "toyfarm/io/json_members.hpp"
#include "toyfarm/run/request.hpp"

// Members that several records have, for both directions.
namespace toyfarm::run {

template <class Archive, class T>
void visit_input(Archive& a, T& input) {
  a("config", input.config);
  a("unknown_fields", input.unknown);
  a("data", input.data);
  a("outside", input.outside);
  a("max_rows", input.max_rows);
}

}  // namespace toyfarm::run
