#pragma once
#include "app/cli_binder.hpp"

namespace CLI {
class App;
}

namespace toyfarm::app {

void bind_render(Binder& b, RenderOptions& o);
void bind_collect(Binder& b, CollectOptions& o);

/// Options for the batch system and for what stands around its jobs.
void bind_batch_system(Binder& b, RenderOptions& o);

/// Fills in what the command line says as words: options that are handed on to jobs, and those for
/// the manifest. Throws core::UsageError for options that do not go together.
void check_render(RenderOptions& o, CLI::App const& sub);

}  // namespace toyfarm::app
