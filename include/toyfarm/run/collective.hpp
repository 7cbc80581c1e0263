#pragma once
#include <string>
#include <vector>

#include "toyfarm/core/error.hpp"
#include "toyfarm/core/log.hpp"
#include "toyfarm/parallel/job.hpp"

namespace toyfarm::run {

/// Exit code of `work`; its error, if any, is logged.
template <class Work>
core::ExitCode code_of(Work&& work) {
  try {
    return work();
  } catch (core::Error const& error) {
    core::log_error(error.what());
    return error.code();
  }
}

/// Rank 0's code on every rank. @collective
inline core::ExitCode shared_code(parallel::Job const& job, core::ExitCode mine) {
  std::string byte(1, static_cast<char>(mine));
  job.broadcast(byte);
  return static_cast<core::ExitCode>(static_cast<unsigned char>(byte[0]));
}

/// Refuses (64) a job whose ranks were given different words, of which only rank 0's would count;
/// the code on every rank. @collective
core::ExitCode require_same_words(parallel::Job const& job, std::vector<std::string> const& words);

}  // namespace toyfarm::run
