#!/usr/bin/env bash
# A disk that is full, broken or not to be written to: the exit code and the message say so, the files of the run before stay as they were, and the run goes on
# later to the same end. Faults are put between the program and the system by a preloaded library; where we may mount, a real full disk as well.
# Thread of the field: PIConGPU#4454 (a file that is there but not whole must not be used).
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}" "${TOYFARM_FAULTY_WRITES:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
new=(toys --config "$spec" --seed 42 --threads 1 --out-dir runs --log-level warn --checkpoint-interval 0.05)
EIO=5 ENOSPC=28
faulty() {  # FAULT RANKS COMMAND...
  local fault=$1 ranks=$2 rc=0 launcher=()
  shift 2
  [ "$ranks" -eq 1 ] || launcher=("$TOYFARM_MPIEXEC" -np "$ranks")
  timeout 60 "${launcher[@]}" env "LD_PRELOAD=$TOYFARM_FAULTY_WRITES" "TOYFARM_FAULT=$fault" "$TOYFARM" "$@" > out 2> err || rc=$?
  echo "$rc"
}

"$TOYFARM" "${new[@]}" --n-toys 3000 --run-id reference > out
want=$(sha256sum < runs/reference/toys.h5)
"$TOYFARM" "${new[@]}" --n-toys 1000 --run-id base > out

check() {  # NAME FAULT RANKS TEXT: a finished run of 1000 toys, extended to 3000 with a fault
  local name=$1 fault=$2 ranks=$3 text=$4 rc file
  cp -r runs/base "runs/$name"
  rc=$(faulty "$fault" "$ranks" toys --resume "runs/$name" --extend-to 3000 --checkpoint-interval 0.05 --log-level warn)
  [ "$rc" -eq 74 ] || { cat err; fail "$name: exit $rc, not 74"; }
  [ "$(grep -c "$text" err)" -eq 1 ] || { cat err; fail "$name: '$text' is not said once"; }
  for file in toys.h5 merged.out.json manifest.json; do
    cmp -s "runs/base/$file" "runs/$name/$file" || fail "$name: $file is not what it was"
  done
  [ -z "$(find "runs/$name" -name '.*.tmp.*')" ] || fail "$name: left $(find "runs/$name" -name '.*.tmp.*')"
  "$TOYFARM" status "runs/$name" | grep -q 'state  *failed' || fail "$name: its status does not say that it failed"
  "$TOYFARM" toys --resume "runs/$name" --log-level warn > out || fail "$name: cannot be gone on with"
  [ "$(sha256sum < "runs/$name/toys.h5")" = "$want" ] || fail "$name: another end"
  rm -r "runs/$name"
}
check journal_full "write journal.toyfarm 4 $ENOSPC" 1 'No space left on device'
check journal_broken "write journal.toyfarm 4 $EIO" 1 'Input/output error'
check journal_full_2 "write journal.toyfarm 4 $ENOSPC" 2 'No space left on device'
check journal_sync "sync journal.toyfarm 2 $EIO" 1 'Input/output error'
check table_full "write toys.h5 3 $ENOSPC" 1 'toys.h5'
check table_broken "write toys.h5 0 $EIO" 1 'toys.h5'
check table_sync "sync toys.h5 0 $EIO" 1 'toys.h5'
check merged_full "write merged.out.json 1 $ENOSPC" 1 'No space left on device'
check merged_sync "sync merged.out.json 0 $EIO" 1 'Input/output error'
check manifest_full "write manifest.json 0 $ENOSPC" 2 'No space left on device'

# status.json is only how things stand: a run does not fail for it.
cp -r runs/base runs/status
[ "$(faulty "write status.json 0 $ENOSPC" 1 toys --resume runs/status --extend-to 3000 --log-level warn)" -eq 0 ] || fail "status.json cannot be written"

# F13: a merge that runs out of disk leaves neither table nor document, nor half of either, and the next one needs no --force. Folders of outputs are made.
for fault in "write m.toys.h5 2 $ENOSPC" "sync m.toys.h5 0 $EIO" "write m.json 0 $ENOSPC" "sync m.json 0 $EIO"; do
  [ "$(faulty "$fault" 1 merge --input runs/reference --out merged/deep/m.json)" -eq 74 ] || { cat err; fail "merge with fault $fault"; }
  [ ! -e merged ] || fail "merge with fault $fault left $(find merged)"
done
"$TOYFARM" merge --input runs/reference --out merged/deep/m.json > out || fail "merge after a full disk"
[ "$(sha256sum < merged/deep/m.toys.h5)" = "$want" ] || fail "merge after a full disk: another table"
# Files that are to be replaced stay as they were.
before=$(cat merged/deep/* | sha256sum)
[ "$(faulty "write m.json 0 $ENOSPC" 1 merge --input runs/reference --out merged/deep/m.json --force)" -eq 74 ] || { cat err; fail "merge --force with a full disk"; }
[ "$(cat merged/deep/* | sha256sum)" = "$before" ] || fail "merge --force with a full disk changed what was there"
"$TOYFARM" toys --config "$spec" --n-toys 5 --only-toy 1 --dump-events new/a/toy.h5 > out
"$TOYFARM" fit --config "$spec" --toy new/a/toy.h5 -o new/b/fit.json > out
"$TOYFARM" toys --config "$spec" --n-toys 5 -o new/c/toys.json --json-metrics new/d/metrics.json --log-level warn > out
"$TOYFARM" plan --n-toys 5 --out new/e/plan.json > out
"$TOYFARM" preflight --out new/f/preflight.json > out
"$TOYFARM" sweep render --scheduler slurm --config "$spec" --n-toys 4 --shards-list 1,2 --toyfarm-bin "$TOYFARM" --out-root new/g/sweeps --sweep-id s > out
"$TOYFARM" sweep summarize --sweep-json new/g/sweeps/s.sweep.json --out-md new/h/s.md --out-csv new/i/s.csv --out-svg new/j/s.svg > out 2> err
rc=0; "$TOYFARM" collect --manifest new/g/sweeps/s_sh2/manifest.json --out new/k/collected.json > out || rc=$?
[ "$rc" -eq 76 ] || fail "collect of a run that has not begun: exit $rc"
for file in a/toy.h5 b/fit.json c/toys.json d/metrics.json e/plan.json f/preflight.json h/s.md i/s.csv j/s.svg k/collected.json; do
  [ -s "new/$file" ] || fail "no new/$file"
done
[ "$(faulty "write s.sweep.json 0 $ENOSPC" 1 sweep render --scheduler slurm --config "$spec" --n-toys 4 --shards-list 1,2 --toyfarm-bin "$TOYFARM" --out-root new/full --sweep-id s)" -eq 74 ] ||
  { cat err; fail "sweep render with a full disk"; }
[ -z "$(find new/full -type f)" ] || fail "sweep render with a full disk left $(find new/full -type f)"

# At the start nothing is made, or what was made goes away again.
before=$(ls -A runs)
[ "$(faulty "write journal.toyfarm 0 $ENOSPC" 1 "${new[@]}" --n-toys 10 --run-id start)" -eq 74 ] || fail "a full disk at the start"
[ "$(ls -A runs)" = "$before" ] || fail "a full disk at the start left $(ls -A runs)"
: > a_file
rc=0; "$TOYFARM" toys --config "$spec" --n-toys 10 --out-dir a_file > out 2> err || rc=$?
[ "$rc" -eq 73 ] || fail "--out-dir that is a file: exit $rc"

if unshare --mount true 2> /dev/null; then
  # A real disk of 1 MiB, and one that is read-only.
  mkdir small
  # shellcheck disable=SC2016  # expanded in there
  unshare --mount bash -euo pipefail -c '
    mount -t tmpfs -o size=1m tmpfs small
    rc=0; "$1" toys --config "$2" --n-toys 200000 --out-dir small --run-id full --log-level warn > out 2> err || rc=$?
    [ "$rc" -eq 74 ] || { cat err; echo "a full disk of 1 MiB: exit $rc"; exit 1; }
    grep -q "No space left on device" err
    [ ! -e small/full/toys.h5 ] && [ ! -e small/full/manifest.json ]
    mount -o remount,size=200m small
    "$1" toys --resume small/full --time-limit 0.5 --log-level warn > out || [ $? -eq 75 ]
    mount -o remount,ro small
    rc=0; "$1" toys --config "$2" --n-toys 10 --out-dir small --log-level warn > out 2> err || rc=$?
    [ "$rc" -eq 73 ] && grep -q "Read-only file system" err
    rc=0; "$1" toys --resume small/full > out 2> err || rc=$?
    [ "$rc" -ne 0 ] && grep -q "Read-only file system" err
  ' bash "$TOYFARM" "$spec" || { cat err; fail "a real full or read-only disk"; }
  echo "write faults: all as documented"
else
  echo "SKIPPED: mounting is not allowed here; faults of the preloaded library passed"
  exit 77
fi
