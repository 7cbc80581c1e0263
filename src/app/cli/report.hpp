#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_report(Binder& b, ReportOptions& o);

}  // namespace toyfarm::app
