#!/usr/bin/env bash
# The failures of the old farm's tools, by their numbers in the list that was made of them, as far as a command line shows what became of them. Of the others:
# 2 batch/slurm, cli/cluster_batch; 3, 3b, 27 batch/submit, batch/queue, batch/sweep_summary, cli/sweep; 4, 5, 8, 9, 13, 19, 25, 26, 28 cli/render; 6, 7 batch/collect,
# cli/render; 10, 23 batch/old_results; 24 cli/condor; 14 cannot be under MPI.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
n_passed=0
fail() { echo "FAILED: $current: $*"; exit 1; }
expect() {  # CODE ARGUMENTS...
  local code=$1 rc=0
  shift
  timeout 60 "$TOYFARM" "$@" > stdout 2> stderr || rc=$?
  [ "$rc" -eq "$code" ] || { cat stdout stderr; fail "toyfarm $*: exit $rc, not $code"; }
}
says() { grep -qE -- "$1" stdout stderr || { cat stdout stderr; fail "nobody says: $1"; }; }
# A remote shell that runs everything here but for a host that is out of reach and one that only talks; it notes its words.
cat > rsh <<'SH'
#!/usr/bin/env bash
printf '%s\n' "$*" >> "$PWD/rsh.log"
host=${1##*@}
shift
[ "$1" = -p ] && shift 2
echo "*** welcome to $host ***" >&2
case $host in
  dead) echo "Connection refused" >&2; exit 255 ;;
  noisy) sleep 100 ;;
esac
[ "$*" != true ] || exit 0
exec /bin/sh -c "$*"
SH
chmod +x rsh
export OMPI_MCA_plm_rsh_agent=$PWD/rsh
here=$(hostname)

farm_1_preflight_works_on_a_normal_linux_host() {
  expect 0 preflight --out p.json
  /usr/bin/python3 -c 'import json; s = json.load(open("p.json"))["stats"][0]; assert s["ok"] and s["logical_cores"] >= s["physical_cores"] >= 1, s'
}
farm_11_a_host_that_talks_and_hangs_stops_nothing() {
  printf '%s\nnoisy\n' "$here" > noisy.txt
  expect 0 toys --hosts-file noisy.txt --drop-unreachable --connect-timeout-s 1 --config "$spec" --n-toys 10 --run-id noisy
  [ -s runs/noisy/manifest.json ] || fail "no manifest"
  says 'noisy'
}
farm_12_a_time_limit_hands_back_what_is_finished() {
  expect 75 toys --config "$spec" --n-toys 100000000 --time-limit 1 --run-id late
  /usr/bin/python3 -c 'import json; r = json.load(open("runs/late/merged.out.json"))["results"]; assert r["n_toys"] > 0 and r["complete"] is False and r["missing_ranges"], r'
}
farm_15_a_host_that_is_listed_twice_is_refused_with_its_lines() {
  printf 'a\nb\na 3\n' > twice.txt
  expect 65 hosts --hosts-file twice.txt
  says "twice.txt:3: host 'a' is on line 1"
}
farm_16_weights_that_are_no_weights_are_named_with_their_line() {
  local weight
  for weight in -1 nan inf -inf 1e999 x; do
    printf 'a\n\nb weight=%s\n' "$weight" > w.txt
    expect 65 hosts --hosts-file w.txt
    says 'w.txt:3: .*weight'
  done
}
farm_17_a_host_out_of_reach_gets_no_toys() {
  printf '%s\ndead\n' "$here" > dead.txt
  expect 1 toys --hosts-file dead.txt --config "$spec" --n-toys 10 --run-id dead
  says 'host dead: Connection refused'
  expect 0 toys --hosts-file dead.txt --drop-unreachable --config "$spec" --n-toys 10 --run-id dropped
  /usr/bin/python3 -c 'import json; p = json.load(open("runs/dropped/manifest.json"))["plans"]; assert sum(x["n_toys"] for x in p) == 10 and all(x["host"] != "dead" for x in p), p'
}
farm_18_preflight_takes_user_and_port_of_each_host() {
  printf 'dead user=analysis port=2222\n' > own.txt
  : > rsh.log
  expect 1 preflight --hosts-file own.txt --out own.json
  grep -q '^analysis@dead -p 2222 ' rsh.log || { cat rsh.log; fail "user and port"; }
}
farm_20_threads_and_ranks_change_no_bit() {
  local t
  for t in 1 2 3; do expect 0 toys --config "$spec" --n-toys 40 --threads $t --run-id "t$t"; done
  for t in 2 3; do cmp runs/t1/toys.h5 "runs/t$t/toys.h5" || fail "they do"; done
}
farm_21_and_22_merged_summaries_are_those_of_one_run() {
  local n
  for n in 2 6 10 11; do  # sizes at which the old quantiles differed, and one at which they did not
    expect 0 toys --config "$spec" --n-toys $n --run-id "n$n"
    expect 0 toys --config "$spec" --n-toys $n --shard 0/2 -o "a$n.json"
    expect 0 toys --config "$spec" --n-toys $n --shard 1/2 -o "b$n.json"
    expect 0 merge --input "b$n.json" --input "a$n.json" --out "m$n.json"
    /usr/bin/python3 - "$n" <<'PY' || fail "they are not"
import json, sys
one, merged = (json.load(open(f % sys.argv[1])) for f in ("runs/n%s/merged.out.json", "m%s.json"))
for key in ("results", "summary", "guardrails", "gen"):
    assert one[key] == merged[key], key
assert {"n_validation_error", "n_computation_error", "optimizer_diagnostics"} <= set(merged["results"])
assert merged["summary"]["pulls_by_param"]
PY
  done
}
farm_29_a_host_cannot_be_an_option_of_ssh() {
  printf -- '-oProxyCommand=touch owned\n' > option.txt
  expect 65 hosts --hosts-file option.txt --check
  says 'option.txt:1'
  [ ! -e owned ] || fail "it was"
}
farm_30_exit_codes_say_what_happened() {
  expect 0 toys --config "$spec" --n-toys 4 --shard 0/2 -o half.json
  expect 1 toys --config "$spec" --n-toys 4 --max-abs-poi-pull-mean 1e-9 --run-id guard
  expect 64 toys --config "$spec" --n-toys many
  echo '{' > broken.json
  expect 65 toys --config broken.json
  expect 66 toys --config absent.json
  expect 73 toys --config "$spec" --n-toys 4 --run-id guard
  expect 76 merge --input half.json --out whole.json
  if grep -qi 'traceback\|terminate' stderr; then fail "a traceback"; fi
}
farm_31_the_team_is_as_large_as_asked_for() {
  OMP_NUM_THREADS=1 expect 0 toys --config "$spec" --n-toys 4 --threads 2 --run-id team
  /usr/bin/python3 -c 'import json; p = json.load(open("runs/team/manifest.json"))["plans"]; assert p[0]["threads"] == 2, p'
}

for current in $(compgen -A function | grep '^farm_' | sort -V); do
  "$current"
  n_passed=$((n_passed + 1))
  echo "ok $current"
done
echo "$n_passed passed"
