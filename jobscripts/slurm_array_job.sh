#!/usr/bin/env bash
# >>> directives
#SBATCH --job-name=toyfarm
#SBATCH --array=0-0
#SBATCH --output=slurm-%A_%a.out
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
# <<< directives
# Runs a rendered run as a Slurm array, one shard per task, without MPI. When a task's time is over it stops, is requeued and goes on. Outside Slurm:
#
#   SLURM_ARRAY_TASK_ID=0 bash slurm_array_job.sh
set -euo pipefail

# >>> rendered
run_dir=.
requeue=yes
# <<< rendered

if [[ -z ${SLURM_JOB_ID:-} ]]; then
  run_dir=$(dirname "${BASH_SOURCE[0]}")
fi
stop_signal='' pid=''
trap 'stop_signal=USR1; kill -USR1 $pid 2>/dev/null || true' USR1
trap 'stop_signal=TERM; kill -TERM $pid 2>/dev/null || true' TERM INT
bash "$run_dir/run_one_shard.sh" "${SLURM_ARRAY_TASK_ID:?which shard?}" &
pid=$!
if [[ -n $stop_signal ]]; then  # it came before there was anyone to hand it on to
  kill -s "$stop_signal" "$pid" 2>/dev/null || true
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
if ((rc == 75 || rc > 128)) && [[ $stop_signal == USR1 && $requeue == yes && -n ${SLURM_JOB_ID:-} ]]; then
  scontrol requeue "$SLURM_JOB_ID" || true
fi
exit "$rc"
