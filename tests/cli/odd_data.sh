#!/usr/bin/env bash
# Data files that are not what they seem. F2: HDF5 whose values are elsewhere or were never written, of events and of toys; F4: a file of several channels feeds each
# with its rows, and names are told apart; F6: what is in a file is quoted in part, and --max-rows bounds it.
set -uo pipefail
: "${TOYFARM_LOCAL:?}" "${TOYFARM_SOURCE_DIR:?}"
failed=0
fail() { echo "FAILED: $*"; failed=1; }
expect() {  # CODE PATTERN ARGUMENTS...: exit code, and what stderr says (empty: nothing is asked)
  local code=$1 pattern=$2 rc=0
  shift 2
  timeout 60 "$TOYFARM_LOCAL" "$@" > stdout 2> stderr < /dev/null || rc=$?
  [ "$rc" -eq "$code" ] || { head -c 500 stderr; fail "toyfarm $*: exit $rc, not $code"; }
  [ -z "$pattern" ] || grep -qE -- "$pattern" stderr || { head -c 500 stderr; fail "toyfarm $*: stderr does not say: $pattern"; }
  [ "$(wc -c < stderr)" -lt 6000 ] || fail "toyfarm $*: prints $(wc -c < stderr) bytes"
}

/usr/bin/python3 - <<'PY'
import json, random
rng = random.Random(3)
def channel(name):
    return {"name": name, "observables": [{"name": "x", "bounds": [0, 10]}], "processes": [
        {"name": "flat", "pdf": {"type": "histogram", "observable": "x", "bin_edges": [0, 10], "bin_content": [1]}, "yield": {"type": "parameter", "name": f"n_{name}"}}]}
def spec(*names):
    return {"schema_version": "nextstat_unbinned_spec_v0", "model": {"parameters": [{"name": f"n_{n}", "init": 50, "bounds": [0, 1000]} for n in names]}, "channels": [channel(n) for n in names]}
two = spec("ee", "mm")
json.dump(two, open("two.json", "w"))
for c in two["channels"]:
    c["data"] = {"file": "both.csv"}
json.dump(two, open("named.json", "w"))
for c, label in zip(two["channels"], ("electrons", "muons")):
    c["data"] = {"file": "labels.csv", "channel": label}
json.dump(two, open("labels.json", "w"))
twice = spec("ee", "mm")
twice["channels"][1]["name"] = "ee"
json.dump(twice, open("twice.json", "w"))
processes = spec("ee", "mm")
processes["channels"][1]["processes"] *= 2
json.dump(processes, open("processes.json", "w"))
rows = [(rng.uniform(0, 10), "ee" if i % 3 else "mm") for i in range(90)]
for file, words in (("both.csv", {"ee": "ee", "mm": "mm"}), ("labels.csv", {"ee": "electrons", "mm": "muons"}), ("ee.csv", {"ee": "ee"}), ("strange.csv", {"ee": "SR", "mm": "C\x1bR"})):
    open(file, "w").write("x,_channel\n" + "".join(f"{x!r},{words[c]}\n" for x, c in rows if c in words))
open("plain.csv", "w").write("x\n" + "".join(f"{x!r}\n" for x, _ in rows))
open("long.csv", "w").write("x\n" + "9" * 50_000_000 + "z\n")
PY

# --- F4
yields() { /usr/bin/python3 -c 'import json; d = json.load(open("fit.json")); print(*[round(v) for v in d["bestfit"]])' 2> /dev/null || head -c 300 fit.json; }
two_yields() { [ "$(yields)" = "$1" ] || fail "$2: fitted yields $(yields), not $1"; }
expect 65 "/channels/1/name: duplicate channel name: 'ee', as in /channels/0/name" fit --config twice.json --data ee=ee.csv
expect 65 "/channels/1/processes/1/name: duplicate process name: 'flat'" fit --config processes.json
expect 0 '' fit --config two.json --data ee=both.csv --data mm=both.csv -o fit.json
two_yields "60 30" "--data with _channel"
expect 0 '' fit --config named.json -o fit.json --force
two_yields "60 30" "data with _channel"
expect 0 '' fit --config labels.json -o fit.json --force
two_yields "60 30" "data.channel"
expect 0 '' fit --config labels.json --data ee=labels.csv -o fit.json --force
two_yields "60 30" "--data with the labels of the spec"
expect 0 '' fit --config two.json --data ee=plain.csv --data mm=both.csv -o fit.json --force
two_yields "90 30" "--data without _channel"
expect 0 "no row has _channel 'mm', so that the channel has 0 events; there are: ee" fit --config two.json --data ee=both.csv --data mm=ee.csv -o fit.json --force
two_yields "60 0" "no rows of a channel"
expect 65 "strange.csv: column '_channel' names no channel of the spec; it has: C.x1bR, SR" fit --config two.json --data ee=strange.csv --data mm=both.csv
expect 64 "a channel is given twice" fit --config two.json --data ee=both.csv --data ee=ee.csv
expect 64 "no channel 'e'; did you mean 'ee'" fit --config two.json --data e=both.csv
# A run that is resumed reads the same rows.
expect 0 '' toys --config named.json --gen mle --n-toys 4 --threads 1 --run-id part
cp runs/part/toys.h5 first.h5
expect 0 '' toys --resume runs/part --extend-to 6 --threads 1

