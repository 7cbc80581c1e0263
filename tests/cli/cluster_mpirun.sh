#!/usr/bin/env bash
# Runs over three hosts under mpirun, to which everything happens that can happen to hosts and ranks: they end complete, with the bytes of one rank that
# nothing happened to, or stop with a code and go on later.
# Threads of the field: root PR#14993 (the parallel path is the one that is tested), root#17344 (the parallelism used is reported), schwimmbad#23 and #52, emcee#117
# and #151, mpi4py#223, desispec#2209 (no fault hangs the others for longer than a minute), dynesty#374 (going on after a kill), PIConGPU#4454 (what is resumed is
# checked), hyperqueue#501, #764 and #978, CRABServer#4700 (what was done by whom is lost is not run again).
set -euo pipefail
# shellcheck source=tests/support/cluster.sh
source "${TOYFARM_SOURCE_DIR:?}/tests/support/cluster.sh"

make_slow_spec slow.json
printf 'node01\nnode02\nnode03\n' > hosts
n=12000
toys=(--config slow.json --engine eventwise --n-toys "$n" --seed 42 --checkpoint-interval 0.5 --log-level warn)
three=(mpirun --hostfile /run/netns-mpi/hostfile --map-by ppr:1:node)
tolerant=("${three[@]}" --mca orte_abort_on_non_zero_status 0)

"$TOYFARM" toys "${toys[@]}" --run-id reference > out
start_hosts 3 2
ok "one rank without a launcher"

in_background "${three[@]}" "$TOYFARM" toys "${toys[@]}" --run-id three
finish 120
[ "$rc" -eq 0 ] || show "three hosts: exit $rc"
same three
/usr/bin/python3 - "$n" <<'PY' || fail "three hosts: the manifest does not report them"
import json, sys
m = json.load(open("runs/three/manifest.json"))
hosts = ["node01", "node02", "node03"]
assert [p["host"] for p in m["plans"]] == hosts and [r["host"] for r in m["results"]] == hosts, m["plans"]
assert all(r["status"] == "ok" and r["threads"] >= 1 and r["n_done"] > 0 for r in m["results"]), m["results"]
assert sum(r["n_done"] for r in m["results"]) >= int(sys.argv[1]) and m["lost_ranks"] == []
PY
ok "three hosts"

# --- ranks
in_background "${tolerant[@]}" "$TOYFARM" toys "${toys[@]}" --run-id killed --rank-timeout 3
await_toys killed 300
on node02 pkill -KILL -x toyfarm
finish 120
ends_well killed
[ "$(lost_hosts killed)" = node02 ] || show "a killed rank: lost are '$(lost_hosts killed)'"
ok "a rank killed: the others do its toys"

in_background "${tolerant[@]}" "$TOYFARM" toys "${toys[@]}" --run-id frozen --rank-timeout 3
await_toys frozen 300
on node02 pkill -STOP -x toyfarm
await_end frozen 120
finish 60
ends_well frozen
[ "$(lost_hosts frozen)" = node02 ] || show "a frozen rank: lost are '$(lost_hosts frozen)'"
[ -z "$(on node02 pgrep -x toyfarm || true)" ] || fail "a frozen rank is left behind"
ok "a rank frozen: the others do its toys, and leave"

# With more patience than the run lasts, so that it is complete before anyone is given up.
in_background "${tolerant[@]}" "$TOYFARM" toys "${toys[@]}" --run-id asleep --rank-timeout 600
await_toys asleep 300
on node02 pkill -STOP -x toyfarm
finish 180
ends_well asleep
[ "$rc" -eq 0 ] || show "a rank frozen in the last seconds: exit $rc"
grep -q 'rank 1 on host node02 does not answer at the end' out || show "a rank frozen in the last seconds: not told"
ok "a rank frozen in the last seconds is left behind"

in_background "${tolerant[@]}" "$TOYFARM" toys "${toys[@]}" --run-id headless --rank-timeout 3
await_toys headless 300
safe=$(status_of headless n_acknowledged)
on node01 pkill -KILL -x toyfarm
finish 60
grep -q 'rank 0 on host node01' out || show "rank 0 killed: nobody says so"
[ "$(status_of headless state)" = killed ] || show "rank 0 killed: status is $(status_of headless state)"
in_background "${three[@]}" "$TOYFARM" toys --resume runs/headless --log-level warn
finish 120
ends_well headless
[ "$(value headless manifest n_toys_from_journal)" -ge "$safe" ] || fail "rank 0 killed: of $safe toys that were safe, $(value headless manifest n_toys_from_journal) were found"
ok "rank 0 killed: the others leave, and a resume does what is missing"

