#!/usr/bin/env bash
# Broken specs, data files and command lines: each must end quickly with its exit code and a message that says what is wrong, crash nothing and write nothing.
# Threads of the field: CombineHarvester#253 (any partition works, or says why not), combine PR#365 (no silent failure).
set -uo pipefail
: "${TOYFARM:?path of the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
mkdir clean
n=0
failed=0

cat > base.json <<'JSON'
{"schema_version": "nextstat_unbinned_spec_v0",
 "model": {"poi": "mu", "parameters": [
   {"name": "mu", "init": 1.0, "bounds": [0.0, 5.0]},
   {"name": "m", "init": 91.0, "bounds": [85.0, 95.0]},
   {"name": "s", "init": 2.5, "bounds": [0.5, 10.0]},
   {"name": "lam", "init": -0.03, "bounds": [-0.1, 0.1], "constraint": {"type": "gaussian", "mean": -0.03, "sigma": 0.01}}]},
 "channels": [{"name": "main", "observables": [{"name": "mass", "bounds": [60.0, 120.0]}], "processes": [
   {"name": "sig", "pdf": {"type": "gaussian", "observable": "mass", "params": ["m", "s"]},
    "yield": {"type": "scaled", "base_yield": 100.0, "scale": "mu", "modifiers": []}},
   {"name": "bkg", "pdf": {"type": "exponential", "observable": "mass", "params": ["lam"]}, "yield": {"type": "fixed", "value": 300.0}}]}]}
JSON

# refuse CODE PATTERN ARGUMENTS...: the program must leave with CODE, print PATTERN (extended regular expression) on stderr and write nothing.
refuse() {
  local code=$1 pattern=$2
  shift 2
  n=$((n + 1))
  (cd clean && timeout 20 "$TOYFARM" "$@" > ../stdout 2> ../stderr < /dev/null)
  local rc=$?
  if [ "$rc" -ne "$code" ] || ! grep -Eqi -- "$pattern" stderr || [ -n "$(ls -A clean)" ] || grep -Eqi 'internal error|terminate called|contract' stderr; then
    failed=$((failed + 1))
    echo "FAILED: toyfarm $*"
    echo "  wanted exit $code, got $rc; wanted /$pattern/ on stderr, got:"
    sed 's/^/    /' stderr | head -5
    rm -rf clean && mkdir clean
  fi
}

# change PYTHON: base.json with a change to the document d, as spec.json
change() {
  /usr/bin/python3 - "$1" <<'PY'
import json, sys
d = json.load(open("base.json"))
p = d["model"]["parameters"]; c = d["channels"][0]; sig = c["processes"][0]; bkg = c["processes"][1]
exec(sys.argv[1])
json.dump(d, open("spec.json", "w"))
PY
}
bad_spec() {  # PATTERN PYTHON
  change "$2"
  refuse 65 "$1" toys --config ../spec.json --n-toys 2
}

