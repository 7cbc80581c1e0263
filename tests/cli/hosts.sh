#!/usr/bin/env bash
# Old hosts files and preflight files: the plans they give, the hostfile made of them, and a job started over them from an old command line.
# Thread of the field: root#17344 (the parallelism really used is what is planned and told).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json
fail() { echo "FAILED: $*"; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  timeout 60 "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "toyfarm $*: exit $rc, not $code"; }
}
says() { grep -qE -- "$1" stderr || { cat stderr; fail "stderr does not say: $1"; }; }
shows() { grep -qE -- "$1" stdout || { cat stdout; fail "stdout does not show: $1"; }; }

# --- plans
cat > old_preflight.json <<'JSON'
{"schema_version": "nextstat.cpu_farm_preflight.v1", "created_at_utc": "2026-01-31T12:00:00+00:00", "hosts_file": "hosts.txt", "stats": [
 {"host": "node01", "ok": true, "ssh_target": "analysis@node01", "hostname": "node01", "logical_cores": 32, "physical_cores": 16, "threads_per_core": 2.0, "cpu_model": "Example CPU", "error": null},
 {"host": "node02", "ok": true, "ssh_target": "node02", "hostname": "node02", "logical_cores": 96, "physical_cores": 48, "threads_per_core": 2.0, "cpu_model": "Example CPU", "error": null},
 {"host": "node03", "ok": true, "ssh_target": "node03", "hostname": "node03", "logical_cores": 64, "physical_cores": 32, "threads_per_core": 2.0, "cpu_model": "Example CPU", "error": null},
 {"host": "node04", "ok": false, "ssh_target": "node04", "hostname": null, "logical_cores": null, "physical_cores": null, "threads_per_core": null, "cpu_model": null, "error": "Connection refused"}]}
JSON
printf 'node01\nnode02  # the large one\nnode03\nnode05.example.org 1 threads=3 user=analysis port=2222\n' > all.txt
printf 'node01\nnode02\nnode03 threads=5\n' > hosts.txt
# Without any other program, mpirun least of all.
env PATH=/nowhere "$TOYFARM" plan --hosts-file hosts.txt --preflight-json old_preflight.json --n-toys 1000 --seed 7 --json > stdout || fail "plan"
/usr/bin/python3 - <<'PY'
import json
plan = [tuple(p[k] for k in ("shard_index", "host", "user", "port", "weight", "threads", "toy_start", "n_toys", "seed")) for p in json.load(open("stdout"))["plans"]]
assert plan == [(0, "node01", None, 22, 16.0, 16, 0, 167, 7), (1, "node02", None, 22, 48.0, 48, 167, 500, 7), (2, "node03", None, 22, 32.0, 5, 667, 333, 7)], plan
PY
expect 0 plan --hosts-file hosts.txt --weight-mode uniform --threads 2 --n-toys 2 --out plan.json
/usr/bin/python3 - <<'PY'
import json
m = json.load(open("plan.json"))
assert [(p["shard_index"], p["host"], p["n_toys"]) for p in m["plans"]] == [(0, "node01", 1), (1, "node02", 1)] and m["idle_hosts"] == ["node03"], m
assert m["dry_run"] is True and m["threads"] == "2" and m["weight_mode"] == "uniform" and all(r["status"] == "planned" for r in m["results"])
PY
# A host that is not there never gets toys silently: neither one the preflight could not reach nor one it does not know.
printf 'node01\nnode04\n' > dead.txt
for mode in physical uniform; do
  expect 65 plan --hosts-file dead.txt --preflight-json old_preflight.json --weight-mode $mode
  says 'dead.txt:2: host node04 cannot get toys'
done
expect 65 plan --hosts-file all.txt --preflight-json old_preflight.json
says 'all.txt:4: host node05.example.org'
expect 0 plan --hosts-file all.txt --preflight-json old_preflight.json --allow-missing-hosts
says 'host node05.example.org of all.txt is missing and gets no toys'
expect 64 plan --hosts-file all.txt
says 'node01: --weight-mode physical needs its cores'
expect 64 plan --preflight-json old_preflight.json --weight-mode speed
says 'toyfarm preflight'
expect 65 plan --preflight-json plan.json
expect 0 plan --preflight-json old_preflight.json --ranks-per-host 3 --n-toys 96
shows '^ +8  node03 .* 10 .* 10$'
expect 0 toys --dry-run --config "$spec" --hosts-file hosts.txt --preflight-json old_preflight.json --n-toys 1000
shows 'node02 +48 +96 +48 +48 +167 +500$'
[ ! -e runs ] || fail "toys --dry-run wrote something"
expect 0 plan --config "$spec" --n-toys 1000
shows 'expected time .* measured here'

