#!/usr/bin/env bash
# Sourced by tests: programs named sbatch, squeue, sacct, condor_submit, condor_q and condor_history, first in PATH, that keep their jobs in $fake/jobs and really
# run them, one task after another. What goes wrong is said by files in $fake:
#   lose_answer  a job is accepted, but its submitter is told that the connection broke (once)
#   silent N     the next N questions to the queue are not answered
#   hold         jobs submitted from now on are held, with the file's text as the reason; release with fake_release
#   skip         array tasks of this index vanish without having run
#   slow         seconds that every task sleeps first
set -euo pipefail
fake=$PWD/fake
mkdir -p "$fake/bin" "$fake/jobs"

cat > "$fake/bin/common" <<'SH'
set -euo pipefail
fake=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
be_silent() {  # PROGRAM
  local n
  [[ -s $fake/silent ]] || return 0
  n=$(<"$fake/silent")
  ((n > 0)) || return 0
  echo $((n - 1)) > "$fake/silent"
  echo "$1: Socket timed out on send/recv operation" >&2
  exit 1
}
# new_job MARK TASKS COMMAND...: sets id; the index of a task follows the command.
new_job() {
  local mark=$1 tasks=$2 job i
  shift 2
  id=$((100 + $(ls "$fake/jobs" | wc -l) + 1))
  job=$fake/jobs/$id
  mkdir "$job"
  printf '%s\n' "$mark" > "$job/mark"
  if [[ -s $fake/hold ]]; then cp "$fake/hold" "$job/held"; fi
  for ((i = 0; i < tasks; ++i)); do echo PENDING > "$job/task_$i"; done
  (
    while [[ -e $job/held ]]; do sleep 0.05; done
    for ((i = 0; i < tasks; ++i)); do
      echo RUNNING > "$job/task_$i.new" && mv "$job/task_$i.new" "$job/task_$i"
      if [[ -s $fake/slow ]]; then sleep "$(<"$fake/slow")"; fi
      if [[ ! -s $fake/skip || $(<"$fake/skip") != "$i" ]]; then
        "$@" "$i" > "$job/out_$i" 2>&1 || true
      fi
      rm "$job/task_$i"
    done
  ) > /dev/null 2>&1 < /dev/null &
}
lose_answer() {  # PROGRAM
  [[ -e $fake/lose_answer ]] || return 0
  rm "$fake/lose_answer"
  echo "$1: error: Socket timed out on send/recv operation" >&2
  exit 1
}
SH

cat > "$fake/bin/sbatch" <<'SH'
#!/usr/bin/env bash
source "$(dirname "$0")/common"
mark='' script=''
for word in "$@"; do
  case $word in
    --comment=*) mark=${word#*=} ;;
    --*) ;;
    *) script=$word ;;
  esac
done
tasks=$(sed -n 's/^#SBATCH --array=0-\([0-9]*\).*/\1/p' "$script")
run_task() { SLURM_ARRAY_TASK_ID=$2 bash "$1"; }
new_job "$mark" $((tasks + 1)) run_task "$script"
lose_answer sbatch
echo "$id"
SH

cat > "$fake/bin/squeue" <<'SH'
#!/usr/bin/env bash
source "$(dirname "$0")/common"
be_silent slurm_load_jobs
case "$*" in
  *%F*)
    for job in "$fake"/jobs/*; do [[ ! -e $job/mark ]] || echo "${job##*/}|$(<"$job/mark")"; done
    exit 0
    ;;
esac
for word in "$@"; do
  if [[ $word == --jobs=* ]]; then id=${word#*=}; fi
done
for task in "$fake/jobs/$id"/task_*; do
  state=$(cat "$task" 2>/dev/null) || continue
  reason=None
  if [[ -e $fake/jobs/$id/held ]]; then reason=$(<"$fake/jobs/$id/held"); fi
  echo "${task##*_}|$state|$reason"
  any=yes
done
if [[ -z ${any-} ]]; then
  echo "slurm_load_jobs error: Invalid job id specified" >&2
  exit 1
fi
SH

printf '#!/bin/sh\necho "Slurm accounting storage is disabled" >&2\nexit 1\n' > "$fake/bin/sacct"

cat > "$fake/bin/condor_submit" <<'SH'
#!/usr/bin/env bash
source "$(dirname "$0")/common"
mark='' file=''
while (($#)); do
  case $1 in
    -terse) ;;
    -append) mark=$2; shift ;;
    *) file=$1 ;;
  esac
  shift
done
mark=${mark:-$(grep '^+ToyfarmRun' "$file" || true)}
tasks=$(sed -n 's/^queue *//p' "$file")
run_task() { bash "$(dirname "$1")/run_one_shard.sh" "$2"; }
new_job "$(cut -d '"' -f 2 <<< "$mark")" "${tasks:-1}" run_task "$file"
lose_answer condor_submit
echo "$id.0 - $id.$((${tasks:-1} - 1))"
SH

cat > "$fake/bin/condor_q" <<'SH'
#!/usr/bin/env bash
source "$(dirname "$0")/common"
be_silent condor_q
if [[ $1 == -constraint ]]; then
  for job in "$fake"/jobs/*; do
    if [[ "ToyfarmRun == \"$(cat "$job/mark")\"" == "$2" ]]; then echo "${job##*/}"; fi
  done
  exit 0
fi
for task in "$fake/jobs/$1"/task_*; do
  state=$(cat "$task" 2>/dev/null) || continue
  if [[ -e $fake/jobs/$1/held ]]; then
    echo "${task##*_} 5 $(<"$fake/jobs/$1/held")"
  elif [[ $state == RUNNING ]]; then
    echo "${task##*_} 2 undefined"
  else
    echo "${task##*_} 1 undefined"
  fi
done
SH
printf '#!/bin/sh\nexit 0\n' > "$fake/bin/condor_history"
chmod +x "$fake"/bin/[a-z]*

PATH=$fake/bin:$PATH
fake_jobs() { find "$fake/jobs" -mindepth 1 -maxdepth 1 -type d | wc -l; }
fake_release() { rm -f "$fake/hold" "$fake"/jobs/*/held; }
# Waits until all jobs have ended, so that none outlives its test.
fake_end() {
  local deadline=$((SECONDS + 60))
  fake_release
  while compgen -G "$fake/jobs/*/task_*" > /dev/null && ((SECONDS < deadline)); do sleep 0.1; done
}
trap fake_end EXIT