# --- F6
expect 65 "row 1: '9{40}…' is outside the range of a double" fit --config two.json --data ee=long.csv --data mm=both.csv
expect 65 'more rows than --max-rows 89 allows' fit --config two.json --data ee=both.csv --data mm=both.csv --max-rows 89
expect 0 '' nll --config two.json --data ee=both.csv --data mm=both.csv --max-rows 90
expect 65 'more rows than --max-rows 3' toys --config named.json --gen mle --n-toys 2 --max-rows 3 -o -
expect 65 'more rows than --max-rows 3' render --config named.json --gen mle --n-toys 2 --max-rows 3 --scheduler slurm --shards 2
expect 64 "max-rows: '-1'" fit --config two.json --max-rows -1

# --- F2
if /usr/bin/python3 -c 'import h5py' 2> /dev/null; then
  /usr/bin/python3 - <<'PY'
import h5py, numpy, shutil
x = numpy.linspace(1, 9, 100)
with h5py.File("source.h5", "w") as f:
    f["x"] = x
with h5py.File("virtual.h5", "w") as f:
    layout = h5py.VirtualLayout((100,), "f8")
    layout[:] = h5py.VirtualSource("source.h5", "x", (100,))
    f.create_virtual_dataset("x", layout, fillvalue=5)
with h5py.File("external.h5", "w") as f:
    f.create_dataset("x", (100,), "f8", external=[("raw.bin", 0, 800)])
with h5py.File("unwritten.h5", "w") as f:
    f.create_dataset("x", (100,), "f8", fillvalue=5, chunks=(10,))[:50] = x[:50]
with h5py.File("resized.h5", "w") as f:
    d = f.create_dataset("x", data=x, chunks=(10,), maxshape=(None,))
    d.resize((150,))
with h5py.File("linked.h5", "w") as f:
    f["x"] = h5py.ExternalLink("source.h5", "/x")
with h5py.File("whole.h5", "w") as f:
    f.create_dataset("x", data=x, chunks=(10,), compression="gzip", maxshape=(None,))
def table(name, change):
    shutil.copy("first.h5", name)
    with h5py.File(name, "r+") as f:
        change(f)
def remake(f, make):
    values = f["nll"][...]
    del f["nll"]
    make(f, values)
def virtual(f, values):
    layout = h5py.VirtualLayout(values.shape, "f8")
    layout[:] = h5py.VirtualSource("gone.h5", "nll", values.shape)
    f.create_virtual_dataset("nll", layout)
table("toys_virtual.h5", lambda f: remake(f, virtual))
table("toys_unwritten.h5", lambda f: remake(f, lambda f, v: f.create_dataset("nll", v.shape, "f8")))
table("toys_external.h5", lambda f: remake(f, lambda f, v: f.create_dataset("nll", v.shape, "f8", external=[("raw.bin", 0, 800)])))
table("toys_linked.h5", lambda f: remake(f, lambda f, v: f.__setitem__("nll", h5py.ExternalLink("first.h5", "/nll"))))
table("toys_packed.h5", lambda f: remake(f, lambda f, v: f.create_dataset("nll", data=v, chunks=True, compression="gzip")))
PY
  data=(--config two.json --data mm=both.csv --data)
  expect 65 "virtual.h5: dataset '/x' is a virtual dataset.*h5repack" fit "${data[@]}" ee=virtual.h5
  expect 65 "external.h5: dataset '/x' has its values in another file .external raw storage" fit "${data[@]}" ee=external.h5
  expect 65 "unwritten.h5: dataset '/x' has 5 of 10 chunks that were never written" fit "${data[@]}" ee=unwritten.h5
  expect 65 "resized.h5: dataset '/x' has 5 of 15 chunks that were never written" fit "${data[@]}" ee=resized.h5
  expect 65 "linked.h5: '/x' is an external link into the file 'source.h5'" fit "${data[@]}" ee=linked.h5
  expect 0 '' fit "${data[@]}" ee=whole.h5
  merge() { expect "$1" "$2" merge "$3" --out merged.json --force; }
  merge 0 '' first.h5
  merge 0 '' toys_packed.h5
  merge 65 "dataset 'nll' is a virtual dataset" toys_virtual.h5
  merge 65 "dataset 'nll' was made but never written" toys_unwritten.h5
  merge 65 "dataset 'nll' has its values in another file" toys_external.h5
  merge 65 "'nll' is an external link into the file 'first.h5'" toys_linked.h5
else
  echo "no h5py for /usr/bin/python3: the files of F2 are left out"
  [ "${TOYFARM_REQUIRE_ALL:-0}" = 0 ] || fail "h5py is missing (python3-h5py)"
fi
exit "$failed"
