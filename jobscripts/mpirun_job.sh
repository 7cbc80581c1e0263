#!/usr/bin/env bash
# Runs `toyfarm toys` under mpirun: on this machine, over the hosts of a hosts file, or over a Slurm allocation (in salloc, or as a script for sbatch).
# It survives the death of ranks, and goes on by itself on the hosts that are left when one dies. SIGTERM, SIGINT or SIGUSR1 to this script stops the
# run so that it can go on later.
#
#   bash jobscripts/mpirun_job.sh [--max-restarts N] ARGUMENTS of toyfarm toys
#   bash jobscripts/mpirun_job.sh --hosts-file hosts --config spec.json --n-toys 100000 --seed 42 --out-dir runs
#   bash jobscripts/mpirun_job.sh --hosts-file hosts --resume runs/RUN_ID
#
# Exit code: the run's own (0 complete, 1 guardrail failed, 65 bad spec, ...); 75 when it was stopped or cut short and can go on.
set -euo pipefail

# --- What a site must change (by environment)
# Where the source tree is; as a script for sbatch, which runs a copy of it from elsewhere: where the job was submitted.
root=${TOYFARM_ROOT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)}
if [[ ! -e $root/jobscripts/lib.sh ]]; then
  root=${SLURM_SUBMIT_DIR:-$root}
fi
# The program, on a file system that all hosts see; the hosts file, the spec and the run directory too.
toyfarm=${TOYFARM:-$root/build/release/toyfarm}
# mpirun: load its module here, so that it is in PATH on every host.
# The network between hosts, where they have several: export OMPI_MCA_btl_tcp_if_include=10.0.0.0/16 OMPI_MCA_oob_tcp_if_include=10.0.0.0/16
# How hosts are reached, if not by ssh without a password: export OMPI_MCA_plm_rsh_agent=...
# --- What should stay: the loss of a rank does not end the job; a host that is cut off is noticed within 5 s; ranks get 3 s to publish what they have
# when mpirun gives the job up; an mpirun that waits for a host in vain ends.
export OMPI_MCA_orte_abort_on_non_zero_status=0
export OMPI_MCA_oob_tcp_keepalive_time=2 OMPI_MCA_oob_tcp_keepalive_intvl=1 OMPI_MCA_oob_tcp_keepalive_probes=3
export OMPI_MCA_odls_base_sigkill_timeout=3
export OMPI_MCA_orte_startup_timeout=120
# ---

# shellcheck source=jobscripts/lib.sh
source "$root/jobscripts/lib.sh"

max_restarts=3
case ${1:-} in
  --max-restarts)
    [[ ${2:-} =~ ^[0-9]+$ ]] || die 64 "--max-restarts wants a whole number"
    max_restarts=$2
    shift 2
    ;;
  "" | -h | --help)
    sed -n '2,/^set -/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 0
    ;;
esac
need_program
read_arguments "toys_$(date -u +%Y%m%dT%H%M%SZ)_$$" "$@"
ranks_per_host=$(value_of --ranks-per-host)
hosts_file=$(value_of --hosts-file)

# Whether a node of the allocation can still start something.
answers() { timeout -k 1 15 srun --overlap --quiet --immediate=10 --nodes=1 --ntasks=1 --nodelist="$1" true </dev/null >/dev/null 2>&1; }

# Sets launcher. One rank per host without binding: the program divides a host's cores among the ranks on it.
choose_launcher() {
  local node alive=''
  local -a nodes
  if [[ -n $hosts_file ]]; then
    launcher=()  # the program asks the hosts and becomes an mpirun over those that answer
    toys_words+=(--drop-unreachable)
    return
  fi
  launcher=(mpirun --map-by "ppr:${ranks_per_host:-1}:node" --bind-to none -x TOYFARM_EXIT_CODE_FILE)
  if [[ -n ${SLURM_JOB_ID:-} ]] && ((restarts > 0)); then
    scontrol show hostnames "$SLURM_JOB_NODELIST" | mapfile -t nodes
    for node in "${nodes[@]}"; do
      if answers "$node"; then
        alive+=${alive:+,}$node:${ranks_per_host:-1}
      else
        say "$node does not answer and is left out"
      fi
    done
    [[ -n $alive ]] || die 75 "no node of the allocation answers"
    # The step of the mpirun before still waits for the dead node, and has the cores.
    launcher+=(--host "$alive" --mca plm_slurm_args --overlap)
  fi
}

catch_signals
# mpirun hands SIGUSR1 on to all ranks, and returns the run's own exit code after it; of SIGTERM it makes a code of its own.
forward_signal=USR1
# And after the death of a host it sends SIGTERM to the ranks that are left.
launcher_gives_up=yes
run_with_restarts "$max_restarts"
leave
