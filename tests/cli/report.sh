#!/usr/bin/env bash
# Pages of runs and answers: XML that holds the run's numbers, whatever names it has; figures as files; refusals.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
examples=$TOYFARM_SOURCE_DIR/jobscripts/examples
fail() { echo "FAILED: $*" >&2; exit 1; }
# expect CODE WORDS...: the program's exit code
expect() {
  local code=$1 rc=0
  shift
  "$TOYFARM" "$@" >out 2>err || rc=$?
  [ "$rc" = "$code" ] || fail "exit $rc instead of $code: $* ($(cat err))"
}

# A study whose names mean something to HTML, SVG and JSON.
/usr/bin/python3 - "$examples/gauss_exp.json" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
for old, new in (("mass_peak", "<script>alert(1)</script>"), ("width_peak", "\"' onload='x"), ("slope", "w" * 1000), ("luminosity", "\u001b[31m]]>&amp; \u202e")):
    text = text.replace('"%s"' % old, json.dumps(new))
open("hostile.json", "w").write(text)
PY
expect 0 toys --config "$examples/gauss_exp.json" --n-toys 300 --out-dir runs --run-id a
expect 0 toys --config hostile.json --n-toys 50 --out-dir runs --run-id hostile
expect 0 limit --config "$examples/search.json" -o limit.json
expect 0 significance --config "$examples/search.json" --expect 1 -o significance.json
expect 0 impacts --config "$examples/search.json" --fast -o impacts.json
expect 0 scan --config "$examples/search.json" --poi mu=0:3:13 --stat-only -o scan.json
expect 0 scan --config "$examples/search.json" --poi mu=0.5:3:4 --poi2 background=560:660:3 -o map.json
expect 0 fit --config "$examples/search.json" -o fit.json

expect 0 report runs/a -o a.html --svg svg
expect 0 report runs/hostile --svg hostile_svg
[ ! -e report.html ] || fail "--svg alone wrote a page"
expect 0 report runs/hostile
expect 0 report runs/a limit.json significance.json impacts.json scan.json map.json fit.json -o all.html
expect 0 toys --config "$examples/gauss_exp.json" --n-toys 300 --out-dir runs --run-id kept --keep summary
expect 0 report runs/kept -o kept.html
expect 0 report runs/a/toys.h5 -o -
cp out table.html
/usr/bin/python3 - <<'PY'
import glob, json, xml.etree.ElementTree as tree

X = "{http://www.w3.org/1999/xhtml}"
S = "{http://www.w3.org/2000/svg}"

def figures(name):
    page = tree.parse(name).getroot()
    scripts = [e for e in page.iter() if e.tag.endswith("}script")]
    assert all(e.get("type") == "application/json" for e in scripts), name
    assert not any(k.startswith("on") or k in ("src", "href") for e in page.iter() for k in e.keys()), name
    found = {f.get("id"): json.loads(f.find(X + "script").text) for f in page.iter(X + "figure")}
    assert len(found) == len(scripts) == len(list(page.iter(S + "svg"))) > 0, name
    return found

run = json.load(open("runs/a/merged.out.json"))
shown = figures("a.html")
summary = run["summary"]["pulls_by_param"]
for i, name in enumerate(run["parameter_names"]):
    pulls = shown["pulls_" + name]
    assert (pulls["mean"], pulls["width"], pulls["n"]) == (summary["mean"][i], summary["std_ddof1"][i], summary["n_ok"][i]), name
    assert sum(pulls["counts"]) + pulls["below"] + pulls["above"] == pulls["n"], name
    assert shown["estimates_" + name]["mean"] == summary["estimate_mean"][i], name
assert shown["shares"]["done"] == [300]
assert figures("table.html").keys() == shown.keys() - {"shares", "times"}
assert {f[4:-4] for f in glob.glob("svg/*.svg")} == shown.keys()

text = "".join(tree.parse("kept.html").getroot().itertext())
for i, name in enumerate(run["parameter_names"]):
    assert f"{name}{summary['estimate_mean'][i]:.6g}".replace("-", "\u2212") in text, (name, text)

hostile = figures("report.html")
names = {f["parameter"] for f in hostile.values() if isinstance(f.get("parameter"), str)}
assert {"<script>alert(1)</script>", "\"' onload='x", "w" * 1000, "\x1b[31m]]>&amp; \u202e"} <= names, names
for file in glob.glob("svg/*.svg") + glob.glob("hostile_svg/*.svg"):
    root = tree.parse(file).getroot()
    assert root.tag == S + "svg" and not list(root.iter(S + "script")), file

every = figures("all.html")
limit, scan = json.load(open("limit.json")), json.load(open("scan.json"))
def of(end): return next(v for k, v in every.items() if k.endswith(end))
assert of("_limit")["observed"] == [limit["observed"]["value"]]
assert of("_limit")["expected_1"] == [limit["expected"]["A"][b] for b in ("-2", "-1", "0", "+1", "+2")]
assert of("scan_json_scan_mu")["two_delta_nll"] == [p["two_delta_nll"] for p in scan["points"]]
assert of("_scan_mu_background")["two_delta_nll"] == [p["two_delta_nll"] for p in json.load(open("map.json"))["points"]]
assert sorted(of("_impacts")["post_up"]) == sorted(i["post_up"] for i in json.load(open("impacts.json"))["impacts"])
assert of("_significance")["observed"] == [json.load(open("significance.json"))["z"]]
fit = json.load(open("fit.json"))
shown = of("fit_json_correlation")
free = [i for i, e in enumerate(fit["errors"]) if e is not None]
assert shown["parameter"] == [fit["parameter_names"][i] for i in free]
n, c = len(fit["parameter_names"]), fit["covariance"]
want = [c[i * n + k] / (c[i * n + i] * c[k * n + k]) ** 0.5 for i in free for k in free]
assert all(abs(a - b) < 1e-12 for a, b in zip(shown["correlation"], want)), shown
text = "".join(tree.parse("all.html").getroot().itertext())
assert "1.638063" in text, "the fit's table"
PY

# What is refused.
rm report.html
expect 64 report
expect 66 report nowhere
mkdir empty
expect 66 report empty
cp runs/a/journal.toyfarm empty
expect 66 report empty
grep -q "toyfarm publish" err || fail "what a journal is for is not said: $(cat err)"
expect 73 report runs/a -o a.html
expect 73 report runs/a --svg svg
expect 0 report runs/a --svg svg --force
expect 0 report runs/a -o a.html --force
echo '{"command": "dance"}' >dance.json
expect 65 report dance.json -o d.html
echo '[1' >broken.json
expect 65 report broken.json -o d.html
printf 'x' | dd of=runs/hostile/toys.h5 bs=1 seek=4000 conv=notrunc status=none
expect 65 report runs/hostile -o d.html
[ ! -e d.html ] || fail "a refused page was written"
echo ok
