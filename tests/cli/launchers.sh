#!/usr/bin/env bash
# shellcheck disable=SC2016  # scripts of ranks expand their own variables
# Faults L1, L2, L3: who started a process, as how many, and whether they can talk. A short form of launchers.py, then serial commands and outputs of several processes, and
# ranks with different words. Threads of the field: ompi#3158, ompi#13523, StarCluster#533.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_LOCAL:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE TEXT COMMAND...: the exit code, and the text in what it says
  local code=$1 text=$2 rc=0
  shift 2
  timeout 60 "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "$*: exit $rc, not $code"; }
  grep -qF -- "$text" stdout stderr || { cat stdout stderr; fail "$*: no word of '$text'"; }
}

hydra=()
mpich=${TOYFARM_HYDRA:-$TOYFARM_SOURCE_DIR/build/venv/bin/mpiexec}
if [ -x "$mpich" ]; then hydra=(--hydra "$mpich"); else echo "SKIPPED in part: no MPICH launcher at $mpich (bash cmake/install-deps.sh --all)"; fi
/usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/launchers.py" "$TOYFARM" "$TOYFARM_MPIEXEC" "$spec" "${hydra[@]}" --every "${LAUNCHERS_EVERY:-9}"

# A serial command runs in every process: a task farm loses nothing (L2).
awk 'BEGIN { srand(4); print "mass"; for (i = 0; i < 400; ++i) print (i % 4 ? 60 + 60 * rand() : 91 + 2 * (rand() + rand() + rand() - 1.5)) }' > events.csv
fit=("$TOYFARM" fit --config "$spec" --data dimuon=events.csv --log-level warn)
"${fit[@]}" > reference || fail "the fit alone"
"$TOYFARM_MPIEXEC" -n 3 bash -c '"$@" > "fit.$OMPI_COMM_WORLD_RANK"' farm "${fit[@]}"
for rank in 0 1 2; do cmp reference "fit.$rank" || fail "rank $rank of a farm of fits"; done
"$TOYFARM_MPIEXEC" -n 3 bash -c '"$@" -o "own.$OMPI_COMM_WORLD_RANK.json" > /dev/null' farm "${fit[@]}"
for rank in 0 1 2; do [ -s "own.$rank.json" ] || fail "rank $rank of a farm of fits wrote nothing"; done
# Two that name one output: the first has it, and is not ended by the failure of the others.
for force in "" --force; do
  rm -f one.json
  rc=0; "$TOYFARM_MPIEXEC" -n 3 bash -c '"$@" > /dev/null 2> "said.$OMPI_COMM_WORLD_RANK"; rc=$?; echo $rc > "rc.$OMPI_COMM_WORLD_RANK"; exit $rc' farm "${fit[@]}" -o one.json $force || rc=$?
  sleep 0.2
  cat rc.* | sort | tr '\n' ' ' | grep -q '^0 ' || { cat said.*; fail "one output of three fits: nobody wrote it ($(cat rc.*))"; }
  grep -qx 73 rc.* || [ -n "$force" ] || fail "one output of three fits: nobody is refused"
  [ "$rc" -eq 73 ] || [ -n "$force" ] || fail "mpirun of three fits of one output: exit $rc"
  /usr/bin/python3 -c 'import json; json.load(open("one.json"))'
done
[ -z "$(find . -name '.*claim*')" ] || fail "claims are left: $(find . -name '.*claim*')"
# While another process holds the name it is refused by name; what a killed one left is free.
cat > hold.py <<'PY'
import fcntl, os, struct, sys, time
file = os.open(".held.json.claim", os.O_RDWR | os.O_CREAT, 0o666)
fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
PY
coproc holder { exec /usr/bin/python3 hold.py; }
# shellcheck disable=SC2154  # coproc sets it
holder_pid=$holder_PID
read -r _ <&"${holder[0]}"
expect 73 'held.json: another process writes it' "${fit[@]}" -o held.json
[ ! -e held.json ] || fail "an output that another process has was written"
kill -9 "$holder_pid"; wait "$holder_pid" 2> /dev/null || true
expect 0 '' "${fit[@]}" -o held.json
expect 73 'same.json: another process' "$TOYFARM" toys --config "$spec" --n-toys 2 -o same.json --json-metrics same.json

# Ranks with different words are refused (L2): only rank 0's would count.
toys=(toys --config "$spec" --n-toys 4 --threads 1 --log-level warn)
expect 64 "rank 1 was started with other words ('2' where rank 0 has '1')" \
  "$TOYFARM_MPIEXEC" -n 1 "$TOYFARM" "${toys[@]}" --out-dir mixed --run-id r --seed 1 : -n 1 "$TOYFARM" "${toys[@]}" --out-dir mixed --run-id r --seed 2
expect 64 "other words" "$TOYFARM_MPIEXEC" -n 1 "$TOYFARM" "${toys[@]}" --out-dir mixed : -n 1 "$TOYFARM" preflight
[ ! -e mixed ] || fail "a job of different words made $(ls mixed)"
expect 0 '' "$TOYFARM_MPIEXEC" -n 1 "$TOYFARM" "${toys[@]}" --out-dir mixed --run-id r --seed 1 : -n 1 "$TOYFARM" "${toys[@]}" --out-dir mixed --run-id r --seed 1

# The program without MPI cannot be one of many (L3), but runs alone with what is left over.
expect 64 'SLURM_STEP_NUM_TASKS=4' env SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=4 "$TOYFARM_LOCAL" "${toys[@]}" -o x.json
expect 0 '' env SLURM_PROCID=0 SLURM_NTASKS=4 "$TOYFARM_LOCAL" "${toys[@]}" -o x.json
echo ok