# --- specs
bad_spec 'unsupported schema_version' 'd["schema_version"] = "v1"'
bad_spec 'missing field "schema_version"' 'del d["schema_version"]'
bad_spec 'missing field "model"' 'del d["model"]'
bad_spec 'missing field "channels"' 'del d["channels"]'
bad_spec '/channels.*non-empty' 'd["channels"] = []'
bad_spec 'parameters must be non-empty' 'd["model"]["parameters"] = []'
bad_spec 'has no processes' 'c["processes"] = []'
bad_spec 'has no observables' 'c["observables"] = []'
bad_spec 'duplicate parameter name' 'p[1]["name"] = "mu"'
bad_spec 'without a name' 'p[1]["name"] = ""'
bad_spec 'unknown POI.*zz' 'd["model"]["poi"] = "zz"'
bad_spec '/model/parameters/0/init.*outside bounds' 'p[0]["init"] = 9'
bad_spec 'expected a number, found the string' 'p[0]["init"] = "1.0"'
bad_spec 'expected a number' 'p[0]["init"] = None; p[0]["init"] = [1]'
bad_spec 'invalid bounds' 'p[0]["bounds"] = [5, 0]'
bad_spec 'list of 3' 'p[0]["bounds"] = [0, 1, 5]'
bad_spec 'usable number' 'p[0]["bounds"] = [0, 1e301]'
bad_spec "/channels/0/processes/0/pdf.*process 'bkg' of channel 'main'.*negative at mass = 60" 'p[1].update(init=1.006, bounds=[1.001, 3]); bkg["pdf"] = {"type": "chebyshev", "observable": "mass", "params": ["m"]}; c["processes"] = [bkg]'  # T4
bad_spec 'constraint sigma 0' 'p[3]["constraint"]["sigma"] = 0'
bad_spec 'unknown value "lognormal"' 'p[3]["constraint"]["type"] = "lognormal"'
bad_spec 'unknown field "sigm".*did you mean "sigma"' 'p[3]["constraint"]["sigm"] = 1'
bad_spec 'unknown field "inits".*did you mean "init"' 'p[0]["inits"] = 1'
bad_spec 'expected true or false' 'p[0]["fixed"] = "yes"'
bad_spec 'unknown field "include_in_fits"' 'c["include_in_fits"] = False'
bad_spec 'needs lower < upper' 'c["observables"][0]["bounds"] = [120, 60]'
bad_spec 'duplicate observable' 'c["observables"].append(c["observables"][0])'
bad_spec 'unknown observable .*masss.*did you mean' 'sig["pdf"]["observable"] = "masss"'
bad_spec 'unknown .*shape parameter .*zz' 'sig["pdf"]["params"] = ["m", "zz"]'
bad_spec 'must have length 2' 'sig["pdf"]["params"] = ["m"]'
bad_spec 'gauss.*did you mean' 'sig["pdf"]["type"] = "gaussain"'
bad_spec 'landau' 'sig["pdf"]["type"] = "landau"'
bad_spec 'unknown field .*sigm' 'sig["pdf"]["sigm"] = 3'
bad_spec 'must be finite and >= 0' 'bkg["yield"]["value"] = -1'
bad_spec 'must be finite and >= 0|usable' 'bkg["yield"]["value"] = 1e300'
bad_spec 'unknown value "scale"' 'sig["yield"]["type"] = "scale"'
bad_spec 'unknown scale parameter .*zz' 'sig["yield"]["scale"] = "zz"'
bad_spec 'would be negative' 'p[0]["bounds"] = [-1, 5]'
bad_spec 'expected a list' 'sig["yield"]["modifiers"] = None'
bad_spec 'NormSys requires finite lo/hi > 0' 'sig["yield"]["modifiers"] = [{"type": "normsys", "param": "lam", "lo": 0, "hi": 1.1}]'
bad_spec 'unknown NormSys' 'sig["yield"]["modifiers"] = [{"type": "normsys", "param": "zz", "lo": 0.9, "hi": 1.1}]'
bad_spec 'unknown value "code5"' 'sig["yield"]["modifiers"] = [{"type": "weightsys", "param": "lam", "lo": 0.9, "hi": 1.1, "interp_code": "code5"}]'
bad_spec 'ROOT' 'sig["pdf"] = {"type": "kde_from_tree", "observable": "mass", "bandwidth": 1}'
bad_spec 'ONNX' 'sig["pdf"] = {"type": "flow"}'
bad_spec 'ROOT' 'c["data"] = {"file": "x.root", "tree": "t"}'
bad_spec 'product needs (at least one )?component' 'sig["pdf"] = {"type": "product", "components": []}'
bad_spec 'bin_content' 'bkg["pdf"] = {"type": "histogram", "observable": "mass", "bin_edges": [60, 120], "bin_content": []}'
bad_spec 'bin_content' 'bkg["pdf"] = {"type": "histogram", "observable": "mass", "bin_edges": [60, 90, 120], "bin_content": [1, -1]}'
bad_spec '70' 'bkg["pdf"] = {"type": "histogram", "observable": "mass", "bin_edges": [60, 70], "bin_content": [1]}'
bad_spec 'knot' 'bkg["pdf"] = {"type": "spline", "observable": "mass", "knots_x": [60, 120], "knots_y": [1, 0]}'
bad_spec 'bandwidth' 'bkg["pdf"] = {"type": "kde", "observable": "mass", "bandwidth": 0, "centers": [90]}'
bad_spec 'n > 1' 'p.append({"name": "al", "init": 1, "bounds": [0.5, 2]}); p.append({"name": "n", "init": 1, "bounds": [1, 9]}); sig["pdf"] = {"type": "crystal_ball", "observable": "mass", "params": ["m", "s", "al", "n"]}'
bad_spec 'variant' 'p.append({"name": "g", "init": 1, "bounds": [0.5, 2]}); sig["pdf"] = {"type": "voigtian", "observable": "mass", "params": ["m", "s", "g"], "variant": "old"}'

