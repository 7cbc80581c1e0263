#!/usr/bin/env python3
"""The independent likelihood against `toyfarm nll` at random points of random specs, every density and modifier among them.

usage: check_likelihood.py PROGRAM [--specs N] [--points K] [--seed S]      exit 1 where they differ by more than 1e-9 of the NLL
"""
import argparse
import collections
import json
import math
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import generate
from likelihood import Likelihood

ACCEPTED = 1e-9


def random_point(rng, nll, start):
    """Anywhere inside the bounds for half of the points, near the start for the others."""
    inside = nll.lower + rng.random(len(start)) * (nll.upper - nll.lower)
    near = start + 0.2 * (inside - start)
    return near if rng.random() < 0.5 else inside


def kinds_in(spec):
    pdfs = [p["pdf"] for c in spec["channels"] for p in c["processes"]]
    return {part["type"] for pdf in pdfs for part in (pdf, *pdf.get("components", []))}


def main():
    parser = argparse.ArgumentParser(description="The independent likelihood against `toyfarm nll`.")
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--specs", type=int, default=60)
    parser.add_argument("--points", type=int, default=4)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    program, worst, count = str(pathlib.Path(args.program).resolve()), collections.Counter(), collections.Counter()
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for number in range(args.specs):
            case = generate.generate("specs", args.seed, number)
            path = generate.write(case, scratch)
            nll = Likelihood.from_file(path)
            rng = np.random.default_rng([args.seed, number])
            for theta in [case.truth, *(random_point(rng, nll, nll.init) for _ in range(args.points))]:
                at = path.parent / "at.json"
                at.write_text(json.dumps(dict(zip(nll.names, theta.tolist()))))
                run = subprocess.run([program, "nll", "--config", path, "--at", at], capture_output=True, text=True, check=False)
                theirs, ours = float(run.stdout) if run.stdout.strip() else math.nan, nll(theta)
                difference = 0.0 if theirs == ours else abs(theirs - ours) / max(1.0, abs(ours))
                for kind in kinds_in(case.spec):
                    count[kind] += 1
                    worst[kind] = max(worst[kind], difference)
                if not difference <= ACCEPTED:
                    failed = True
                    print(f"spec {number} {sorted(kinds_in(case.spec))}: toyfarm {theirs!r}, independent {ours!r} at {theta.tolist()} {run.stderr.strip()[-200:]}")
    print("| density | points | largest relative difference |\n|---|---|---|")
    for kind in sorted(count):
        print(f"| {kind} | {count[kind]} | {worst[kind]:.1e} |")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
