#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_scan(Binder& b, QuestionOptions& o);
void bind_significance(Binder& b, QuestionOptions& o);
void bind_limit(Binder& b, QuestionOptions& o);
void bind_impacts(Binder& b, QuestionOptions& o);

}  // namespace toyfarm::app