# --- documents
head -c 400 base.json > spec.json
refuse 65 'not valid JSON.*line' toys --config ../spec.json
: > spec.json
refuse 65 'empty' toys --config ../spec.json
head -c 3000 /dev/urandom > spec.json
refuse 65 'not a text file|not valid|expected' toys --config ../spec.json
/usr/bin/python3 -c 'print("["*500 + "]"*500)' > spec.json
refuse 65 'deep' toys --config ../spec.json
/usr/bin/python3 -c 'print("{\"a\":"*100000 + "1" + "}"*100000)' > spec.json
refuse 65 'deep' toys --config ../spec.json
/usr/bin/python3 -c 'print("- "*20000 + "1")' > spec.yaml
refuse 65 'deep|recurs' toys --config ../spec.yaml
sed 's/"init": 1.0,/"init": 1.0, "init": 2.0,/' base.json > spec.json
refuse 65 'twice' toys --config ../spec.json
sed 's/"init": 1.0,/"init": NaN,/' base.json > spec.json
refuse 65 'NaN|number|init' toys --config ../spec.json
printf 'a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]\n' > spec.yaml
refuse 65 'more than .* values' toys --config ../spec.yaml
echo '3' > spec.json
refuse 65 'expected an object' toys --config ../spec.json

# --- files
refuse 66 'no such file' toys --config ../absent.json
refuse 66 'directory' toys --config ..
mkfifo pipe
refuse 66 'not a regular file' toys --config ../pipe
refuse 66 'FIFO' fit --config ../base.json --data main=../pipe --outside drop
refuse 66 'absent.csv' fit --config ../base.json --data main=../absent.csv
refuse 66 'directory' fit --config ../base.json --data main=..
bad_data() {  # CODE PATTERN NAME CONTENT
  printf '%b' "$4" > "$3"
  refuse "$1" "$2" fit --config ../base.json --data main=../"$3"
}
bad_data 65 'mass' d.csv 'x\n1\n'
bad_data 65 'empty|no header|mass' d.csv ''
bad_data 65 'row' d.csv 'mass\n70\nabc\n'
bad_data 65 'row' d.csv 'mass\n70\nnan\n'
bad_data 65 'row' d.csv 'mass\n70\ninf\n'
bad_data 65 'row.*--outside drop|--outside drop' d.csv 'mass\n70\n130\n'
bad_data 65 'row' d.csv 'mass,x\n70\n'
bad_data 65 'weight' d.csv 'mass,_weight\n70,-1\n'
bad_data 65 'weight' d.csv 'mass,_weight\n70,0\n80,0\n'
bad_data 65 'Parquet|parquet' d.parquet 'PAR1 this is not parquet PAR1'
bad_data 65 'HDF5|h5' d.h5 'this is not HDF5'
bad_data 65 'format|extension' d.txt 'mass\n70\n'
bad_data 65 'ROOT' d.root 'root'

# --- T12: an infinite NLL names channel, process, event and values; a point outside the bounds is refused
point() {  # CODE PATTERN POINT COMMAND OPTION
  printf '%s' "$3" > p.json
  refuse "$1" "$2" "$4" --config ../spec.json --data main=../d.csv "$5" ../p.json
}
printf 'mass\n70\n95\n' > d.csv
change 'p[2]["bounds"] = [-1, 10]'
for command in 'nll --at' 'fit --start'; do
  # shellcheck disable=SC2086  # two words
  point 65 "p.json: parameter 'm': 96 is outside the bounds \[85, 95\]" '{"m": 96}' $command
  # shellcheck disable=SC2086
  point 65 "parameter 'mu': -0.5 is outside" '{"mu": -0.5}' $command
