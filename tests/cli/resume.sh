#!/usr/bin/env bash
# A run that was stopped or killed goes on where its journal ends, on any number of ranks, and ends with the bytes of one that was never interrupted.
# Threads of the field: dynesty#374 (restart after a kill at the wall time), UltraNest#21 (restarts again and again), PIConGPU#4454 and openmc_data#33 (what is
# resumed is checked, not taken because it is there), hyperqueue#501 and CRABServer#4700 (what was done is not run again).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
n=12000
# Event by event, so that the run lasts a few seconds.
common=(toys --config "$spec" --n-toys "$n" --seed 42 --engine eventwise --threads 1 --out-dir runs --log-level warn)
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE WHAT COMMAND...: standard error goes to err
  local want=$1 what=$2 rc=0
  shift 2
  "$@" > out 2> err || rc=$?
  [ "$rc" -eq "$want" ] || { cat err; fail "$what: exit $rc, not $want"; }
}
said() { grep -q -- "$1" err || { cat err; fail "not said: $1"; }; }
value() { /usr/bin/python3 -c 'import json,sys; print(json.load(open(sys.argv[1]))[sys.argv[2]])' "runs/$1/$2.json" "$3"; }
until_rows() {  # RUN_ID: returns once the journal of the running run grows
  local first='' size
  for ((i = 0; i < 3000; ++i)); do
    size=$(stat -c %s "runs/$1/journal.toyfarm" 2> /dev/null || true)
    first=${first:-$size}
    if [ -n "$size" ] && [ "$size" -gt "$first" ]; then return; fi
    sleep 0.01
  done
  fail "$1: no rows within 30 s"
}
ended() {  # CODE WHAT PID
  local rc=0
  wait "$3" || rc=$?
  [ "$rc" -eq "$1" ] || { cat err; fail "$2: exit $rc, not $1"; }
}
same() { [ "$(sha256sum < "runs/$1/toys.h5")" = "$want" ] || fail "$1: toys.h5 differs from that of an uninterrupted run"; }

"$TOYFARM" "${common[@]}" --run-id reference > out
want=$(sha256sum < runs/reference/toys.h5)
[ "$(value reference manifest n_toys_from_journal)" -eq 0 ] || fail "an uninterrupted run says toys came from its journal"

# Stopped by a time limit, gone on with on two ranks.
for limit in 0.5 1 2 4; do  # a busy machine may not get to the first toy in the shorter ones
  rm -rf runs/limit
  expect 75 "a time limit" "$TOYFARM" "${common[@]}" --run-id limit --time-limit "$limit"
  [ "$(value limit manifest n_toys_computed)" -eq 0 ] || break
done
[ "$(value limit status state)" = stopped ] || fail "status.json of a stopped run says $(value limit status state)"
done_before=$(value limit manifest n_toys_computed)
{ [ "$done_before" -gt 0 ] && [ "$done_before" -lt "$n" ]; } || fail "$done_before toys before the time limit"
[ "$(value limit status n_acknowledged)" -eq "$done_before" ] || fail "rows of a stopped run are not safe on disk"
expect 0 "its resume" "$TOYFARM_MPIEXEC" -np 2 "$TOYFARM" toys --resume runs/limit --log-level warn
same limit
[ "$(value limit manifest n_toys_from_journal)" -eq "$done_before" ] || fail "resume: toys from the journal"
[ "$(value limit manifest n_toys_computed)" -eq $((n - done_before)) ] || fail "resume: toys computed"
expect 0 "a resume of what is complete" "$TOYFARM" toys --resume runs/limit
[ "$(value limit manifest n_toys_computed)" -eq 0 ] || fail "a complete run was run again"
same limit

