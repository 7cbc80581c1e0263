#!/usr/bin/env bash
# Rendered runs under a real Slurm on three nodes: submitted, collected, merged; with a task that was cancelled, an id that was lost, a job that is held, and
# as sweeps. They end with the bytes of one rank. Numbers are those of reference/farm.md §8.
set -euo pipefail
# shellcheck source=tests/support/cluster.sh
source "${TOYFARM_SOURCE_DIR:?}/tests/support/cluster.sh"

make_slow_spec slow.json
study=(--config slow.json --engine eventwise --n-toys 1500 --seed 42)
"$TOYFARM" toys "${study[@]}" --run-id reference --log-level warn > out
start_slurm -n 3 -c 2
ok "one rank without a launcher"

same_table() {  # RUN_DIR
  [[ $(sha256sum < "$1/toys.h5") == "$(sum_of reference)" ]] || fail "$1: toys.h5 differs from that of one rank"
}
# expect CODE WORDS of toyfarm...: on head
expect() {
  local code=$1
  shift
  rc=0
  on_head timeout 200 "$TOYFARM" "$@" > out 2>&1 || rc=$?
  [ "$rc" -eq "$code" ] || show "toyfarm $*: exit $rc, not $code"
}
says() { grep -qE -- "$1" out || show "it does not say: $1"; }
submit() {  # RUN: sets job
  expect 0 submit "runs/$1"
  job=$(sed -n 's/^job_id=//p' out)
  [[ $job =~ ^[0-9]+$ ]] || show "submit: no job id"
}
left_of() { on_head squeue --noheader --array --jobs="$1" --format='%K %T %r' 2> /dev/null || true; }  # JOB
until_gone() {  # JOB SECONDS
  local deadline=$((SECONDS + $2))
  while [[ -n $(left_of "$1") ]]; do
    ((SECONDS < deadline)) || fail "job $1 is still there after $2 s: $(left_of "$1")"
    sleep 0.5
  done
}
until_like() {  # JOB PATTERN: a line of its queue
  local deadline=$((SECONDS + 60))
  until left_of "$1" | grep -qE -- "$2"; do
    ((SECONDS < deadline)) || fail "job $1 has no task '$2': $(left_of "$1")"
    sleep 0.2
  done
}
n_jobs() { on_head squeue --noheader --states=all --format=%F | sort -u | wc -l; }

# --- an MPI job
expect 0 render "${study[@]}" --scheduler slurm --run-id mpi --slurm-nodes 3 --slurm-cpus-per-task 2
submit mpi
until_gone "$job" 120
expect 0 collect --manifest runs/mpi/manifest.json
says '^ok=1 '
expect 0 merge --manifest runs/mpi/manifest.json --out runs/mpi/merged.out.json
same_table runs/mpi
ok "an MPI job, submitted, collected and merged"

# --- an array, one task of which is cancelled before it begins
expect 0 render "${study[@]}" --scheduler slurm --run-id array --shards 4 --slurm-array-throttle 2 --slurm-cpus-per-task 1
submit array
until_like "$job" '^0 RUNNING'
on_head scancel "${job}_3"
until_gone "$job" 120
expect 0 submit runs/array
says "job_id=$job"
expect 76 collect --manifest runs/array/manifest.json
says '^ok=3 missing=1 '
expect 76 merge --manifest runs/array/manifest.json --out runs/array/merged.out.json
[ ! -e runs/array/merged.out.json ] || fail "farm 5: merged without a shard"
on_head bash runs/array/run_one_shard.sh 3
expect 0 merge --manifest runs/array/manifest.json --out runs/array/merged.out.json
same_table runs/array
ok "farm 5: a cancelled task is told as missing, and merge refuses until it has run"

# --- farm 3: an id that was lost is found in Slurm's own queue, and nothing is submitted again
before=$(n_jobs)
/usr/bin/python3 - <<'PY'
import json
name = "runs/array/submit_meta.json"
meta = json.load(open(name))
meta.update(job_id=None, cluster_id=None, state="intent")
json.dump(meta, open(name, "w"))
PY
expect 0 submit runs/array
says "job_id=$job"
says 'found in the queue'
[ "$(n_jobs)" = "$before" ] || fail "farm 3: submitted again"
ok "farm 3: a lost id is found by the job's comment"

# --- a sweep of arrays, killed while it waits
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id s --shards-list 1,2,4 --slurm-cpus-per-task 1
in_background "$TOYFARM" sweep submit --sweep-json sweeps/s.sweep.json --poll-s 0.5
deadline=$((SECONDS + 120))
until grep -qs '"state": "submitted"' sweeps/s_sh2/submit_meta.json; do
  ((SECONDS < deadline)) || show "the second run is not submitted"
  sleep 0.1
