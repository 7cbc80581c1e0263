#!/usr/bin/env bash
# Runs under Slurm, on three nodes: started by srun, losing ranks and nodes, stopped by signals and time limits, preempted, requeued and gone on with. They end
# with the bytes of one rank that nothing happened to.
# Threads of the field: dynesty#374 (going on after a kill at the wall time), UltraNest#21 (several restarts under Slurm), hyperqueue#501, #764 and #978
# (preemption, lost servers), CRABServer#4700 (finished jobs run again), schwimmbad#23, emcee#117, mpi4py#223 (no fault hangs the others).
set -euo pipefail
# shellcheck source=tests/support/cluster.sh
source "${TOYFARM_SOURCE_DIR:?}/tests/support/cluster.sh"

make_slow_spec slow.json
n=8000
toys=(--config slow.json --engine eventwise --n-toys "$n" --seed 42 --checkpoint-interval 0.5 --log-level warn)
step=(srun --mpi=pmix --nodes=3 --cpus-per-task=2 --kill-on-bad-exit=0 --no-kill)
"$TOYFARM" toys "${toys[@]}" --run-id reference > out
start_slurm -n 3 -c 2
export TOYFARM_ROOT=$TOYFARM_SOURCE_DIR TOYFARM_WATCH_SECONDS=2
ok "one rank without a launcher"

in_background "${step[@]}" "$TOYFARM" toys "${toys[@]}" --run-id three
finish 120
[ "$rc" -eq 0 ] || show "three nodes: exit $rc"
same three
/usr/bin/python3 - <<'PY' || fail "three nodes: the manifest does not report them"
import json
results = json.load(open("runs/three/manifest.json"))["results"]
assert [r["host"] for r in results] == ["node01", "node02", "node03"] and all(r["n_done"] > 0 for r in results), results
PY
ok "srun over three nodes"

# Fault L3: steps whose processes cannot talk, each of which would run every toy.
for mpi in none pmi2; do
  in_background srun --mpi="$mpi" --nodes=2 --ntasks=2 "$TOYFARM" toys --config slow.json --n-toys 4 --run-id apart
  finish 30
  [ "$rc" -ne 0 ] || show "srun --mpi=$mpi: exit 0"
  grep -q 'SLURM_STEP_NUM_TASKS=2\|PMI_SIZE=2' out || show "srun --mpi=$mpi: no variable is named"
  [ ! -e runs/apart ] || fail "srun --mpi=$mpi left a run directory"
done
in_background srun --mpi=none --nodes=2 --ntasks=2 mpirun --mca plm isolated -n 1 "$TOYFARM" toys --config slow.json --n-toys 4 --run-id apart
finish 30
[[ $rc -ne 0 && ! -e runs/apart ]] || show "an mpirun in every task: exit $rc, $(ls runs)"
grep -q 'SLURM_STEP_NUM_TASKS=2' out || show "an mpirun in every task: no variable is named"
ok "steps whose processes cannot talk are refused, and leave nothing"

in_background "${step[@]}" "$TOYFARM" toys "${toys[@]}" --run-id killed --rank-timeout 3
await_toys killed 300
on node02 pkill -KILL -x toyfarm
finish 120
ends_well killed
[ "$(lost_hosts killed)" = node02 ] || show "a killed rank: lost are '$(lost_hosts killed)'"
ok "a rank killed: the others do its toys"

in_background "${step[@]}" "$TOYFARM" toys "${toys[@]}" --run-id headless --rank-timeout 3
await_toys headless 300
on node01 pkill -KILL -x toyfarm
finish 60
grep -q 'rank 0 on host node01' out || show "rank 0 killed: nobody says so"
in_background "${step[@]}" "$TOYFARM" toys --resume runs/headless --log-level warn
finish 120
ends_well headless
[ "$(value headless manifest n_toys_from_journal)" -ge 300 ] || fail "rank 0 killed: safe toys were run again"
ok "rank 0 killed: the others leave, and a resume does what is missing"

# --- stopped
in_background "${step[@]}" "$TOYFARM" toys "${toys[@]}" --run-id limit --time-limit 2
finish 60
[ "$rc" -eq 75 ] || show "--time-limit: exit $rc"
[ "$(status_of limit reason)" = "the time limit" ] || show "--time-limit: reason $(status_of limit reason)"
for signal in TERM USR1; do
  in_background "${step[@]}" --job-name="sig$signal" "$TOYFARM" toys "${toys[@]}" --run-id "sig$signal"
  await_toys "sig$signal" 300
  on_head scancel --signal="$signal" --name="sig$signal"
  finish 60
  [ "$rc" -eq 75 ] || show "SIG$signal: exit $rc"
  [ "$(status_of "sig$signal" state)" = stopped ] || show "SIG$signal: status is $(status_of "sig$signal" state)"
  [ "$(value "sig$signal" manifest n_toys_computed)" -ge 300 ] || show "SIG$signal: not published"
done
in_background "${step[@]}" "$TOYFARM" toys --resume runs/sigTERM --log-level warn
finish 120
[ "$rc" -eq 0 ] || show "gone on with: exit $rc"
ends_well sigTERM
ok "--time-limit, SIGTERM and SIGUSR1 stop a run with 75, and it goes on"

