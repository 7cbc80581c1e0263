#!/usr/bin/env bash
# Builds and tests. Last line: "N passed, N failed, N skipped" (test cases; a stage that fails without one counts as one failed).
# TOYFARM_SHARED names the folder of reference material (default: ../shared, if there); TOYFARM_REQUIRE_ALL=1 makes a skip a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

usage='usage: bash tests/run.sh [--all]
  (none)  release build; tests labelled quick, mpi and cli
  --all   and tests labelled long, a Clang build and toys of it, an ASan/UBSan build with the quick tests of its rooms, TSan on what starts threads,
          format, scripts and sources (clang-tidy) checked'
case "${1:-}" in
  "") deps=--test ;;
  --all) deps=--all ;;
  -h | --help) printf '%s\n' "$usage"; exit 0 ;;
  *) printf '%s\n' "$usage" >&2; exit 64 ;;
esac

if [[ -z ${TOYFARM_SHARED:-} && -d ../shared ]]; then
  TOYFARM_SHARED=$(cd ../shared && pwd)
  export TOYFARM_SHARED
fi
# Whatever a site's profile says, tests say themselves how many threads they want.
unset OMP_NUM_THREADS OMP_PROC_BIND OMP_PLACES
export CTEST_OUTPUT_ON_FAILURE=1
jobs=$(nproc)
warnings_are_errors=ON
passed=0 failed=0 skipped=0
table=()

# stage NAME COMMAND...: runs the command, notes its time; a failure does not stop the stages that follow, which may still say something.
stage() {
  local name=$1 start=$SECONDS rc=0 failed_before=$failed
  shift
  printf '\n== %s\n' "$name"
  "$@" || rc=$?
  if ((rc != 0 && failed == failed_before)); then
    failed=$((failed + 1))
  fi
  table+=("$(printf '%-32s %6d s  %s' "$name" $((SECONDS - start)) "$( ((rc)) && printf 'FAILED' || printf 'ok')")")
  printf -- '-- %s\n' "${table[-1]}"
  return "$rc"
}

# build PRESET [TARGETS...]
# shellcheck disable=SC2317  # called by stage
build() {
  local preset=$1
  shift
  cmake --preset "$preset" -DCMAKE_COMPILE_WARNING_AS_ERROR="$warnings_are_errors" && cmake --build --preset "$preset" -- -j "$jobs" "$@"
}

# run_tests BUILD LABELS [PRESET [NAMES]]: ctest, whose report is then counted by test cases.
# shellcheck disable=SC2317
run_tests() {
  local folder=build/$1 labels=$2 rc=0 counts p f s
  local log=$PWD/$folder/cases.xml
  local -a where=(--test-dir "$folder")
  if [[ -n ${3:-} ]]; then
    where=(--preset "$3")
  fi
  rm -f "$log"
  ctest "${where[@]}" -L "^($labels)\$" -R "${4:-.}" -j "$jobs" --no-tests=error --output-junit "$log" \
    --test-output-size-passed 100000000 --test-output-size-failed 100000000 || rc=$?
  if [[ ! -f $log ]]; then
    return 1
  fi
  counts=$(awk -f tests/support/count_cases.awk "$log")
  read -r p f s <<<"$counts"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  return "$rc"
}

# build_beside PRESET [TARGETS...]: gives way to all else.
build_beside() {
  renice -n 19 "$BASHPID" >/dev/null
  build "$@"
}

# finish_asan PID: waits for the build that was begun.
# shellcheck disable=SC2317
finish_asan() {
  wait "$1" || { tail -n 60 build/asan.log; return 1; }
}

# makes_toys BUILD: its toyfarm fits toys of every spec of the tests.
# shellcheck disable=SC2317
makes_toys() {
  local spec
  for spec in tests/data/*.json tests/data/mixes/*.json; do
    "build/$1/toyfarm" toys --config "$spec" --n-toys 40 --seed 9 --threads 2 -o "build/$1/toys.json" --force --log-level error >/dev/null || return 1
  done
}

stage "dependencies" bash cmake/install-deps.sh "$deps" || true
if stage "release: build" build release; then
  stage "release: quick, mpi, cli" run_tests release 'quick|mpi|cli' || true
fi
if [[ $deps == --all ]]; then
  stage "format" bash cmake/check_format.sh || true
  stage "scripts" bash cmake/check_scripts.sh || true
  stage "sizes of rooms" bash cmake/room_sizes.sh || true
  if [[ -f build/release/compile_commands.json ]]; then
    stage "clang-tidy" bash cmake/check_tidy.sh build/release || true
  fi
  if stage "clang: build" build clang toyfarm toyfarm_local; then
    stage "clang: toys" makes_toys clang || true
  fi
  # What sanitizers put between makes compilers warn of code that is right.
  warnings_are_errors=OFF
  # Long tests wait more than they compute: the sanitizers' build goes on beside them.
  build_beside asan toyfarm_sanitized_tests >build/asan.log 2>&1 &
  asan=$!
  if [[ -d build/release ]]; then
    stage "release: long" run_tests release long || true
  fi
  if stage "asan: build" finish_asan "$asan"; then
    stage "asan: rooms" run_tests asan sanitized asan || true
  fi
  if stage "tsan: build" build tsan test_core_thread_team test_parallel_team test_io_journal_writer; then
    stage "tsan: teams, journal writer" run_tests tsan quick tsan '^(core/thread_team|parallel/team|io/journal_writer)$' || true
  fi
fi

printf '\n%-32s %8s\n' stage time
printf '%s\n' "${table[@]}"
printf '%-32s %6d s\n' total "$SECONDS"
rc=$((failed > 0))
if ((skipped > 0)) && [[ ${TOYFARM_REQUIRE_ALL:-0} == 1 ]]; then
  printf 'TOYFARM_REQUIRE_ALL=1: %d skipped tests count as failures\n' "$skipped"
  rc=1
fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
exit "$rc"
