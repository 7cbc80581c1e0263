#!/usr/bin/env bash
# Runs one shard of the run that this file was rendered for, or goes on with it:
#
#   bash run_one_shard.sh INDEX
#
# Works in the directory it lies in and leaves there, for shard I: shard_I.toys.h5, .out.json, .metrics.json and .manifest.json once it is complete; .stdout
# and .stderr of the program; .host where it ran; .rc and .elapsed_s (seconds, of all starts) when it has ended, and .sums with the SHA-256 of these three. Until it is complete shard_I.run holds its
# journal, with which another start goes on. SIGTERM, SIGINT and SIGUSR1 stop it that way. Exit code: the program's own, 75 when it was stopped.
set -euo pipefail

# >>> rendered
toyfarm=toyfarm
shards=1
threads=''
options=()
container=()
set_up() { :; }
# <<< rendered

toyfarm=${TOYFARM:-$toyfarm}
threads=${threads:-${TOYFARM_THREADS:-${SLURM_CPUS_PER_TASK:-auto}}}
if [[ -n ${TOYFARM_IN_CONTAINER:-} ]]; then  # the batch system has put the job into it
  container=()
fi
say() { printf 'run_one_shard.sh: %s\n' "$*" >&2; }

cd "$(dirname "${BASH_SOURCE[0]}")"
index=${1-}
if [[ ! $index =~ ^(0|[1-9][0-9]{0,8})$ ]] || ((index >= shards)); then
  say "'$index' is no shard: they are 0 to $((shards - 1))"
  exit 64
fi
shard=shard_$index
if [[ -e $shard.toys.h5 && -e $shard.out.json && -e $shard.rc && $(<"$shard.rc") == 0 ]]; then
  say "$shard is complete already"
  exit 0
fi
set_up

# Micro-seconds of the starts before this one.
before=0
words=("${container[@]}" "$toyfarm" toys)
if [[ -e $shard.run/journal.toyfarm ]]; then
  words+=(--resume "$shard.run")
  if [[ -s $shard.elapsed_s ]]; then
    before=$(<"$shard.elapsed_s")
    before=$((10#${before/./}))
  fi
else
  words+=(--study study.toyfarm --shard "$index/$shards" --out-dir . --run-id "$shard.run")
  : >"$shard.stdout"
  : >"$shard.stderr"
fi
words+=(-o "$shard.out.json" --json-metrics "$shard.metrics.json" --force --threads "$threads" "${options[@]}")
if [[ -n ${TOYFARM_CHECKPOINT_EXIT_CODE:-} ]]; then
  words+=(--checkpoint-exit-code "$TOYFARM_CHECKPOINT_EXIT_CODE")
fi

rm -f "$shard.sums" "$shard.rc"
# Locked as long as this script or its program lives: `toyfarm collect` tells a shard that is starting from one that was killed.
exec {host_file}>"$shard.host"
flock -w 2 "$host_file" 2>/dev/null || true
printf '%s\n' "${HOSTNAME%%.*}" >&"$host_file"
start=${EPOCHREALTIME/[.,]/}
pid='' signal=''
trap 'signal=USR1; kill -USR1 $pid 2>/dev/null || true' USR1
trap 'signal=TERM; kill -TERM $pid 2>/dev/null || true' TERM INT
"${words[@]}" >>"$shard.stdout" 2>>"$shard.stderr" &
pid=$!
if [[ -n $signal ]]; then  # it came before there was anyone to hand it on to
  kill -s "$signal" "$pid" 2>/dev/null || true
fi
rc=0
wait "$pid" || rc=$?
while kill -0 "$pid" 2>/dev/null; do  # a trap ended the wait
  rc=0
  wait "$pid" || rc=$?
done
if ((rc > 128)); then
  again=0
  wait "$pid" || again=$?  # what ended it, if that was not the trap
  ((again == 127)) || rc=$again
fi

if ((rc == 0)); then
  mv "$shard.run/toys.h5" "$shard.toys.h5"
  mv "$shard.run/manifest.json" "$shard.manifest.json"
  rm -rf "$shard.run"
elif ((rc != 75)); then
  tail -n 3 "$shard.stderr" >&2
fi
elapsed=$((before + ${EPOCHREALTIME/[.,]/} - start))
printf '%d.%06d\n' $((elapsed / 1000000)) $((elapsed % 1000000)) >"$shard.elapsed_s"
printf '%d\n' "$rc" >"$shard.rc"
sha256sum "$shard.host" "$shard.elapsed_s" "$shard.rc" >"$shard.sums" || rm -f "$shard.sums"
exit "$rc"