done
kill -KILL "$pid"
wait "$pid" 2> /dev/null || true
before=$(n_jobs)
expect 0 sweep submit --sweep-json sweeps/s.sweep.json --poll-s 0.5
says 's_sh1: complete and merged before'
says '^runs=3/3$'
[ "$(n_jobs)" = $((before + 1)) ] || fail "farm 3: a restart submitted again"
for k in 1 2 4; do same_table sweeps/s_sh$k; done
expect 0 sweep summarize --sweep-json sweeps/s.sweep.json --out-md s.md --out-csv s.csv --out-svg s.svg
cat s.md
/usr/bin/python3 - <<'PY' || fail "farm 27: the table"
import csv
rows = {int(r["shards"]): r for r in csv.DictReader(open("s.csv"))}
assert sorted(rows) == [1, 2, 4] and all(r["complete"] == "true" and float(r["wait_s"]) >= 0 for r in rows.values()), rows
assert int(rows[4]["at_once"]) > 1 and int(rows[1]["at_once"]) == 1, rows
PY
ok "farm 3, 3b, 27: a sweep of arrays, killed and gone on with"

# --- a job that is held
filler=$(on_head sbatch --parsable --nodes=3 --exclusive --output=/dev/null --wrap 'sleep 300')
until_like "$filler" RUNNING
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id h --shards-list 2 --slurm-cpus-per-task 1
in_background "$TOYFARM" sweep submit --sweep-json sweeps/h.sweep.json --poll-s 0.5
deadline=$((SECONDS + 60))
until grep -q 'is pending' out; do
  ((SECONDS < deadline)) || show "the job does not wait"
  sleep 0.2
done
job=$(sed -n 's/.*"job_id": "\([0-9]*\)".*/\1/p' sweeps/h_sh2/submit_meta.json)
on_head scontrol hold "$job"
finish 30
[ "$rc" -eq 75 ] || show "a held job: exit $rc"
says 'held \(JobHeld(Admin|User)\)'
on_head scontrol release "$job"
on_head scancel "$filler"
expect 0 sweep submit --sweep-json sweeps/h.sweep.json --poll-s 0.5
same_table sweeps/h_sh2
ok "a held job is told; released, it is gone on with"

# --- a sweep of MPI jobs
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id r --ranks-list 1,3 --threads-list 2
expect 0 sweep submit --sweep-json sweeps/r.sweep.json --poll-s 0.5
for k in 1 3; do same_table sweeps/r_r${k}_t2; done
expect 0 sweep summarize --sweep-json sweeps/r.sweep.json
cat out
says '/r_r3_t2 \| 3 \| 2 \| 1500/1500 '
ok "a sweep of MPI jobs by ranks"

# --- farm 2: what Slurm makes of the directives of a held job, in a folder whose name means something to shells and to sbatch
odd="a 'b\" #c \$(touch owned)"
has() {  # FIELD=VALUE...: of the one job there is under that id
  local field
  for field in "$@"; do
    grep -qF -- " $field " out || show "farm 2: not $field"
  done
}
hold() {  # SCRIPT
  local id
  id=$(on_head sbatch --hold --parsable "$1")
  on_head scontrol --oneliner show job "$id" > out
  on_head scancel "$id"
}
expect 0 render --config slow.json --n-toys 30 --scheduler slurm --shards 4 --out-dir "$odd" --run-id h --slurm-time 1-02:03:00 --slurm-cpus-per-task 2 \
  --slurm-array-throttle 3 --slurm-mem 100M --slurm-job-name "na'me #1" --slurm-partition main --slurm-account 'acc t' --slurm-exclude node03 \
  --slurm-mail-user me+x@example.org --slurm-mail-type FAIL --slurm-no-requeue
hold "$odd/h/slurm_array_job.sh"
has "ArrayTaskId=0-3%3" "JobName=na'me #1" "Account=acc t" "TimeLimit=1-02:03:00" "Partition=main" "ExcNodeList=node03" "CPUs/Task=2" "MinMemoryNode=100M" \
  "Requeue=0" "WorkDir=$PWD/$odd/h" "MailUser=me+x@example.org"
grep -qF "StdOut=$PWD/$odd/h/slurm-" out || show "farm 2: the output goes elsewhere"
expect 0 render --config slow.json --n-toys 30 --scheduler slurm --out-dir "$odd" --run-id m --slurm-nodes 3 --slurm-ntasks-per-node 2 --slurm-cpus-per-task 1 --slurm-time 7
hold "$odd/m/slurm_mpi_job.sh"
has "NumNodes=3-3" "NumTasks=6" "CPUs/Task=1" "TimeLimit=00:07:00" "Requeue=1" "NtasksPerN:B:S:C=2:0:*:*" "WorkDir=$PWD/$odd/m"
[ ! -e owned ] || fail "farm 2: a name was run"
ok "farm 2: every directive is Slurm's"
