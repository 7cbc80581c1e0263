#!/usr/bin/env bash
# The same toys, byte for byte, whatever the ranks, threads and shards: toys.h5 by SHA-256, the arrays of merged.out.json by value.
# Threads of the field: combine#883 (same seed, other result), root#18738 (bits), CombineHarvester#253 (any partition), pyhf#829 and #807 (sum of several jobs),
# CombineHarvester#303 (one row per toy), root#17344 (the parallelism used is reported), root PR#14993 and combine PR#1033 (a parallel path that nobody ran died unseen: here it is the only one).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
n=40
common=(toys --config "$spec" --n-toys "$n" --seed 42 --out-dir runs --log-level warn)

arrays() {  # the arrays of a result file, and what identifies it
  /usr/bin/python3 - "$1" <<'PY'
import json, sys
d = json.load(open(sys.argv[1]))
r = d["results"]
print(json.dumps([d["gen"], d["parameter_names"], r["n_toys"], r["converged"], r["poi_hat"], r["poi_sigma"], r["nll"], d["summary"], d["guardrails"]], sort_keys=True))
PY
}
fail() { echo "FAILED: $*"; exit 1; }

"$TOYFARM" "${common[@]}" --run-id reference --threads 1 > /dev/null
want=$(sha256sum < runs/reference/toys.h5)
arrays runs/reference/merged.out.json > reference.arrays

for np in 1 2 3 6; do
  for threads in 1 2 4; do
    id=np${np}_t${threads}
    OMP_NUM_THREADS=1 "$TOYFARM_MPIEXEC" -np "$np" "$TOYFARM" "${common[@]}" --run-id "$id" --threads "$threads" > "$id.out" || fail "$id: exit $?"
    [ "$(sha256sum < "runs/$id/toys.h5")" = "$want" ] || fail "$id: toys.h5 differs"
    arrays "runs/$id/merged.out.json" | cmp -s - reference.arrays || fail "$id: merged.out.json differs"
    /usr/bin/python3 - "runs/$id/manifest.json" "$np" "$n" <<'PY' || fail "$id: manifest"
import json, sys
m = json.load(open(sys.argv[1])); np = int(sys.argv[2]); n = int(sys.argv[3])
assert len(m["plans"]) == np and len(m["results"]) == np, (len(m["plans"]), len(m["results"]))
assert sum(p["n_toys"] for p in m["plans"]) == n
assert all(p["threads"] >= 1 for p in m["plans"]) and all(r["status"] == "ok" for r in m["results"])
PY
  done
done

pieces=()
for i in 0 1 2; do
  "$TOYFARM" "${common[@]}" --run-id "shard$i" --shard "$i/3" --threads 2 > /dev/null
  "$TOYFARM" toys --config "$spec" --n-toys $n --seed 42 --shard "$i/3" -o "s$i.json" --log-level warn > /dev/null
  pieces+=(--input "runs/shard$i")
done
"$TOYFARM" merge "${pieces[@]}" --out merged.out.json > /dev/null
[ "$(sha256sum < toys.h5)" = "$want" ] || fail "three shards merged: toys.h5 differs"
arrays merged.out.json | cmp -s - reference.arrays || fail "three shards merged: merged.out.json differs"
mkdir by_json
"$TOYFARM" merge --input s2.json --input s0.json --input s1.json --out by_json/merged.out.json > /dev/null
[ "$(sha256sum < by_json/toys.h5)" = "$want" ] || fail "shards as JSON, in any order: toys.h5 differs"

# A piece twice, a piece of another seed, a piece missing.
rc=0; "$TOYFARM" merge --input s0.json --input s0.json --input s1.json --out twice.json 2> err || rc=$?
[ "$rc" -eq 65 ] || fail "a piece twice: exit $rc"
"$TOYFARM" toys --config "$spec" --n-toys $n --seed 43 --shard 2/3 -o other.json --log-level warn > /dev/null
rc=0; "$TOYFARM" merge --input s0.json --input s1.json --input other.json --out other.out.json 2> err || rc=$?
{ [ "$rc" -eq 65 ] && grep -q seed err; } || fail "a piece of another seed: exit $rc"
rc=0; "$TOYFARM" merge --input s0.json --input s2.json --out gap.json 2> err || rc=$?
[ "$rc" -eq 76 ] || fail "a piece missing: exit $rc"
[ ! -e gap.json ] || fail "a piece missing: wrote a file"
"$TOYFARM" merge --input s0.json --input s2.json --allow-partial --out gap.json > /dev/null 2> err || fail "a piece missing, allowed"

# More ranks than toys: idle ranks are normal.
"$TOYFARM_MPIEXEC" -np 3 "$TOYFARM" toys --config "$spec" --n-toys 2 --out-dir runs --run-id few --log-level warn > /dev/null || fail "2 toys on 3 ranks"
# Toy 17 alone is toy 17 of the run (combine#109), and two seeds share no toy (icecube/pisa#33 and others).
"$TOYFARM" toys --config "$spec" --n-toys $n --seed 42 --only-toy 17 --log-level warn > toy17
/usr/bin/python3 - toy17 runs/reference/merged.out.json other.json <<'PY' || fail "toy 17 alone differs, or seeds share toys"
import json, re, sys
text = open(sys.argv[1]).read()
nll = float(re.search(r"nll (\S+)", text).group(1))
r = json.load(open(sys.argv[2]))["results"]
assert nll == r["nll"][17], (nll, r["nll"][17])
assert not set(r["nll"]) & set(json.load(open(sys.argv[3]))["results"]["nll"])
PY
echo "identity: all equal"
