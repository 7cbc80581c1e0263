#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_submit(Binder& b, SubmitOptions& o);
void check_submit(SubmitOptions const& o);

/// One for each command of `sweep`.
void bind_sweep_render(Binder& b, SweepRenderOptions& o);
void bind_sweep_submit(Binder& b, SweepOptions& o);
void bind_sweep_collect(Binder& b, SweepOptions& o);
void bind_sweep_merge(Binder& b, SweepOptions& o);
void bind_sweep_run(Binder& b, SweepOptions& o);
void bind_sweep_summarize(Binder& b, SweepOptions& o);

/// Completes what is to be rendered for every entry. Throws core::UsageError.
void check_sweep_render(SweepRenderOptions& o);

}  // namespace toyfarm::app
