#!/usr/bin/env bash
# Three emulated hosts with names, addresses and cores of their own: preflight shows each one's, weights of a hosts file apply by name, by full name and by
# address, and a host that is down is left out or stops the job before mpirun waits for it.
# Thread of the field: root#17344 (the cores a host gives, not those it has, are what is reported and used).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
skip() {
  echo "SKIPPED: $*"
  exit 77
}
cluster=${TOYFARM_SHARED:-$TOYFARM_SOURCE_DIR/../shared}/cluster/netns-mpi.sh
[ -x "$cluster" ] || skip "emulated hosts are not here (TOYFARM_SHARED)"
[ "$(id -u)" = 0 ] || skip "emulated hosts need root"
state=${NETNS_MPI_STATE:-/run/netns-mpi}
[ ! -e "$state" ] || skip "emulated hosts are in use ($state)"
spec=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
fail() { echo "FAILED: $*"; exit 1; }

timeout 60 "$cluster" up 3 2 || skip "emulated hosts do not start here"
trap '"$cluster" down' EXIT
for i in 1 2 3; do echo "10.77.0.$i node0$i node0$i.cluster.example" >> "$state/hosts"; done
"$cluster" cpus node03 0 2> /dev/null && one_core=yes || one_core=no

cat > agent <<SH
#!/usr/bin/env bash
# [USER@]HOST [-p PORT] COMMAND..., HOST by its name, its full name or its address.
host=\${1##*@}
shift
[ "\$1" = -p ] && shift 2
host=\${host/10.77.0./node0}
exec "$cluster" rsh "\${host%%.*}" "\$@"
SH
chmod +x agent
export OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=$PWD/agent OMPI_MCA_ras=^slurm OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,vader,tcp
export OMPI_MCA_oob_tcp_if_include=10.77.0.0/24 OMPI_MCA_btl_tcp_if_include=10.77.0.0/24 OMPI_MCA_orte_tmpdir_base=/dev/shm OMPI_MCA_mpi_yield_when_idle=1
unset OMPI_MCA_hwloc_base_binding_policy OMPI_MCA_rmaps_base_oversubscribe
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  timeout 100 "$cluster" exec head "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "toyfarm $*: exit $rc, not $code"; }
}

printf 'node01 weight=1\nnode02.cluster.example weight=2\n10.77.0.3 weight=5 threads=1\n' > hosts.txt
expect 0 preflight --hosts-file hosts.txt --out preflight.json
one_core=$one_core /usr/bin/python3 - <<'PY'
import json, os
stats = json.load(open("preflight.json"))["stats"]
assert [(s["host"], s["hostname"], s["ok"]) for s in stats] == [("10.77.0.3", "node03", True), ("node01", "node01", True), ("node02.cluster.example", "node02", True)], stats
if os.environ["one_core"] == "yes":
    assert stats[0]["logical_cores"] == stats[0]["probe_threads"] == 1 and stats[0]["cpuset"] == "0", stats[0]
assert all(s["toys_per_s"] > 0 for s in stats)
PY
grep -q '^reachable_hosts=3/3$' stdout || fail "reachable hosts"

toys=(toys --config "$spec" --n-toys 80 --seed 7 --out-dir out --log-level warn --threads 2)
expect 0 "${toys[@]}" --run-id all --hosts-file hosts.txt
"$TOYFARM" "${toys[@]}" --run-id alone > /dev/null
cmp out/alone/toys.h5 out/all/toys.h5
plans() {  # RUN_ID: host, weight, threads, toys of each rank
  /usr/bin/python3 -c 'import json, sys; print([(p["host"], p["weight"], p["threads"], p["n_toys"]) for p in json.load(open(f"out/{sys.argv[1]}/manifest.json"))["plans"]])' "$1"
}
[ "$(plans all)" = "[('node01', 1.0, 2, 10), ('node02.cluster.example', 2.0, 2, 20), ('10.77.0.3', 5.0, 1, 50)]" ] || fail "weights: $(plans all)"
expect 0 "${toys[@]}" --run-id two --hosts-file hosts.txt --ranks-per-host 2
[ "$(plans two | grep -o "'10.77.0.3', 2.5, 1, 25" | wc -l)" -eq 2 ] || fail "two ranks per host: $(plans two)"
expect 0 "${toys[@]}" --run-id speed --hosts-file hosts.txt --weight-mode speed
# The line that is printed does the same.
expect 0 hosts --hosts-file hosts.txt --check --out-hostfile hostfile
line=$(cat stdout)
timeout 100 "$cluster" exec head bash -c "$line \"\$@\"" bash "${toys[@]}" --run-id line --hosts-file hosts.txt > /dev/null
[ "$(plans line)" = "$(plans all)" ] || fail "the printed line: $(plans line)"

"$cluster" crash node03
expect 1 "${toys[@]}" --run-id dead --hosts-file hosts.txt
grep -q 'host 10.77.0.3: .*--drop-unreachable' stderr || { cat stderr; fail "a dead host is not named"; }
[ ! -e out/dead ] || fail "a run that cannot start left a folder"
expect 0 "${toys[@]}" --run-id left --hosts-file hosts.txt --drop-unreachable
grep -q 'host 10.77.0.3 of hosts.txt is missing and gets no toys' stderr || { cat stderr; fail "a host left out is not named"; }
cmp out/alone/toys.h5 out/left/toys.h5
expect 0 preflight --hosts-file hosts.txt --out preflight.json
/usr/bin/python3 -c 'import json; s = json.load(open("preflight.json"))["stats"]; assert [h["ok"] for h in s] == [False, True, True] and s[0]["error"], s'
echo "cluster_hosts: names, weights and absences as documented"
