#!/usr/bin/env bash
# Fault L4: hosts of `toys --hosts-file` lose their power or their cable, before the run, during it and when it is nearly over. mpirun waits for them for ever; the command ends
# within a minute all the same, with an answer, and no toy is lost.
set -euo pipefail
# shellcheck source=tests/support/cluster.sh
source "${TOYFARM_SOURCE_DIR:?}/tests/support/cluster.sh"

make_slow_spec slow.json
printf 'node01\nnode02\nnode03\n' > hosts
toys=(toys --config slow.json --engine eventwise --n-toys 8000 --seed 42 --checkpoint-interval 0.5 --log-level warn)
"$TOYFARM" "${toys[@]}" --run-id reference > out
start_hosts 3 2

# --- before the run: mpirun would wait for ever for the daemon that cannot call back
"$netns" link node02 down
in_background "$TOYFARM" "${toys[@]}" --hosts-file hosts --run-id early
finish 90
[ "$rc" -eq 1 ] || show "a host without a cable at the start: exit $rc"
grep -q 'mpirun has started no process within' out || show "a host without a cable at the start: not told"
[ ! -e runs/early ] || fail "a run that did not start left $(ls runs/early)"
on_head pgrep -x mpirun > /dev/null && fail "mpirun is left behind"
"$netns" link node02 up
ok "a cable out at the start: refused after a while, nothing is made"

# goes_on RUN HOST WHAT: the command ended; what is missing is done without the host.
goes_on() {
  if [ "$(status_of "$1" state)" != complete ]; then
    [ "$rc" -ne 0 ] || show "$3: exit 0, but not complete"
    in_background "$TOYFARM" toys --resume "runs/$1" --hosts-file hosts --drop-unreachable --log-level warn
    finish 120
    [ "$rc" -eq 0 ] || show "$3: its resume ends with $rc"
  fi
  ends_well "$1"
  "$netns" start "$2" 9>&-
  ok "$3"
}

in_background "$TOYFARM" "${toys[@]}" --hosts-file hosts --run-id power
await_toys power 300
"$netns" poweroff node02
finish 60
goes_on power node02 "a host without power"

in_background "$TOYFARM" "${toys[@]}" --hosts-file hosts --run-id power0
await_toys power0 300
"$netns" poweroff node01
finish 60
goes_on power0 node01 "the host of rank 0 without power"

# --- rank 0 gives the host up, does its toys and publishes; mpirun does not know of it
in_background env OMPI_MCA_oob_tcp_keepalive_time=300 OMPI_MCA_orte_abort_on_non_zero_status=0 \
  "$TOYFARM" "${toys[@]}" --hosts-file hosts --run-id late --rank-timeout 3
await_toys late 300
"$netns" poweroff node03
await_end late 120
finish 60
[ "$rc" -eq 0 ] || show "a host without power, given up by rank 0: exit $rc"
[ "$(lost_hosts late)" = node03 ] || show "lost are '$(lost_hosts late)'"
goes_on late node03 "a host without power, given up by rank 0: the verdict is the exit code"