# Signals, with an exit code of the user's.
for signal in TERM USR1 INT; do
  "$TOYFARM" "${common[@]}" --run-id "sig$signal" --checkpoint-exit-code 85 > out 2> err &
  pid=$!
  until_rows "sig$signal"
  kill "-$signal" "$pid"
  # A shell starts background programs with SIGINT ignored; toyfarm asks for it all the same.
  ended 85 "SIG$signal" "$pid"
  grep -q "SIG$signal" out || fail "SIG$signal is not named"
  expect 0 "resume after SIG$signal" "$TOYFARM" toys --resume "runs/sig$signal" --log-level warn
  same "sig$signal"
done

# Killed again and again, resumed on other numbers of ranks each time.
"$TOYFARM" "${common[@]}" --run-id killed > out 2> err & pid=$!
until_rows killed
kill -KILL "$pid"; wait "$pid" 2> /dev/null || true
"$TOYFARM" status runs/killed > out || fail "status of a killed run"
grep -q killed out || { cat out; fail "status of a killed run does not say so"; }
for time in 1 2 3; do
  expect 75 "resume $time of the killed run" "$TOYFARM" toys --resume runs/killed --time-limit 0.1 --log-level warn
done
expect 76 "publishing a killed run" "$TOYFARM" publish runs/killed
[ "$(value killed manifest complete)" = False ] || fail "a partial result is not marked"
expect 0 "publishing it on purpose" "$TOYFARM" publish runs/killed --allow-partial
expect 0 "its last resume" "$TOYFARM_MPIEXEC" -np 3 "$TOYFARM" toys --resume runs/killed --log-level warn
same killed

# More toys for a finished run.
expect 0 "a run of fewer toys" "$TOYFARM" toys --config "$spec" --n-toys 100 --seed 42 --engine eventwise --run-id more --log-level warn
expect 0 "extended" "$TOYFARM" toys --resume runs/more --extend-to "$n" --log-level warn
same more
[ "$(value more manifest n_toys_from_journal)" -eq 100 ] || fail "the first toys of an extended run were run again"
expect 64 "fewer toys" "$TOYFARM" toys --resume runs/more --extend-to 50

# F11: damage before the rows, be it one bit or a block, costs no toy.
for damage in "5 1" "9 1" "40 1" "200 1" "0 512" "16 4096"; do
  cp -r runs/more runs/damaged
  # shellcheck disable=SC2086  # two words
  /usr/bin/python3 - $damage <<'PY'
import sys
begin, size = int(sys.argv[1]), int(sys.argv[2])
with open("runs/damaged/journal.toyfarm", "r+b") as f:
    f.seek(begin)
    bytes_there = f.read(size)
    f.seek(begin)
    f.write(bytes(b ^ 4 for b in bytes_there))
PY
  expect 0 "a journal with damage at $damage" "$TOYFARM" toys --resume runs/damaged --log-level warn
  said "the journal was damaged in"
  same damaged
  [ "$(value damaged manifest n_toys_from_journal)" -eq "$n" ] || fail "damage at $damage: toys were run again"
  [ -e runs/damaged/journal.toyfarm.damaged ] || fail "damage at $damage: the damaged file is not kept"
  expect 0 "the journal that was mended" "$TOYFARM" toys --resume runs/damaged
  rm -r runs/damaged
done

# What cannot be gone on with.
expect 73 "a run directory that is not empty" "$TOYFARM" "${common[@]}" --run-id limit
said "--resume"
expect 64 "another seed" "$TOYFARM" toys --resume runs/limit --seed 43
said "--seed cannot be given with --resume"
expect 64 "--extend-to alone" "$TOYFARM" "${common[@]}" --extend-to 10000
expect 66 "no such directory" "$TOYFARM" toys --resume runs/nothing
mkdir runs/empty
expect 66 "a directory without a journal" "$TOYFARM" toys --resume runs/empty
cp -r runs/limit runs/other_spec
sed -i 's/"init": *\([0-9.]*\)/"init": 1.0\1/' runs/other_spec/spec.json
cmp -s runs/limit/spec.json runs/other_spec/spec.json && fail "the spec was not changed"
expect 65 "a changed spec" "$TOYFARM" toys --resume runs/other_spec
said "spec"
cp -r runs/limit runs/cut
head -c 100 runs/limit/journal.toyfarm > runs/cut/journal.toyfarm
expect 65 "a journal without its header" "$TOYFARM" toys --resume runs/cut

