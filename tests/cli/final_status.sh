#!/usr/bin/env bash
# F12: once a run is over, its status tells the result's numbers, whichever process made the rows: of a run at one go, an extended one, one that was published
# from its journal, and one that keeps no rows.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
new=(toys --config "$spec" --seed 4 --threads 1 --log-level warn --n-toys 40)
same() {  # RUN COMPUTED: toys that the last process has run
  "$TOYFARM" status "runs/$1" --json > status.json
  "$TOYFARM" status "runs/$1" > status.txt
  /usr/bin/python3 - "$1" "$2" <<'PY' || fail "$1: its status is not the result's"
import json, sys
status, result = json.load(open("status.json")), json.load(open(f"runs/{sys.argv[1]}/merged.out.json"))
pull, j, counts = result["summary"]["pull"], result["poi_index"], result["results"]
want = {"name": result["parameter_names"][j], "mean": result["summary"]["pulls_by_param"]["estimate_mean"][j], "pull_mean": pull["mean"],
        "pull_width": pull["std_ddof1"]}
assert status["poi"] == want, (status["poi"], want)
assert status["state"] == "complete" and status["exit_code"] == 0, status
assert [status[k] for k in ("n_toys", "n_done", "n_acknowledged", "n_not_converged")] == [counts["n_toys"]] * 3 + [counts["n_failed"]], status
speed, computed = status["toys_per_second"], int(sys.argv[2])
assert speed is None if computed == 0 else speed > 0, speed
assert status["elapsed_s"] > 0
PY
  ! grep -Eq '^speed +0 ' status.txt || fail "$1: a speed of 0"
}

"$TOYFARM" "${new[@]}" --run-id whole > out
same whole 40
"$TOYFARM" toys --resume runs/whole --log-level warn > out
same whole 0
"$TOYFARM" toys --resume runs/whole --extend-to 60 --threads 1 --log-level warn > out
same whole 20
"$TOYFARM" publish runs/whole --log-level warn > out
same whole 0
"$TOYFARM" "${new[@]}" --run-id summary --keep summary > out
same summary 40
echo "final status: the result's numbers"
