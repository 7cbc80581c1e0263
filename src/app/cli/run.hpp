#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

/// How a run of toys is carried through and stopped.
void bind_conduct(Binder& b, RunControl& o);

/// The same, and how an old one is gone on with.
void bind_control(Binder& b, RunControl& o);

void bind_publish(Binder& b, PublishOptions& o);

void bind_status(Binder& b, StatusOptions& o);

}  // namespace toyfarm::app
