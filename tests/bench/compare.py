#!/usr/bin/env python3
"""Measures toyfarm on one core beside the measuring stick and nextstat, and prints Markdown tables.

usage: compare.py TOYFARM [--only stick shapes mixes weak eventwise] [--peers nextstat iminuit roofit] [--json FILE]

stick      gauss_exp at 1e4, 1e5 and 2e6 events beside limit_gauss_exp.cc, one hard-coded model without errors or certificates
shapes     cb_exp and dcb_exp at 1e4 events beside nextstat, errors of all parameters by both, and at 2e6 alone
mixes      every mix of make_mixes.py at 1e5 events
weak       signals of 10 events that may sit anywhere on 2e4 (and of 1,000 on 2e6), beside iminuit and RooFit from one start
eventwise  gauss_exp at 1e6 events, event by event, with AVX-512 and with AVX2

All programs run on one core, one after another and A B A B over the rounds; best and median of the rounds are reported, and a ratio is of
the best. The stick and the peer's runner are looked for in $TOYFARM_SHARED/bench, then in shared/bench beside the source tree. nextstat is
looked for in the PATH, then installed from PyPI into build/peers. What is missing is said and its rows are left out.
"""
import argparse
import json
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import make_mixes  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
NEXTSTAT = "nextstat-cli==0.10.1"
TABLES = ("stick", "shapes", "mixes", "weak", "eventwise")


class Failed(Exception):
    """A program that was run did not succeed."""


def say(text):
    print("compare: " + text, file=sys.stderr, flush=True)


def missing(text):
    say("MISSING: " + text)


