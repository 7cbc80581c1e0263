#!/usr/bin/env bash
# Sourced by tests that run over the emulated hosts of $TOYFARM_SHARED/cluster: they skip, loudly, where these cannot be had, and leave nothing behind.
# shellcheck disable=SC2034  # variables are for the tests
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
cluster=${TOYFARM_SHARED:-$TOYFARM_SOURCE_DIR/../shared}/cluster
netns=$cluster/netns-mpi.sh
slurm=/run/slurm-sim/run
head=("$netns" exec head)  # runs a command where jobs are started
jobscripts=$TOYFARM_SOURCE_DIR/jobscripts

skip() { echo "SKIPPED: $*"; exit 77; }
fail() { echo "FAILED: $*"; exit 1; }
ok() { printf 'ok: %s (%d s)\n' "$*" "$SECONDS"; }

[[ -x $netns ]] || skip "there is no $netns (TOYFARM_SHARED names the folder of reference material)"
(($(id -u) == 0)) || skip "emulated hosts need root"

need() {  # PROGRAMS...
  local program
  for program in "$@"; do
    PATH=$PATH:/usr/sbin:/sbin command -v "$program" >/dev/null || skip "there is no $program: bash cmake/install-deps.sh --all"
  done
}
need ip nsenter unshare mpirun

# What ctest sets for ranks on one machine is not what these tests are about.
unset "${!OMPI_MCA_@}" "${!OMPI_ALLOW@}" OMP_NUM_THREADS
unset "${!TOYFARM_STOP@}" "${!TOYFARM_SILENCE@}"
# As netns-mpi.sh sets it for its own mpirun, here for whatever starts one.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_oob_tcp_if_include=10.77.0.0/24 OMPI_MCA_btl_tcp_if_include=10.77.0.0/24
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader,tcp OMPI_MCA_orte_tmpdir_base=/dev/shm
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_hwloc_base_binding_policy=none

# There is one such cluster per machine: wait for whoever has it. A lock outlives neither its holder nor, being closed there, anything it leaves behind.
exec 9>/run/lock/toyfarm-cluster-test
flock -w 1800 9 || fail "another test has had the emulated cluster for half an hour"

# Tests that do not know of the lock have it for minutes at most; what is older was left by one that was killed.
for ((i = 0; i < 300; ++i)); do
  [[ -e /run/netns-mpi || -e /run/slurm-sim ]] || break
  ((i > 0)) || echo "waiting for hosts that are in use"
  sleep 1
done

clean_up() {
  "$cluster/slurm-down.sh" 9>&- || true
  "$netns" down 9>&- || true
}

start_hosts() {  # NUMBER [SLOTS]
  clean_up
  trap clean_up EXIT
  "$netns" up "$@" 9>&- || skip "no hosts can be emulated here (namespaces)"
  export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent="$netns rsh" OMPI_MCA_plm_rsh_no_tree_spawn=1 OMPI_MCA_ras=^slurm
}

start_slurm() {  # OPTIONS of slurm-up.sh
  need slurmctld slurmd srun sbatch munged
  clean_up
  trap clean_up EXIT
  "$cluster/slurm-up.sh" "$@" 9>&- || skip "no Slurm can be emulated here"
  head=("$slurm")
}

on_head() { "${head[@]}" "$@" 9>&-; }
on() { "$netns" exec "$@" 9>&-; }  # HOST COMMAND...

# A spec whose toys take milliseconds each when they are fitted event by event: a run lasts seconds and its files stay small.
make_slow_spec() {  # FILE
  /usr/bin/python3 - "$TOYFARM_SOURCE_DIR/tests/data/two_channels.json" "$1" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
for channel in spec["channels"]:
    for process in channel["processes"]:
        for key in ("value", "base_yield"):
            if key in process["yield"]:
                process["yield"][key] *= 20
json.dump(spec, open(sys.argv[2], "w"))
PY
}

# value RUN FILE KEY: of the JSON files of a run directory in runs
value() { /usr/bin/python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "runs/$1/$2.json" "$3"; }

status_of() { "$TOYFARM" status "runs/$1" --json 2>/dev/null | sed -n 's/^  "'"$2"'": "\{0,1\}\([^",]*\).*/\1/p'; }  # RUN KEY

# Returns when a run has that many toys on disk: it is in full swing then.
await_toys() {  # RUN NUMBER
  local deadline=$((SECONDS + 60)) n state
  until n=$(status_of "$1" n_acknowledged) && ((${n:-0} >= $2)); do
    ((SECONDS < deadline)) || fail "$1: no $2 toys within 60 s"
    sleep 0.1
  done
  state=$(status_of "$1" state)
  [[ $state == running ]] || fail "$1: $state before anything could happen to it"
}

await_end() {  # RUN SECONDS
  local deadline=$((SECONDS + $2))
  until [[ $(status_of "$1" state) == complete ]]; do
    ((SECONDS < deadline)) || show "$1: $(status_of "$1" state) after $2 s"
    sleep 0.2
  done
}

# in_background COMMAND...: on head; sets pid, that of the command itself.
in_background() {
  "${head[@]}" "$@" >out 2>&1 9>&- &
  pid=$!
}

# finish SECONDS: waits for pid, but no longer; sets rc.
finish() {
  local deadline=$((SECONDS + $1))
  while kill -0 "$pid" 2>/dev/null; do
    if ((SECONDS >= deadline)); then
      kill -KILL "$pid"
      cat out
      fail "not over after $1 s"
    fi
    sleep 0.2
  done
  rc=0
  wait "$pid" || rc=$?
}

show() { cat out; fail "$@"; }

sum_of() { sha256sum <"runs/$1/toys.h5"; }
same() {  # RUN [REFERENCE]
  [[ $(value "$1" manifest complete) == True ]] || fail "$1 is not complete"
  [[ $(sum_of "$1") == "$(sum_of "${2:-reference}")" ]] || fail "$1: toys.h5 differs from that of one rank that nothing happened to"
}
# The manifest's exit code counts: a launcher's is not 0 after a rank died.
ends_well() {  # RUN
  [[ $(value "$1" manifest exit_code) == 0 ]] || show "$1: exit code $(value "$1" manifest exit_code)"
  same "$1"
}
lost_hosts() {  # RUN
  /usr/bin/python3 -c 'import json,sys; print(*(r["host"] for r in json.load(open(sys.argv[1]))["lost_ranks"]))' "runs/$1/manifest.json"
}
