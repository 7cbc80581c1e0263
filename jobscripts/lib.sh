#!/usr/bin/env bash
# What the job scripts share: which run directory a job has, how the run in it stands, and watching over a launcher. To be sourced, not run.
# Runs are judged by `toyfarm status`: a launcher's own exit code is not 0 after any rank died, even when the others did all its toys.
set -euo pipefail

# Bash 5.2 may stumble over a trap that runs while it expands $(...), so what runs with traps set has none. lastpipe: the end of a pipe sets variables.
shopt -s lastpipe

job_script=${0##*/}
container=()  # what the program runs in: a script may set it
say() { printf '%s: %s\n' "$job_script" "$*" >&2; }
die() {  # CODE WORDS...
  local code=$1
  shift
  say "$*"
  exit "$code"
}

# --- the command line

# shellcheck disable=SC2154  # toyfarm is set by the script
need_program() { [[ -x $toyfarm || ${#container[@]} -gt 0 ]] || die 66 "there is no program $toyfarm: build it, or set TOYFARM to it"; }

# Asks the program which options `toys` has: sets role_of (what each decides) and values_of (how many words follow it).
declare -A role_of=() values_of=()
read_options() {
  local role n_values names name
  need_program
  "${container[@]}" "$toyfarm" options toys | while read -r role n_values names; do
    for name in $names; do
      role_of[$name]=$role values_of[$name]=$n_values
    done
  done || die 70 "$toyfarm does not tell its options: it is of another version than this script"
}

# read_arguments RUN_ID WORDS...: WORDS are those of `toyfarm toys`. Sets run_dir; begin_words, with which the run is begun; resume_words, those
# among them that --resume does not refuse; and begun, yes when the run directory is there already.
read_arguments() {
  local run_id=$1 out_dir=runs name='' value='' n_values role
  local -a words
  run_dir='' begun=no begin_words=() resume_words=()
  read_options
  shift
  while (($#)); do
    words=("$1") name=${1%%=*} value=${1#*=}
    n_values=${values_of[$name]:-0}
    if [[ $1 != *=* ]] && ((n_values > 0)); then
      (($# > n_values)) || die 64 "$1 wants a value"
      value=$2
      words+=("${@:2:n_values}")
      shift "$n_values"
    fi
    shift
    case $name in
      --resume) run_dir=$value; continue ;;
      --out-dir | --local-out-dir) out_dir=$value; continue ;;
      --run-id) run_id=$value; continue ;;
    esac
    role=${role_of[$name]:-command}
    if [[ $name == --data ]]; then
      role='command'  # files may have moved
    fi
    case $role in
      single) die 64 "$name makes no run; call the program itself" ;;
      study | part) begin_words+=("${words[@]}") ;;
      *)
        begin_words+=("${words[@]}")
        resume_words+=("${words[@]}")
        ;;
    esac
  done
  if [[ -n $run_dir ]]; then
    begun=yes
    ((${#begin_words[@]} == ${#resume_words[@]})) || die 64 "with --resume the run directory fixes what the toys are; leave out --config, --n-toys and their like"
  else
    run_dir=$out_dir/$run_id
    begin_words+=(--out-dir "$out_dir" --run-id "$run_id")
  fi
  # mpirun returns 0 whatever its ranks refused, when it is told to go on after the death of a rank.
  run_dir=${run_dir%/}
  exit_code_file=$run_dir.exit_code
  if [[ $run_dir != /* ]]; then
    exit_code_file=$PWD/$exit_code_file
  fi
}

# Sets toys_words: the program with what it needs to begin the run or to go on with it.
choose_words() {
  toys_words=("$toyfarm" toys)
  if [[ $begun == yes ]]; then
    toys_words+=(--resume "$run_dir" "${resume_words[@]}")
    # The launcher is over, so whoever still holds the journal is a rank of it on a host that is frozen or out of reach.
    if [[ $was_ours == yes ]] && is_running; then
      toys_words+=(--take-over)
    fi
  else
    toys_words+=("${begin_words[@]}")
  fi
}

# The value of an option among the words, if it is there.
value_of() {  # OPTION
  local i
  for ((i = 0; i < ${#resume_words[@]}; ++i)); do
    case ${resume_words[i]} in
      "$1") printf '%s' "${resume_words[i + 1]-}" ;;
      "$1"=*) printf '%s' "${resume_words[i]#*=}" ;;
    esac
  done
}

# --- how the run stands

# Takes the members that count out of the JSON on standard input.
take_status() {
  local line value
  while IFS= read -r line; do
    value=${line#*: } value=${value%,} value=${value#\"} value=${value%\"}
    case $line in
      '  "state":'*) state=$value ;;
      '  "exit_code":'*) exit_code=${value/null/} ;;
      '  "reason":'*) reason=$value ;;
      '  "epoch":'*) epoch=$value ;;
      '  "updated_utc":'*) updated=$value ;;
      '  "n_acknowledged":'*) n_safe=$value ;;
    esac
  done
}

# shellcheck disable=SC2034  # n_safe is for the scripts
# Sets state (none before the first rows), exit_code (empty while it runs), reason, epoch, updated and n_safe.
read_status() {
  state=none exit_code='' reason='' epoch='' updated='' n_safe=0
  if [[ -e $run_dir/status.json ]]; then
    "${container[@]}" "$toyfarm" status "$run_dir" --json | take_status || true
  fi
}

is_running() { [[ $state == running || $state == publishing ]]; }

# --- a launcher

was_ours=no stop_signal='' state=none verdict=none exit_code=''
catch_signals() {
  trap 'stop_signal=USR1' USR1
  trap 'stop_signal=TERM' TERM
  trap 'stop_signal=INT' INT
}

is_alive() { kill -0 "$1" 2>/dev/null; }

# wait_for PID SECONDS: until it ends, that time is over or a signal comes.
wait_for() {
  local nap
  sleep "$2" &
  nap=$!
  if is_alive "$1"; then
    wait -n "$1" "$nap" 2>/dev/null || true
  fi
  kill "$nap" 2>/dev/null || true
  wait "$nap" 2>/dev/null || true
}

end_launcher() {  # PID
  local signal deadline
  for signal in TERM KILL; do
    kill -s "$signal" "$1" 2>/dev/null || return 0
    deadline=$((SECONDS + seconds_to_end))
    while is_alive "$1" && ((SECONDS < deadline)); do
      wait_for "$1" 1
    done
  done
}

# Seconds: for ranks to leave once the run is over; for them to stop when asked to; without a sign of life; for a launcher to die of a signal.
seconds_to_leave=20
seconds_to_stop=${TOYFARM_STOP_SECONDS:-60}
seconds_of_silence=${TOYFARM_SILENCE_SECONDS:-300}
seconds_to_end=15

# run_launcher WORDS...: runs a launcher, which gets the signal forward_signal when the script gets any, and ends it when it does not end by itself:
# mpirun waits for a frozen rank, or for a host that never answers; srun, for a rank on a host that died. Sets launcher_code.
run_launcher() {
  local pid='' before='' seen='' seen_at=$SECONDS told_at='' over_at=''
  read_status
  before=$epoch
  mkdir -p "${exit_code_file%/*}"
  { : >"$exit_code_file"; } 2>/dev/null || true  # a rank 0 that wakes up when it is gone makes no new one
  TOYFARM_EXIT_CODE_FILE=$exit_code_file "$@" &
  pid=$!
  while is_alive "$pid"; do
    wait_for "$pid" 1
    read_status
    if [[ $updated != "$seen" || $state == publishing ]]; then
      seen=$updated seen_at=$SECONDS  # a large table takes its time to be written
    fi
    if [[ -n $exit_code && $epoch != "$before" ]]; then
      over_at=${over_at:-$SECONDS}
    fi
    if [[ -n $stop_signal && -z $told_at ]]; then
      say "stopping: the run gets SIG${forward_signal:-$stop_signal}"
      kill -s "${forward_signal:-$stop_signal}" "$pid" 2>/dev/null || true
      told_at=$SECONDS
    fi
    if [[ -n $over_at ]] && ((SECONDS - over_at > seconds_to_leave)); then
      say "the run is over, but a rank does not leave; ending the launcher"
    elif [[ -n $told_at ]] && ((SECONDS - told_at > seconds_to_stop)); then
      say "the run was asked to stop $seconds_to_stop s ago; ending the launcher"
    elif ((SECONDS - seen_at > seconds_of_silence)); then
      say "no sign of life from the run for $seconds_of_silence s; ending the launcher"
    else
      continue
    fi
    end_launcher "$pid"
    break
  done
  launcher_code=0
  wait "$pid" 2>/dev/null || launcher_code=$?
  if [[ -s $exit_code_file ]]; then
    read -r launcher_code <"$exit_code_file"  # what rank 0 itself had to say
  fi
  rm -f "$exit_code_file"
  was_ours=yes
  judge "$before"
}

# judge EPOCH_BEFORE: sets verdict, once the launcher has ended, to
#   over     exit_code is the run's own
#   stopped  it was asked to stop, and can go on
#   lost     it was cut short: by the loss of rank 0 or of a host, after which a launcher that gives up (launcher_gives_up) sends SIGTERM to the others
#   unbegun  it did not come to its first row; exit_code is the launcher's
judge() {
  local deadline=$((SECONDS + seconds_to_leave))
  read_status
  while is_running && ((SECONDS < deadline)); do
    sleep 1
    read_status
  done
  if [[ $epoch == "$1" ]]; then
    verdict=unbegun exit_code=$launcher_code
  elif [[ $state != stopped ]]; then
    verdict=over
    if [[ -z $exit_code ]]; then
      verdict=lost
    fi
  elif [[ ${launcher_gives_up:-no} == yes && -z $stop_signal && $reason =~ SIGTERM|another\ rank ]]; then
    verdict=lost
  else
    verdict=stopped
  fi
  if [[ -e $run_dir/journal.toyfarm ]]; then
    begun=yes
  fi
}

# Whether the program itself said that trying again would not help.
is_refusal() { [[ $verdict == unbegun && $exit_code =~ ^(64|65|66|70|73|74)$ ]]; }

# Whether the run was cut short by the world, rather than ended by itself or by a wish. What ends before the run is begun would do so again.
is_cut_short() { [[ $verdict == lost || ($verdict == unbegun && $begun == yes) ]] && [[ -z $stop_signal ]] && ! is_refusal; }

# run_with_restarts MAX: runs the toys, and again what is missing when that was cut short. The script's choose_launcher sets launcher.
run_with_restarts() {
  local -a launcher=()
  restarts=0
  while [[ -z $stop_signal ]]; do
    choose_words
    choose_launcher
    run_launcher "${launcher[@]}" "${toys_words[@]}"
    if ! is_cut_short; then
      break
    fi
    say "the job ended before its run did (the launcher's exit code: $launcher_code)"
    if ((restarts >= $1)); then
      say "there were $restarts restarts already"
      break
    fi
    restarts=$((restarts + 1))
    say "restart $restarts of $1"
  done
}

# Ends the script with the exit code of the run, or 75 where it was cut short and can go on.
leave() {
  if [[ $verdict == over ]] || is_refusal; then
    exit "$exit_code"
  fi
  if [[ $begun == no ]]; then
    say "the run was not begun"
    exit $((exit_code ? exit_code : 75))
  fi
  say "the run is not complete; go on with: $job_script --resume $run_dir"
  if [[ $verdict == stopped ]]; then
    exit "$exit_code"
  fi
  exit 75
}
