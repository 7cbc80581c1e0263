#!/usr/bin/env bash
# What a run leaves behind, what it prints, and the exit codes of guardrails. Threads of the field: root#9490 (generated parameters are stored),
# combine#847 (what is randomised is stated), pyhf#1427 (a failed fit loses nothing), combine PR#238 (saved toys refit bitwise).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
example=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stderr; fail "toyfarm $*: exit $rc, not $code"; }
}

expect 0 --version
grep -q '^toyfarm [0-9]' stdout || fail "--version"
expect 0 toys --help
grep -q -- '--only-toy' stdout || fail "toys --help"

expect 0 toys --config "$spec" --n-toys 20 --seed 7 --set m=5.1 --out-dir out --run-id r
for f in manifest.json merged.out.json toys.h5 status.json spec.json; do [ -s "out/r/$f" ] || fail "no $f"; done
[ -z "$(find out -name '*.tmp*' -o -name '.*.tmp*')" ] || fail "temporary files left"
grep -q 'toys/s' stdout || fail "no speed printed"
/usr/bin/python3 - <<'PY'
import hashlib, json
m = json.load(open("out/r/manifest.json"))
r = json.load(open("out/r/merged.out.json"))
assert m["schema_version"] == "nextstat.cpu_farm_unbinned_fit_toys_run.v1"
for f in m["files"]:
    data = open("out/r/" + f["name"], "rb").read()
    assert hashlib.sha256(data).hexdigest() == f["sha256"] and len(data) == f["bytes"], f
assert r["gen"]["params"][1] == 5.1 and r["gen"]["overrides"] == {"m": 5.1} and r["gen"]["seed"] == 7
assert r["parameter_names"][r["poi_index"]] == "mu"
assert len(r["results"]["poi_hat"]) == 20 and all(s > 0 for s in r["results"]["poi_sigma"] if s is not None)
assert r["merge"]["schema_version"] == "nextstat.cpu_farm_unbinned_fit_toys_merged.v1"
assert r["guardrails"]["passed"] is True
s = json.load(open("out/r/status.json"))
assert s["n_done"] == 20 and s["exit_code"] == 0
PY

# Events of one toy, refitted, give the row's bits.
expect 0 toys --config "$spec" --n-toys 20 --seed 7 --only-toy 3 --dump-events toy3.h5
grep -o 'nll [^ ]*' stdout > row
expect 0 fit --config "$spec" --toy toy3.h5 -o toy3.json
/usr/bin/python3 - <<'PY'
import json, re
want = float(open("row").read().split()[1]); got = json.load(open("toy3.json"))["nll"]
assert want == got, (want, got)
PY
expect 65 fit --config "$example" --toy toy3.h5

# T4: a density that is negative at the init is moved inside with a notice; a value of --set that mends it is enough.
/usr/bin/python3 - <<'PY'
import json
open("rising.csv", "w").write("x\n" + "".join(f"{10 * ((i + 0.5) / 700) ** 0.5}\n" for i in range(700)))
json.dump({"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [
    {"name": "n", "init": 700, "bounds": [0, 5000]}, {"name": "c1", "init": 1.2, "bounds": [-10, 10]}]},
    "channels": [{"name": "main", "data": {"file": "rising.csv"}, "observables": [{"name": "x", "bounds": [0, 10]}], "processes": [
        {"name": "bkg", "pdf": {"type": "chebyshev", "observable": "x", "params": ["c1"]}, "yield": {"type": "parameter", "name": "n"}}]}]}, open("rising.json", "w"))
PY
expect 0 fit --config rising.json -o -
grep -q "process 'bkg' of channel 'main': the density is negative at x = 0 for the init; moved to c1 = 0.99 instead of 1.2" stderr || fail "no notice of a moved init"
expect 0 toys --config rising.json --n-toys 5 -o -
grep -q "moved to c1 = 0.99 instead" stderr || fail "no notice of a moved generation point"
/usr/bin/python3 -c 'import json; assert abs(json.load(open("stdout"))["gen"]["params"][1] - 0.99) < 1e-5'
expect 0 toys --config rising.json --n-toys 5 --set c1=0.5 -o -
! grep -q moved stderr || fail "moved what --set had mended"

