#!/usr/bin/env bash
# Rendered HTCondor jobs, without HTCondor: each is run in a sandbox that holds what its submit description names and nothing else, and only what it
# names comes home; merged, that is a plain run to the byte. Data files of equal names, odd folders, absolute and ../ paths and YAML: none is reached from
# a sandbox. Where Python can import htcondor (below 25), its own parser reads the descriptions, hostile ones included; a small one reads them everywhere.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
python=python3
for candidate in "${TOYFARM_PYTHON:-}" "$TOYFARM_SOURCE_DIR/build/venv/bin/python"; do
  if [[ -x $candidate ]] && CONDOR_CONFIG=/dev/null "$candidate" -W ignore -c 'import htcondor; htcondor.Submit' 2>/dev/null; then
    python=$candidate
  fi
done
PYTHONDONTWRITEBYTECODE=1 CONDOR_CONFIG=/dev/null exec "$python" -W ignore "$TOYFARM_SOURCE_DIR/tests/cli/condor.py" "$TOYFARM"