in_background "${three[@]}" "$TOYFARM" toys "${toys[@]}" --run-id aborted
await_toys aborted 300
safe=$(status_of aborted n_acknowledged)
on node03 pkill -KILL -x toyfarm
finish 60
[ "$rc" -ne 0 ] || show "a rank killed under a plain mpirun: exit 0"
"$TOYFARM" publish runs/aborted --allow-partial > out || show "publishing what there is"
[ "$(value aborted manifest n_toys_from_journal)" -ge "$safe" ] || fail "a rank killed under a plain mpirun: lost toys that were safe"
in_background "${three[@]}" "$TOYFARM" toys --resume runs/aborted --log-level warn
finish 120
ends_well aborted
ok "a rank killed under a plain mpirun: the job ends, $safe safe toys are there, a resume does the rest"

# --- hosts, by the job script
job=(env TOYFARM_SILENCE_SECONDS=15 bash "$jobscripts/mpirun_job.sh" --hosts-file hosts "${toys[@]}" --out-dir runs)
goes_on() {  # RUN WHAT
  finish 180
  [ "$rc" -eq 0 ] || show "$2: exit $rc"
  ends_well "$1"
  [ "$(value "$1" manifest n_toys_from_journal)" -gt 0 ] || show "$2: no toy came from the journal"
  grep -q 'restart 1 of 3' out || show "$2: no restart is told"
  ok "$2: goes on with $(value "$1" manifest n_toys_from_journal) toys from the journal"
}

in_background "${job[@]}" --run-id crash
await_toys crash 300
"$netns" crash node02
goes_on crash "a host crashed"
grep -q 'node02 is left out' out || show "a host crashed: not told that it is left out"
/usr/bin/python3 - <<'PY' || fail "a host crashed: it is in the plan"
import json
assert [p["host"] for p in json.load(open("runs/crash/manifest.json"))["plans"]] == ["node01", "node03"]
PY
"$netns" start node02 9>&-

in_background "${job[@]}" --run-id crash0
await_toys crash0 300
"$netns" poweroff node01
goes_on crash0 "the host of rank 0 cut off and crashed"
"$netns" start node01 9>&-

in_background "${job[@]}" --run-id freeze
await_toys freeze 300
"$netns" freeze node01
goes_on freeze "the host of rank 0 frozen"
# What wakes up there has been taken over from, and must not touch the run.
want=$(cd runs/freeze && cat toys.h5 manifest.json merged.out.json status.json | sha256sum)
"$netns" thaw node01
sleep 3
[ "$(cd runs/freeze && cat toys.h5 manifest.json merged.out.json status.json | sha256sum)" = "$want" ] || fail "a rank 0 that woke up wrote into a run that was complete"
[ "$(status_of freeze state)" = complete ] || fail "a frozen host woken up: status is $(status_of freeze state)"

in_background "${job[@]}" --run-id stopped
await_toys stopped 300
kill -TERM "$pid"
finish 60
[ "$rc" -eq 75 ] || show "the job script stopped: exit $rc"
grep -q -- '--resume runs/stopped' out || show "the job script stopped: it does not say how to go on"
[ "$(status_of stopped state)" = stopped ] || show "the job script stopped: status is $(status_of stopped state)"
in_background bash "$jobscripts/mpirun_job.sh" --hosts-file hosts --resume runs/stopped
finish 120
[ "$rc" -eq 0 ] || show "gone on with: exit $rc"
ends_well stopped
ok "SIGTERM to the job script stops the run, and it goes on"

# What trying again would not mend is not tried again; a single machine needs no hosts file.
in_background bash "$jobscripts/mpirun_job.sh" --hosts-file hosts --config absent.json
finish 60
[ "$rc" -eq 66 ] || show "an absent spec: exit $rc"
if grep -q restart out; then show "an absent spec: restarted"; fi
in_background bash "$jobscripts/mpirun_job.sh" --config slow.json --n-toys 100 --run-id local --max-fail-frac 0.9
finish 60
[[ $rc -eq 0 && $(value local manifest complete) == True ]] || show "one machine: exit $rc"
[[ -z $(find runs -maxdepth 1 -type f) ]] || fail "the job script left files beside run directories"
ok "refusals are not repeated, one machine works"
