#!/usr/bin/env bash
# Every example spec runs as it stands: all toys converge, and pulls are those of unit Gaussians.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
fail() { echo "FAILED: $*" >&2; exit 1; }
n=0
for spec in "$TOYFARM_SOURCE_DIR"/jobscripts/examples/*.{json,yaml}; do
  name=${spec##*/}
  "$TOYFARM" toys --config "$spec" --n-toys 300 --seed 7 --out-dir runs --run-id "$name" --require-all-converged >out 2>err || { cat out err; fail "$name: exit $?"; }
  n=$((n + 1))
done
[ "$n" -ge 8 ] || fail "$n examples only"
# 300 toys: mean 0 +- 0.058, width 1 +- 0.041. 40 pulls or so: five errors are passed by chance once in 20,000 runs. A bound cuts pulls: those of a parameter that touches one in a toy of 50 are left out.
/usr/bin/python3 - <<'PY'
import glob, json
n = 0
for file in sorted(glob.glob("runs/*/merged.out.json")):
    result = json.load(open(file))
    pulls = result["summary"]["pulls_by_param"]
    for i, name in enumerate(result["parameter_names"]):
        if pulls["n_ok"][i] < 294:
            continue
        n += 1
        assert abs(pulls["mean"][i]) < 0.29 and abs(pulls["std_ddof1"][i] - 1) < 0.21, (file, name, pulls["mean"][i], pulls["std_ddof1"][i])
assert n > 25, n
print(f"examples: {n} pulls")
PY
