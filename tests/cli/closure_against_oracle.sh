#!/usr/bin/env bash
# Pulls and shares at bounds of s02 and s13 against toys that the reference implementation fitted (contract 4). Seeds are fixed; a deviation
# of four standard deviations in one of 40 numbers has a chance of 1 in 400 for a right program and other seeds.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
oracle=${TOYFARM_SHARED:-$TOYFARM_SOURCE_DIR/../shared}/reference/oracle
if [[ ! -f $oracle/oracle.py ]]; then
  echo "SKIPPED: reference material not found, set TOYFARM_SHARED"
  exit 77
fi
python=${TOYFARM_PYTHON:-$TOYFARM_SOURCE_DIR/build/venv/bin/python}
if ! "$python" -c 'import numpy, scipy, iminuit, h5py, pyarrow'; then
  echo "SKIPPED: $python lacks a package; run bash cmake/install-deps.sh --all"
  exit 77
fi
export PYTHONDONTWRITEBYTECODE=1
script=$TOYFARM_SOURCE_DIR/tests/cli/closure_against_oracle.py
"$python" "$script" "$TOYFARM" "$oracle" --spec s13_lowstat_bound --toys 4000
"$python" "$script" "$TOYFARM" "$oracle" --spec s02_cb_exp --toys 600
