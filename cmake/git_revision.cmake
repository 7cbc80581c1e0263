cmake_minimum_required(VERSION 3.25)
# usage: cmake -DROOT=<source folder> -DOUT=<file.cpp> -P git_revision.cmake
# Writes a source file with the commit that is built, at every build, so that it is right after a commit without configuring again; touches
# the file only when it changes. Without git, or where ROOT is not itself a working tree (a tarball unpacked inside another one): "unknown".
set(revision "unknown")
find_program(GIT git)
if(GIT AND EXISTS "${ROOT}/.git")
  execute_process(COMMAND ${GIT} --no-optional-locks -C "${ROOT}" rev-parse --verify HEAD
    RESULT_VARIABLE failed OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  execute_process(COMMAND ${GIT} --no-optional-locks -C "${ROOT}" status --porcelain --untracked-files=no
    RESULT_VARIABLE failed_status OUTPUT_VARIABLE changes ERROR_QUIET)
  if(NOT failed AND NOT failed_status)
    set(revision "${commit}")
    if(NOT changes STREQUAL "")
      string(APPEND revision " modified")
    endif()
  endif()
endif()
file(CONFIGURE OUTPUT "${OUT}" @ONLY CONTENT [[
// Written by cmake/git_revision.cmake.
#include "toyfarm/run/versions.hpp"

char const* toyfarm::run::git_revision() noexcept {
  return "@revision@";
}
]])
