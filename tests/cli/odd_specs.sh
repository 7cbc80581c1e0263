#!/usr/bin/env bash
# F10: odd numbers (1e308, denormals) and wrong types in every field of a spec are answers or errors of the spec, never faults of the program. One case in $ODD_SHARE.
set -uo pipefail
: "${TOYFARM:?path of the program}"
exec /usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/odd_specs.py" "$TOYFARM" "$TOYFARM_SOURCE_DIR/tests/data" --share "${ODD_SHARE:-600}"
