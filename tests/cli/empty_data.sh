#!/usr/bin/env bash
# T9: a channel in which nothing was observed is data. It is fitted, whatever says so: a file of no rows, a window that none passes, or a common file
# in which no row is the channel's. Toys of no events are fitted likewise.
set -euo pipefail
: "${TOYFARM:?}"
fail() { echo "FAILED: $*"; sed 's/^/    /' stdout stderr | head -20; exit 1; }
run() {  # ARGUMENTS...: must end with 0
  "$TOYFARM" "$@" > stdout 2> stderr || fail "toyfarm $*: exit $?"
}

/usr/bin/python3 - <<'PY'
import json, random
import h5py
random.seed(3)
def process(name, pdf, parameter): return {"name": name, "pdf": pdf, "yield": {"type": "parameter", "name": parameter}}
flat = {"type": "exponential", "observable": "x", "params": ["slope"]}
parameters = [{"name": "s", "init": 5, "bounds": [0, 1000]}, {"name": "b", "init": 40, "bounds": [0, 1000]},
              {"name": "slope", "init": -0.1, "bounds": [-2, 2]}]
peak = {"type": "histogram", "observable": "x", "bin_edges": [0, 4, 6, 10], "bin_content": [0, 1, 0]}
def channel(name, *processes): return {"name": name, "observables": [{"name": "x", "bounds": [0, 10]}], "processes": list(processes)}
def spec(*channels): return {"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": "s", "parameters": parameters}, "channels": list(channels)}
signal = channel("sr", process("sig", peak, "s"))
json.dump(spec(signal, channel("cr", process("bkg", flat, "b"))), open("two.json", "w"))
json.dump(spec(channel("sr", process("sig", peak, "s"), process("bkg", flat, "b"))), open("one.json", "w"))
events = [10 * random.random() for _ in range(50)]
open("cr.csv", "w").write("x\n" + "".join(f"{e}\n" for e in events))
open("none.csv", "w").write("x\n")
open("outside.csv", "w").write("x\n11\n12\n")
open("weighted.csv", "w").write("x,_weight\n")
h5py.File("none.h5", "w").create_dataset("x", shape=(0,), dtype="f8")
both = spec(signal, channel("cr", process("bkg", flat, "b")))
for c in both["channels"]: c["data"] = {"file": "both.csv", "channel": c["name"]}
json.dump(both, open("both.json", "w"))
open("both.csv", "w").write("x,_channel\n" + "".join(f"{e},cr\n" for e in events))
PY

# The channel without events pulls its yield to 0 and nothing else.
check_two() {
  run "$@" -o fit.json --force
  /usr/bin/python3 - "$*" <<'PY' || fail "$*"
import json, sys
f = json.load(open("fit.json"))
s, b, slope = f["bestfit"]
assert f["converged"] and f["status"] == "at_bound", f["status"]
assert s == 0 and abs(b - 50) < 1e-9 and abs(f["uncertainties"][1] - 50**0.5) < 1e-6, (s, b)
assert -0.5 < slope < 0.5 and f["uncertainties"][2] > 0, slope
PY
}
for file in none.csv weighted.csv none.h5; do
  check_two fit --config two.json --data cr=cr.csv --data sr=$file
done
check_two fit --config two.json --data cr=cr.csv --data sr=outside.csv --outside drop
grep -q '2 rows outside the window dropped' stderr || fail "dropped rows are not told"
check_two fit --config both.json
grep -q "no row has _channel 'sr', so that the channel has 0 events; there are: cr" stderr || fail "an absent channel is not told"

# All channels without events: all yields at 0, and a shape that no event supports stays where it was.
run fit --config one.json --data sr=none.csv -o fit.json --force
/usr/bin/python3 -c 'import json; f = json.load(open("fit.json")); assert f["status"] == "at_bound" and f["bestfit"] == [0, 0, -0.1] and f["nll"] == 0, f' || fail "no events at all"
run nll --config one.json --data sr=none.csv
[ "$(cat stdout)" = 45 ] || fail "the NLL of no events is not the expected events"

# Toys at the estimates: one channel never has an event.
run toys --config two.json --data cr=cr.csv --data sr=none.csv --gen mle --n-toys 20 -o toys.json --force
/usr/bin/python3 - <<'PY' || fail "toys --gen mle"
import json
t = json.load(open("toys.json"))
assert t["gen"]["params"][0] == 0 and t["results"]["status"] == ["at_bound"] * 20, t["results"]["status"]
assert t["results"]["poi_hat"] == [0.0] * 20
PY
run toys --config one.json --data sr=none.csv --gen mle --n-toys 5 -o toys.json --force
/usr/bin/python3 -c 'import json; t = json.load(open("toys.json")); assert t["results"]["status"] == ["at_bound"] * 5, t["results"]' || fail "toys of nothing"
