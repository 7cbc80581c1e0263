#!/usr/bin/env bash
# submit and sweep, with batch systems that lose answers, fall silent, hold jobs and lose tasks. Numbers are those of reference/farm.md §8:
# 3 the id is parsed, kept before waiting, and nothing is submitted twice; 3b a query that fails is not the end of a job, and done means verified;
# 5 what is missing is told; 26 all can be moved; 27 times are those a user waits; 30 exit codes.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
# shellcheck source=tests/support/fake_batch.sh
source "$TOYFARM_SOURCE_DIR/tests/support/fake_batch.sh"
spec=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
study=(--config "$spec" --n-toys 60 --seed 7 --threads 1)
fail() { echo "FAILED: $*"; exit 1; }
ok() { printf 'ok: %s (%d s)\n' "$*" "$SECONDS"; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  timeout 60 "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "toyfarm $*: exit $rc, not $code"; }
}
says() { grep -qE -- "$1" stderr || { cat stderr; fail "stderr does not say: $1"; }; }
shows() { grep -qE -- "$1" stdout || { cat stdout; fail "stdout does not show: $1"; }; }
value() { /usr/bin/python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "$1" "$2"; }
until_true() {  # WORDS...
  local deadline=$((SECONDS + 30))
  until "$@"; do
    ((SECONDS < deadline)) || fail "not within 30 s: $*"
    sleep 0.05
  done
}

expect 0 toys "${study[@]}" --run-id reference
same() { cmp "$1/toys.h5" runs/reference/toys.h5 || fail "$1: other toys than those of one run"; }

# --- submit
expect 0 render "${study[@]}" --scheduler slurm --shards 2 --run-id once
expect 0 submit runs/once
shows '^job_id=101$'
[ "$(value runs/once/submit_meta.json cluster_id)" = 101 ] || fail "submit: the id is not kept"
expect 0 submit runs/once
shows '^job_id=101$'
says 'was submitted before'
[ "$(fake_jobs)" = 1 ] || fail "farm 3: submitted twice"
until_true test -e runs/once/shard_1.rc
ok "farm 3: submit submits once and keeps the id"

expect 0 render "${study[@]}" --scheduler slurm --shards 2 --run-id lost
touch "$fake/lose_answer"
echo 2 > "$fake/silent"
expect 75 submit runs/lost
says 'Socket timed out'
[ "$(fake_jobs)" = 2 ] || fail "the fake batch system did not take the job"
[ "$(value runs/lost/submit_meta.json state)" = intent ] || fail "no intent is left"
expect 75 submit runs/lost
says 'nothing was submitted'
expect 0 submit runs/lost
shows '^job_id=102$'
[ "$(fake_jobs)" = 2 ] || fail "farm 3: submitted again though its answer was only lost"
expect 0 submit runs/lost --force
shows '^job_id=103$'
[ "$(value runs/lost/submit_meta.json state)" = submitted ] || fail "--force: no new entry"
ok "farm 3: a job whose answer was lost is found in the queue and not submitted again"

expect 0 render "${study[@]}" --scheduler slurm --shards 1 --run-id nowhere
rc=0
env PATH=/nowhere "$TOYFARM" submit runs/nowhere 2> stderr || rc=$?
[ "$rc" = 66 ] || fail "submit without sbatch: exit $rc"
says 'sbatch cannot be started: No such file or directory; nothing was submitted'
[ ! -e runs/nowhere/submit_meta.json ] || fail "submit without sbatch: left an intent"
expect 66 submit runs/absent
expect 64 submit

# --- sweep render
expect 64 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --shards-list 2,2
says '2 is there twice'
expect 64 sweep render "${study[@]}" --scheduler slurm --out-root sweeps
expect 64 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --shards-list 1 --ranks-list 2
mkdir -p sweeps/bad_sh4
expect 73 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id bad --shards-list 1,4
[[ ! -e sweeps/bad_sh1 && ! -e sweeps/bad.sweep.json ]] || fail "sweep render: made some of what it could not make whole"
expect 64 sweep
expect 66 sweep submit --sweep-json absent.json
ok "sweep render makes all or nothing"

# --- sweep submit: killed while it waits, with a queue that falls silent
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id s --shards-list 1,2,4
json=sweeps/s.sweep.json
before=$(fake_jobs)
echo 0.3 > "$fake/slow"
echo 3 > "$fake/silent"
"$TOYFARM" sweep submit --sweep-json "$json" --poll-s 0.1 > killed.out 2>&1 &
pid=$!
until_true test -e sweeps/s_sh2/submit_meta.json
until_true grep -q '"state": "submitted"' sweeps/s_sh2/submit_meta.json
kill -KILL "$pid"
wait "$pid" 2> /dev/null || true
grep -q 'the queue does not say how job' killed.out || { cat killed.out; fail "farm 3b: a silent queue is not told"; }
[ -e sweeps/s_sh1/merged.out.json ] || { cat killed.out; fail "farm 3b: the first run is not merged"; }
expect 0 sweep submit --sweep-json "$json" --poll-s 0.1
says 's_sh1: complete and merged before'
[ "$(fake_jobs)" = $((before + 3)) ] || fail "farm 3: a restart submitted again"
for k in 1 2 4; do same sweeps/s_sh$k; done
expect 0 sweep submit --sweep-json "$json" --poll-s 0.1
[ "$(fake_jobs)" = $((before + 3)) ] || fail "farm 3: what is complete was submitted again"
ok "farm 3, 3b: a sweep killed while it waited goes on where it was"

