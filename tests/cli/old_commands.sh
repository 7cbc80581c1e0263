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
printf '%s weight=2 threads=1\n' "$(hostname)" > hosts.txt

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

# python3 render_unbinned_fit_toys_scheduler.py ...; sbatch ...; python3 collect_...; python3 merge_...
run render --scheduler slurm --config spec.json --n-toys 40 --seed 42 --shards 3 --threads 1 --nextstat-bin "$TOYFARM" --out-dir farm --run-id slurm \
  --slurm-cpus-per-task 1 --slurm-time 00:10:00
for i in 0 1 2; do SLURM_ARRAY_TASK_ID=$i bash farm/slurm/slurm_array_job.sh; done
run collect --manifest farm/slurm/manifest.json --in-place
run merge --manifest farm/slurm/manifest.json --out farm/slurm/merged.out.json
run merge --manifest farm/slurm/manifest.json --out farm/slurm/merged.out.json
cmp runs/cpufarm/toys.h5 farm/slurm/toys.h5 || fail "the array's toys.h5 differs"

# nextstat unbinned-fit, unbinned-fit-toys, unbinned-merge-toys
run unbinned-fit-toys --config spec.json --n-toys 40 --seed 42 --shard 0/2 --threads 0 --output a.json --json-metrics am.json --log-level warn
run unbinned-fit-toys --config spec.json --n-toys 40 --seed 42 --shard 1/2 --threads 0 --output b.json --json-metrics bm.json
run unbinned-merge-toys a.json b.json -o c.json
cmp runs/cpufarm/toys.h5 c.toys.h5 || fail "two shards' toys.h5 differs"
echo ok
