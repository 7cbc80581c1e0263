#!/usr/bin/env python3
"""Closure where pulls are not unit Gaussian (tails of a Crystal Ball, a signal at its bound): toys of
toyfarm against toys that numpy generated and the reference implementation fitted. Mean and width of
every parameter's pull and every share at a bound must agree within four standard deviations.

    closure_against_oracle.py TOYFARM ORACLE_FOLDER [--toys N] [--spec NAME ...]

Needs numpy, scipy, iminuit, h5py. Prints the table; exits 1 where something disagrees.
"""
import argparse
import json
import multiprocessing
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np


def inverse_cdf_sampler(density, lo, hi):
    """Draws n positions from a density given on a grid of 2e5 steps."""
    grid = np.linspace(lo, hi, 200001)
    middle = density(0.5 * (grid[1:] + grid[:-1]))
    cdf = np.concatenate([[0.0], np.cumsum(middle)])
    cdf /= cdf[-1]
    return lambda rng, n: np.interp(rng.random(n), cdf, grid)


def fit_toys(job):
    folder, spec, seed, n_toys = job
    sys.path.insert(0, str(folder))
    import oracle
    model = oracle.Model(str(folder / "specs" / f"{spec}.json"))
    channel = model.channels[0]
    (name, (lo, hi)), = channel.bounds.items()
    truth = model.init
    samplers = []
    for pdf, index, yields, _ in channel.procs:
        theta = truth[index]
        draw = inverse_cdf_sampler(lambda x: np.exp(pdf.logpdf({name: x}, theta)), lo, hi)
        if yields["type"] == "parameter":
            mean = truth[model.index[yields["name"]]]
        else:
            mean = yields["base_yield"] * truth[model.index[yields["scale"]]]
        samplers.append((draw, mean))
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n_toys):
        channel.cols = {name: np.concatenate([draw(rng, rng.poisson(mean)) for draw, mean in samplers])}
        fit = oracle.fit(None, model=model)
        errors = np.array(fit["errors"])
        values = np.array(fit["values"])
        bound = np.zeros(len(values))
        for parameter in fit["at_bound"]:
            j = model.index[parameter]
            bound[j] = -1 if values[j] == model.bounds[j][0] else 1
            errors[j] = np.nan
        errors[errors == 0] = np.nan
        rows.append((values, errors, bound))
    return [np.array(column) for column in zip(*rows)]


def oracle_toys(folder, spec, n_toys):
    jobs = [(folder, spec, 1000 + part, n_toys // 20) for part in range(20)]
    with multiprocessing.Pool(2) as pool:
        parts = pool.map(fit_toys, jobs, chunksize=1)
    return [np.concatenate(columns) for columns in zip(*parts)]


def toyfarm_toys(program, folder, spec, n_toys):
    import h5py
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run([program, "toys", "--config", str(folder / "specs" / f"{spec}.json"), "--n-toys", str(n_toys),
                        "--seed", "99", "--out-dir", scratch, "--run-id", "run"], check=True,
                       stdout=subprocess.DEVNULL)
        with h5py.File(Path(scratch) / "run" / "toys.h5") as table:
            values, errors = table["estimate"][:], table["error"][:]
            bound = table["at_bound"][:].astype(float)
            converged = np.isin(table["status"][:], [0, 1])
    print(f"{spec}: toyfarm converged in {converged.sum()} of {n_toys} toys")
    return values[converged], errors[converged], bound[converged]


def moments(pulls):
    """Mean, width, and the standard deviations of both (of the width by the fourth moment)."""
    n, mean, width = len(pulls), pulls.mean(), pulls.std()
    fourth = np.mean((pulls - mean) ** 4)
    return mean, width, width / np.sqrt(n), np.sqrt(max(fourth - width ** 4, 0) / n) / (2 * width)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("toyfarm")
    arguments.add_argument("oracle", type=Path)
    arguments.add_argument("--toys", type=int, default=2000, help="toys the reference fits; toyfarm fits ten times as many")
    arguments.add_argument("--spec", nargs="+", default=["s02_cb_exp", "s13_lowstat_bound"])
    options = arguments.parse_args()
    worst = 0.0
    for spec in options.spec:
        document = json.loads((options.oracle / "specs" / f"{spec}.json").read_text())
        parameters = document["model"]["parameters"]
        theirs = oracle_toys(options.oracle, spec, options.toys)
        ours = toyfarm_toys(options.toyfarm, options.oracle, spec, 10 * options.toys)
        for j, parameter in enumerate(parameters):
            if parameter["bounds"][0] == parameter["bounds"][1]:
                continue
            lines = []
            both = []
            for values, errors, bound in (ours, theirs):
                known = np.isfinite(errors[:, j]) & (errors[:, j] > 0)
                both.append(moments((values[known, j] - parameter["init"]) / errors[known, j]))
            (m1, w1, dm1, dw1), (m2, w2, dm2, dw2) = both
            lines.append(("pull mean", m1, m2, np.hypot(dm1, dm2)))
            lines.append(("pull width", w1, w2, np.hypot(dw1, dw2)))
            for side, word in ((-1, "lower"), (1, "upper")):
                a, b = (np.mean(bound[:, j] == side) for _, _, bound in (ours, theirs))
                pooled = (a * len(ours[0]) + b * len(theirs[0])) / (len(ours[0]) + len(theirs[0]))
                spread = np.sqrt(pooled * (1 - pooled) * (1 / len(ours[0]) + 1 / len(theirs[0])))
                lines.append((f"share at {word} bound", a, b, spread))
            for what, a, b, spread in lines:
                deviation = 0.0 if a == b else (a - b) / spread
                worst = max(worst, abs(deviation))
                print(f"{spec:20s} {parameter['name']:6s} {what:22s} toyfarm {a:+.4f} reference {b:+.4f} {deviation:+.2f} sigma")
    print(f"largest deviation {worst:.2f} sigma (4 allowed)")
    return 0 if worst < 4 else 1


if __name__ == "__main__":
    sys.exit(main())