# One JSON, the old way; a dry run writes nothing; guardrails.
expect 0 toys --config "$spec" --n-toys 5 -o -
/usr/bin/python3 -c 'import json; d = json.load(open("stdout")); assert d["results"]["n_toys"] == 5 and d["shard"] is None'
expect 0 toys --config "$spec" --n-toys 5 -o one.json --json-metrics metrics.json
[ ! -e runs ] || fail "-o made a run directory"
/usr/bin/python3 -c 'import json; assert json.load(open("metrics.json"))["schema_version"] == "nextstat_metrics_v0"'
expect 73 toys --config "$spec" --n-toys 5 -o one.json
expect 0 toys --config "$spec" --n-toys 5 -o one.json --force
expect 0 toys --config "$spec" --n-toys 100 --dry-run
grep -q threads stdout || fail "--dry-run prints no plan"
[ ! -e runs ] || fail "--dry-run wrote something"
expect 1 toys --config "$spec" --n-toys 20 --max-abs-poi-pull-mean 1e-9 --out-dir out --run-id guard
[ -s out/guard/merged.out.json ] || fail "a failed guardrail lost the rows"
grep -q 'too large' stdout || fail "a failed guardrail is not named"
expect 0 toys --config "$spec" --n-toys 50 --poi-pull-std-range 0.5 1.5 --require-all-converged --out-dir out --run-id ok

# T13: the pull of a parameter near its bound is made of the toys that are not there; table, JSON and guardrail say of how many. The peak is held,
# else every toy finds one somewhere.
/usr/bin/python3 - "$spec" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
places = {p["pdf"]["params"][0] for c in spec["channels"] for p in c["processes"] if p["pdf"]["type"] == "gaussian"}
for p in spec["model"]["parameters"]:
    if p["name"] in places:
        p["fixed"] = True
assert places, "no peak to hold"
json.dump(spec, open("held.json", "w"))
PY
expect 0 toys --config held.json --n-toys 60 --seed 7 --set mu=0.005 --max-abs-poi-pull-mean 5 -o near.json
grep -Eq "^the pull of 'mu' leaves out [0-9]+ of 60 converged toys \([0-9.]+ %\)" stdout || fail "the table does not say what a pull leaves out"
grep -Eq "^warning: the pull of 'mu' leaves out" stdout || fail "a pull guardrail does not warn"
/usr/bin/python3 - <<'PY'
import json
d = json.load(open("near.json"))
p = d["summary"]["pull"]
assert p["n_left_out"] == d["summary"]["pulls_by_param"]["n_no_error"][0] == 60 - p["n_ok"] > 5, p
assert "leaves out %d of 60" % p["n_left_out"] in p["note"] and d["guardrails"]["warnings"] == [p["note"]], d["guardrails"]
PY

# Old command lines with the program's name replaced.
expect 0 unbinned-fit-toys --config "$spec" --n-toys 4 --seed 7 --threads 0 --log-level warn --output old.json
expect 0 unbinned-fit-toys --config "$spec" --n-toys 4 --seed 7 --shard 0/2 --output s0.json
expect 0 unbinned-fit-toys --config "$spec" --n-toys 4 --seed 7 --shard 1/2 --output s1.json
expect 0 unbinned-merge-toys s0.json s1.json -o m.json

# Several ranks: a mistake is printed once, and the job ends with its code.
rc=0; "$TOYFARM_MPIEXEC" -np 3 "$TOYFARM" toys --config absent.json 2> stderr || rc=$?
[ "$rc" -eq 66 ] || fail "3 ranks, absent spec: exit $rc"
[ "$(grep -c 'no such file' stderr)" -eq 1 ] || fail "3 ranks: the message is not printed once"
rc=0; "$TOYFARM_MPIEXEC" -np 3 "$TOYFARM" toys --config "$spec" --n-toys x 2> stderr || rc=$?
[ "$rc" -eq 64 ] || fail "3 ranks, bad number: exit $rc"
[ "$(grep -c 'whole number' stderr)" -eq 1 ] || fail "3 ranks: the usage message is not printed once"

# A disk that fills up while rows are put by (a limit on the size of files stands for it; over TCP, since shared memory would need larger files):
# 74, said once, on any number of ranks.
full_disk="trap '' XFSZ; ulimit -f 32; exec \"\$@\""
for np in 1 3; do
  launcher=(); [ "$np" -eq 1 ] || launcher=("$TOYFARM_MPIEXEC" --mca btl "self,tcp" -np "$np")
  rc=0; timeout 60 "${launcher[@]}" bash -c "$full_disk" bash "$TOYFARM" toys --config "$spec" --n-toys 2000 --out-dir out --run-id "full$np" > stdout 2> stderr || rc=$?
  [ "$rc" -eq 74 ] || { cat stderr; fail "$np ranks, a full disk: exit $rc"; }
  [ "$(grep -c 'journal.toyfarm' stderr)" -eq 1 ] || fail "$np ranks, a full disk: not said once"
  [ ! -e "out/full$np/toys.h5" ] || fail "$np ranks, a full disk: a table"
done
rc=0; TMPDIR=$PWD/nowhere "$TOYFARM" toys --config "$spec" --n-toys 5 -o tmpdir.json 2> stderr || rc=$?
[ "$rc" -eq 73 ] || fail "no folder for temporary files: exit $rc"
grep -q TMPDIR stderr || fail "no folder for temporary files: TMPDIR is not named"
echo "outputs: all as documented"