# --- hostfile and mpirun line
expect 0 hosts --hosts-file all.txt --out-hostfile H --ssh-user me --ssh-port 24 --ssh-key /keys/id --ranks-per-host 2
printf 'node01 slots=2 username=me port=24\nnode02 slots=2 username=me port=24\nnode03 slots=2 username=me port=24\nnode05.example.org slots=2 username=analysis port=2222\n' | cmp - H
case ${OMPI_MCA_plm_rsh_agent:-ssh} in
  ssh) shows "^mpirun --hostfile H -n 8 --map-by ppr:2:node --bind-to none .*plm_rsh_args '-o ConnectTimeout=15 -i /keys/id'.*toyfarm$" ;;
esac
says '--hosts-file all.txt'
expect 64 hosts --hosts-file all.txt --ssh-key '/my keys/id'
expect 64 hosts --hosts-file all.txt --ssh-user=-oProxyCommand
expect 64 hosts --hosts-file all.txt --ssh-port 0
expect 64 hosts --hosts-file hosts.txt --out-hostfile hosts.txt
expect 66 hosts --hosts-file absent.txt
printf 'node01\nnode01 weight=2\n' > twice.txt
expect 65 hosts --hosts-file twice.txt
says "twice.txt:2: host 'node01' is on line 1 already"
expect 65 toys --config "$spec" --hosts-file twice.txt
says 'twice.txt:2'
expect 65 preflight --hosts-file twice.txt

# --- probes, through mpirun's own remote shell
cat > agent <<'SH'
#!/usr/bin/env bash
# [USER@]HOST [-p PORT] COMMAND...: runs the command here under that name; dead refuses, slow takes its time.
host=${1##*@}
shift
[ "$1" = -p ] && shift 2
case $host in
  dead) echo "a banner" >&2; echo "ssh: connect to host dead port 22: Connection refused" >&2; exit 255 ;;
  slow*) sleep 1 ;;
  stuck) echo "a banner" >&2; sleep 100 ;;
esac
[ "$*" != true ] || exit 0
exec unshare ${UNSHARE:-} --uts sh -c 'hostname "$1"; shift; exec /bin/sh -c "$*"' sh "$host" "$@"
SH
chmod +x agent
export OMPI_MCA_plm_rsh_agent=$PWD/agent
printf 'node01\ndead\nnode02\n' > some.txt
expect 1 hosts --hosts-file some.txt --check
says 'host dead: ssh: connect to host dead port 22: Connection refused'
expect 0 hosts --hosts-file some.txt --drop-unreachable --out-hostfile H
says 'host dead is left out'
printf 'node01 slots=1\nnode02 slots=1\n' | cmp - H
# Eight of a second each and one that never ends, side by side.
printf 'slow%s\n' 1 2 3 4 5 6 7 8 > slow.txt
echo stuck >> slow.txt
start=$SECONDS
expect 1 hosts --hosts-file slow.txt --check --connect-timeout-s 1
[ $((SECONDS - start)) -le 9 ] || fail "probes took $((SECONDS - start)) s"
if grep -q slow stderr; then fail "a slow host is called unreachable"; fi
says 'host stuck: no answer within'
if pgrep -f "$PWD/agent stuck" > /dev/null; then fail "a stuck probe was left behind"; fi
OMPI_MCA_plm_rsh_agent=/nowhere/agent expect 1 hosts --hosts-file some.txt --check
says 'cannot be started'

