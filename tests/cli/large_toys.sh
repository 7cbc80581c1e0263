#!/usr/bin/env bash
# Toys of 2*10^9 and 4.5*10^9 events are drawn and fitted in the memory of toys of 10^4: their events are weights of nodes.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"

cat > run.py <<'PY'
"""run.py TOYFARM SPEC FACTOR N: N toys of the spec with its yields multiplied, checked. Prints the peak memory in kB."""
import json, re, resource, subprocess, sys
toyfarm, source, factor, n = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
spec = json.load(open(source))
expected = 0.0
for process in spec["channels"][0]["processes"]:
    key = "value" if process["yield"]["type"] == "fixed" else "base_yield"
    process["yield"][key] *= factor
    expected += process["yield"][key]
json.dump(spec, open("spec.json", "w"))

def limit():
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))  # room that is made and never used counts as well

def toys(*options):
    command = [toyfarm, "toys", "--config", "spec.json", "--n-toys", str(n), "--threads", "1", "--log-level", "warn", *options]
    return subprocess.run(command, check=True, capture_output=True, text=True, preexec_fn=limit).stdout

toys("-o", "out.json", "--force")
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
out = json.load(open("out.json"))
assert out["results"]["status"] == ["converged"] * n, out["results"]
assert out["results"]["by_engine"]["compressed"] == n, out["results"]
for poi, sigma in zip(out["results"]["poi_hat"], out["results"]["poi_sigma"]):
    assert abs(poi - 1) < 6 * sigma, (poi, sigma)
for toy in range(n):
    events = int(re.search(r"channel main: (\d+) events", toys("--only-toy", str(toy))).group(1))
    # 6 standard deviations of a Poisson count: false alarm 2e-9, and the seed is fixed.
    assert abs(events - expected) < 6 * expected**0.5, (events, expected)
print(peak)
PY

# T8: room was made for each expected event, whether or not nodes stand for it. Where events must be kept, the channel and their number are named.
refuse() {  # PATTERN OPTIONS...
  local rc=0
  "$TOYFARM" toys --config spec.json --n-toys 1 "${@:2}" > /dev/null 2> stderr || rc=$?
  if [ "$rc" -ne 65 ] || ! grep -Eq "$1" stderr; then
    echo "FAILED: exit $rc instead of 65, or not /$1/"; cat stderr; exit 1
  fi
}

mix=$TOYFARM_SOURCE_DIR/tests/data/mixes/gauss_exp.json
small=$(/usr/bin/python3 run.py "$TOYFARM" "$mix" 1 2)
for factor in 2e5 4.5e5; do  # the second: more events than 32 bits count
  large=$(/usr/bin/python3 run.py "$TOYFARM" "$mix" "$factor" 1)
  echo "$small kB with toys of 10^4 events, $large kB with $factor times as many"
  [ "$large" -le $((small + 16 * 1024)) ] || { echo "FAILED: toys of $factor times as many events took $large kB, not $small kB"; exit 1; }
done

/usr/bin/python3 - "$mix" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
for process in spec["channels"][0]["processes"]:
    process["yield"]["value" if process["yield"]["type"] == "fixed" else "base_yield"] *= 1e8
spec["channels"][0]["include_in_fit"] = False
json.dump(spec, open("spec.json", "w"))
PY
refuse "channel 'main': a toy keeps 1e\+12 events one by one \(with --engine eventwise.*8e\+03 GB" --engine eventwise -o none.json
refuse "channel 'main': a toy keeps 1e\+12 events" --verify 1 --out-dir runs
refuse "/channels/0: channel 'main': a toy keeps 1e\+12 events one by one, which takes 8e\+03 GB; this machine has" --out-dir runs
if [ -e runs ] || [ -e none.json ]; then
  echo "FAILED: a refused run left something behind"
  exit 1
fi
