#!/usr/bin/env bash
# The manual page and the completions have what the parser has: every command, option and choice, found by walking --help.
set -euo pipefail
: "${TOYFARM_LOCAL:?}" "${TOYFARM_SOURCE_DIR:?}"
toyfarm=$TOYFARM_LOCAL
fail() { echo "FAILED: $*"; exit 1; }
skipped=no

for what in man "completion bash" "completion zsh"; do
  # shellcheck disable=SC2086  # two words
  "$toyfarm" $what > "${what#completion }" || fail "$what: exit $?"
done
rc=0
"$toyfarm" completion fish > /dev/null 2> stderr || rc=$?
{ [ "$rc" -eq 64 ] && grep -q "none of bash, zsh" stderr; } || fail "a shell that is none: exit $rc"

# --- readable by the tools that read them
if command -v groff > /dev/null; then
  groff -man -ww -Tutf8 -P-c man > man.txt 2> warnings || fail "groff: exit $?"
  [ ! -s warnings ] || { cat warnings; fail "groff warns"; }
  sed -i 's/.\x08//g' man.txt
  for section in NAME SYNOPSIS DESCRIPTION OPTIONS COMMANDS 'EXIT STATUS' ENVIRONMENT FILES EXAMPLES; do
    grep -qx "$section" man.txt || fail "the manual page has no section $section"
  done
else
  echo "SKIPPED: no groff to read the manual page; the rest follows"
  skipped=yes
fi
bash -n bash || fail "bash cannot read its completion"
if command -v zsh > /dev/null; then
  zsh -n zsh || fail "zsh cannot read its completion"
else
  echo "SKIPPED: no zsh to read its completion; the rest follows"
fi

# --- nothing is missing
# shellcheck source=/dev/null
source ./bash
complete_words() {  # WORDS... of a command line, the last of which is to be completed; sorted, one per line
  COMP_WORDS=(toyfarm "$@") COMP_CWORD=$#
  _toyfarm
  printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}
# Of the text in ./help.
commands_of() { sed -n '/^Commands/,/^$/s/^  \([a-z][a-z-]*\).*/\1/p' help; }
options_of() { sed -En 's/^  ((-[a-z], )?--[a-z].*)/\1/p' help | sed 's/  .*//; s/ [^-].*//; s/,//g' | tr ' ' '\n' | LC_ALL=C sort; }
choices_of() { sed -En 's/^  (-[a-z], )?(--[a-z-]+) ([^ ]*\|[^ ]*).*/\2 \3/p' help; }
n_commands=0 n_options=0 n_choices=0
walk() {  # a command's words
  local command commands option choice words
  n_commands=$((n_commands + 1))
  "$toyfarm" "$@" --help > help
  commands=$(commands_of)
  [ "$(head -1 help | wc -w)" -ge 3 ] || fail "$*: the first line of --help does not say what it does"
  diff <(options_of) <(complete_words "$@" -) > difference || fail "toyfarm $* -: bash completes other options: $(cat difference)"
  sed -n "/^$(printf '_%s' toyfarm "$@" | tr - _)() {/,/^}/p" zsh > zsh_function
  for option in $(options_of); do
    n_options=$((n_options + 1))
    grep -qF -- "${option//-/\\-}" man || fail "$* $option is not in the manual page"
    grep -Eq -- "'\*?$option(\[|=|\+)" zsh_function || fail "$* $option is not in zsh's completion"
  done
  while read -r option choice; do
    [ -n "$option" ] || continue
    n_choices=$((n_choices + 1))
    words=$(tr '|' '\n' <<< "$choice" | grep -v '^[A-Z]' | LC_ALL=C sort)
    [ "$(complete_words "$@" "$option" '')" = "$words" ] || fail "$* $option: bash completes $(complete_words "$@" "$option" '')"
    [ "$(complete_words "$@" "$option" = '')" = "$words" ] || fail "$* $option=: bash completes $(complete_words "$@" "$option" = '')"
    # The parser knows each of them and says so of another one.
    "$toyfarm" "$@" "$option" nonsense > /dev/null 2> stderr && fail "$* $option takes nonsense"
    for word in $words; do grep -Eq "none of.*\b$word\b|is not.*\b$word\b" stderr || { cat stderr; fail "$* $option does not know $word"; }; done
  done <<< "$(choices_of)"
  for command in $commands; do
    grep -qx -- "$command" <(complete_words "$@" '') || fail "$* $command is not completed by bash"
    grep -Eq -- "^ +'$command'( \|.*)?\) _toyfarm_" zsh || fail "$* $command is not in zsh's completion"
    grep -qF -- ".SS \"toyfarm ${*:+$* }$command" <(sed 's/\\-/-/g' man) || fail "$* $command has no section in the manual page"
    walk "$@" "$command"
  done
}
walk
((n_commands >= 12 && n_options >= 100 && n_choices >= 15)) || fail "walked $n_commands commands, $n_options options, $n_choices choices only"
# As the sources name them: an option that --help did not know would be missing here.
grep -ohE '^ *(b\.|binder\.)?[a-z_]*\(?"(-[a-z],)?--[a-z][a-z,-]*",' "$TOYFARM_SOURCE_DIR"/src/app/cli/*.cpp | grep -oE -- '--[a-z][a-z-]*' | sort -u > in_sources
[ "$(wc -l < in_sources)" -ge 50 ] || fail "found $(wc -l < in_sources) options in the sources only"
while read -r option; do
  grep -qF -- "${option//-/\\-}" man || fail "$option of the sources is not in the manual page"
done < in_sources

# --- as a user types
completes() {  # EXPECTED WORDS...
  [ "$(complete_words "${@:2}" | tr '\n' ' ')" = "$1" ] || fail "toyfarm ${*:2}: completed by $(complete_words "${@:2}" | tr '\n' ' ')"
}
completes "merge " mer
completes "--seed " toys --see
completes "init mle " toys --gen ''
completes "mle " toys --config mer --gen m
completes "init mle " unbinned-fit-toys --gen ''
completes "bash zsh " completion ''
completes " " toys --config ''
completes " " merge ''
[ "$(bash --norc -c 'source ./bash && complete -p toyfarm toyfarm-local' | grep -c -- '-o default -F _toyfarm')" -eq 2 ] || fail "bash does not know whom to ask"
[ "$skipped" = no ] || exit 77
echo "completion: $n_commands commands, $n_options options, $n_choices choices everywhere"
