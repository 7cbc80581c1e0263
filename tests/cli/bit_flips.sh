#!/usr/bin/env bash
# F1: one flipped bit in a file of a finished or rendered run gives no wrong number with exit code 0. This is the short form of bit_flips.py, whose long form is
# `python3 tests/cli/bit_flips.py TOYFARM SPEC --flips 1000`, or TOYFARM_BIT_FLIPS=1000 for this test.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
exec /usr/bin/python3 "$TOYFARM_SOURCE_DIR/tests/cli/bit_flips.py" "$TOYFARM" "$TOYFARM_SOURCE_DIR/tests/data/two_channels.json" --flips "${TOYFARM_BIT_FLIPS:-12}"
