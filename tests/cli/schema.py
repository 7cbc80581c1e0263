"""The schema accepts every spec of the tree and refuses those broken ones that the program refuses for their form."""
import copy, glob, json, os, subprocess, sys

root, program = os.environ["TOYFARM_SOURCE_DIR"], os.environ["TOYFARM_LOCAL"]
schema = json.loads(subprocess.run([program, "schema"], check=True, capture_output=True, text=True).stdout)
KNOWN = {"$schema", "title", "description", "$defs", "$ref", "type", "enum", "const", "anyOf", "oneOf", "properties", "required", "additionalProperties", "items", "minItems", "maxItems"}
TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None)}


def has_type(value, name):
    return isinstance(value, (int, float)) and not isinstance(value, bool) if name == "number" else isinstance(value, TYPES[name])


def fits(value, rule):
    """Validation by those keywords of JSON Schema 2020-12 that the schema uses."""
    assert set(rule) <= KNOWN, set(rule) - KNOWN
    if "$ref" in rule and not fits(value, schema["$defs"][rule["$ref"].removeprefix("#/$defs/")]):
        return False
    if "type" in rule and not has_type(value, rule["type"]):
        return False
    if "enum" in rule and value not in rule["enum"] or "const" in rule and value != rule["const"]:
        return False
    if "anyOf" in rule and not any(fits(value, r) for r in rule["anyOf"]):
        return False
    if "oneOf" in rule and sum(fits(value, r) for r in rule["oneOf"]) != 1:
        return False
    if isinstance(value, dict) and "properties" in rule:
        own = rule["properties"]
        return all(k in value for k in rule["required"]) and all(k in own and fits(v, own[k]) for k, v in value.items())
    if isinstance(value, dict) and "additionalProperties" in rule:
        return all(fits(v, rule["additionalProperties"]) for v in value.values())
    if isinstance(value, list) and "items" in rule:
        return rule.get("minItems", 0) <= len(value) <= rule.get("maxItems", len(value)) and all(fits(v, rule["items"]) for v in value)
    return True


def places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], path + (key,))


def broken(spec):
    """Copies of a spec, each with one thing left out, added or of another kind."""
    seen = set()
    for path in list(places(spec)):
        kind = tuple(k for k in path if isinstance(k, str))  # one element of each list will do
        for change in ("without", "more", "null", 7):
            if (kind, str(change)) in seen:
                continue
            seen.add((kind, str(change)))
            copied = copy.deepcopy(spec)
            parent = copied
            for key in path[:-1]:
                parent = parent[key]
            if change == "more":
                here = parent[path[-1]] if path else copied
                if not isinstance(here, dict):
                    continue
                here["surplus"] = 1
            elif not path or change == "without" and isinstance(path[-1], int):
                continue
            elif change == "without":
                del parent[path[-1]]
            else:
                parent[path[-1]] = None if change == "null" else change
            yield f"{'/'.join(map(str, path))}: {change}", copied


def verdict(spec):
    with open("broken.json", "w") as out:
        json.dump(spec, out)
    done = subprocess.run([program, "toys", "--config", "broken.json", "--n-toys", "1", "--only-toy", "0"], capture_output=True, text=True)
    return done.returncode, done.stderr


specs = {f: json.load(open(f)) for where in ("tests/data", "jobscripts/examples") for f in glob.glob(f"{root}/{where}/**/*.json", recursive=True)}
specs = {f: s for f, s in specs.items() if "channels" in s}
assert len(specs) >= 15, specs.keys()
for file, spec in specs.items():
    assert fits(spec, schema), file

FORM = ("expected", "missing field", "unknown field", "unknown value", "unknown pdf type", "must have length", "must name at least", "unsupported schema_version")
whole = copy.deepcopy(specs[f"{root}/jobscripts/examples/gauss_exp.json"])
first = whole["channels"][0]["processes"]
first[0]["yield"]["modifiers"].append({"type": "weightsys", "param": "luminosity", "lo": 0.9, "hi": 1.1, "interp_code": "code4p"})
first.append({"name": "third", "pdf": {"type": "argus", "observable": "mass", "params": ["slope", "luminosity"], "variant": "exact"}, "yield": {"type": "parameter", "name": "width_peak"}})
first.append({"name": "fourth", "pdf": {"type": "formula", "observable": "mass", "params": ["slope"], "expression": "exp(slope*mass)"}, "yield": {"type": "fixed", "value": 10}})
whole["model"]["parameters"][1]["fixed"] = True
whole["model"]["functions"] = {"half": "luminosity / 2"}
first[2]["pdf"]["params"] = ["=slope + half", "half"]
assert fits(whole, schema)
for word in schema["$defs"]["modifier"]["oneOf"][1]["properties"]["interp_code"]["anyOf"][0]["enum"]:
    first[0]["yield"]["modifiers"][1]["interp_code"] = word
    assert fits(whole, schema) and verdict(whole)[0] == 0, word
for alternative in schema["$defs"]["modifier"]["oneOf"]:
    for word in alternative["properties"]["type"]["enum"]:
        spec = copy.deepcopy(whole)
        spec["channels"][0]["processes"][0]["yield"]["modifiers"][0]["type"] = word
        assert fits(spec, schema) and verdict(spec)[0] == 0, word
n = n_refused = 0
for what, spec in broken(whole):
    code, said = verdict(spec)
    n += 1
    if not fits(spec, schema):
        n_refused += 1
        assert code == 65, f"the schema refuses what the program takes: {what} (exit {code})"
    else:
        assert code == 0 or not any(words in said for words in FORM), f"the schema takes what the program refuses for its form: {what}: {said}"
assert n > 100 and n_refused > 80, (n, n_refused)
print(f"schema: {len(specs)} specs fit, {n} broken ones, of which {n_refused} do not")
