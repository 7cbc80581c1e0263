#!/usr/bin/env bash
# --fix, --float, --bounds and --poi change the model for one run: the run is the one of a spec that says so, when it begins, is resumed, is a shard of a
# rendered study and is merged.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
fail() { echo "FAILED: $*"; sed 's/^/    /' stdout stderr | head -20; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || fail "toyfarm $*: exit $rc, not $code"
}

spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
/usr/bin/python3 - "$spec" <<'PY'
import json, sys
spec = json.load(open(sys.argv[1]))
parameters = {p["name"]: p for p in spec["model"]["parameters"]}
parameters["s"].update(init=0.5, fixed=True)
parameters["m"].update(bounds=[4.5, 5.5])
parameters["spare"].update(bounds=[1, 3])
spec["model"]["poi"] = "m"
json.dump(spec, open("changed.json", "w"))
PY
changes=(--fix s=0.5 --bounds m=4.5:5.5 --bounds spare=1:3 --float spare --poi m)
same_rows() { same_table "$1/toys.h5" written/toys.h5 || fail "$1: other rows than those of the spec that says so"; }
same_table() {  # all but the spec's own text
  /usr/bin/python3 - "$1" "$2" <<'PY'
import sys
import h5py, numpy
def content(name):
    out = {}
    def take(path, item):
        if isinstance(item, h5py.Dataset) and path != "spec":
            out[path] = item[()]
        out.update({f"{path}@{key}": value for key, value in item.attrs.items()})
    with h5py.File(name) as file:
        file.visititems(take)
        out.update({f"@{key}": value for key, value in file.attrs.items()})
    return out
one, other = content(sys.argv[1]), content(sys.argv[2])
different = [key for key in one.keys() | other.keys() if key not in one or key not in other or numpy.asarray(one[key]).tobytes() != numpy.asarray(other[key]).tobytes()]
sys.exit(f"differ in {different}" if different or len(one) < 20 else 0)
PY
}
toys=(--n-toys 30 --seed 5 --threads 1 --out-dir .)

expect 0 toys --config changed.json "${toys[@]}" --run-id written
expect 0 toys --config "$spec" "${changes[@]}" "${toys[@]}" --run-id optioned
same_rows optioned
cmp -s optioned/spec.json "$spec" && fail "the run directory holds the spec of before"

# --- resumed: the directory knows the model, and no option changes it any more
expect 0 toys --config "$spec" "${changes[@]}" --n-toys 12 --seed 5 --threads 1 --out-dir . --run-id grown
expect 64 toys --resume grown --fix m
grep -q -- "--fix cannot be given with --resume" stderr || fail "--fix with --resume is not named"
expect 0 toys --resume grown --extend-to 30 --threads 1
same_rows grown

# --- rendered
expect 0 render --scheduler slurm --config "$spec" "${changes[@]}" --n-toys 30 --seed 5 --threads 1 --shards 2 --out-dir . --run-id rendered
for shard in 0 1; do
  bash rendered/run_one_shard.sh "$shard" > stdout 2> stderr || fail "shard $shard: exit $?"
done
expect 0 merge --manifest rendered/manifest.json --out rendered/merged.out.json
same_rows rendered
expect 64 toys --study rendered/study.toyfarm --poi m -o x.json
grep -q -- "--poi cannot be given with --study" stderr || fail "--poi with --study is not named"

# --- of fits, and refused by option and name
printf 'x,y\n3,0.1\n5,-0.5\n7,0.6\n' > events.csv
data=(--data peak=events.csv --data plane=events.csv --data control=events.csv)
expect 0 nll --config "$spec" "${data[@]}" --fix s=0.5
mv stdout one
expect 0 nll --config changed.json "${data[@]}"
cmp one stdout || fail "the NLL at the init differs"
expect 64 nll --config "$spec" --fix nothing
grep -q -- "--fix nothing: the spec has no such parameter" stderr || fail "an unknown parameter is not named"
expect 64 nll --config "$spec" --fix s=7
grep -q -- "--fix s: 7 is outside its bounds \[0.1, 2\]" stderr || fail "the bounds are not told"
expect 64 nll --config "$spec" --bounds m=6:4
expect 64 nll --config "$spec" --bounds m
expect 64 nll --config "$spec" --float spare
echo "model changes: the same toys as of a spec that says so"
