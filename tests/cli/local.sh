#!/usr/bin/env bash
# toyfarm-local: links no MPI, runs where there is none, gives the same bytes, and refuses to run every toy once per process of a launcher.
# Thread of the field: combine#883 and CombineHarvester#253 (pieces run anywhere are pieces of one study).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_LOCAL:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
example=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
study=(toys --config "$spec" --n-toys 40 --seed 42 --threads 1 --log-level warn)
fail() { echo "FAILED: $*"; exit 1; }
refuses() {  # WHAT COMMAND...: exit 64 and the reason
  local rc=0
  timeout 60 "${@:2}" > stdout 2> stderr || rc=$?
  [ "$rc" -eq 64 ] || { cat stdout stderr; fail "${*:2}: exit $rc, not 64"; }
  grep -q -- "$1" stderr || { cat stderr; fail "${*:2}: does not say: $1"; }
  if [ -e runs ] || [ -e x.json ]; then fail "${*:2}: wrote something"; fi
}

# --- what it links
needed() { readelf -d "$1" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
mpi='^lib(mpi|open-rte|open-pal|boost_mpi|boost_serialization|pmix|mpich)'
needed "$TOYFARM" | grep -Eq "$mpi" || fail "toyfarm links no MPI either: this test sees nothing"
if needed "$TOYFARM_LOCAL" | grep -E "$mpi"; then fail "toyfarm-local needs these"; fi
if needed "$(ldd "$TOYFARM_LOCAL" | sed -n 's/.*libhdf5[^ ]* => \([^ ]*\).*/\1/p' | head -1)" | grep -E "$mpi"; then
  echo "SKIPPED: this HDF5 library itself needs MPI; the rest follows"
elif ldd "$TOYFARM_LOCAL" | grep -E "^[[:space:]]*${mpi#^}"; then
  fail "toyfarm-local needs these by way of other libraries"
fi

# --- the same bytes, with every command of a study in pieces, and no MPI library to be found where that can be had
hide() {  # COMMAND...: in a mount namespace where these libraries are empty files
  # shellcheck disable=SC2016  # for the inner shell
  unshare "${namespace[@]}" bash -c 'for library in $0; do mount --bind /dev/null "$library" || exit 99; done; exec "$@"' "$libraries" "$@"
}
libraries=$(ldd "$TOYFARM" | sed -En 's/^[[:space:]]*lib(mpi|open-rte|open-pal|boost_mpi)[^ ]* => ([^ ]*).*/\2/p' | xargs -n 1 readlink -f | tr '\n' ' ')
[ -n "$libraries" ] || fail "toyfarm has no MPI library to hide"
without_mpi=()
for way in "--mount" "--user --map-root-user --mount"; do
  read -r -a namespace <<< "$way"
  if hide true 2> /dev/null; then
    without_mpi=(hide)
    break
  fi
done
if ((${#without_mpi[@]})); then
  rc=0
  hide "$TOYFARM" --version > stdout 2>&1 || rc=$?
  [ "$rc" -ne 0 ] || fail "toyfarm runs although its libraries are hidden: this test sees nothing"
else
  echo "SKIPPED: libmpi cannot be hidden here (no mount namespace); the rest follows"
fi
run() { "${without_mpi[@]}" timeout 60 "$TOYFARM_LOCAL" "$@"; }

"$TOYFARM" "${study[@]}" --run-id reference > /dev/null
for i in 0 1; do
  run "${study[@]}" --shard "$i/2" -o "s$i.json" > /dev/null || fail "shard $i: exit $?"
done
run merge --input s0.json --input s1.json --out merged.out.json > /dev/null || fail "merge: exit $?"
cmp toys.h5 runs/reference/toys.h5 || fail "toys.h5 of toyfarm-local differs"
run render "${study[@]:1}" --scheduler slurm --shards 2 --run-id rendered > /dev/null || fail "render: exit $?"
for i in 0 1; do TOYFARM=$TOYFARM_LOCAL "${without_mpi[@]}" bash runs/rendered/run_one_shard.sh $i || fail "run_one_shard.sh $i: exit $?"; done
run collect --manifest runs/rendered/manifest.json > /dev/null || fail "collect: exit $?"
run merge --manifest runs/rendered/manifest.json --out runs/rendered/merged.out.json > /dev/null || fail "merge --manifest: exit $?"
cmp runs/rendered/toys.h5 runs/reference/toys.h5 || fail "toys.h5 of a rendered run differs"
run "${study[@]}" --run-id whole > /dev/null || fail "toys: exit $?"
cmp runs/whole/toys.h5 runs/reference/toys.h5 || fail "toys.h5 of a run of toyfarm-local differs"
run status runs/whole | grep -q 40 || fail "status"
run toys --config "$example" --only-toy 3 --dump-events toy3.h5 > /dev/null || fail "--only-toy: exit $?"
run fit --config "$example" --toy toy3.h5 > of_local || fail "fit: exit $?"
"$TOYFARM" fit --config "$example" --toy toy3.h5 | cmp - of_local || fail "fit: differs"
printf '%s\n' mass 70 90 91 110 > events.csv
run nll --config "$example" --data dimuon=events.csv > of_local || fail "nll: exit $?"
"$TOYFARM" nll --config "$example" --data dimuon=events.csv | cmp - of_local || fail "nll: differs"
run plan --n-toys 10 > /dev/null || fail "plan: exit $?"
run preflight | grep -q 'reachable_hosts=1/1' || fail "preflight"
# A run that is stopped at once leaves a journal, which can be published and gone on with by either program.
rc=0
run "${study[@]}" --run-id stopped --time-limit 0.001 > /dev/null 2>&1 || rc=$?
[ "$rc" -eq 75 ] || fail "--time-limit: exit $rc"
rc=0
run publish runs/stopped > /dev/null 2>&1 || rc=$?
[ "$rc" -eq 76 ] || fail "publish: exit $rc"
run toys --resume runs/stopped --log-level warn > /dev/null || fail "--resume: exit $?"
cmp runs/stopped/toys.h5 runs/reference/toys.h5 || fail "toys.h5 of a resumed run differs"
/usr/bin/python3 -c 'import json; v = json.load(open("runs/whole/manifest.json"))["versions"]; assert v["mpi"] == "none", v'
rm -r runs

# --- launchers: one process is a job, several are refused
as_launched() { env "$@" timeout 60 "$TOYFARM_LOCAL" toys --config "$example" --n-toys 4 --shard 0/2 -o x.json --force --log-level warn; }
as_launched SLURM_JOB_ID=7 SLURM_STEP_ID=0 SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=1 SLURM_ARRAY_TASK_ID=1 PMI_RANK=0 PMI_SIZE=1 > /dev/null || fail "an array task: exit $?"
as_launched SLURM_JOB_ID=7 SLURM_PROCID=0 SLURM_NTASKS=8 > /dev/null || fail "a batch script with 8 tasks to give: exit $?"
as_launched OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 PMIX_RANK=0 > /dev/null || fail "mpirun -n 1: exit $?"
"$TOYFARM_MPIEXEC" -n 1 "$TOYFARM_LOCAL" toys --config "$example" --n-toys 4 -o one.json --log-level warn > /dev/null || fail "a real mpirun -n 1: exit $?"
rm x.json
for launched in "SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2" "SLURM_PROCID=1 SLURM_STEP_NUM_TASKS=2" "PMI_RANK=0 PMI_SIZE=2" "PMIX_RANK=1" \
  "OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=2"; do
  # shellcheck disable=SC2086  # two words
  refuses 'this is the program without MPI' env $launched "$TOYFARM_LOCAL" toys --config "$example" --n-toys 4 -o x.json
done
refuses 'this is the program without MPI' "$TOYFARM_MPIEXEC" -n 2 "$TOYFARM_LOCAL" toys --config "$example" --n-toys 4 -o x.json
[ "$(grep -c 'this is the program without MPI' stderr)" -eq 1 ] || fail "said more than once"
printf 'node01\n' > hosts.txt
refuses 'linked without MPI' "$TOYFARM_LOCAL" toys --config "$example" --hosts-file hosts.txt
# What it prints for mpirun is the program that has MPI.
"$TOYFARM_LOCAL" hosts --hosts-file hosts.txt --out-hostfile H | grep -q "$(dirname "$TOYFARM_LOCAL")/toyfarm\$" || fail "hosts names another program"
echo "local: no MPI, same bytes, refused under launchers of several processes"
