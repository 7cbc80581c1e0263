#!/usr/bin/env bash
# Fails when a source file is not as .clang-format wants it. With --fix: makes it so.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
case "${1:-}" in
  "") action=(--dry-run -Werror) ;;
  --fix) action=(-i) ;;
  *) printf 'usage: bash cmake/check_format.sh [--fix]\n' >&2; exit 64 ;;
esac
find src include tests \( -name '*.hpp' -o -name '*.cpp' \) -print0 | sort -z | xargs -0 -r "${CLANG_FORMAT:-clang-format-14}" --style=file "${action[@]}"