# --- jobs
submit() {  # RUN OPTIONS of sbatch...: sets job
  local run=$1
  shift
  job=$(on_head sbatch --parsable --nodes=3 --output="$run.out" "$@" "$jobscripts/slurm_mpi_job.sh" "${toys[@]}" --rank-timeout 3 --run-id "$run")
}
about() { on_head scontrol --oneliner show job "$job" | sed -n "s/.* $1=\([^ ]*\).*/\1/p"; }  # FIELD of the job
job_ends() {  # RUN SECONDS STATE
  local deadline=$((SECONDS + $2)) state=''
  until [[ $state =~ ^(COMPLETED|FAILED|TIMEOUT|CANCELLED|NODE_FAIL|PREEMPTED|BOOT_FAIL|DEADLINE|OUT_OF_MEMORY) ]]; do
    if ((SECONDS >= deadline)); then
      cat "$1.out"
      fail "$1: the job is $state after $2 s"
    fi
    sleep 0.5
    state=$(about JobState)
  done
  cp "$1.out" out
  [ "$state" = "$3" ] || show "$1: the job ended as $state, not $3"
}
requeued_and_complete() {  # RUN WHAT
  ends_well "$1"
  [ "$(about Restarts)" -ge 1 ] || show "$2: not requeued"
  [ "$(value "$1" manifest n_toys_from_journal)" -gt 0 ] || show "$2: no toy came from the journal"
  ok "$2: requeued $(about Restarts) x, complete with $(value "$1" manifest n_toys_from_journal) toys from the journal"
}
reboot() {  # NODE
  "$netns" start "$1" 9>&-
  on "$1" env SLURM_CONF=/run/slurm-sim/slurm.conf slurmd -N "$1"
}

# A limit of 120 s with SIGUSR1 45 s before, on nodes too slow to get done by then. Slurm may send it up to a minute early.
for node in node01 node02 node03; do "$netns" cpu $node 12; done
submit wall --time=2 --signal=B:USR1@45
await_toys wall 100
for node in node01 node02 node03; do "$netns" cpu $node 5; done
for ((i = 0; i < 90; ++i)); do
  grep -q 'the run gets SIGUSR1' wall.out && break
  sleep 1
done
for node in node01 node02 node03; do "$netns" cpu $node max; done
job_ends wall 180 COMPLETED
grep -q 'the job is requeued' out || show "a time limit: no requeue is told"
requeued_and_complete wall "Slurm's signal before the time limit"

submit preempted
await_toys preempted 300
on_head srun --quiet --partition=urgent --exclusive --nodelist=node02 sleep 1
job_ends preempted 120 COMPLETED
requeued_and_complete preempted "preempted"

submit term
await_toys term 300
on_head scancel --signal=TERM "$job"
job_ends term 60 FAILED
[ "$(about ExitCode)" = 75:0 ] || show "scancel --signal=TERM: exit $(about ExitCode)"
grep -q -- '--resume runs/term' out || show "scancel --signal=TERM: it does not say how to go on"
ok "scancel --signal=TERM: stopped with 75 and not requeued"

job=$(on_head sbatch --parsable --nodes=3 --output=refused.out "$jobscripts/slurm_mpi_job.sh" --config absent.json)
job_ends refused 60 FAILED
[ "$(about ExitCode)" = 66:0 ] || show "an absent spec: exit $(about ExitCode)"
ok "an absent spec: the job's exit code is 66"

# --- nodes
in_background salloc --quiet --no-kill --nodes=3 --cpus-per-task=2 "${step[@]}" "$TOYFARM" toys "${toys[@]}" --run-id node_lost --rank-timeout 3
await_toys node_lost 300
"$netns" crash node03
await_end node_lost 120
pkill -KILL -x -P "$pid" srun  # waits for the dead node, even after scancel (22.05); the job script does the same
finish 60
ends_well node_lost
[ "$(lost_hosts node_lost)" = node03 ] || show "salloc and srun --no-kill, a node crashed: lost are '$(lost_hosts node_lost)'"
ok "a node crashed under salloc and srun --no-kill: complete without it"
reboot node03

submit last_node
await_toys last_node 300
"$netns" crash node03
job_ends last_node 120 COMPLETED
ends_well last_node
[ "$(about Restarts)" = 0 ] || show "a node of a job crashed: requeued"
[ "$(lost_hosts last_node)" = node03 ] || show "a node of a job crashed: lost are '$(lost_hosts last_node)'"
ok "a node of a job crashed: complete without it, in the same job"
reboot node03

submit first_node
await_toys first_node 300
"$netns" crash node01
for ((i = 0; i < 60; ++i)); do
  [ "$(on_head sinfo --noheader --nodes=node01 --format=%t | sort -u)" = down ] && break
  sleep 1
done
reboot node01
job_ends first_node 180 COMPLETED
requeued_and_complete first_node "the first node of a job crashed, and its script with it"

in_background salloc --quiet --no-kill --nodes=3 --ntasks-per-node=1 --cpus-per-task=2 bash "$jobscripts/mpirun_job.sh" "${toys[@]}" --run-id mpirun
await_toys mpirun 300
"$netns" crash node02
finish 180
[ "$rc" -eq 0 ] || show "mpirun in an allocation, a node crashed: exit $rc"
ends_well mpirun
[ "$(value mpirun manifest n_toys_from_journal)" -gt 0 ] || show "mpirun in an allocation, a node crashed: no toy came from the journal"
ok "mpirun in an allocation, a node crashed: goes on with $(value mpirun manifest n_toys_from_journal) toys from the journal"
