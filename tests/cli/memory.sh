#!/usr/bin/env bash
# Memory does not grow with the number of toys: VmHWM of every rank at 10^6 toys is that at 10^4 toys and at most 16 MB more, and at most 200 MB.
# Threads of the field: combine#798 (3.6 GB after 160 toys), combine#259, root#7890, root#9196, root#7933, root#8323, root#6975, root#8984 (ten years of leaks in toy loops).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}"
fail() { echo "FAILED: $*"; exit 1; }

cat > spec.json <<'JSON'
{"schema_version": "nextstat_unbinned_spec_v0",
 "model": {"poi": "tau", "parameters": [{"name": "tau", "init": -1.0, "bounds": [-5.0, -0.01]}]},
 "channels": [{"name": "SR", "observables": [{"name": "t", "bounds": [0.0, 4.0]}],
   "processes": [{"name": "decay", "pdf": {"type": "exponential", "observable": "t", "params": ["tau"]}, "yield": {"type": "fixed", "value": 20.0}}]}]}
JSON

cat > measured.py <<'PY'
import os, resource, subprocess, sys
code = subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL).returncode
rank = os.environ.get("OMPI_COMM_WORLD_RANK", "0")
with open(f"{sys.argv[1]}.{rank}", "w") as f:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=f)
sys.exit(code)
PY

measure() {  # NAME N_TOYS RANKS
  local launcher=()
  [ "$3" -eq 1 ] || launcher=("$TOYFARM_MPIEXEC" -np "$3")
  "${launcher[@]}" /usr/bin/python3 measured.py "$1" \
    "$TOYFARM" toys --config spec.json --n-toys "$2" --run-id "$1" --threads 1 --log-level warn || fail "$1: exit $?"
}

for ranks in 1 2; do
  measure "few$ranks" 10000 "$ranks"
  measure "many$ranks" 1000000 "$ranks"
  for ((rank = 0; rank < ranks; ++rank)); do
    few=$(< "few$ranks.$rank") many=$(< "many$ranks.$rank")
    echo "$ranks ranks, rank $rank: $few kB at 10^4 toys, $many kB at 10^6"
    [ "$many" -le $((few + 16 * 1024)) ] || fail "rank $rank of $ranks grew from $few to $many kB"
    [ "$many" -le $((200 * 1024)) ] || fail "rank $rank of $ranks took $many kB"
  done
done
cmp runs/many1/toys.h5 runs/many2/toys.h5 || fail "toys.h5 differs between 1 and 2 ranks"
rm -r runs
