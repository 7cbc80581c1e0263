#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_fit(Binder& b, FitOptions& o);
void bind_nll(Binder& b, NllOptions& o);

}  // namespace toyfarm::app
