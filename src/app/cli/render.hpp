#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_render(Binder& b, RenderOptions& o);
void bind_collect(Binder& b, CollectOptions& o);

/// Options for the batch system and for what stands around its jobs.
void bind_batch_system(Binder& b, RenderOptions& o);

/// Fills in what the command line says as words: options that are handed on to jobs, and those for
/// the manifest. Throws core::UsageError for options that do not go together.
void check_render(RenderOptions& o);

}  // namespace toyfarm::app