done
point 1 "infinite: channel 'main', process 'sig': its density is undefined at m = 91, s = -0.5" '{"s": -0.5}' nll --at
grep -qx inf stdout || { failed=$((failed + 1)); echo "FAILED: nll does not print inf"; }
empty_bin='bkg["pdf"] = {"type": "histogram", "observable": "mass", "bin_edges": [60, 90, 120], "bin_content": [1, 0]}; c["processes"] = [bkg]; d["model"]["poi"] = None; d["model"]["parameters"] = p[:1]; bkg["yield"] = {"type": "parameter", "name": "mu"}'
change "$empty_bin"
point 1 "infinite: channel 'main': event 2 of 2 \(mass = 95\) has zero density$" '{"mu": 2}' nll --at
point 1 "event 1 of 2 \(mass = 70\) has zero density: all yields are 0" '{"mu": 0}' nll --at
refuse 1 "infinite_nll.*channel 'main': event 2 of 2 \(mass = 95\) has zero density" fit --config ../spec.json --data main=../d.csv
refuse 1 "gen mle.*infinite_nll: channel 'main': event 2 of 2" toys --config ../spec.json --data main=../d.csv --gen mle --n-toys 2
"$TOYFARM" fit --config spec.json --data main=d.csv -o fit.json > /dev/null 2>&1
grep -q '"termination_reason".*event 2 of 2' fit.json || { failed=$((failed + 1)); echo "FAILED: no reason in fit.json"; }

# --- command lines
refuse 64 '--config' toys
refuse 64 'subcommand|required' --n-toys 3
refuse 64 'n-toys' toys --config ../base.json --n-toys 0
refuse 64 'n-toys' toys --config ../base.json --n-toys -1
refuse 64 'n-toys' toys --config ../base.json --n-toys 1e3
refuse 64 'n-toys' toys --config ../base.json --n-toys 18446744073709551616
refuse 64 'seed' toys --config ../base.json --seed 1e23
refuse 64 'seed' toys --config ../base.json --seed -1
refuse 64 'gen' toys --config ../base.json --gen truth
refuse 64 'outside the bounds' toys --config ../base.json --set mu=9
change 'p[1].update(init=0.5, bounds=[-10, 10]); bkg["pdf"] = {"type": "chebyshev", "observable": "mass", "params": ["m"]}; c["processes"] = [bkg]'
refuse 64 "process 'bkg' of channel 'main'.*negative at mass = 60" toys --config ../spec.json --set m=1.006  # T4
refuse 64 "negative at mass = 120" toys --config ../spec.json --set m=-1.006
refuse 64 "no parameter 'mux'.*did you mean 'mu'" toys --config ../base.json --set mux=1
refuse 64 'NAME=VALUE' toys --config ../base.json --set mu
refuse 64 'finite number' toys --config ../base.json --set mu=nan
refuse 64 'shard' toys --config ../base.json --shard 3/3
refuse 64 'shard' toys --config ../base.json --shard 1
refuse 64 'threads' toys --config ../base.json --threads many
refuse 64 'weight' toys --config ../base.json --weight-mode heavy
refuse 64 'engine' toys --config ../base.json --engine fast
refuse 64 'run-id' toys --config ../base.json --run-id a/b
refuse 64 'run-id' toys --config ../base.json --run-id ..
refuse 64 'run-id' toys --config ../base.json --run-id ''
refuse 64 'poi-pull-std-range' toys --config ../base.json --poi-pull-std-range 2 1
refuse 64 'max-fail-frac' toys --config ../base.json --max-fail-frac 2
refuse 64 'typo|expected' toys --config ../base.json --typo 3
refuse 64 "no channel 'other'" toys --config ../base.json --data other=../d.csv
refuse 64 'only-toy' toys --config ../base.json --dump-events ../e.h5
refuse 64 'only-toy' toys --config ../base.json --n-toys 3 --only-toy 3
refuse 64 'input' merge --out m.json
refuse 66 'absent' merge --input ../absent.json --out m.json
refuse 65 'base.json' merge --input ../base.json --out m.json
refuse 64 'one of the inputs' toys --config ../base.json -o ../base.json
refuse 65 'needs observed events' toys --config ../base.json --gen mle
refuse 65 'needs observed events' fit --config ../base.json
refuse 65 'needs observed events' nll --config ../base.json
touch there.json
refuse 73 'exists' toys --config ../base.json -o ../there.json
refuse 73 'not a folder' toys --config ../base.json -o ../there.json/folder/x.json
refuse 73 'directory' toys --config ../base.json -o ..
refuse 73 'cannot create' toys --config ../base.json --out-dir ../there.json
mkdir -p used/run1 && touch used/run1/x
refuse 73 'not empty' toys --config ../base.json --out-dir ../used --run-id run1

echo "$n cases, $failed failed"
[ "$failed" -eq 0 ] && [ "$n" -ge 60 ]
