#include "model/constraint_type.hpp"

namespace toyfarm::model {
namespace {

/// Says in a spec that nothing is known of a parameter: no term, no global observable.
ConstraintPtr make_flat(ConstraintSource const&) {
  return nullptr;
}

}  // namespace

ConstraintType flat_constraint() {
  return {"flat", make_flat, {}};
}

}  // namespace toyfarm::model
