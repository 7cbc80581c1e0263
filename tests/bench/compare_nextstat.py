#!/usr/bin/env python3
"""Side by side: toys/s of user CPU on one core of toyfarm (event by event) and of nextstat, errors of all parameters computed by both.

usage: compare_nextstat.py TOYFARM [--events N ...] [--rounds R]
Needs the command `nextstat` (pip install nextstat-cli) and pyarrow on the PATH's python; prints one JSON line per workload and a table.
The model is a Gaussian peak (a quarter of the events) on an exponential, mass in [60, 120], free yield scale, mean, width and slope.
"""
import argparse
import json
import os
import pathlib
import random
import math
import subprocess
import tempfile

LO, HI, SLOPE = 60.0, 120.0, -0.03


def observed(n):
    """A data set as large as the toys, from a fixed seed: nextstat starts its toy fits from a fit of it."""
    rng = random.Random(1)
    peak = [rng.gauss(91.0, 2.5) for _ in range(n // 4)]
    edge = [math.exp(SLOPE * LO), math.exp(SLOPE * HI)]
    slope = [math.log(edge[0] + rng.random() * (edge[1] - edge[0])) / SLOPE for _ in range(n - n // 4)]
    return peak + slope


def write_spec(folder, events):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"mass": observed(events)}), folder / "data.parquet", compression="snappy")
    par = lambda name, init, lo, hi: {"name": name, "init": init, "bounds": [lo, hi]}
    spec = {
        "schema_version": "nextstat_unbinned_spec_v0",
        "model": {"poi": "mu", "parameters": [par("mu", 1.0, 0.0, 5.0), par("mean", 91.0, 85.0, 95.0), par("width", 2.5, 0.5, 10.0), par("slope", SLOPE, -0.1, -0.001)]},
        "channels": [{
            "name": "main", "data": {"file": "data.parquet"}, "observables": [{"name": "mass", "bounds": [LO, HI]}],
            "processes": [
                {"name": "signal", "pdf": {"type": "gaussian", "observable": "mass", "params": ["mean", "width"]}, "yield": {"type": "scaled", "base_yield": events * 0.25, "scale": "mu"}},
                {"name": "background", "pdf": {"type": "exponential", "observable": "mass", "params": ["slope"]}, "yield": {"type": "fixed", "value": events * 0.75}},
            ]}]}
    path = folder / "spec.json"
    path.write_text(json.dumps(spec))
    return path


def run(argv, out):
    """User CPU seconds of a process and the result it wrote."""
    if os.path.exists(out):
        os.remove(out)
    process = subprocess.Popen(argv, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{argv[0]} left with {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime, json.load(open(out))["results"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("toyfarm")
    parser.add_argument("--events", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nextstat", default="nextstat")
    args = parser.parse_args()
    rows = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        out = str(folder / "out.json")
        for events in args.events:
            spec = str(write_spec(folder, events))
            toys = {"toyfarm": max(50, 20_000_000 // events), "nextstat": max(10, 1_000_000 // events)}
            ours = [args.toyfarm, "toys", "--config", spec, "--n-toys", str(toys["toyfarm"]), "--seed", "42", "--threads", "1", "--engine", "eventwise",
                    "--log-level", "warn", "--force", "-o", out]
            # Without a pull guardrail nextstat computes no errors.
            theirs = [args.nextstat, "unbinned-fit-toys", "--config", spec, "--n-toys", str(toys["nextstat"]), "--seed", "42", "--threads", "1",
                      "--max-abs-poi-pull-mean", "1e9", "-o", out]
            best = {"toyfarm": 0.0, "nextstat": 0.0}
            for _ in range(args.rounds):
                for program, argv in (("toyfarm", ours), ("nextstat", theirs)):
                    seconds, results = run(argv, out)
                    if results["n_converged"] != toys[program]:
                        print(f"note: {program}: {results['n_converged']} of {toys[program]} converged")
                    best[program] = max(best[program], toys[program] / seconds)
            rows.append((events, best["toyfarm"], best["nextstat"], best["toyfarm"] / best["nextstat"]))
            print(json.dumps({"events": events, "toyfarm_toys_per_s": best["toyfarm"], "nextstat_toys_per_s": best["nextstat"], "ratio": rows[-1][3]}))
    print("| events per toy | toyfarm, toys/s | nextstat, toys/s | ratio |\n|---|---|---|---|")
    for events, ours, theirs, ratio in rows:
        print(f"| {events} | {ours:.0f} | {theirs:.1f} | {ratio:.1f} |")


if __name__ == "__main__":
    main()
