#pragma once
#include "app/cli/binder.hpp"

namespace toyfarm::app {

void bind_scan(Binder& b, QuestionOptions& o);
void bind_significance(Binder& b, QuestionOptions& o);
void bind_limit(Binder& b, QuestionOptions& o);
void bind_impacts(Binder& b, QuestionOptions& o);
void bind_interval(Binder& b, QuestionOptions& o);
void bind_coverage(Binder& b, QuestionOptions& o);
void bind_bias(Binder& b, QuestionOptions& o);
void bind_asimov(Binder& b, AsimovOptions& o);

/// Checks that options fit together, and fills in what follows from others.
void finish_question(QuestionOptions& o, GivenOptions const& given);

}  // namespace toyfarm::app
