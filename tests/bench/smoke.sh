#!/usr/bin/env bash
# The benchmark's scripts run and print what they should; figures of so short a run mean nothing.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
bench=$TOYFARM_SOURCE_DIR/tests/bench
fail() { echo "FAILED: $*"; exit 1; }
python() { PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 "$@"; }

python "$bench/make_mixes.py" --events 10000 --out mixes
diff -r mixes "$TOYFARM_SOURCE_DIR/tests/data/mixes" || fail "tests/data/mixes is not what make_mixes.py writes"
for spec in mixes/*.json; do
  "$TOYFARM" toys --config "$spec" --n-toys 3 --threads 1 --log-level warn --require-all-converged -o out.json --force > toys.log 2>&1 || { cat toys.log; fail "$spec"; }
done

python "$bench/compare.py" "$TOYFARM" --seconds 0.01 --rounds 1 --max-events 10000 --json figures.json > tables.md
grep -q '^| narrow_peak |' tables.md || { cat tables.md; fail "no row of the last mix"; }
python - <<'PY'
import json
tables = json.load(open("figures.json"))["tables"]
assert set(tables) == {"stick", "shapes", "mixes", "weak", "eventwise"} and len(tables["mixes"]) == 13 and len(tables["weak"]) == 3
for row in (row for rows in tables.values() for row in rows):
    keys = row["toyfarm"]["keys"]
    assert keys["toys_per_s_per_core"] > 0 and sum(keys["paths"].values()) == row["toyfarm"]["toys"], row
PY
