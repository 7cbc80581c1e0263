#!/usr/bin/env bash
# From a fresh checkout to a first ensemble of toys: installs what is missing, builds, and runs 2000 toys on two MPI ranks.
# Safe to run again. Set TOYFARM_PYTHON to use Arrow out of a pyarrow of your own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

bash cmake/install-deps.sh
# Without tests, which take longer to build than the program; `cmake --preset release` turns them on again.
cmake --preset release -DBUILD_TESTING=OFF ${TOYFARM_PYTHON:+"-DTOYFARM_PYTHON=$TOYFARM_PYTHON"}
cmake --build --preset release --target toyfarm

# --oversubscribe: mpirun counts cores, not their hardware threads, and would refuse two ranks on a small virtual machine
launch=(mpirun -n 2 --bind-to none --oversubscribe)
if (($(id -u) == 0)); then  # mpirun refuses root, as whom containers run
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
run_id=quickstart_$(date -u +%Y%m%dT%H%M%SZ)_$$
status=0
"${launch[@]}" build/release/toyfarm toys --config jobscripts/examples/gauss_exp.json --n-toys 2000 --seed 42 --out-dir runs --run-id "$run_id" || status=$?
if [[ ! -d runs/$run_id ]]; then
  printf 'quickstart: the run left nothing in runs/%s (exit code %s)\n' "$run_id" "$status" >&2
  exit $((status ? status : 74))
fi
printf '\nWritten to runs/%s:\n' "$run_id"
ls -l "runs/$run_id"
exit "$status"
