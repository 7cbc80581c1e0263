#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

/// What decides how a toy is drawn and fitted.
void bind_study(Binder& b, ToysOptions& o, Binder::Spec spec = Binder::Spec::required);

void bind_toys(Binder& b, ToysOptions& o);

/// Throws core::UsageError for options that do not go together.
void check_toys(ToysOptions const& o);

}  // namespace toyfarm::app
