#!/usr/bin/env bash
# Runs one shard of a rendered run in the sandbox of an HTCondor job whose execute node shares no file system with anyone:
#
#   condor_run_one_shard_transfer.sh INDEX       (in the sandbox; condor_job_transfer.sub calls it)
#
# All files of the shard end up in results/, which is there whatever became of it: HTCondor holds a job when a single file that it is to bring home is
# missing. An eviction brings the journal home as well, and a start on another machine goes on with it.
set -euo pipefail

# >>> rendered
threads=1
surroundings=(TOYFARM=./toyfarm-local)
# <<< rendered

index=${1:?which shard?}
shard=shard_$index
size_of() { stat --format=%s -- "$1" 2>/dev/null || echo 0; }

# What earlier starts left is in results/ after a checkpoint and beside this script after an eviction; the longer journal is the later one.
if (($(size_of "results/$shard.run/journal.toyfarm") > $(size_of "$shard.run/journal.toyfarm"))); then
  rm -rf -- "$shard".*
  mv -- results/"$shard".* .
fi
rm -rf results

export TOYFARM_THREADS=$threads TOYFARM_CHECKPOINT_EXIT_CODE=85
pid='' signal=''
trap 'signal=TERM; kill -TERM $pid 2>/dev/null || true' TERM INT
trap 'signal=USR1; kill -USR1 $pid 2>/dev/null || true' USR1
env -- "${surroundings[@]}" bash ./run_one_shard.sh "$index" &
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
  wait "$pid" || again=$?
  ((again == 127)) || rc=$again
fi

mkdir results
shopt -s nullglob
for file in "$shard".*; do
  mv -- "$file" results/
done
exit "$rc"
