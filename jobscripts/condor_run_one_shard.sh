#!/usr/bin/env bash
# Runs one shard of a rendered run as an HTCondor job whose execute node sees the run directory:
#
#   condor_run_one_shard.sh INDEX                (in the run directory; condor_job.sub calls it)
#
# A job that is evicted stops, and its next start goes on from the journal in the run directory.
set -euo pipefail

# >>> rendered
threads=1
# <<< rendered

export TOYFARM_THREADS=$threads
exec bash ./run_one_shard.sh "${1:?which shard?}"
