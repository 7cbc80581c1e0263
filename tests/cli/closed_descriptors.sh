#!/usr/bin/env bash
# F7: a program whose standard input, output or error is closed works as any other: what it opens first does not get the number 1 or 2, and no table and no
# warning ends up in a journal. What was asked for on a standard output that is closed is an error (74), as with cat; what is only said beside files is not.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_LOCAL:?}" "${TOYFARM_SOURCE_DIR:?}"
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

# Runs a command with the descriptors of $1, such as "0 2", closed; its exit code is in rc.
run_without() {
  local closed=$1
  shift
  rc=0
  (
    [[ $closed != *0* ]] || exec 0<&-
    [[ $closed != *1* ]] || exec 1>&-
    [[ $closed != *2* ]] || exec 2>&-
    exec "$@"
  ) || rc=$?
}
want_rc() { [ "$rc" -eq "$2" ] || fail "$1: exit $rc, not $2"; }

# Whatever the program says at all, none of its files may hold, but for the two that keep it.
no_text_in() {
  if grep -rqaE --exclude=stdout.log --exclude=stderr.log 'toyfarm: (info|warn|error)|pull mean|toys/s|wrote |^status ' "$@"; then
    fail "text for people in: $(grep -rlaE --exclude=stdout.log --exclude=stderr.log 'toyfarm: (info|warn|error)|pull mean|toys/s|wrote |^status ' "$@")"
  fi
}

new=(toys --config "$spec" --seed 42 --threads 1 --log-level debug)
"$TOYFARM" "${new[@]}" --n-toys 300 --out-dir runs --run-id reference > out 2>&1
"$TOYFARM" "${new[@]}" --n-toys 300 -o reference.json > out 2>&1
"$TOYFARM" fit --config observed.json -o reference.fit.json > out 2>&1
grep -v _at_utc reference.fit.json > reference.fit
grep -v _at_utc reference.json > reference.result
printf 'localhost\n' > hosts

for closed in '' 0 1 2 '0 1' '0 2' '1 2' '0 1 2'; do
  rm -rf work && mkdir work
  for program in "$TOYFARM" "$TOYFARM_LOCAL"; do
    run_without "$closed" "$program" "${new[@]}" --n-toys 200 --out-dir work --run-id "of_${program##*/}" >> said 2>&1
    want_rc "toys without $closed" 0
    run_without "$closed" "$program" toys --resume "work/of_${program##*/}" --extend-to 300 --log-level debug >> said 2>&1
    want_rc "toys --resume without $closed" 0
    cmp "runs/reference/toys.h5" "work/of_${program##*/}/toys.h5" || fail "${program##*/} without $closed: other rows"
    grep -q '"journal_bad_regions": 0' "work/of_${program##*/}/manifest.json" || fail "without $closed: the journal is damaged"
  done
  run_without "$closed" "$TOYFARM" "${new[@]}" --n-toys 300 -o work/result.json >> said 2>&1
  want_rc "toys -o without $closed" 0
  grep -v _at_utc work/result.json | cmp - reference.result || fail "toys -o without $closed: another result"
  run_without "$closed" "$TOYFARM" fit --config observed.json -o work/fit.json >> said 2>&1
  want_rc "fit -o without $closed" 0
  grep -v _at_utc work/fit.json | cmp - reference.fit || fail "fit -o without $closed: another result"
  run_without "$closed" "$TOYFARM" render --config "$spec" --n-toys 300 --seed 42 --shards 2 --scheduler slurm --out-dir work --run-id rendered >> said 2>&1
  want_rc "render without $closed" 0
  for shard in 0 1; do
    run_without "$closed" bash work/rendered/run_one_shard.sh "$shard" >> said 2>&1
    want_rc "a shard without $closed" 0
  done
  run_without "$closed" "$TOYFARM" collect --manifest work/rendered/manifest.json >> said 2>&1
  want_rc "collect without $closed" 0
  run_without "$closed" "$TOYFARM" merge --manifest work/rendered/manifest.json --out work/rendered/merged.out.json >> said 2>&1
  want_rc "merge without $closed" 0
  cmp runs/reference/toys.h5 work/rendered/toys.h5 || fail "merge without $closed: other rows"
  run_without "$closed" "$TOYFARM" preflight --out work/preflight.json >> said 2>&1
  want_rc "preflight without $closed" 0
  # shellcheck disable=SC2046  # names without blanks
  no_text_in $(find work -type f -not -name '*.stdout' -not -name '*.stderr')

  # These have nothing but what they print.
  [[ $closed == *1* ]] && lost=74 || lost=0
  for words in "fit --config observed.json" "nll --config observed.json" "status work/of_toyfarm" "plan --config $spec --n-toys 10" "toys --config $spec --only-toy 3" \
    "--version" "--help" "toys --config $spec --n-toys 10 -o -" "hosts --hosts-file hosts"; do
    # shellcheck disable=SC2086  # words
    run_without "$closed" "$TOYFARM" $words > said_now 2>&1
    want_rc "$words without $closed" "$lost"
    if [[ $closed == 1 || $closed == '0 1' ]]; then
      grep -q 'standard output: write error: Bad file descriptor' said_now || { cat said_now; fail "$words without $closed: not said"; }
    fi
  done
done
echo "closed descriptors: every command as with all of them"
