#!/usr/bin/env bash
# cmake --install: programs that run from there, and what shells and man look for under the prefix.
set -euo pipefail
: "${TOYFARM_BUILD:?}" "${TOYFARM_LOCAL:?}"
fail() { echo "FAILED: $*"; exit 1; }

cmake --install "$TOYFARM_BUILD" --prefix "$PWD/prefix" > log 2>&1 || { cat log; fail "cmake --install: exit $?"; }
for program in toyfarm toyfarm-local; do
  cmp <("prefix/bin/$program" --version | grep -v '^mpi') <("$TOYFARM_LOCAL" --version | grep -v '^mpi') || fail "$program does not run"
  cmp "prefix/share/man/man1/$program.1" <("$TOYFARM_LOCAL" man) || fail "manual page of $program"
  cmp "prefix/share/bash-completion/completions/$program" <("$TOYFARM_LOCAL" completion bash) || fail "bash completion of $program"
done
cmp prefix/share/zsh/site-functions/_toyfarm <("$TOYFARM_LOCAL" completion zsh) || fail "zsh completion"
# Nothing of the build tree is needed.
if readelf -d prefix/bin/toyfarm | grep -E 'R(UN)?PATH' | grep -F "$TOYFARM_BUILD"; then fail "it looks for libraries in the build tree"; fi
[ -s prefix/share/toyfarm/jobscripts/mpirun_job.sh ] || fail "job scripts"
echo "install: complete"
