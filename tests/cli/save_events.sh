#!/usr/bin/env bash
# Files of toys' events: the same bytes on any ranks, what --dump-events writes, and fits of them are the toys' rows.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
expect() {
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" >out 2>err || rc=$?
  [ "$rc" = "$code" ] || fail "exit $rc instead of $code: $* ($(cat err))"
}
said() { grep -qF -- "$1" "$2" || fail "'$1' is not in: $(cat "$2")"; }

n=12
for spec in "$TOYFARM_SOURCE_DIR"/jobscripts/examples/gauss_exp.json "$TOYFARM_SOURCE_DIR"/tests/data/two_channels.json; do
  rm -rf alone ranks without.json rows.json
  toys=(toys --config "$spec" --n-toys "$n" --seed 8 --threads 2)
  expect 0 "${toys[@]}" --shard 0/1 -o without.json
  expect 0 "${toys[@]}" --shard 0/1 -o rows.json --save-events alone
  [ "$(find alone -type f | wc -l)" = "$n" ] || fail "not a file per toy: $(ls -A alone)"
  "$TOYFARM_MPIEXEC" -np 3 "$TOYFARM" "${toys[@]}" -o - --save-events ranks >/dev/null 2>err || fail "on 3 ranks: $(cat err)"
  diff -r -x '.*' alone ranks || fail "other events on 3 ranks"
  expect 0 "${toys[@]}" --only-toy 5 --dump-events dump.h5 --force
  cmp dump.h5 alone/toy_5.h5 || fail "not the events of --dump-events"
  for toy in 0 7; do
    data=()
    for channel in $(/usr/bin/python3 -c 'import json, sys; print(*(c["name"] for c in json.load(open(sys.argv[1]))["channels"]))' "$spec"); do
      data+=(--data "$channel=alone/toy_$toy.h5")
    done
    expect 0 fit --config "$spec" "${data[@]}" -o "fit_$toy.json" --force
    /usr/bin/python3 - rows.json without.json "fit_$toy.json" "$toy" <<'PY'
import json, sys
rows, without, fit = (json.load(open(f)) for f in sys.argv[1:4])
toy = int(sys.argv[4])
rows, without = rows["results"]["rows"], without["results"]["rows"]
assert rows == without, "rows depend on what is written"
estimates, errors = rows["estimate"][toy], rows["error"][toy]
assert rows["status"][toy] == "converged", rows["status"]
assert sum(e is not None and e > 0 for e in errors) > 2, errors
for name, value, error, found in zip(fit["parameter_names"], estimates, errors, fit["bestfit"]):
    assert abs(found - value) <= 1e-5 * (error or 0), (name, found, value, error)
assert abs(fit["nll"] - rows["nll"][toy]) < 1e-5, (fit["nll"], rows["nll"][toy])
PY
  done
done

# What is there stays, unless it is asked to go; parts of a study may share a folder.
expect 73 "${toys[@]}" -o other.json --save-events alone
said "exists; give --save-events another folder, or --force" err
[ ! -e other.json ] || fail "written in spite of a refusal"
touch -d 2020-01-01 alone/*
expect 0 "${toys[@]}" -o other.json --save-events alone --force
[ -z "$(find alone -not -newermt 2020-06-01 -type f)" ] || fail "--force leaves old files"
for part in 0 1; do
  expect 0 "${toys[@]}" --shard "$part/2" -o "part_$part.json" --save-events parts
done
diff -r alone parts || fail "other events by parts"
touch file
expect 73 "${toys[@]}" -o third.json --save-events file
expect 64 "${toys[@]}" --only-toy 1 --save-events third
said "--dump-events" err

# A run that goes on writes the toys that it runs.
expect 0 "${toys[@]}" --run-id first --save-events part
expect 0 toys --resume runs/first --extend-to "$((n + 3))" --save-events part
[ "$(find part -type f | wc -l)" = "$((n + 3))" ] || fail "resumed: $(ls -A part)"
cmp part/toy_3.h5 alone/toy_3.h5 || fail "other events where a run goes on"
echo ok
