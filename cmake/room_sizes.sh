#!/usr/bin/env bash
# Prints how many lines of src and include each room has, and names the files that are longer than 300 lines. Judges nothing.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
find src include/toyfarm \( -name '*.hpp' -o -name '*.cpp' \) -exec awk '
  FNR == 1 { files++; room = FILENAME; sub(/^(src|include\/toyfarm)\//, "", room); sub(/\/.*/, "", room); count[room]++ }
  { lines[room]++; length_of[FILENAME]++; total++ }
  END {
    for (room in lines) printf "%-12s %6d lines %5.1f %% %4d files\n", room, lines[room], 100 * lines[room] / total, count[room] | "sort -k2,2nr"
    close("sort -k2,2nr")
    printf "%-12s %6d lines %7s %4d files\n", "all", total, "", files
    for (file in length_of) if (length_of[file] > 300) printf "%s: %d lines\n", file, length_of[file] | "sort"
  }' {} +
