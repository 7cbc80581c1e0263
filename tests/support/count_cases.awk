# Reads what `ctest --output-junit` wrote and prints "passed failed skipped": the cases of each GoogleTest executable as it summed them
# up, and one for each other test. A test that failed without failing a case (crash, time-out, no such program) counts as one failed.
/^\t<testcase / {
  p = f = s = summed = 0
  verdict = /status="run"/ ? "passed" : "failed"
}
/^\t\t<skipped message="SKIP_/ { verdict = "skipped" }  # SKIP_RETURN_CODE or SKIP_REGULAR_EXPRESSION; a program not found is none
/^\[  PASSED  \] [0-9]+ test/ { p = $4; f = s = 0; summed = 1 }  # GoogleTest names it before the other two
/^\[  SKIPPED \] [0-9]+ test/ { s = $4 }
/^\[  FAILED  \] [0-9]+ test/ { f = $4 }
/^\t<\/testcase>/ {
  if (!summed && verdict == "passed") p = 1
  if (!summed && verdict == "skipped") s = 1
  if (verdict == "failed" && f == 0) f = 1
  passed += p; failed += f; skipped += s
}
END { printf "%d %d %d\n", passed, failed, skipped }
