#!/usr/bin/env bash
# An HS3 document stands wherever a spec may: its fit, its toys, a resumed run, a rendered one, and what is chosen of it, are those of the spec that it becomes.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
fail() { echo "FAILED: $*"; sed 's/^/    /' stdout stderr | head -20; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || fail "toyfarm $*: exit $rc, not $code"
}
says() { grep -q -- "$1" stderr || fail "not said: $1"; }

# The example twice over, with an analysis of another likelihood each.
/usr/bin/python3 - "$TOYFARM_SOURCE_DIR/jobscripts/examples/hs3.yaml" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
more = """  - {name: free, likelihood: unconstrained, parameters_of_interest: [mass], domains: [default_domain], init: default_values}
"""
text = text.replace("domains:  # bounds", "  - {name: unconstrained, distributions: [diphoton], data: [observed]}\ndomains:  # bounds")
open("two.yaml", "w").write(text + more)
PY
toys=(--n-toys 40 --seed 5 --threads 1 --out-dir .)

expect 64 fit --config two.yaml
says "free, search"
expect 64 fit --config two.yaml --analysis serch
expect 0 fit --config two.yaml --analysis search -o search.json
expect 0 fit --config two.yaml --likelihood unconstrained -o free.json
expect 64 fit --config "$TOYFARM_SOURCE_DIR/tests/data/two_channels.json" --analysis search
/usr/bin/python3 - <<'PY'
import json
search, free = (json.load(open(f)) for f in ("search.json", "free.json"))
value = lambda fit, name: fit["bestfit"][fit["parameter_names"].index(name)]
assert abs(value(search, "scale")) < abs(value(free, "scale")), (search, free)
assert abs(value(search, "mu") * 60 + value(search, "n_background") - 246) < 1e-6, search
PY

# --- toys, and the spec that they leave: the same file again, byte for byte
expect 0 toys --config two.yaml --analysis search "${toys[@]}" --run-id whole
expect 0 toys --config whole/spec.yaml "${toys[@]}" --run-id again
cmp -s whole/toys.h5 again/toys.h5 || fail "the spec in the run directory gives other toys"
expect 0 toys --config two.yaml --analysis search --gen mle "${toys[@]}" --run-id fitted
expect 0 toys --config fitted/spec.yaml --gen mle "${toys[@]}" --run-id fitted_again
cmp -s fitted/toys.h5 fitted_again/toys.h5 || fail "the spec in the run directory has other data"

# --- resumed: the directory knows the choice, and no option changes it any more
expect 0 toys --config two.yaml --analysis search --n-toys 12 --seed 5 --threads 1 --out-dir . --run-id grown
expect 64 toys --resume grown --analysis free
says "--analysis cannot be given with --resume"
expect 0 toys --resume grown --extend-to 40 --threads 1
cmp -s whole/toys.h5 grown/toys.h5 || fail "resumed: other toys"

# --- rendered: shards need neither document nor choice
expect 0 render --scheduler slurm --config two.yaml --analysis search --n-toys 40 --seed 5 --threads 1 --shards 2 --out-dir . --run-id rendered
rm two.yaml
for shard in 0 1; do
  bash rendered/run_one_shard.sh "$shard" > stdout 2> stderr || fail "shard $shard: exit $?"
done
expect 0 merge --manifest rendered/manifest.json --out rendered/merged.out.json
cmp -s whole/toys.h5 rendered/toys.h5 || fail "rendered: other toys"

# --- what a spec cannot say: all of it, once
cat > odd.json <<'JSON'
{"metadata": {"hs3_version": "0.2"},
 "distributions": [{"name": "m", "type": "mixture_dist", "summands": ["a", "b"], "coefficients": [10, 20]},
                   {"name": "a", "type": "landau_dist", "x": "x", "mean": 1, "sigma": 1}, {"name": "b"}],
 "data": [{"name": "d", "type": "unbinned", "axes": [{"name": "x", "min": 0, "max": 1}], "entries": [[0.5]]}],
 "likelihoods": [{"name": "l", "distributions": ["m"], "data": ["d"]}]}
JSON
expect 65 fit --config odd.json
says "2 things"
says "/distributions/1: .*landau_dist"
says "/distributions/2: .*no type"
printf 'imax 1 number of bins\njmax 1\nkmax *\n' > card.txt
expect 65 fit --config card.txt
says "Combine"
expect 0 help hs3
grep -q "^  exponential_dist$" stdout || fail "help hs3 lists no types"
echo "HS3: fits, toys, a resumed and a rendered run of one workspace"
