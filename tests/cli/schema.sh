#!/usr/bin/env bash
# The schema of specs beside what the program reads; help texts that name all of it.
set -euo pipefail
: "${TOYFARM_LOCAL:?}" "${TOYFARM_SOURCE_DIR:?}"
TOYFARM=$TOYFARM_LOCAL
fail() { echo "FAILED: $*" >&2; exit 1; }
/usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/schema.py"

"$TOYFARM" help >help.txt
cmp help.txt <("$TOYFARM" --help) || fail "help is not --help"
cmp <("$TOYFARM" help sweep render) <("$TOYFARM" sweep render --help) || fail "help of a command"
rc=0
"$TOYFARM" help dance 2>err || rc=$?
{ [ "$rc" = 64 ] && grep -q "no command 'dance'" err; } || fail "help of what is no command: exit $rc"
"$TOYFARM" help spec >spec.txt
"$TOYFARM" help pdfs >pdfs.txt
for words in "parameter: " "yield, type scaled" "base_yield \*" "interp_code .*code0|code4p"; do
  grep -q "^ *$words" spec.txt || fail "help spec does not tell of $words"
done
# Every density has a row in the README, with the names of its parameters.
while read -r type rest; do
  grep -q "^| \`$type\` |" "$TOYFARM_SOURCE_DIR/README.md" || fail "the README has no row of $type ($rest)"
done < <(sed -n '/^Densities/,/^Constraints/s/^  \([a-z_]* .*\)/\1/p' pdfs.txt)
[ "$(grep -c '^  [a-z_]* ' pdfs.txt)" -ge 15 ] || fail "few densities in help pdfs"
echo ok
