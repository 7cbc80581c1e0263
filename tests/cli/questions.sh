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
