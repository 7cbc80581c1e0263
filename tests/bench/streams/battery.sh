#!/usr/bin/env bash
# Runs a battery of TestU01 over the orders and forms of stream_bytes and counts its p-values.
set -euo pipefail

usage='usage: bash tests/bench/streams/battery.sh STREAM_BYTES [BATTERY [ORDER:FORM ...]]
BATTERY     SmallCrush (default; about 6 s each), Crush (about 25 minutes each) or BigCrush
ORDER:FORM  as stream_bytes has them, and :r after them to reverse the bits of each 32-bit word
            (default: all orders, forms upper, lower and deviate-low, as they are and reversed)
Needs TestU01Drv in the PATH: cargo install TestU01Drv (brings TestU01 1.2.3, whose licence excludes commercial use).
Prints one line per run: bytes written, p-values (printed to two digits), those outside [1e-4, 1 - 1e-4], and those that TestU01 itself
lists (outside [1e-3, 1 - 1e-3]). The full reports stay in the folder it names. Exit 1 if a p-value is outside [1e-10, 1 - 1e-10].'
case "${1:-}" in
  "") printf '%s\n' "$usage" >&2; exit 64 ;;
  -h | --help) printf '%s\n' "$usage"; exit 0 ;;
esac
program=$1 battery=${2:-SmallCrush}
runs=("${@:3}")
if ((${#runs[@]} == 0)); then
  for order in stream toys seeds across starts; do
    for form in upper lower deviate-low; do
      runs+=("$order:$form" "$order:$form:r")
    done
  done
fi
command -v TestU01Drv > /dev/null || { echo "battery: TestU01Drv is not in the PATH: cargo install TestU01Drv" >&2; exit 69; }

reports=$(mktemp -d)
echo "reports in $reports"
printf '%-24s %16s %9s %15s %12s %9s\n' run bytes p-values 'outside 1e-4' 'outside 1e-3' failures
bad=0
for run in "${runs[@]}"; do
  IFS=: read -r order form reverse <<< "$run"
  options=(-T "$battery")
  if [[ $reverse == r ]]; then
    options+=(-r)
  fi
  report=$reports/${run//:/_}
  "$program" "$order" "$form" 2> "$report.bytes" | TestU01Drv "${options[@]}" > "$report" 2> "$report.log"
  grep -q '^ *Total CPU time' "$report" || { echo "battery: $run did not end:" >&2; cat "$report.log" >&2; exit 70; }
  # A p-value is printed as 0.12, 3.4e-5, "1 - 3.4e-5", eps or "1 - eps1".
  counts=$(awk '
    /^p-value of test/ {
      text = $0; sub(/^[^:]*: */, "", text); gsub(/[ *]/, "", text); sub(/^1-/, "", text)
      p = text ~ /eps/ ? 0 : text + 0
      if (p > 0.5) p = 1 - p
      n++; four += p < 1e-4; three += p < 1e-3; failed += p < 1e-10
    }
    END { printf "%9d %15d %12d %9d", n, four, three, failed; exit failed > 0 }' "$report") || bad=1
  printf '%-24s %16s %s\n' "$run" "$(awk '{ print $1 }' "$report.bytes")" "$counts"
done
exit "$bad"
