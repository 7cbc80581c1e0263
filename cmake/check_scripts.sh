#!/usr/bin/env bash
# Fails when shellcheck has something to say about a script of this source tree.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
mapfile -t scripts < <(grep -rlE -m1 '^#!.*[/ ](ba)?sh$' .ci cmake jobscripts tests | sort)
shellcheck -- "${scripts[@]}"
