#!/usr/bin/env bash
# The command lines of the old farm's documentation, with toyfarm and its subcommand in the place of each script: over hosts (here this one, by a remote
# shell that is a local one), by a scheduler's array, and a sweep. What they leave is what the next one needs.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
cp "$TOYFARM_SOURCE_DIR/tests/data/two_channels.json" spec.json
fail() { echo "FAILED: $*"; exit 1; }
run() {
  echo "+ toyfarm $*"
  "$TOYFARM" "$@" > stdout 2> stderr || { local rc=$?; cat stdout stderr; fail "toyfarm $*: exit $rc"; }
}
# A remote shell: mpirun gives it the host, perhaps options, and a command.
cat > rsh <<'SH'
#!/usr/bin/env bash
while [[ $1 == -* ]]; do [[ $1 == -[oilp] ]] && shift; shift; done
shift
exec bash -c "$*"
SH
chmod +x rsh
export OMPI_MCA_plm_rsh_agent=$PWD/rsh
printf '%s weight=2 threads=1 user=%s\n' "$(hostname)" "$(id -un)" > hosts.txt

# python3 preflight_cluster.py ...
run preflight --hosts-file hosts.txt --timeout-s 20 --jobs 8 --out preflight.json
/usr/bin/python3 -c '
import json
p = json.load(open("preflight.json"))
assert p["schema_version"] == "nextstat.cpu_farm_preflight.v1" and p["stats"][0]["ok"] is True, p'

# python3 run_unbinned_fit_toys_cluster.py ..., dry and in earnest
run toys --hosts-file hosts.txt --preflight-json preflight.json --config spec.json --n-toys 40 --seed 42 --threads physical --weight-mode physical \
  --nextstat-bin "$TOYFARM" --local-out-dir runs --run-id dry --dry-run
[ ! -e runs/dry ] || fail "a dry run left something"
run toys --hosts-file hosts.txt --preflight-json preflight.json --config spec.json --n-toys 40 --seed 42 --threads auto --weight-mode physical \
  --nextstat-bin "$TOYFARM" --remote-workdir "\$HOME" --remote-base-dir /tmp/nextstat_cpu_farm --connect-timeout-s 15 --command-timeout-s 172800 --jobs 0 \
  --local-out-dir runs --run-id cpufarm --log-level warn --extra-arg=--require-all-converged --pin-blas-threads --upload-config --allow-partial
# python3 merge_unbinned_toys_results.py --manifest ... --out ...
run merge --manifest runs/cpufarm/manifest.json --out runs/cpufarm/merged.out.json
run merge --manifest runs/cpufarm/manifest.json --out merged.json
cmp runs/cpufarm/toys.h5 merged.toys.h5 || fail "merged.toys.h5 differs"
# R1, R2: what scripts for the old launcher look for.
/usr/bin/python3 - <<'PY'
import getpass, json, os, socket
m = json.load(open("runs/cpufarm/manifest.json"))
for p, r in zip(m["plans"], m["results"]):
    assert p["seed"] == r["seed"] == 42 and p["toy_start"] == r["toy_start"], p
    assert r["target"] == f'{getpass.getuser()}@{r["host"]}', r["target"]
    for key in ("local_stdout", "local_stderr", "local_dir", "remote_dir"):
        assert os.path.exists(r[key]), (key, r[key])
first = m["results"][0]
assert "toys 40 of 40" in open(first["local_stdout"]).read()
assert json.load(open(first["local_metrics"]))["metrics"]["n_toys"] == 40
own = json.load(open("runs/cpufarm/merged.out.json"))["merge"]
assert own["manifest"] == {"run_id": "cpufarm", "path": "runs/cpufarm/manifest.json", "hosts_file": "hosts.txt"}, own["manifest"]
other = json.load(open("merged.json"))["merge"]
assert other["manifest"] == own["manifest"], other
strip = lambda merge: [(s["shard_index"], s["host"], s["toy_start"], s["n_toys"]) for s in merge["sources"]]
assert strip(other) == strip(own) and other["n_shards"] == own["n_shards"], other
PY

# python3 render_unbinned_fit_toys_scheduler.py ...; sbatch ...; python3 collect_...; python3 merge_...
run render --scheduler slurm --config spec.json --n-toys 40 --seed 42 --shards 3 --threads 1 --nextstat-bin "$TOYFARM" --out-dir farm --run-id slurm \
  --slurm-cpus-per-task 1 --slurm-time 00:10:00
for i in 0 1 2; do SLURM_ARRAY_TASK_ID=$i bash farm/slurm/slurm_array_job.sh; done
run collect --manifest farm/slurm/manifest.json --in-place
run merge --manifest farm/slurm/manifest.json --out farm/slurm/merged.out.json
run merge --manifest farm/slurm/manifest.json --out farm/slurm/merged.out.json
cmp runs/cpufarm/toys.h5 farm/slurm/toys.h5 || fail "the array's toys.h5 differs"
/usr/bin/python3 - <<'PY'
import json
merge = json.load(open("farm/slurm/merged.out.json"))["merge"]
assert merge["manifest"] == {"run_id": "slurm", "path": "farm/slurm/manifest.json", "hosts_file": None}, merge
assert [p["seed"] for p in json.load(open("farm/slurm/manifest.json"))["plans"]] == [42, 42, 42]
PY

# nextstat unbinned-fit, unbinned-fit-toys, unbinned-merge-toys
run unbinned-fit-toys --config spec.json --n-toys 40 --seed 42 --shard 0/2 --threads 0 --output a.json --json-metrics am.json --log-level warn
run unbinned-fit-toys --config spec.json --n-toys 40 --seed 42 --shard 1/2 --threads 0 --output b.json --json-metrics bm.json
run unbinned-merge-toys a.json b.json -o c.json
cmp runs/cpufarm/toys.h5 c.toys.h5 || fail "two shards' toys.h5 differs"
echo ok
