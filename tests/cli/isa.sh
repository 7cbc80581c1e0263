#!/usr/bin/env bash
# The same toys, byte for byte, on AVX2 and AVX-512; SSE4 and the portable target, which have no fused multiply-add, run to the end and converge.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
mixes=$TOYFARM_SOURCE_DIR/tests/data/mixes
fail() { echo "FAILED: $*"; exit 1; }

run() {  # ISA MIX
  TOYFARM_ISA=$1 "$TOYFARM" toys --config "$mixes/$2.json" --n-toys 60 --seed 42 --threads 2 --out-dir runs --run-id "$2_$1" \
    --log-level warn > stdout 2> stderr || { cat stderr; fail "$2 on $1: exit $?"; }
  /usr/bin/python3 - "runs/$2_$1" "$1" <<'PY' || fail "$2 on $1"
import json, sys
manifest = json.load(open(sys.argv[1] + "/manifest.json"))
assert all(r["isa"] == sys.argv[2] for r in manifest["results"]), manifest["results"]
converged = json.load(open(sys.argv[1] + "/merged.out.json"))["results"]["converged"]
assert len(converged) == 60 and all(converged), converged
PY
}

isas=()
for isa in avx512 avx2 sse4 generic; do
  rc=0
  TOYFARM_ISA=$isa "$TOYFARM" toys --config "$mixes/gauss_exp.json" --n-toys 1 --dry-run > stdout 2> stderr || rc=$?
  if [ "$rc" -eq 0 ]; then
    isas+=("$isa")
  elif grep -q TOYFARM_ISA stderr && [ "$isa" != generic ]; then
    echo "SKIPPED: this CPU has no $isa"
  else
    cat stderr
    fail "$isa: exit $rc"
  fi
done

for mix in gauss_exp dcb_exp argus_gauss kde_gauss product2d; do
  for isa in "${isas[@]}"; do run "$isa" "$mix"; done
  if [ "${isas[0]}" = avx512 ]; then
    cmp "runs/${mix}_avx512/toys.h5" "runs/${mix}_avx2/toys.h5" || fail "$mix: toys.h5 differs between AVX-512 and AVX2"
  fi
done
rm -r runs
if [ "${isas[0]}" != avx512 ]; then
  echo "SKIPPED: no AVX-512 here to compare AVX2 with; the rest passed"
  exit 77
fi
echo "isa: AVX-512 and AVX2 equal, ${isas[*]} converged"
