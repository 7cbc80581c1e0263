#!/usr/bin/env bash
# stream_bytes: its forms are the same words, its orders start with the same stream, it ends as it should.
set -euo pipefail
: "${STREAM_BYTES:?}"
fail() { echo "FAILED: $*"; exit 1; }
for order in stream toys seeds across starts; do
  for form in raw upper lower deviate deviate-low; do
    "$STREAM_BYTES" "$order" "$form" 1000000 > "$order.$form" 2> /dev/null || fail "$order $form: exit $?"
    [ "$(stat -c %s "$order.$form")" -eq 1000000 ] || fail "$order $form: not 1000000 bytes"
  done
  cmp "$order.upper" "$order.deviate" || fail "$order: the deviates are not the words' upper bits"
  cmp -n 64 stream.raw "$order.raw" || fail "$order does not begin with toy 0"
done
/usr/bin/python3 - <<'PY'
import struct
read = lambda name, code: struct.unpack(f"<{1000000 // struct.calcsize(code)}{code}", open(name, "rb").read())
for order in ("stream", "toys", "seeds", "across", "starts"):
    raw, upper, lower, last = read(order + ".raw", "Q"), read(order + ".upper", "I"), read(order + ".lower", "I"), read(order + ".deviate-low", "I")
    for word, u, l, d in zip(raw, upper, lower, last):
        assert word == u << 32 | l and (word >> 12) & 0xffffffff == d, order
PY
"$STREAM_BYTES" toys raw 2> written | head -c 100000 > /dev/null || fail "exit $? when nobody reads on"
grep -q 'bytes written' written || fail "does not say how much it wrote"
rc=0
"$STREAM_BYTES" toys cooked 2> /dev/null || rc=$?
[ "$rc" -eq 64 ] || fail "exit $rc for an unknown form"
rc=0
"$STREAM_BYTES" toys raw 1000 > /dev/full 2> /dev/null || rc=$?
[ "$rc" -eq 74 ] || fail "exit $rc on a full disk"
