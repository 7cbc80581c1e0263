#pragma once
#include <string_view>

namespace toyfarm::os {

/// What was asked for on standard output. A failed write, also on one that is closed, is a
/// RuntimeFailure (74); a reader that has left (EPIPE) is none.
void print(std::string_view text);
/// What is said of work whose results are elsewhere. A failed write is a warning at most.
void print_report(std::string_view text);

}  // namespace toyfarm::os
