#!/usr/bin/env bash
# A short comparison of fits with Minuit's on an independent likelihood, which is itself compared with the program's first.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
python=${TOYFARM_PYTHON:-$TOYFARM_SOURCE_DIR/build/venv/bin/python}
if ! "$python" -c 'import numpy, scipy, iminuit, h5py'; then
  echo "SKIPPED: $python lacks a package; run bash cmake/install-deps.sh --all"
  exit 77
fi
export PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=1
folder=$TOYFARM_SOURCE_DIR/tests/bench/minuit
"$python" "$folder/check_likelihood.py" "$TOYFARM" --specs 30 --points 2
"$python" "$folder/compare.py" "$TOYFARM" --short
