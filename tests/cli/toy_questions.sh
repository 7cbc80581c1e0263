#!/usr/bin/env bash
# Questions that toys answer, on the example of a search: the same bytes on any ranks and threads, after kills and stops; what they print and refuse.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/jobscripts/examples/search.json
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

limit=(limit --config "$spec" --method toys --n-toys 400 --grid 1:4:6)
expect 0 "${limit[@]}" -o alone.json --threads 2
said "observed upper limit on mu" out
said "(toys)" out
for ranks in 1 2 3; do
  "$TOYFARM_MPIEXEC" -np "$ranks" "$TOYFARM" "${limit[@]}" -o "ranks_$ranks.json" --threads 1 >out 2>err || fail "on $ranks ranks: $(cat err)"
  cmp alone.json "ranks_$ranks.json" || fail "another answer on $ranks ranks"
  [ "$(grep -c "observed upper limit" out err | awk -F: '{n += $2} END {print n}')" -ge 1 ] || fail "nothing is told on $ranks ranks"
done

# One document on standard output, whatever the ranks, also of a question that fits answer.
"$TOYFARM_MPIEXEC" -np 2 "$TOYFARM" limit --config "$spec" -o - >both.json 2>err || fail "$(cat err)"
expect 0 limit --config "$spec" -o single.json
cmp both.json single.json || fail "two ranks print something else than one"

# A time limit stops it; what there is stays.
rc=0
"$TOYFARM" interval --config "$spec" --n-toys 100000 --grid 0:4:12 --out-dir . --run-id slow --time-limit 1 >out 2>err || rc=$?
[ "$rc" = 75 ] || fail "exit $rc instead of 75 at the time limit: $(cat err)"
said "toyfarm interval --resume" err
expect 64 limit --resume slow
said "of \`toyfarm interval\`" err
expect 64 interval --resume slow --seed 3
said "--seed cannot be given with --resume" err

/usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/question_kill.py" "$TOYFARM" "$TOYFARM_MPIEXEC" "$spec" --rounds "${TOYFARM_KILLS:-4}"

expect 0 significance --config "$spec" --method toys --n-toys 2000 --expect 1 -o z.json
expect 0 coverage --config "$spec" --n-toys 400 --grid 0.5:2:2 -o coverage.json
expect 0 bias --config "$spec" --n-toys 400 -o bias.json
expect 0 interval --config "$spec" --n-toys 300 --grid 0:4:9 -o interval.json
/usr/bin/python3 - <<'PY'
import json
limit, z, coverage, bias, interval = (json.load(open(f)) for f in ("alone.json", "z.json", "coverage.json", "bias.json", "interval.json"))
for answer in (limit, z, coverage, bias, interval):
    assert answer["poi"] == "mu" and answer["n_toys"] > 0 and answer["n_failed"] == 0 and answer["complete"] is True, answer
for point in limit["cls"]:
    assert point["n_sb"] == 400 and point["n_b"] == 400, point
    assert point["cls"]["value"] >= point["p_sb"]["value"], point
assert set(limit["expected"]) == {"A", "B"} and set(limit["expected"]["A"]) == {"-2", "-1", "0", "+1", "+2"}, limit
for name in ("value", "low", "high", "low_failed", "high_failed"):
    assert name in z["p0"] and name in z["z"], z
assert {(p["truth"], p["cl"], p["method"]) for p in coverage["points"]} == {(t, c, m) for t in (0.5, 2) for c in (0.6827, 0.95) for m in ("hessian", "profile")}
assert bias["points"][0]["pull_width"]["value"] > 0.5, bias
assert [i["cl"] for i in interval["intervals"]] == [0.6827, 0.95] and len(interval["belt"]) == 9, interval
PY

# Another model: the same one gives the same answer; one with another prior is refused, for it has no global observables in these toys.
cp "${spec%/*}"/search.csv .
/usr/bin/python3 - "$spec" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
constrained = next(p for p in spec["model"]["parameters"] if "constraint" in p)
for name, sigma in (("same.json", 1), ("wide.json", 2)):
    constrained["constraint"]["sigma"] *= sigma
    json.dump(spec, open(name, "w"))
PY
expect 0 bias --config "$spec" --n-toys 400 --fit-config same.json -o other.json
/usr/bin/python3 -c 'import json
a, b = (json.load(open(f))["points"][0]["pull_mean"]["value"] for f in ("bias.json", "other.json"))
assert abs(a - b) < 0.02, (a, b)'
expect 65 bias --config "$spec" --n-toys 400 --fit-config wide.json
said "has not the same constraints" err

expect 64 significance --config "$spec" --method toys --grid 0:2:3
expect 0 limit --config "$spec" --method toys --n-toys 20 --grid 0.5:5:5
said "at least 200 are needed" err
expect 64 limit --config "$spec" --method toys --bounds mu=0.5:5
said "do not hold 0" err
expect 64 limit --config "$spec" --n-toys 10
said "it needs --method toys" err
expect 64 limit --method toys
said "--config is required" err
expect 64 limit --config "$spec" --method toys --grid 5:1:3
expect 64 limit --config "$spec" --method toys --grid -1:3:5
said "must lie within" err
expect 64 limit --config "$spec" --method toys --blind --nuisances profiled
expect 66 limit --resume nowhere
echo ok
