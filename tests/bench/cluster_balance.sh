#!/usr/bin/env bash
# How well toys are shared out, over two hosts of one core each. One of them at a quarter of its speed: dynamic takes at most 1.1 x as long as N toys at the sum
# of the speeds that the hosts reach alone. Both at full speed: at least 1.9 x the toys per second of one. All are ratios of times measured side by side; at most
# three attempts, all figures printed. Thread of the field: root#17344 (a backend that silently used one CPU).
set -euo pipefail
# shellcheck source=tests/support/cluster.sh
source "${TOYFARM_SOURCE_DIR:?}/tests/support/cluster.sh"
(($(nproc) >= 2)) || skip "two cores are needed"
[[ -d /sys/fs/cgroup/cpu && -d /sys/fs/cgroup/cpuset ]] || skip "the cores and speeds of emulated hosts need cgroup v1"

make_slow_spec slow.json
start_hosts 2 1
read -r first second _ < <(/usr/bin/python3 -c 'import os; print(*sorted(os.sched_getaffinity(0)))')
"$netns" cpus node01 "$first"
"$netns" cpus node02 "$second"

# wall RUN HOSTS N OPTIONS...: seconds from the first toy handed out to the last row on disk
wall() {
  local run=$1 hosts=$2 n=$3
  shift 3
  rm -rf "runs/$run"
  on_head timeout -k 5 300 mpirun --host "$hosts" --map-by ppr:1:node "$TOYFARM" toys --config slow.json --engine eventwise --n-toys "$n" --threads 1 \
    --run-id "$run" --log-level warn "$@" >out 2>&1 || { cat out >&2; fail "$run" >&2; }
  value "$run" manifest wall_s
}
calc() { /usr/bin/python3 -c "print($*)"; }
holds() { /usr/bin/python3 -c "import sys; sys.exit(not ($*))"; }

# Share of this machine's time that was taken during a second in which the test did nothing.
taken_by_others() {
  /usr/bin/python3 - <<'PY'
import time
def read():
    t = [int(x) for x in open("/proc/stat").readline().split()[1:9]]
    return t[3] + t[4], sum(t)
a = read(); time.sleep(1); b = read()
print("%.2f" % (1 - (b[0] - a[0]) / max(1, b[1] - a[1])))
PY
}

n=$(calc "int(600 / $(wall warm_up node01 600))")  # toys per second of one host
passed=no
for attempt in 1 2 3; do
  others=$(taken_by_others)
  one=$(wall one node01 $((10 * n)))
  two=$(wall two node01,node02 $((20 * n)))
  "$netns" cpu node02 25
  slow=$(wall slow node02 $((5 * n / 2)))
  dynamic=$(wall dynamic node01,node02 $((15 * n)))
  static=$(wall static node01,node02 $((15 * n)) --schedule static)
  "$netns" cpu node02 max
  one_again=$(wall one_again node01 $((10 * n)))
  fast=$(calc "20 * $n / ($one + $one_again)")
  gain=$(calc "20 * $n / $two / $fast")
  ideal=$(calc "15 * $n / ($fast + 2.5 * $n / $slow)")
  printf 'attempt %d: alone %.1f and %.1f toys/s (the first at other times %.1f and %.1f); %d toys: ideal %.2f s, dynamic %.2f s = %.3f x, static %.2f s = %.2f x; two ranks %.3f x one\n' \
    "$attempt" "$fast" "$(calc "2.5 * $n / $slow")" "$(calc "10 * $n / $one")" "$(calc "10 * $n / $one_again")" $((15 * n)) \
    "$ideal" "$dynamic" "$(calc "$dynamic / $ideal")" "$static" "$(calc "$static / $ideal")" "$gain"
  if holds "$others > 0.05"; then
    printf 'attempt %d is DISTURBED: others took %s of the machine before it; load %s\n' "$attempt" "$others" "$(cut -d' ' -f1-3 /proc/loadavg)"
  fi
  cmp -s runs/dynamic/toys.h5 runs/static/toys.h5 || fail "dynamic and static have different toys"
  [[ $(value dynamic manifest schedule) == dynamic && $(value static manifest schedule) == static ]] || fail "the manifests do not name the schedules"
  if holds "$dynamic <= 1.1 * $ideal and $gain >= 1.9 and $static > $dynamic"; then
    passed=yes
    break
  fi
done
[[ $passed == yes ]] || fail "balance: dynamic above 1.1 x ideal, two ranks below 1.9 x one, or static better than dynamic, three times"
