#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

/// How a run of toys is carried through and stopped.
void bind_time_limit(Binder& b, run::Conduct& o);
void bind_conduct(Binder& b, run::Conduct& o);

/// How an old run is gone on with.
void bind_resume(Binder& b, run::Continuation& o);

void bind_publish(Binder& b, run::PublishOrder& o);

void bind_status(Binder& b, StatusOptions& o);

}  // namespace toyfarm::app
