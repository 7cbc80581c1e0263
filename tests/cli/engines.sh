#!/usr/bin/env bash
# The engines as a user meets them: paths counted in the summary and the JSON, --verify, --max-event-memory, fits of observed data, bench.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
mix=$TOYFARM_SOURCE_DIR/tests/data/mixes/gauss_exp.json
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stderr; fail "toyfarm $*: exit $rc, not $code"; }
}
check() { /usr/bin/python3 -c "import json; d = json.load(open('$1')); $2" || fail "$1: $2"; }

for engine in auto compressed eventwise; do
  expect 0 toys --config "$mix" --n-toys 50 --engine "$engine" --run-id "$engine"
  cp stdout "$engine.txt"
done
grep -q 'fitted by nodes 50, by finer nodes 0, event by event 0; largest certified bound [0-9.e-]*$' auto.txt || fail "no paths in the summary"
grep -q 'fitted by nodes 0, by finer nodes 0, event by event 50$' eventwise.txt || fail "no paths of eventwise"
check runs/compressed/merged.out.json 'r = d["results"]; assert r["by_engine"] == {"compressed": 50, "eventwise": 0, "refined": 0}, r'
check runs/compressed/merged.out.json 'b = d["summary"]["largest_certified_bound"]; assert 0 < b <= 1e-6, b'
check runs/eventwise/merged.out.json 'assert d["summary"]["largest_certified_bound"] == 0'

# The same toys either way: estimates agree to a millionth of an error.
/usr/bin/python3 - <<'PY' || fail "auto and eventwise differ"
import json
a, b = (json.load(open(f"runs/{e}/merged.out.json"))["results"] for e in ("auto", "eventwise"))
assert a["poi_hat"] != b["poi_hat"]
for x, y, s in zip(a["poi_hat"], b["poi_hat"], b["poi_sigma"]):
    assert abs(x - y) <= 1e-6 * s, (x, y, s)
PY

expect 0 toys --config "$mix" --n-toys 50 --verify 10 --run-id verified
grep -q 'verified 10 toys event by event: largest differences [0-9.e-]* in NLL, [0-9.e-]* errors in an estimate$' stdout || fail "--verify says nothing"
check runs/verified/manifest.json 'v = d["verification"]; assert v["n_toys"] == 10 and v["passed"] and v["n_other_status"] == 0 and v["largest_nll_difference"] <= 1e-6, v'
check runs/auto/manifest.json 'assert d["verification"] is None'
cmp runs/auto/toys.h5 runs/verified/toys.h5 || fail "--verify changed the toys"
expect 0 toys --config "$mix" --n-toys 3 --verify 10 --run-id few
grep -q 'verified 3 toys' stdout || fail "--verify of more toys than there are"

# Observed data, by nodes and by events.
/usr/bin/python3 - "$mix" <<'PY'
import json, random, sys
d = json.load(open(sys.argv[1]))
random.seed(1)
with open("data.csv", "w") as f:
    f.write("mass\n")
    n = 0
    while n < 3000:
        x = random.gauss(91, 2.5) if random.random() < 0.25 else 60 + random.expovariate(0.03)
        if 60 <= x < 120:
            f.write(f"{x!r}\n")
            n += 1
d["channels"][0]["data"] = {"file": "data.csv"}
json.dump(d, open("observed.json", "w"))
PY
# Whatever the engine asked for, observed data are fitted on their events, and a notice says so.
expect 0 fit --config observed.json -o plain.json
for engine in auto compressed eventwise; do
  expect 0 fit --config observed.json --engine "$engine" -o "$engine.json"
  grep -q 'observed data are fitted on their events' stderr || fail "no notice of --engine $engine"
  cmp plain.json "$engine.json" || fail "--engine $engine changed a fit of observed data"
done
check plain.json 'assert d["engine"] == "eventwise" and d["starts"]["tried"] > 1 and d["converged"], d'

expect 0 bench --config "$mix" --n-toys 200 --json
check stdout 'assert d["toys"] == 200 and d["paths"] == {"compressed": 200, "refined": 0, "eventwise": 0, "uncertified": 0}, d'
check stdout 'assert d["toys_per_s_per_core"] > 0 and d["ns_per_event_generate"] > 0 and d["us_per_fit"] > 0 and 0 < d["max_bound"] <= 1e-6 and d["isa"], d'
expect 0 bench --config "$mix" --n-toys 20 --threads 2 --engine eventwise
grep -q '^ns_per_event_pass ' stdout || fail "bench has no time per event and pass"
for words in "bench --n-toys 0" "bench --threads 0" "toys --max-event-memory x" "toys --max-event-memory -1" "toys --verify some" "fit --engine fast"; do
  read -ra arguments <<< "$words"
  expect 64 "${arguments[@]}" --config "$mix"
done
