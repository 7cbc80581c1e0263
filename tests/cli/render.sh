#!/usr/bin/env bash
# A rendered array run from start to merged result, outside Slurm, and what goes wrong on the way. "farm N" is a failure of the old tools by its number.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "toyfarm $*: exit $rc, not $code"; }
}
says() { grep -qF -- "$1" stdout stderr || { cat stdout stderr; fail "nobody says '$1'"; }; }
# Documents but for who made them when.
rest() { /usr/bin/python3 -c '
import json, sys
d = json.load(open(sys.argv[1]))
print(json.dumps({k: d[k] for k in ("gen", "results", "summary", "guardrails", "parameter_names", "poi_index")}, sort_keys=True))' "$1"; }

# The old command line, word by word but for the program.
expect 0 render --scheduler slurm --config "$spec" --n-toys 50 --seed 7 --shards 4 --threads 1 --nextstat-bin "$TOYFARM" --out-dir "runs of me" --run-id one \
  --slurm-cpus-per-task 1 --slurm-time 00:10:00 --set m=5.1 --max-abs-poi-pull-mean 0.001
run="runs of me/one"
[ "$(find "$run" -type f | wc -l)" -eq 5 ] || fail "files: $(ls "$run")"
for f in "$run"/*.sh; do bash -n "$f"; done
if command -v shellcheck > /dev/null; then shellcheck "$run"/*.sh; else echo "SKIPPED: no shellcheck here"; fi

# farm 9: a directory that holds something is refused.
expect 73 render --scheduler slurm --config "$spec" --n-toys 50 --seed 99 --shards 4 --out-dir "runs of me" --run-id one
says "not empty"

# farm 5 and 30: before anything has run.
expect 76 collect --manifest "$run/manifest.json"
says "missing=4"
expect 76 merge --manifest "$run/manifest.json" --out merged.json
[ ! -e merged.json ] || fail "merge wrote something"

for i in 0 1 3; do SLURM_ARRAY_TASK_ID=$i bash "$run/slurm_array_job.sh"; done
[ "$(<"$run/shard_3.rc")" = 0 ] || fail "no rc"
grep -qE '^[0-9]+\.[0-9]{6}$' "$run/shard_3.elapsed_s" || fail "farm 27: elapsed_s"
rc=0
SLURM_ARRAY_TASK_ID=4 bash "$run/slurm_array_job.sh" 2> stderr || rc=$?
[ "$rc" -eq 64 ] || fail "shard 4 of 4: exit $rc"
expect 76 collect --manifest "$run/manifest.json"
says "ok=3 missing=1"
# farm 5: a missing shard is no small matter, unless one says so.
expect 76 merge --manifest "$run/manifest.json" --out merged.json
says "shard 2 is missing"
expect 1 merge --manifest "$run/manifest.json" --out partial.json --allow-partial
/usr/bin/python3 - <<'PY'
import json
d = json.load(open("partial.json"))
assert d["gen"]["n_toys"] == 50, d["gen"]
assert d["results"]["n_toys"] == 38, d["results"]["n_toys"]
assert d["results"]["complete"] is False and d["results"]["missing_ranges"] == [[26, 12]]
PY

# farm 13: a shard that is stopped goes on where it was. It stops itself here, long before it can be done.
expect 0 render --scheduler slurm --config "$spec" --n-toys 400000 --shards 2 --run-id long --time-limit 0.3
rc=0
bash runs/long/run_one_shard.sh 1 || rc=$?
[ "$rc" -eq 75 ] || fail "a stopped shard: exit $rc"
expect 76 collect --manifest runs/long/manifest.json
says "partial=1"
first=$(grep -oE '^ +1  partial +[0-9]+' stdout | grep -oE '[0-9]+$')
[ "$first" -gt 0 ] || fail "no toy in the journal"
rc=0
bash runs/long/run_one_shard.sh 1 || rc=$?
expect 76 collect --manifest runs/long/manifest.json
second=$(grep -oE '^ +1  (partial|ok) +[0-9]+' stdout | grep -oE '[0-9]+$')
[ "$second" -gt "$first" ] || fail "the second start did not go on: $first, then $second"

# A process that is killed leaves no result, and the next start makes it.
printf 'node09\n' > "$run/shard_2.host"
touch -d '1 hour ago' "$run/shard_2.host"
expect 76 collect --manifest "$run/manifest.json"
says "began on host node09"
bash "$run/run_one_shard.sh" 2
bash "$run/run_one_shard.sh" 2 2> stderr
says "complete already"
expect 0 collect --manifest "$run/manifest.json" --in-place
says "ok=4"
# farm 4: guardrails are for all toys together, so shards do not fail of them, and merge does.
[ "$(cat "$run"/shard_?.rc | sort -u)" = 0 ] || fail "farm 4: a shard failed"
expect 1 merge --manifest "$run/manifest.json" --out "$run/merged.out.json"
expect 1 toys --config "$spec" --n-toys 50 --seed 7 --set m=5.1 --max-abs-poi-pull-mean 0.001 --run-id whole
# farm 20 to 22: the merged files are those of one run: all bytes of the table, all numbers of the document.
cmp runs/whole/toys.h5 "$run/toys.h5" || fail "toys.h5 differs"
[ "$(rest runs/whole/merged.out.json)" = "$(rest "$run/merged.out.json")" ] || fail "merged.out.json differs"

# farm 26: a run directory can be moved.
mv "$run" elsewhere
expect 0 collect --manifest elsewhere/manifest.json --out collected.json
expect 64 submit elsewhere
says "was rendered as"
# Names that the old readers take.
/usr/bin/python3 - <<'PY'
import json
for name in ("collected.json", "elsewhere/manifest.json"):
    m = json.load(open(name))
    assert m["schema_version"] == "nextstat.cpu_farm_unbinned_fit_toys_run.v1"
    assert m["shards"] == 4 and m["threads"] == 1 and m["n_toys"] == 50 and m["seed"] == 7
    assert [p["toy_start"] for p in m["plans"]] == [0, 13, 26, 38], m["plans"]
    assert [r["status"] for r in m["results"]] == ["ok"] * 4
    assert m["results"][1]["seed"] == 7 and m["results"][1]["rc"] == 0
PY
# farm 8: a shard that is cut off is named, and does not stop a merge of the others.
truncate -s 1000 elsewhere/shard_1.toys.h5
expect 65 collect --manifest elsewhere/manifest.json
says "corrupt=1"
expect 65 merge --manifest elsewhere/manifest.json --out merged.json
says "shard 1 is corrupt"
expect 1 merge --manifest elsewhere/manifest.json --out merged.json --allow-partial
# farm 6 and 7: copies and strangers.
cp elsewhere/shard_0.toys.h5 elsewhere/shard_1.toys.h5
expect 65 collect --manifest elsewhere/manifest.json
rm elsewhere/shard_1.manifest.json
expect 65 collect --manifest elsewhere/manifest.json
says "foreign=1"

# farm 19: more shards than toys: those without any succeed.
expect 0 render --scheduler slurm --config "$spec" --n-toys 2 --shards 4 --run-id few
for i in 0 1 2 3; do bash runs/few/run_one_shard.sh $i; done
expect 0 collect --manifest runs/few/manifest.json
says "ok=4"
expect 0 merge --manifest runs/few/manifest.json --out runs/few/merged.out.json
expect 0 toys --config "$spec" --n-toys 2 --run-id few_whole
cmp runs/few_whole/toys.h5 runs/few/toys.h5 || fail "2 toys in 4 shards differ"

# farm 28: neither spec nor data are read again; farm 25: so it does not matter where they are.
mkdir data
/usr/bin/python3 - <<'PY'
import csv, random
random.seed(1)
with open("data/events.csv", "w") as f:
    w = csv.writer(f)
    w.writerow(["x"])
    for _ in range(300):
        w.writerow([random.gauss(5, 1)])
PY
cat > data/spec.json <<'JSON'
{"schema_version": "nextstat_unbinned_spec_v0",
 "model": {"poi": "n", "parameters": [{"name": "n", "init": 250, "bounds": [1, 2000]}, {"name": "m", "init": 5.2, "bounds": [3, 7]}, {"name": "s", "init": 1.2, "bounds": [0.1, 3]}]},
 "channels": [{"name": "SR", "data": {"file": "events.csv"}, "observables": [{"name": "x", "bounds": [0, 10]}],
   "processes": [{"name": "sig", "pdf": {"type": "gaussian", "observable": "x", "params": ["m", "s"]}, "yield": {"type": "parameter", "name": "n"}}]}]}
JSON
expect 0 toys --config data/spec.json --gen mle --n-toys 20 --run-id mle
expect 0 render --scheduler slurm --config data/spec.json --gen mle --n-toys 20 --shards 2 --run-id mle_shards
rm -r data
for i in 0 1; do bash runs/mle_shards/run_one_shard.sh $i; done
expect 0 merge --manifest runs/mle_shards/manifest.json --out runs/mle_shards/merged.out.json
cmp runs/mle/toys.h5 runs/mle_shards/toys.h5 || fail "a frozen generation point gives other toys"

# Mistakes.
expect 64 render --scheduler pbs --config "$spec"
expect 64 render --scheduler htcondor --config "$spec" --n-toys 5
says "--shards is required"
expect 64 render --scheduler slurm --config "$spec" --shards 0
expect 64 render --scheduler slurm --config "$spec" --shards -3
expect 64 render --scheduler slurm --config "$spec" --shards 2 --keep summary
expect 64 render --scheduler slurm --config "$spec" --shards 2 --checkpoint-exit-code 3
expect 64 render --scheduler slurm --config "$spec" --slurm-partition $'a\n#SBATCH --wrap=id' --shards 2 --run-id bad1
expect 64 render --scheduler slurm --config "$spec" --toyfarm-bin /no/such/program --shards 2 --run-id bad2
expect 66 render --scheduler slurm --config "$spec" --prologue /no/such/file --shards 2 --run-id bad3
for i in 1 2 3; do [ ! -e runs/bad$i ] || fail "bad$i left something"; done
expect 66 collect --manifest runs/none/manifest.json
expect 65 collect --manifest "$spec"
expect 64 toys --study elsewhere/study.toyfarm --seed 3
says "--seed cannot be given with --study"
echo ok
