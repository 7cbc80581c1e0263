#!/usr/bin/env bash
# scan, significance, limit and impacts on the example of a search: what they print, write and refuse.
set -euo pipefail
: "${TOYFARM:?}"
spec=$(cd "${BASH_SOURCE[0]%/*}/../.." && pwd)/jobscripts/examples/search.json
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

fail() {
  echo "FAILED: $*" >&2
  exit 1
}
# expect CODE WORDS...: the program's exit code and, on stderr, what it says
expect() {
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" >out 2>err || rc=$?
  [ "$rc" = "$code" ] || fail "exit $rc instead of $code: $* ($(cat err))"
}
said() { grep -qF -- "$1" "$2" || fail "'$1' is not in: $(cat "$2")"; }

expect 0 significance --config "$spec" --expect 1
said "observed q0 12.402" out
said "Z 3.5216" out
expect 0 limit --config "$spec"
said "observed upper limit on mu at 95 % CL: 2.6279" out
expect 0 impacts --config "$spec" --fast
said "efficiency" out
expect 0 scan --config "$spec" --poi mu=0:3:4 --cl 0.9
said "90 % interval" out

# Files: one of the user's name, or one in a run directory; none is replaced.
expect 0 limit --config "$spec" -o limit.json
expect 73 limit --config "$spec" -o limit.json
expect 0 limit --config "$spec" -o limit.json --force
expect 0 scan --config "$spec" --poi mu=0:3:4 --run-id a --out-dir answers
said "wrote answers/a/scan.json" out
expect 73 scan --config "$spec" --poi mu=0:3:4 --run-id a --out-dir answers
expect 0 limit --config "$spec" -o -
cmp out limit.json || fail "standard output is not the file"
/usr/bin/python3 - limit.json answers/a/scan.json <<'PY'
import json, sys
limit, scan = (json.load(open(f)) for f in sys.argv[1:])
assert limit["command"] == "limit" and limit["poi"] == "mu" and limit["complete"] is True, limit
assert limit["observed"]["value"] == limit["asymptotic"]["observed"], limit
bands = [limit["expected"]["A"][b] for b in ("-2", "-1", "0", "+1", "+2")]
assert bands == sorted(bands) and bands[0] > 0, bands
assert [p["values"] for p in scan["points"]] == [[0], [1], [2], [3]], scan
assert all(p["two_delta_nll"] >= 0 for p in scan["points"]), scan
PY

# The data are no place for an answer.
cp "${spec%/*}"/search.csv mine.csv
expect 64 limit --config "$spec" --data dijet=mine.csv -o mine.csv --force
said "one of the inputs" err

# Blind: other data, the same answer.
cp "${spec%/*}"/search.csv all.csv
head -n 300 all.csv >fewer.csv
for data in all.csv fewer.csv; do
  expect 0 limit --config "$spec" --data "dijet=$data" --blind -o "$data.json"
  expect 0 significance --config "$spec" --data "dijet=$data" --blind --expect 1 -o "$data.z.json"
  expect 0 impacts --config "$spec" --data "dijet=$data" --blind -o "$data.impacts.json"
done
for kind in json z.json impacts.json; do
  cmp "all.csv.$kind" "fewer.csv.$kind" || fail "a blind answer shows the data ($kind)"
done

# Data without fluctuations, as a file: its significance is what is expected.
expect 0 asimov --config "$spec" --set mu=1 -o asimov.h5
said "channel dijet" out
said "wrote asimov.h5" out
expect 73 asimov --config "$spec" -o asimov.h5
expect 0 fit --config "$spec" --data dijet=asimov.h5 -o fit.json
expect 0 significance --config "$spec" --data dijet=asimov.h5 -o asimov.json
expect 0 significance --config "$spec" --expect 1 -o expected.json
/usr/bin/python3 - <<'PY'
import json
fit, found, expected = (json.load(open(f)) for f in ("fit.json", "asimov.json", "expected.json"))
assert abs(fit["bestfit"][fit["parameter_names"].index("mu")] - 1) < 1e-6, fit["bestfit"]
assert abs(found["z"] - expected["expected"]["0"]) < 1e-6, (found["z"], expected["expected"])
PY
expect 64 asimov --config "$spec" --set nu=1 -o other.h5
said "no parameter 'nu'; did you mean 'mu'?" err
expect 64 asimov --config "$spec" --set mu=99 -o other.h5
expect 64 asimov --config "$spec" --blind --nuisances mle -o other.h5
expect 64 asimov --config "$spec" -o -
expect 64 asimov --config "$spec"
[ ! -e other.h5 ] || fail "a refused question leaves a file"

# Limits by mass, one run after the other.
expect 0 limit --config "$spec" --mass 320 --limits limits.json --run-id m320 --out-dir masses
expect 0 limit --config "$spec" --mass 330.5 --limits limits.json --fix mass_signal=330.5
expect 0 limit --config "$spec" --mass 320 --limits limits.json --blind
cp limits.json before.json
/usr/bin/python3 - masses/m320 <<'PY'
import json, sys
one, all, limit = (json.load(open(f)) for f in (sys.argv[1] + "/limits.json", "limits.json", sys.argv[1] + "/limit.json"))
assert list(one) == ["320.0"] and set(all) == {"320.0", "330.5"}, (one, all)
bands = {"exp" + b: v for b, v in limit["expected"]["A"].items()}
assert one["320.0"] == {"obs": limit["observed"]["value"]} | bands, one
assert set(all["330.5"]) == set(one["320.0"]) and set(all["320.0"]) == set(bands), all
PY
expect 64 limit --config "$spec" --mass 320
said "--limits FILE" err
expect 64 limit --config "$spec" --limits limits.json
expect 65 limit --config "$spec" --mass 320 --limits fit.json
said "is not a file of limits" err
cmp limits.json before.json || fail "a refused question changes the limits"

# Refusals name the parameter and what to do.
expect 65 limit --config "$spec" --fix mu
said "--float mu" err
expect 64 significance --config "$spec" --blind
said "--expect" err
expect 64 scan --config "$spec" --poi nu=0:1:2
said "no parameter 'nu'; did you mean 'mu'?" err
expect 64 scan --config "$spec" --poi mu=-1:1:2
said "outside its bounds" err
expect 64 scan --config "$spec" --poi mu=1:0:2
expect 64 scan --config "$spec" --poi mu=0:1
expect 64 scan --config "$spec"
expect 64 limit --config "$spec" --cl 95
expect 64 limit --config "$spec" --physical-bound -1
expect 64 significance --config "$spec" --expect 0
expect 66 limit --config nowhere.json
echo ok