def run_json(argv, **environment):
    """The JSON object that a program prints."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, **environment}, check=False)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, argv))} left with {done.returncode}: {done.stderr.strip()[-400:]}")
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        raise Failed(f"{argv[0]} printed no JSON: {done.stdout[:200]!r}") from error


class Side:
    """A program on a workload: measure(n) runs n toys; `key` of what it returns is a speed in toys/s."""

    def __init__(self, name, key, measure, at_least=4):
        self.name, self.key, self.measure, self.toys, self.results = name, key, measure, at_least, []

    def calibrate(self, seconds):
        """Finds how many toys take about `seconds`."""
        while True:
            rate = self.measure(self.toys)[self.key]
            wanted = math.ceil(rate * seconds)
            if wanted <= 3 * self.toys:
                self.toys = max(self.toys, wanted)
                return
            self.toys = min(wanted, 32 * self.toys)

    def report(self):
        """All keys of the best round, and the median of the speeds."""
        best = max(self.results, key=lambda r: r[self.key])
        return {"toys": self.toys, "best": best[self.key], "median": statistics.median(r[self.key] for r in self.results), "keys": best}


def measure(sides, options):
    """Runs the sides in turn, round by round; their reports by name."""
    for side in sides:
        side.calibrate(options.seconds)
    for _ in range(options.rounds):
        for side in sides:
            side.results.append(side.measure(side.toys))
    return {side.name: side.report() for side in sides}


def toyfarm(options, spec, engine="auto", **environment):
    argv = [options.toyfarm, "bench", "--config", spec, "--threads", "1", "--engine", engine, "--json"]
    return Side("toyfarm", "toys_per_s_per_core", lambda n: run_json([*argv, "--n-toys", n], **environment))


def shared_bench():
    for folder in (os.environ.get("TOYFARM_SHARED"), ROOT.parent / "shared"):
        if folder and (pathlib.Path(folder) / "bench").is_dir():
            return pathlib.Path(folder) / "bench"
    return None


def build_stick(folder):
    """Path of the compiled measuring stick, or None."""
    source = shared_bench() and shared_bench() / "limit_gauss_exp.cc"
    if not source or not source.is_file():
        missing("the stick limit_gauss_exp.cc (set TOYFARM_SHARED): its figures are left out")
        return None
    out = folder / "limit_gauss_exp"
    argv = [os.environ.get("CXX", "g++"), "-O3", "-march=native", "-ffast-math", "-I/usr/include/eigen3", str(source), "-o", str(out)]
    done = subprocess.run(argv, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        missing(f"the stick does not compile: {done.stderr.strip()[-400:]}")
        return None
    return out


def find_nextstat(options):
    """Folder of the command nextstat and its runner, or None."""
    if "nextstat" not in options.peers:
        say("nextstat not asked for (--peers nextstat): its figures are left out")
        return None
    runner = shared_bench() and shared_bench() / "peers" / "nextstat_toys.py"
    if not runner or not runner.is_file():
        missing("the runner peers/nextstat_toys.py (set TOYFARM_SHARED): nextstat's figures are left out")
        return None
    command = shutil.which("nextstat")
    if command is None:
        venv = ROOT / "build" / "peers"
        command = venv / "bin" / "nextstat"
        if not command.exists():
            say(f"installing {NEXTSTAT} into build/peers")
            for argv in ([sys.executable, "-m", "venv", venv], [venv / "bin" / "python3", "-m", "pip", "install", "-q", NEXTSTAT]):
                if subprocess.run([str(a) for a in argv], stdout=subprocess.DEVNULL, check=False).returncode != 0:
                    missing(f"nextstat cannot be installed ({' '.join(map(str, argv))}): its figures are left out")
                    return None
    return pathlib.Path(command).parent, runner


def same_model(a, b):
    """Whether two specs are one model but for their data."""
    strip = lambda s: {**s, "channels": [{k: v for k, v in c.items() if k != "data"} for c in s["channels"]]}
    return strip(a) == strip(b)


def nextstat_side(nextstat, name, spec):
    """nextstat on the shared spec of the same model, which has the observed data that it wants."""
    folder, runner = nextstat
    twin = shared_bench() / "specs" / f"{name}_1e4.json"
    if not twin.is_file() or not same_model(json.loads(twin.read_text()), json.loads(spec.read_text())):
        missing(f"a spec of {name} with data, {twin.name}: nextstat's figure is left out")
        return None
    path = f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"
    # nextstat fits the observed data first and is charged for it: enough toys that it does not matter.
    return Side("nextstat", "toys_per_user_s", lambda n: run_json([sys.executable, runner, twin, n], PATH=path), at_least=50)


def sizes(wanted, options):
    """The wanted numbers of events, those above --max-events replaced by it."""
    return sorted({min(n, options.max_events) for n in wanted})


def spec_of(name, events, options):
    return make_mixes.write(options.folder / f"{events:.0f}", events, [name])[name]


def paths(keys):
    counts = keys.get("paths", {})
    return " / ".join(str(counts.get(k, 0)) for k in ("compressed", "refined", "eventwise", "uncertified"))


def number(value, digits=3):
    """A figure with `digits` significant digits, never in powers of ten; - for none."""
    if value is None:
        return "-"
    places = digits - 1 - (math.floor(math.log10(abs(value))) if value else 0)
    return f"{value:,.{max(0, places)}f}"


def table(title, head, rows):
    return "\n".join([f"**{title}**", "", "| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(map(str, row)) + " |" for row in rows)])


def stick_table(options):
    stick = build_stick(options.folder)
    rows, record = [], []
    for events in sizes((1e4, 1e5, 2e6), options):
        sides = [toyfarm(options, spec_of("gauss_exp", events, options))]
        if stick:
            sides.append(Side("stick", "toys_per_s", lambda n, events=events: run_json([stick, int(events), n])))
        result = measure(sides, options)
        ours, limit = result["toyfarm"], result.get("stick")
        ratio = ours["best"] / limit["best"] if limit else None
        record.append({"events": events, **result, "ratio": ratio})
        rows.append([number(events), number(ours["best"]), number(ours["median"]), number(limit and limit["best"]), number(limit and limit["median"]), number(ratio),
                     paths(ours["keys"]), ours["keys"]["isa"]])
    head = ["events per toy", "toyfarm, toys/s", "median", "stick, toys/s", "median", "toyfarm / stick", "compressed / refined / eventwise / uncertified", "ISA"]
    return record, table("gauss_exp beside the measuring stick", head, rows)


def shapes_table(options):
    nextstat = find_nextstat(options)
    rows, record = [], []
    for name in ("cb_exp", "dcb_exp"):
        for events in sizes((1e4, 2e6), options):
            spec = spec_of(name, events, options)
            peer = nextstat_side(nextstat, name, spec) if nextstat and events == 1e4 else None
            result = measure([toyfarm(options, spec)] + ([peer] if peer else []), options)
            ours, theirs = result["toyfarm"], result.get("nextstat")
            ratio = ours["best"] / theirs["best"] if theirs else None
            record.append({"mix": name, "events": events, **result, "ratio": ratio})
            rows.append([name, number(events), number(ours["best"]), number(ours["median"]), number(theirs and theirs["best"]), number(theirs and theirs["median"]),
                         number(ratio), paths(ours["keys"])])
    head = ["mix", "events per toy", "toyfarm, toys/s", "median", "nextstat, toys/s", "median", "ratio", "compressed / refined / eventwise / uncertified"]
    return record, table("Crystal Balls with all shapes free beside nextstat, errors of all parameters by both", head, rows)


def mixes_table(options):
    rows, record = [], []
    (events,) = sizes((1e5,), options)
    for name in make_mixes.MIXES:
        result = measure([toyfarm(options, spec_of(name, events, options))], options)["toyfarm"]
        keys = result["keys"]
        record.append({"mix": name, "events": events, "toyfarm": result})
        rows.append([name, number(result["best"]), number(result["median"]), paths(keys), number(keys["us_per_fit"]), number(keys["ns_per_event_generate"]),
                     number(1e9 / result["best"] / events), f"{keys['max_bound']:.1e}" if keys.get("max_bound") is not None else "-"])
    head = ["mix", "toys/s", "median", "compressed / refined / eventwise / uncertified", "µs per fit", "generation, ns per event", "all, ns per event", "largest bound"]
    return record, table(f"All mixes at {number(events)} events per toy", head, rows)


def weak_peer(options, peer, name, events):
    """A peer on toys of a weak signal, in the Python of build/peers, of build/venv, or that runs this."""
    if peer not in options.peers:
        return None
    found = [p for folder in ("peers", "venv") if (p := ROOT / "build" / folder / "bin" / "python").exists()]
    python = str(found[0]) if found else sys.executable
    runner = pathlib.Path(__file__).resolve().parent / "weak_peers.py"
    side = Side(peer, "toys_per_s", lambda n: run_json([python, runner, peer, name, int(events), n]), at_least=3)
    try:
        side.measure(1)
    except Failed as error:
        missing(f"{peer}: {error}")
        return None
    return side


def weak_table(options):
    rows, record = [], []
    for name in make_mixes.WEAK:
        for events in sizes((2e4, 2e6), options):
            peers = [weak_peer(options, peer, name, events) for peer in ("iminuit", "roofit")] if events <= 2e4 else []
            result = measure([toyfarm(options, spec_of(name, events, options)), *filter(None, peers)], options)
            ours = result["toyfarm"]
            record.append({"mix": name, "events": events, **result})
            rows.append([name, number(events), number(ours["best"]), number(ours["median"]), paths(ours["keys"]),
                         *(number(result[p]["best"]) if p in result else "-" for p in ("iminuit", "roofit"))])
    head = ["signal", "events per toy", "toyfarm, toys/s", "median", "compressed / refined / eventwise / uncertified", "iminuit, toys/s", "RooFit, toys/s"]
    return record, table("Weak signals that may sit anywhere", head, rows)


def eventwise_table(options):
    rows, record = [], []
    (events,) = sizes((1e6,), options)
    spec = spec_of("gauss_exp", events, options)
    sides = []
    for isa in ("avx512", "avx2"):
        side = toyfarm(options, spec, engine="eventwise", TOYFARM_ISA=isa)
        side.name = isa
        try:
            side.measure(1)
        except Failed as error:
            missing(f"{isa}: {error}")
            continue
        sides.append(side)
    for isa, result in measure(sides, options).items():
        keys = result["keys"]
        if keys["isa"] != isa:
            raise Failed(f"asked for {isa}, toyfarm says that it ran with {keys['isa']}")
        record.append({"events": events, "isa": isa, "toyfarm": result})
        rows.append([isa, number(result["best"]), number(result["median"]), number(keys["ns_per_event_pass"]), number(keys["ns_per_event_generate"]), number(keys["us_per_fit"])])
    return record, table(f"gauss_exp at {number(events)} events per toy, event by event", ["ISA", "toys/s", "median", "ns per event and pass", "generation, ns per event", "µs per fit"], rows)


def pin(core):
    """Binds this process and all that it starts to one core; the core's number."""
    allowed = sorted(os.sched_getaffinity(0))
    core = allowed[-1] if core is None else core
    if core not in allowed:
        raise SystemExit(f"compare: core {core} is not among the allowed ones, {allowed}")
    os.sched_setaffinity(0, {core})
    return core