cat > events.py <<'PY'
import random
random.seed(5)
with open("events.csv", "w") as f:
    print("x", file=f)
    for _ in range(500):
        print(random.gauss(5, 1), file=f)
PY
/usr/bin/python3 events.py
cat > data.json <<'JSON'
{"schema_version": "nextstat_unbinned_spec_v0",
 "model": {"poi": "m", "parameters": [{"name": "m", "init": 4.5, "bounds": [0.0, 10.0]}, {"name": "s", "init": 1.1, "bounds": [0.1, 5.0]}]},
 "channels": [{"name": "SR", "data": {"file": "events.csv"}, "observables": [{"name": "x", "bounds": [-10.0, 20.0]}],
   "processes": [{"name": "p", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]}, "yield": {"type": "fixed", "value": 500.0}}]}]}
JSON
expect 0 "a run of data" "$TOYFARM" toys --config data.json --gen mle --n-toys 50 --out-dir runs --run-id data --log-level warn
mkdir elsewhere
(cd elsewhere && "$TOYFARM" toys --resume ../runs/data --extend-to 80 --log-level warn > ../out) || fail "extending a run of data from another folder"
"$TOYFARM" toys --config data.json --gen mle --n-toys 80 --out-dir runs --run-id data80 --log-level warn > out
cmp -s runs/data/toys.h5 runs/data80/toys.h5 || fail "an extended run of data differs"
echo 5.5 >> events.csv
expect 65 "changed data" "$TOYFARM" toys --resume runs/data
said "data"

# --keep summary leaves no rows once all are there, and the same summary.
expect 75 "--keep summary, stopped" "$TOYFARM" "${common[@]}" --run-id summary --keep summary --time-limit 0.3
[ -s runs/summary/journal.toyfarm ] || fail "--keep summary: a stopped run lost its rows"
expect 0 "--keep summary" "$TOYFARM" toys --resume runs/summary --log-level warn
[ "$(cd runs/summary && echo *)" = "manifest.json merged.out.json metrics.json spec.json status.json stderr.log stdout.log" ] || fail "--keep summary left $(ls runs/summary)"
/usr/bin/python3 - <<'PY' || fail "--keep summary: another summary"
import json
a, b = (json.load(open(f"runs/{r}/merged.out.json")) for r in ("reference", "summary"))
assert a["summary"] == b["summary"] and a["guardrails"] == b["guardrails"]
assert b["approximate"] == [] and b["results"]["arrays_omitted"] and b["results"]["n_toys"] == a["results"]["n_toys"]
PY

# Two at once: one of them is refused and changes nothing.
expect 75 "a run to be gone on with" "$TOYFARM" "${common[@]}" --run-id twice --time-limit 0.1
"$TOYFARM" toys --resume runs/twice > first 2>&1 & pid=$!
until_rows twice
expect 73 "the second of two resumes" "$TOYFARM" toys --resume runs/twice
said "--take-over"
expect 73 "publishing a run that is alive" "$TOYFARM" publish runs/twice
wait "$pid" || { cat first; fail "the first of two resumes"; }
same twice

# -o alone keeps no directory: what is finished is written, and the exit code says that it is not all.
expect 75 "-o alone, stopped" "$TOYFARM" toys --config "$spec" --n-toys "$n" --engine eventwise -o part.json --time-limit 0.3 --log-level warn
[ -s part.json ] || fail "-o alone, stopped: no file"
[ ! -e runs/part ] || fail "-o alone left a directory"
echo "resume: all equal"