# --- summarize: the fake pool runs tasks one after another, each after a sleep
expect 0 sweep summarize --sweep-json "$json" --out-md s.md --out-csv s.csv --out-svg s.svg
grep -q '^| Shards | ok/total | Makespan | Throughput | n_converged | n_error | Run dir |' s.md || fail "summarize: the old columns are not there"
/usr/bin/python3 - <<'PY' || { cat s.md s.csv; fail "farm 27: the table's times"; }
import csv
rows = {int(r["shards"]): r for r in csv.DictReader(open("s.csv"))}
assert sorted(rows) == [1, 2, 4]
for k, r in rows.items():
    wall, rate = float(r["wall_s"]), float(r["throughput_toys_per_s"])
    assert r["complete"] == "true" and r["n_done"] == "60" and r["at_once"] == "1", r
    assert abs(rate * wall - 60) < 0.01, r
    assert wall >= 0.3 * (k - 1), r  # a wave per shard, with a sleep before each
    assert float(r["longest_shard_s"]) <= wall + 1e-3 and float(r["wait_s"]) >= 0.25, r
PY
/usr/bin/python3 -c 'import sys, xml.dom.minidom as m; d = m.parse("s.svg"); sys.exit(len(d.getElementsByTagName("circle")) != 6)' || fail "summarize: the picture"
mv sweeps moved
expect 0 sweep summarize --sweep-json moved/s.sweep.json
shows 'moved/s_sh4 \|'
mv moved sweeps
rm -f "$fake/slow"
ok "farm 26, 27: a table of what a user waits, also from where all was moved to"

# --- a task that vanishes
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id v --shards-list 3,1
echo 2 > "$fake/skip"
expect 76 sweep submit --sweep-json sweeps/v.sweep.json --poll-s 0.1
shows '^runs=1/2$'
[ -e sweeps/v_sh1/merged.out.json ] || fail "farm 5: another run's loss kept a run from being merged"
[ ! -e sweeps/v_sh3/merged.out.json ] || fail "farm 5: merged without a shard"
expect 0 sweep summarize --sweep-json sweeps/v.sweep.json
shows '\| 3 \| 2/3 \| [0-9.]+s\* \|.*\| 40/60 \|'
rm "$fake/skip"
before=$(fake_jobs)
expect 76 sweep submit --sweep-json sweeps/v.sweep.json --poll-s 0.1
[ "$(fake_jobs)" = "$before" ] || fail "farm 3: submitted again without --force"
expect 0 sweep submit --sweep-json sweeps/v.sweep.json --poll-s 0.1 --force
[ "$(fake_jobs)" = $((before + 1)) ] || fail "--force: not the one incomplete run alone"
same sweeps/v_sh3
ok "farm 3b, 5: a lost shard is told, the others are done, and --force makes up for it"

# --- held
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id h --shards-list 2
echo JobHeldUser > "$fake/hold"
expect 75 sweep submit --sweep-json sweeps/h.sweep.json --poll-s 0.1
says 'held \(JobHeldUser\)'
fake_release
expect 0 sweep submit --sweep-json sweeps/h.sweep.json --poll-s 0.1
same sweeps/h_sh2
ok "a held job is told and waited for no longer; released, it is gone on with"

# --- steps one by one
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id p --shards-list 2
expect 0 sweep submit --sweep-json sweeps/p.sweep.json --poll-s 0.1 --no-collect
[ ! -e sweeps/p_sh2/merged.out.json ] || fail "--no-collect: merged"
expect 0 sweep collect --sweep-json sweeps/p.sweep.json
expect 0 sweep merge --sweep-json sweeps/p.sweep.json
same sweeps/p_sh2

# --- HTCondor
expect 0 sweep render "${study[@]}" --scheduler htcondor --out-root sweeps --sweep-id c --shards-list 2
for name in condor_job condor_job_transfer; do
  [ -e sweeps/c_sh2/$name.sub ] || printf 'executable = x\nqueue 2\n' > sweeps/c_sh2/$name.sub
done
[ -e sweeps/c_sh2/run_one_shard.sh ] || fail "render: no run_one_shard.sh"
touch "$fake/lose_answer"
echo 2 > "$fake/silent"
expect 75 sweep submit --sweep-json sweeps/c.sweep.json --poll-s 0.1
before=$(fake_jobs)
echo 1 > "$fake/silent"
expect 75 sweep submit --sweep-json sweeps/c.sweep.json --poll-s 0.1
says 'does not say whether its job is there'
expect 0 sweep submit --sweep-json sweeps/c.sweep.json --poll-s 0.1 --mode shared
says 'found in the queue'
[ "$(fake_jobs)" = "$before" ] || fail "farm 3: HTCondor: submitted again"
same sweeps/c_sh2
ok "farm 3: HTCondor: a job whose answer was lost is found and waited for"

# --- on the spot
expect 0 sweep render "${study[@]}" --scheduler slurm --out-root sweeps --sweep-id here --shards-list 1,3
expect 0 sweep run --sweep-json sweeps/here.sweep.json
same sweeps/here_sh1
same sweeps/here_sh3
expect 0 sweep render --config "$spec" --n-toys 60 --seed 7 --scheduler slurm --out-root sweeps --sweep-id mpi --ranks-list 1,2 --threads-list 1
[ "$(grep -cxE '#SBATCH --(nodes=2|cpus-per-task=1)' sweeps/mpi_r2_t1/slurm_mpi_job.sh)" = 2 ] || fail "sweep render --ranks-list: the job does not ask for them"
expect 0 sweep run --sweep-json sweeps/mpi.sweep.json
same sweeps/mpi_r2_t1
expect 0 sweep summarize --sweep-json sweeps/mpi.sweep.json
shows '\| Run dir \| Ranks \| Threads \|'
shows '/mpi_r2_t1 \| 2 \| 1 \| 60/60 \|'
ok "a sweep on the spot, of shards and of ranks"
