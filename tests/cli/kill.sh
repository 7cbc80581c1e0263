#!/usr/bin/env bash
# Runs killed by SIGKILL at random moments and resumed: the short form of kill.py, whose long form is `python3 tests/cli/kill.py TOYFARM mpirun SPEC --rounds 200`.
# Thread of the field: dynesty#374 (they, too, test with kill -9), UltraNest#21.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_MPIEXEC:?}" "${TOYFARM_SOURCE_DIR:?}"
exec /usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/kill.py" "$TOYFARM" "$TOYFARM_MPIEXEC" "$TOYFARM_SOURCE_DIR/tests/data/two_channels.json" --rounds 8
