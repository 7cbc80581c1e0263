# Reads ctest's LastTest.log and prints "passed failed skipped": the cases of each GoogleTest executable as it summed them up,
# and one for each other test. A test that failed without failing a case (crash, time-out, no such program) counts as one failed.
function finish() {
  if (!open) return
  if (!summed) { p = (verdict == "Passed"); s = (verdict == "Skipped") }
  if (verdict != "Passed" && verdict != "Skipped" && f == 0) f = 1
  passed += p; failed += f; skipped += s
  open = 0
}
/^[0-9]+\/[0-9]+ (Testing|Test): / { if (!open) { open = 1; p = f = s = summed = 0; verdict = "none" } }
/^\[  PASSED  \] [0-9]+ test/  { p = $4; f = s = 0; summed = 1 }  # gtest names it before the other two
/^\[  FAILED  \] [0-9]+ test/  { f = $4; summed = 1 }
/^\[  SKIPPED \] [0-9]+ test/  { s = $4; summed = 1 }
/^Test (Passed|Failed|Skipped)/ { verdict = $2; sub(/\..*/, "", verdict) }
/^"[^"]+" end time: /           { finish() }
END { finish(); printf "%d %d %d\n", passed, failed, skipped }
