#!/usr/bin/env bash
# A page in a browser, as wide as a phone and as a screen: no text leaves its picture, is smaller than 9 pixels or lies on other text, nothing makes the page wider than the window.
set -euo pipefail
: "${TOYFARM:?}" "${TOYFARM_SOURCE_DIR:?}"
fail() { echo "FAILED: $*" >&2; exit 1; }
if ! command -v chromium >/dev/null; then
  echo "SKIPPED: no chromium to look at pages with (Debian: apt-get install chromium)"
  exit 77
fi
examples=$TOYFARM_SOURCE_DIR/jobscripts/examples
/usr/bin/python3 - "$examples/gauss_exp.json" <<'PY'
import json, sys
text = open(sys.argv[1]).read()
for old, new in (("mass_peak", "<b>mass</b> \u6f22\u5b57"), ("slope", "W" * 900)):
    text = text.replace('"%s"' % old, json.dumps(new))
open("hostile.json", "w").write(text)
PY
"$TOYFARM" toys --config hostile.json --n-toys 200 --out-dir runs --run-id a >log
"$TOYFARM" limit --config "$examples/search.json" -o limit.json >log
"$TOYFARM" significance --config "$examples/search.json" --expect 1 -o significance.json >log
"$TOYFARM" impacts --config "$examples/search.json" --fast -o impacts.json >log
"$TOYFARM" scan --config "$examples/search.json" --poi mu=0:3:13 -o scan.json >log
"$TOYFARM" scan --config "$examples/search.json" --poi mu=0.5:3:4 --poi2 background=560:660:3 -o map.json >log
"$TOYFARM" report runs/a limit.json significance.json impacts.json scan.json map.json -o page.html
cat >look.js <<'JS'
const faults = [], wide = parseInt(location.hash.slice(1));
document.body.style.maxWidth = "none";
document.body.style.width = `${wide - 32}px`;  // padding
let n = 0;
for (const svg of document.querySelectorAll("svg.plot")) {
  const frame = svg.getBoundingClientRect(), title = svg.querySelector("title").textContent.slice(0, 40);
  const boxes = [];
  for (const text of svg.querySelectorAll("text")) {
    const box = text.getBoundingClientRect(), words = text.textContent.slice(0, 40);
    const size = parseFloat(text.getAttribute("font-size")) * frame.width / svg.viewBox.baseVal.width;
    n += 1;
    if (size < 9) faults.push(`${title}: "${words}" is ${size} px`);
    if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 1 || box.bottom > frame.bottom + 1) faults.push(`${title}: "${words}" leaves the picture`);
    for (const [other, its] of boxes)
      if (Math.min(box.right, other.right) - Math.max(box.left, other.left) > 2 && Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top) > 4) faults.push(`${title}: "${words}" lies on "${its}"`);
    boxes.push([box, words]);
  }
}
if (document.body.scrollWidth > wide) faults.push(`the page is ${document.body.scrollWidth} px wide in ${wide}`);
document.body.innerHTML = "<pre id='said'></pre>";
document.getElementById("said").textContent = `texts ${n}\n` + faults.join("\n");
JS
/usr/bin/python3 -c 'print(open("page.html").read().replace("</body>", "<script>" + open("look.js").read() + "</script></body>"))' >looked.html
for width in 400 1200; do
  timeout 100 chromium --headless=new --no-sandbox --disable-gpu --window-size=1300,900 --dump-dom "file://$PWD/looked.html#$width" >dom 2>browser.log || { cat browser.log; fail "chromium"; }
  sed -n '/<pre id="said">/,/<\/pre>/p' dom | sed 's/<[^>]*>//g' >said
  grep -Eq '^texts [1-9][0-9]{2,}$' said || { cat said browser.log; fail "no text was found"; }
  [ "$(grep -vc '^$' said)" = 1 ] || { cat said; fail "at $width pixels"; }
done
echo "report_browser: $(head -1 said), two widths"
