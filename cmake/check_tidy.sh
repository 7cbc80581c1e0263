#!/usr/bin/env bash
# usage: check_tidy.sh BUILD_FOLDER   Fails when clang-tidy has something to say about a source of src or a header that it includes.
# BUILD_FOLDER must be configured with CMAKE_UNITY_BUILD=ON: checking eight sources at once spares most of the time, which headers of libraries take.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
build=$1
# Not kernels, which are written in Highway's manner and compiled once per instruction set.
mapfile -t units < <(awk -F'"' '$2 == "file" && $4 ~ /\/src\// && $4 !~ /\/src\/kernels\// { print $4 }' "$build/compile_commands.json" | sort -u)
if ((${#units[@]} == 0)); then
  printf 'check_tidy: no sources of src in %s\n' "$build/compile_commands.json" >&2
  exit 1
fi
# The commands are GCC's.
printf '%s\0' "${units[@]}" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy-14 -p "$build" --quiet --extra-arg=-Wno-unknown-warning-option --extra-arg=-Wno-everything 2>&1 |
  { grep -v '^[0-9]* warnings\? generated\|^Suppressed \|^Use -header-filter' || true; } | tee "$build/tidy.log"
! grep -q ' error: ' "$build/tidy.log"
