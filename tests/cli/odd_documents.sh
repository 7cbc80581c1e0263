#!/usr/bin/env bash
# F10: a JSON document of the wrong kind, given to any command that reads one, is refused by name; so is a good one with odd values. One in $ODD_SHARE of the latter.
set -uo pipefail
: "${TOYFARM_LOCAL:?path of the program}"
exec /usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/odd_documents.py" "$TOYFARM_LOCAL" "$TOYFARM_SOURCE_DIR/jobscripts/examples/gauss_exp.json" --share "${ODD_SHARE:-400}"
