#!/usr/bin/env bash
# Runs `toyfarm toys` as a Slurm job of one rank per node that survives the loss of ranks and nodes, and that requeues itself when its time is over:
# the next start goes on with the same run.
#
#   sbatch jobscripts/slurm_mpi_job.sh --config spec.json --n-toys 1000000 --seed 42 --out-dir runs      (from the top of the source tree)
#   sbatch jobscripts/slurm_mpi_job.sh --resume runs/slurm_1234
#
# All arguments are those of toyfarm toys; without --run-id the run is named after the job. The job's exit code is the run's own (0 complete, 1 guardrail
# failed, 65 bad spec, ...); 75 when it was stopped or cut short, can go on, and was not requeued.

# --- What a site must change (options of sbatch go before these)
# The time of one start of the job, not of the whole run.
#SBATCH --time=01:00:00
# Nodes.
#SBATCH --nodes=2
# Ranks per node: one has all its cores; more may be right for nodes of several sockets.
#SBATCH --ntasks-per-node=1
# Cores per rank.
#SBATCH --cpus-per-task=2
# Where the output goes.
#SBATCH --output=toyfarm-%j.out
# --- What should stay: SIGUSR1 to this script 120 s before the time is over (Slurm may send it up to a minute earlier), leave to requeue, output of all
# starts in one file, and no end of the job by the death of a node.
#SBATCH --job-name=toyfarm
#SBATCH --signal=B:USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --no-kill
set -euo pipefail

# --- What a site must change (by environment)
# Where the source tree is: Slurm runs a copy of this script.
root=${TOYFARM_ROOT:-${SLURM_SUBMIT_DIR:?this is a script for sbatch}}
# The program, on a file system that all nodes see.
toyfarm=${TOYFARM:-$root/build/release/toyfarm}
# Modules and variables that the program needs: load them here.
# The plugin by which Slurm starts this MPI library; `srun --mpi=list` shows what there is.
mpi=${TOYFARM_SRUN_MPI:-pmix}
# ---

# shellcheck source=jobscripts/lib.sh
source "$root/jobscripts/lib.sh"
job_script="sbatch jobscripts/slurm_mpi_job.sh"
read_arguments "slurm_${SLURM_JOB_ID:?this is a script for sbatch}" "$@"

# --- The job; a rendered script has all that follows as it is
need_program
if ((${SLURM_RESTART_COUNT:-0} > 0)); then
  was_ours=yes
  if [[ -e $run_dir/journal.toyfarm ]]; then
    begun=yes
  fi
fi

# A rank that dies does not end the others, nor does a node; --wait=0: nor does the first rank that is done. A restart takes the nodes that are left.
choose_launcher() {
  local nodes
  launcher=(srun --mpi="$mpi" --kill-on-bad-exit=0 --no-kill --wait=0)
  if [[ -n ${SLURM_CPUS_PER_TASK:-} ]]; then
    launcher+=(--cpus-per-task="$SLURM_CPUS_PER_TASK")  # not handed on by itself since Slurm 22.05
  fi
  if ((restarts > 0)) && squeue --noheader --jobs="$SLURM_JOB_ID" --format=%D | read -r nodes; then
    launcher+=(--nodes="$nodes" --ntasks=$((SLURM_NTASKS * nodes / SLURM_JOB_NUM_NODES)))
  fi
  launcher+=("${container[@]}")
}

# With --no-kill a job outlives its first node, but this script does not: a step on the last node then has the job begun again.
watch_first_node() {
  local last
  last=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | tail -n 1)
  # shellcheck disable=SC2016  # expanded there
  srun --overlap --nodes=1 --ntasks=1 --cpus-per-task=1 --mem=0 --nodelist="$last" --mpi=none --no-kill --quiet --input=none bash -c '
    while sleep "$1"; do
      read -r first nodes < <(squeue --noheader --jobs="$SLURM_JOB_ID" --format="%B %N") || continue
      scontrol show hostnames "$nodes" | grep -qxF "$first" || scontrol requeue "$SLURM_JOB_ID"
    done' bash "${TOYFARM_WATCH_SECONDS:-60}" 2>/dev/null &
}

# Slurm requeues what it preempts only if it has not ended before the time of grace is over.
is_preempted() { scontrol --oneliner show job "$SLURM_JOB_ID" | grep -q ' PreemptTime=[0-9]'; }

# Requeued: what was stopped by Slurm's SIGUSR1, by --time-limit or by a preemption, or cut short. Not: what someone stopped by SIGTERM, nor what came no
# further in this start, which would go on for ever.
is_to_be_requeued() {
  if [[ $begun == no || $verdict == over ]] || is_refusal; then
    return 1
  elif [[ $verdict == stopped && $stop_signal != USR1 && ! $reason =~ ^(SIGUSR1|the time limit)$ ]] && ! is_preempted; then
    return 1
  elif ((n_safe <= n_before)); then
    say "this start brought no toy; not requeued"
    return 1
  fi
}

if ((SLURM_JOB_NUM_NODES > 1)); then
  watch_first_node
fi
catch_signals
read_status
n_before=$n_safe
run_with_restarts 3
if is_to_be_requeued; then
  say "$n_safe toys are safe; the job is requeued to go on"
  if scontrol requeue "$SLURM_JOB_ID"; then
    exit 75
  fi
  say "it could not be requeued"
fi
leave
