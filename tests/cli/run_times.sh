#!/usr/bin/env bash
# L9: begin, end and seconds of every rank are those of its work, also of rank 0, of runs that are stopped, and of runs that are published after a crash.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
endless=(toys --config "$spec" --n-toys 5000000 --threads 1 --out-dir runs --log-level warn --checkpoint-interval 0.1)

cat > check.py <<'PY'
import datetime, json, sys
# RUN SECONDS: its manifest; so long it worked at least
run, least = sys.argv[1], float(sys.argv[2])
m = json.load(open(f"runs/{run}/manifest.json"))
time = lambda word: datetime.datetime.fromisoformat(word)
for r in m["results"]:
    lasted = (time(r["end_utc"]) - time(r["start_utc"])).total_seconds()
    assert least <= lasted <= 60, (run, r["shard_index"], "lasted", lasted)
    assert lasted <= (time(m["end_utc"]) - time(m["start_utc"])).total_seconds() + 1e-3, (run, r["shard_index"])
    assert time(m["start_utc"]) <= time(r["start_utc"]) and time(r["end_utc"]) <= time(m["end_utc"]), (run, r["shard_index"])
    assert r["n_done"] > 0 and 0.3 * least <= r["elapsed_s"] <= lasted + 0.1, (run, r["shard_index"], "elapsed", r["elapsed_s"], lasted)
assert least <= m["wall_s"] <= 60, (run, m["wall_s"])
metrics = json.load(open(f"runs/{run}/metrics.json"))["timing"]
assert least <= metrics["wall_time_s"] <= 60 and metrics["breakdown"]["toys"]["fit_s"] >= 0.3 * least, (run, metrics)
PY
check() { /usr/bin/python3 check.py "$@" || fail "$1"; }
stops() {  # COMMAND...
  local rc=0
  "$@" > out || rc=$?
  [ "$rc" -eq 75 ] || fail "exit $rc, not 75: $*"
}

stops "$TOYFARM" "${endless[@]}" --run-id one --time-limit 1.5
check one 1
speed=$(sed -n 's/^\([0-9]*\)\.[0-9]* toys\/s .*/\1/p' out)
[[ ${speed:-0} -gt 0 && $speed -lt 1000000 ]] || { cat out; fail "a speed of $speed toys per second"; }
stops "$TOYFARM_MPIEXEC" -np 2 "$TOYFARM" "${endless[@]}" --run-id two --time-limit 1.5
check two 1
stops "$TOYFARM" toys --resume runs/one --time-limit 1.5 --log-level warn
check one 1

# Killed: another process makes files of the journal later, and says when the run worked.
"$TOYFARM" "${endless[@]}" --run-id killed > out 2>&1 &
pid=$!
for ((i = 0; i < 200; ++i)); do
  if [ -e runs/killed/status.json ] && /usr/bin/python3 -c 'import json; exit(json.load(open("runs/killed/status.json"))["elapsed_s"] < 1)'; then
    break
  fi
  sleep 0.1
done
kill -KILL "$pid"
wait "$pid" || true
sleep 1.5
rc=0; "$TOYFARM" publish runs/killed > out || rc=$?
[ "$rc" -eq 76 ] || fail "publish: exit $rc, not 76"
check killed 0.9
/usr/bin/python3 -c '
import datetime, json
m = json.load(open("runs/killed/manifest.json"))
time = lambda word: datetime.datetime.fromisoformat(word)
assert (time(m["end_utc"]) - time(m["results"][0]["end_utc"])).total_seconds() > 1, "the run ended when it was killed, not when it was published"
assert json.load(open("runs/killed/status.json"))["started_utc"] == m["start_utc"]' || fail "times of a run that was published later"
echo "run times: those of the work"