def cpu_name():
    try:
        lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return "unknown CPU"
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown CPU")


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("toyfarm", help="the program")
    parser.add_argument("--only", nargs="+", choices=TABLES, default=TABLES, help="tables to make (default: all)")
    parser.add_argument("--peers", nargs="+", choices=["nextstat", "iminuit", "roofit"], default=[], help="programs to compare with")
    parser.add_argument("--json", metavar="FILE", help="write all figures to FILE; - prints them instead of the tables")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each figure (default 5)")
    parser.add_argument("--seconds", type=float, default=1.0, help="aimed at for each measurement (default 1)")
    parser.add_argument("--max-events", type=float, default=math.inf, help="cut larger workloads to this number of events")
    parser.add_argument("--core", type=int, help="core to run on (default: the last one allowed)")
    options = parser.parse_args()
    if options.rounds < 1 or not options.seconds > 0 or not options.max_events >= 1:
        parser.error("--rounds and --max-events must be at least 1, --seconds positive")
    options.toyfarm = shutil.which(options.toyfarm)
    if options.toyfarm is None:
        parser.error("no such program")
    options.toyfarm = os.path.abspath(options.toyfarm)
    return options


def main():
    options = parse()
    out = {"cpu": cpu_name(), "core": pin(options.core), "load_before": os.getloadavg()[0], "rounds": options.rounds, "tables": {}}
    texts = [f"{out['cpu']}, one core; best and median of {options.rounds} rounds; load before {out['load_before']:.1f}."]
    if out["load_before"] > 0.5 * (os.cpu_count() or 1):
        say(f"load average {out['load_before']:.1f}: other work on this machine makes figures smaller")
    makers = {"stick": stick_table, "shapes": shapes_table, "mixes": mixes_table, "weak": weak_table, "eventwise": eventwise_table}
    with tempfile.TemporaryDirectory() as folder:
        options.folder = pathlib.Path(folder)
        for name in options.only:
            say(f"measuring {name}")
            out["tables"][name], text = makers[name](options)
            texts.append(text)
    if options.json == "-":
        print(json.dumps(out, indent=1))
        return
    print("\n\n".join(texts))
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(out, indent=1) + "\n")


if __name__ == "__main__":
    try:
        main()
    except Failed as error:
        sys.exit(f"compare: {error}")