# --- old command lines: what they start
printf 'node01\nnode02 weight=3 threads=1\n' > two.txt
expect 0 toys --launch none --hosts-file two.txt --config "$spec" --n-toys 40 --seed 7 --preflight-json old_preflight.json --threads physical --weight-mode physical \
  --nextstat-bin nextstat --remote-workdir "$HOME" --remote-base-dir=/tmp/farm --no-upload-config --pin-blas-threads --ssh-user me --connect-timeout-s 5 --jobs 2 --command-timeout-s 3600 \
  --run-id "old" --local-out-dir "out dir" --extra-arg=--max-fail-frac --extra-arg=0.9
says '^[^:]*: info: without effect.*: --remote-workdir, --remote-base-dir, --no-upload-config, --pin-blas-threads$'
says 'nextstat-bin nextstat: that is another program'
grep -q -- "toyfarm toys --hosts-file two.txt --config $spec --n-toys 40 --seed 7 --preflight-json old_preflight.json --threads physical --weight-mode physical --ssh-user me --run-id old --local-out-dir 'out dir' --extra-arg=--max-fail-frac --extra-arg=0.9 --time-limit=3600$" stdout || { cat stdout; fail "--launch none"; }
hostfile=$(grep -o -- '--hostfile [^ ]*' stdout | cut -d' ' -f2)
grep -q '^node02 slots=1 username=me$' "$hostfile" || fail "the hostfile of --launch none"
rm -f "$hostfile"
expect 64 toys --config "$spec" --drop-unreachable
printf 'dead\n' > only_dead.txt
expect 1 preflight --hosts-file only_dead.txt --timeout-s 5 --jobs 3 --out made/by/preflight.json
shows '^reachable_hosts=0/1$'
/usr/bin/python3 -c 'import json; s = json.load(open("made/by/preflight.json"))["stats"]; assert s[0]["ok"] is False and "refused" in s[0]["error"], s'
expect 1 toys --config "$spec" --hosts-file some.txt
says 'host dead: .*--drop-unreachable'

# --- and run it, where another host name can be had without being root
for UNSHARE in "" "--user --map-root-user"; do
  export UNSHARE
  if [ "$(./agent node01 hostname 2> /dev/null)" = node01 ]; then break; fi
  UNSHARE=none
done
if [ "$UNSHARE" = none ]; then
  echo "hosts: planned as documented; NOT RUN over hosts: no host names of one's own here (unshare --uts)"
  exit 0
fi
export OMPI_MCA_btl=self,vader,tcp
printf 'node01\ndead\nnode02.example.org weight=3 threads=1\n' > three.txt
expect 0 preflight --hosts-file three.txt --out preflight.json
shows '^node02.example.org +yes .* node02 '
shows '^reachable_hosts=2/3$'
/usr/bin/python3 - <<'PY'
import json
hosts = {s["host"]: s for s in json.load(open("preflight.json"))["stats"]}
assert sorted(hosts) == ["dead", "node01", "node02.example.org"] and "refused" in hosts["dead"]["error"], hosts
for name in ("node01", "node02.example.org"):
    h = hosts[name]
    assert h["ok"] and h["hostname"] == name.split(".")[0] and h["logical_cores"] >= h["physical_cores"] >= 1, h
    assert h["toys_per_s"] > 0 and h["memory_bytes"] > 0 and h["numa_domains"] >= 1 and h["versions"]["toyfarm"] and h["cpu_model"] and h["isa"], h
PY
expect 0 plan --hosts-file three.txt --preflight-json preflight.json --allow-missing-hosts --weight-mode speed --n-toys 1000
shows 'expected time .* preflight'
run=(toys --config "$spec" --n-toys 40 --seed 7 --local-out-dir out --log-level warn --threads 1)
expect 0 "${run[@]}" --run-id alone
expect 0 "${run[@]}" --run-id over --hosts-file three.txt --drop-unreachable --weight-mode uniform
says 'host dead of three.txt is missing and gets no toys'
cmp out/alone/toys.h5 out/over/toys.h5
/usr/bin/python3 - <<'PY'
import json
m = json.load(open("out/over/manifest.json"))
assert m["hosts_file"] == "three.txt", m["hosts_file"]
plan = [(p["host"], p["weight"], p["threads"], p["n_toys"]) for p in m["plans"]]
assert plan == [("node01", 1.0, 1, 10), ("node02.example.org", 3.0, 1, 30)], plan
PY
echo "hosts: all as documented"
