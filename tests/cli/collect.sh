#!/usr/bin/env bash
# L7: a shard that is starting is not one that was killed. The real script of a shard runs here, with a program that takes its time.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
state_of() {  # SHARD
  "$TOYFARM" collect --manifest runs/r/manifest.json --out collected.json > stdout || true
  /usr/bin/python3 -c 'import json, sys; print(json.load(open("collected.json"))["results"][int(sys.argv[1])]["status"])' "$1"
}
want() {  # SHARD STATE WHAT
  [ "$(state_of "$1")" = "$2" ] || { cat stdout; fail "$3: not '$2'"; }
}
wait_for() {  # SECONDS COMMAND...
  local end=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < end)) || fail "waited in vain for: $*"
    sleep 0.05
  done
}

cat > slow <<'SH'
#!/usr/bin/env bash
# Waits, as for an image of a container, until it may go on.
until [ -e "$GO" ]; do sleep 0.05; done
exec "$PROGRAM" "$@"
SH
chmod +x slow
export PROGRAM=$TOYFARM GO=$PWD/go
"$TOYFARM" render --scheduler slurm --config "$spec" --n-toys 40 --seed 3 --shards 2 --out-dir runs --run-id r > stdout
want 0 missing "a shard that never began"
pid=''
trap '[ -z "$pid" ] || kill -KILL -- "-$pid" 2> /dev/null || true' EXIT
start_slow() {
  TOYFARM=$PWD/slow setsid bash runs/r/run_one_shard.sh 0 > said 2>&1 &
  pid=$!
  wait_for 20 test -s runs/r/shard_0.host
}

start_slow
want 0 starting "a shard whose program has not begun"
touch -d '1 hour ago' runs/r/shard_0.host
want 0 starting "a shard that takes an hour to start"
kill -KILL -- "-$pid"
wait "$pid" || true
want 0 missing "a shard that was killed"
grep -q 'it was killed' stdout || { cat stdout; fail "a killed shard is not said to be one"; }

start_slow
touch go
wait "$pid" || fail "the shard: exit $?"
want 0 ok "a shard that is done"
want 1 missing "the other one"
grep -q 'never began' stdout || fail "the other one began"
"$TOYFARM" collect --manifest runs/r/manifest.json > stdout && fail "collect says that all is well"
grep -q 'ok=1 missing=1 starting=0 running=0' stdout || { cat stdout; fail "the counts"; }
echo "collect: starting, killed and done are told apart"
