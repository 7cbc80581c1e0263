#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "toyfarm/os/claim.hpp"
#include "toyfarm/os/publish.hpp"

namespace toyfarm::run {

/// Refuses an output that exists (unless forced), is one of the inputs, or lies in a folder that
/// cannot be written or made, or that another process writes. "-" is always fine. Throws UsageError
/// or RuntimeFailure (73). Keep the claim until the output is written.
[[nodiscard]] os::OutputClaim claim_output(std::string const& file,
                                           bool force,
                                           std::vector<std::filesystem::path> const& inputs);

/// The text that `write` hands over to `file`, or to standard output for "-".
void write_output(std::string const& file, std::function<void(os::TextSink const&)> const& write);
/// Text likewise.
void write_output(std::string const& file, std::string const& text);

/// Throws UsageError unless `run_id` is made of letters, digits, '_', '-' and '.' and does not
/// start with '.' or '-'.
void check_run_id(std::string const& run_id);

/// toys_<UTC>_<8 hex digits>.
[[nodiscard]] std::string default_run_id();

/// Makes `out_dir/run_id` with what `fill` puts into the folder it is given, appearing whole under
/// its name; an existing folder that is not empty is refused (73).
[[nodiscard]] std::filesystem::path make_run_directory(
    std::filesystem::path const& out_dir,
    std::string const& run_id,
    std::function<void(std::filesystem::path const& folder)> const& fill);

}  // namespace toyfarm::run
