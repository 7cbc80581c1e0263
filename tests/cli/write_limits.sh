#!/usr/bin/env bash
# F8: a limit on the size of files (RLIMIT_FSIZE) and a pipe whose reader has left are errors of a write, not the end of the process: the limit is named with
# the file and 74, the run goes on later to the same end; whoever pipes into head has a complete run.
# Threads of the field: nodejs#27798, log_proxy#5.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
spec=$TOYFARM_SOURCE_DIR/tests/data/two_channels.json
fail() { echo "FAILED: $*"; exit 1; }
# The study with observed events, for commands that need some.
/usr/bin/python3 - "$spec" <<'PY'
import json, random, sys
random.seed(4)
spec = json.load(open(sys.argv[1]))
for channel in spec["channels"]:
    names = [o["name"] for o in channel["observables"]]
    channel["data"] = {"file": channel["name"] + ".csv"}
    with open(channel["name"] + ".csv", "w") as out:
        print(",".join(names), file=out)
        for _ in range(300):
            print(",".join(str(random.uniform(*o["bounds"])) for o in channel["observables"]), file=out)
json.dump(spec, open("observed.json", "w"))
PY
new=(toys --config "$spec" --seed 42 --threads 1 --log-level warn --checkpoint-interval 0.05)
limit='File too large (RLIMIT_FSIZE)'

# Runs a command with files of at most $1 KiB; output and errors go through pipes, which have no size.
limited() {
  local kib=$1
  shift
  rc=0
  { (ulimit -f "$kib" && exec timeout 60 "$@") 2>&1 || echo "rc=$?"; } | cat > said
  rc=$(sed -n 's/^rc=//p' said)
  rc=${rc:-0}
}
# The last command ended with 74, naming a file and the limit once.
is_refused() {
  [ "$rc" -eq 74 ] || { cat said; fail "$1: exit $rc, not 74"; }
  [ "$(grep -cF "$limit" said)" -eq 1 ] || { cat said; fail "$1: the limit is not named once"; }
  grep -F "$limit" said | grep -qF "$2" || { cat said; fail "$1: does not name $2"; }
}
kib() { echo $(($(stat -c %s "$1") / 1024)); }

"$TOYFARM" "${new[@]}" --n-toys 3000 --out-dir runs --run-id reference > out
want=$(sha256sum < runs/reference/toys.h5)
goes_on() {
  "$TOYFARM" toys --resume "$1" --log-level warn > out || fail "$1: cannot be gone on with"
  [ "$(sha256sum < "$1/toys.h5")" = "$want" ] || fail "$1: another end"
  [ -z "$(find "$1" -name '.*.tmp.*')" ] || fail "$1: left $(find "$1" -name '.*.tmp.*')"
}

# The journal meets the limit wherever in a frame that may be.
journal=$(kib runs/reference/journal.toyfarm)
for kib in $((journal / 4)) $((journal / 3)) $((journal / 2)) $((journal - 1)); do
  limited "$kib" "$TOYFARM" "${new[@]}" --n-toys 3000 --out-dir runs --run-id "journal_$kib"
  is_refused "a journal of $kib KiB" journal.toyfarm
  "$TOYFARM" status "runs/journal_$kib" | grep -q 'state  *failed' || fail "$kib: its status does not say that it failed"
  goes_on "runs/journal_$kib"
done
# MPI, for which the limit holds as well, is kept from files of its own.
limited $((journal / 2)) env PMIX_MCA_gds=hash OMPI_MCA_btl=self,tcp "$TOYFARM_MPIEXEC" -np 2 "$TOYFARM" "${new[@]}" --n-toys 3000 --out-dir runs --run-id two_ranks
is_refused "two ranks" journal.toyfarm
goes_on runs/two_ranks
before=$(ls -A runs)
limited 0 "$TOYFARM" "${new[@]}" --n-toys 10 --out-dir runs --run-id start
is_refused "a limit of 0" spec.json
[ "$(ls -A runs)" = "$before" ] || fail "a limit of 0 left $(ls -A runs)"

# Files made of a journal that is whole.
cp -r runs/reference runs/of_toys.h5
rm runs/of_toys.h5/{toys.h5,merged.out.json,manifest.json}
table=$(kib runs/reference/toys.h5)
limited $((table - 1)) "$TOYFARM" publish runs/of_toys.h5
is_refused "toys.h5" toys.h5
[ ! -e runs/of_toys.h5/manifest.json ] || fail "a manifest vouches for a run that could not be published"
goes_on runs/of_toys.h5

# Files of other commands: nothing is left of them, nor of a temporary one.
is_gone() {
  is_refused "$1" "$2"
  [ -z "$(find . -maxdepth 1 -name '.*.tmp.*' -o -maxdepth 1 -name "$2")" ] || fail "$1 left $(ls -A)"
}
limited 1 "$TOYFARM" fit --config observed.json -o fit.json
is_gone fit fit.json
limited 100 "$TOYFARM" merge runs/reference/toys.h5 --out merged.json
is_gone merge merged.toys.h5
limited 1 "$TOYFARM" toys --config "$spec" --only-toy 3 --dump-events toy.h5
is_gone "dumped events" toy.h5
limited 1 "$TOYFARM" render --config "$spec" --n-toys 10 --shards 2 --scheduler slurm --out-dir . --run-id rendered
if [ "$rc" -ne 74 ] || ! grep -qF "$limit" said; then cat said; fail "render: exit $rc"; fi
[ -z "$(find . -maxdepth 1 -name '*rendered*')" ] || fail "render left $(ls -A)"

# A reader that leaves at once: the run is complete, and nothing is said of it.
for to in '' '2>&1'; do
  rm -rf runs/piped
  rc=0
  eval '{ "$TOYFARM" "${new[@]/warn/debug}" --n-toys 3000 --out-dir runs --run-id piped '"$to"' || echo $? > piped_rc; }' 2> err | true
  [ ! -e piped_rc ] || fail "a reader that leaves $to: exit $(cat piped_rc)"
  cmp runs/piped/toys.h5 runs/reference/toys.h5 || fail "a reader that leaves: another end"
  [ -e runs/piped/manifest.json ] || fail "a reader that leaves: no manifest"
  ! grep -i 'pipe' err || fail "a reader that leaves is no news"
done
for words in "status runs/reference" "fit --config observed.json" "toys --config $spec --n-toys 20 -o -" "merge runs/reference/toys.h5 --out -" "--help"; do
  # shellcheck disable=SC2086  # words
  { timeout 60 "$TOYFARM" $words 2> err || echo $? > piped_rc; } | true
  [ ! -e piped_rc ] || fail "$words into a reader that leaves: exit $(cat piped_rc)"
done

# A full disk behind standard output: what was asked for there is lost (74), what is only told is not missed.
rc=0; "$TOYFARM" nll --config observed.json > /dev/full 2> err || rc=$?
if [ "$rc" -ne 74 ] || ! grep -q 'standard output: write error: No space left on device' err; then cat err; fail "nll to a full disk: exit $rc"; fi
"$TOYFARM" "${new[@]}" --n-toys 20 --out-dir runs --run-id told > /dev/full 2> err || fail "toys to a full disk: exit $?"
grep -q 'standard output: write error: No space left on device' err || { cat err; fail "toys to a full disk: no warning"; }
echo "write limits: named, and the run goes on"
