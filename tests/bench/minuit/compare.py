#!/usr/bin/env python3
"""Fits of toyfarm beside Minuit's, on an independent likelihood. Exit 1 where an acceptance figure is missed.

usage: compare.py PROGRAM [--kind datasets|specs|peaks ...] [--n N] [--seed S] [--case K] [--short] [--keep DIR] [--json OUT]

The program fits every case from the spec's start; Minuit fits it from there and from four more starts. All are judged by the
independent NLL at the points where they end. A peak is fitted by the program from the truth and from 20 starts, which must not end higher.
"""
import argparse
import collections
import json
import math
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

import generate
import optimality
import search
from likelihood import Likelihood

ABOVE = 0.01  # of the NLL: what counts as another minimum
ABOVE_TRUTH = 1e-4  # the same, between fits of a peak from different starts
MISSED_SHARE = 0.01  # of the cases may end above the best of five
SHORT = {"datasets": 60, "specs": 25, "peaks": 3}
SHORT_STARTS = 5
SHORT_SEARCHES = {"datasets": 5, "specs": 2, "peaks": 1}
CONVERGED = ("converged", "at_bound", "at_edge")


def same_nll(a, b):
    """Equal up to what either may lose: 1e-6, and 1e-10 of the value."""
    return a == b or (math.isfinite(b) and abs(a - b) <= 1e-6 + 1e-10 * abs(b))


class Program:
    def __init__(self, path):
        self.path = str(pathlib.Path(path).resolve())
        self.seconds = 0.0

    def fit(self, spec):
        """What `toyfarm fit` writes; with status "no result" where it writes nothing."""
        out = spec.parent / "out.json"
        out.unlink(missing_ok=True)
        began = time.monotonic()
        run = subprocess.run(
            [self.path, "fit", "--config", str(spec), "-o", str(out), "--force"],
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        self.seconds += time.monotonic() - began
        if run.returncode not in (0, 1) or not out.exists():
            return {"status": "no result", "message": (run.stderr or run.stdout).strip()[-300:], "returncode": run.returncode}
        return json.loads(out.read_text())


def judged(nll, result):
    """A fit's point, the independent NLL there, whether the reported one agrees with it, and what speaks against a minimum."""
    if "bestfit" not in result or any(v is None for v in result["bestfit"]):
        return {"status": result["status"], "message": result.get("message"), "nll": math.inf, "theta": None, "negative": False, "agrees": True,
                "difference": 0.0, "violations": []}
    theta = np.array(result["bestfit"], float)
    value = nll(theta)
    reported = math.inf if result["nll"] is None else result["nll"]
    out = {"status": result["status"], "theta": theta.tolist(), "nll": value, "reported": reported, "held": result["at_bound"], "violations": []}
    unchecked = nll(theta, check=False)
    out["negative"] = math.isinf(value) and math.isfinite(unchecked)
    # A point to which both give no finite NLL is no disagreement; it simply is not a minimum.
    compared = unchecked if out["negative"] else value
    out["agrees"] = same_nll(reported, compared)
    out["difference"] = abs(reported - compared) if reported != compared else 0.0
    if result["status"] in CONVERGED:
        errors = [math.nan if e is None else e for e in result["errors"]]
        found = optimality.check(nll, theta, errors, result["at_bound"])
        out["violations"] = [[v.name, v.kind, v.size] for v in found]
    return out


def compare_case(program, kind, seed, number, folder, short):
    case = generate.generate(kind, seed, number)
    nll = Likelihood(case.spec, case.data)
    spec = generate.write(case, folder)
    if kind == "peaks":
        return compare_peak(program, case, nll, spec, SHORT_STARTS if short else len(case.starts))
    fit = judged(nll, program.fit(spec))
    began = time.monotonic()
    minuit = [search.minimise(nll, start) for start in [nll.init, *case.starts][: SHORT_SEARCHES[kind] if short else None]]
    values = [v if v < search.WALL / 2 else math.inf for v, _, _ in minuit]
    best = int(np.argmin(values))
    faults = []
    if not fit["agrees"]:
        faults.append("nll")
    if fit["nll"] > values[0] + ABOVE:
        faults.append("above_same_start")
    if fit["nll"] > values[best] + ABOVE:
        faults.append("above_best")
    if fit["violations"]:
        faults.append("not_a_minimum")
    if fit["negative"]:
        faults.append("negative_density")
    return {
        "fits": [fit],
        "faults": faults,
        "names": nll.names,
        "minuit": {"nll": values, "theta": minuit[0][1].tolist(), "best": minuit[best][1].tolist(), "valid": minuit[0][2], "seconds": time.monotonic() - began},
        "minuit_above_best": values[0] > min(values[best], fit["nll"]) + ABOVE,
        "below_minuit": fit["nll"] < values[0] - ABOVE,
    }


def compare_peak(program, case, nll, spec, n_starts):
    fits = []
    for start in [case.truth, *case.starts[:n_starts]]:
        generate.write_spec(json.loads(spec.read_text()), spec, start)
        fits.append(judged(nll, program.fit(spec)))
        fits[-1]["start"] = start.tolist()
    value, theta, valid = search.minimise(nll, case.truth)
    faults = []
    if not all(f["agrees"] for f in fits):
        faults.append("nll")
    if any(f["nll"] > fits[0]["nll"] + ABOVE_TRUTH for f in fits[1:]):
        faults.append("above_truth_start")
    if fits[0]["nll"] > value + ABOVE:
        faults.append("above_same_start")
    if any(f["violations"] for f in fits):
        faults.append("not_a_minimum")
    if any(f["negative"] for f in fits):
        faults.append("negative_density")
    return {"fits": fits, "faults": faults, "names": nll.names, "minuit": {"nll": [value], "theta": theta.tolist(), "best": theta.tolist(), "valid": valid}}


# ------------------------------------------------------------------------------------------------------------------- reports
def point(theta):
    return "no point" if theta is None else "[" + ", ".join(f"{v:.6g}" for v in theta) + "]"


def describe(kind, seed, number, record):
    lines = [f"{kind} --seed {seed} --case {number}: {', '.join(record['faults']) or 'nothing wrong'}", f"  parameters     {' '.join(record['names'])}"]
    for k, fit in enumerate(record["fits"]):
        start = "" if kind != "peaks" else " from the truth" if k == 0 else f" from start {k} {point(fit['start'])}"
        if k > 0 and fit["agrees"] and not fit["violations"] and fit["nll"] <= record["fits"][0]["nll"] + ABOVE_TRUTH:
            continue
        text = f"  toyfarm{start}: {fit['status']}, nll {fit['nll']:.6f} at {point(fit['theta'])}"
        if fit["negative"]:
            text += f"; a density is negative there, and without that its nll is {fit['reported']:.6f}"
        elif not fit["agrees"]:
            text += f"; it says {fit['reported']:.9g}"
        if fit["violations"]:
            text += "; " + ", ".join(f"{name}: {kind_} {size:.3g}" for name, kind_, size in fit["violations"])
        if fit.get("message"):
            text += f"; {fit['message']}"
        lines.append(text)
    minuit = record["minuit"]
    lines.append(f"  Minuit         nll {minuit['nll'][0]:.6f} at {point(minuit['theta'])}{'' if minuit['valid'] else ' (not valid)'}")
    if len(minuit["nll"]) > 1 and min(minuit["nll"]) < minuit["nll"][0] - ABOVE:
        lines.append(f"  best search    nll {min(minuit['nll']):.6f} at {point(minuit['best'])}")
    return "\n".join(lines)


def tally(kind, records):
    fits = [f for r in records for f in r["fits"]]
    count = collections.Counter(fault for r in records for fault in r["faults"])
    figures = {
        "cases": len(records),
        "fits": len(fits),
        "status": dict(collections.Counter(f["status"] for f in fits)),
        "worst_nll_difference": max((f["difference"] for f in fits), default=0.0),
        "nll_disagreements": sum(not f["agrees"] for f in fits),
        "above_same_start": count["above_same_start"],
        "not_a_minimum": sum(bool(f["violations"]) for f in fits),
        "negative_density": sum(f["negative"] for f in fits),
    }
    if kind == "peaks":
        figures["above_truth_start"] = sum(f["nll"] > r["fits"][0]["nll"] + ABOVE_TRUTH for r in records for f in r["fits"][1:])
    else:
        figures["above_best"] = count["above_best"]
        figures["minuit_above_best"] = sum(r["minuit_above_best"] for r in records)
        figures["below_minuit"] = sum(r["below_minuit"] for r in records)
    return figures


def limits(kind, figures):
    """{figure: the largest value that is accepted}."""
    out = {"nll_disagreements": 0, "above_same_start": 0, "not_a_minimum": 0, "negative_density": 0}
    if kind == "peaks":
        out["above_truth_start"] = 0
    else:
        out["above_best"] = int(MISSED_SHARE * figures["cases"])
    return out


LABELS = {
    "cases": "cases",
    "fits": "fits by toyfarm",
    "status": "their status",
    "worst_nll_difference": "largest difference between its NLL and the independent one",
    "nll_disagreements": "fits whose NLL is not the independent one (1e-6 + 1e-10 of it)",
    "above_same_start": f"above Minuit from the same start by more than {ABOVE}",
    "above_best": f"above the best Minuit search by more than {ABOVE}",
    "above_truth_start": f"above its own fit from the truth by more than {ABOVE_TRUTH}",
    "not_a_minimum": "called converged, but no minimum within limits",
    "negative_density": "ends where a density is negative in its window",
    "minuit_above_best": "Minuit from the same start above the best",
    "below_minuit": "below Minuit from the same start",
}


def table(all_figures):
    kinds = list(all_figures)
    lines = ["| | " + " | ".join(kinds) + " | accepted |", "|---|" + "---|" * (len(kinds) + 1)]
    for key, label in LABELS.items():
        if not any(key in all_figures[k] for k in kinds):
            continue
        cells, accepted = [], []
        for kind in kinds:
            value = all_figures[kind].get(key, "")
            if isinstance(value, dict):
                value = ", ".join(f"{n} {s}" for s, n in sorted(value.items()))
            elif isinstance(value, float):
                value = f"{value:.2g}"
            limit = limits(kind, all_figures[kind]).get(key)
            if limit is not None and key in all_figures[kind]:
                accepted.append(str(limit))
                if all_figures[kind][key] > limit:
                    value = f"**{value}**"
            cells.append(str(value))
        lines.append(f"| {label} | " + " | ".join(cells) + " | " + ", ".join(dict.fromkeys(accepted)) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description="Fits of toyfarm beside Minuit's, on an independent likelihood.")
    parser.add_argument("program", metavar="PROGRAM")
    parser.add_argument("--kind", nargs="+", choices=list(generate.KINDS), default=list(generate.KINDS))
    parser.add_argument("--n", type=int, help="cases of each kind; default: " + ", ".join(f"{n} {k}" for k, n in generate.KINDS.items()))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--case", type=int, help="only this one; says all about it")
    parser.add_argument("--short", action="store_true", help=", ".join(f"{n} {k}" for k, n in SHORT.items()) + f" of {SHORT_STARTS} starts; two searches by Minuit for a spec")
    parser.add_argument("--keep", metavar="DIR", help="leaves spec and data of the failing cases (or of --case) there")
    parser.add_argument("--json", metavar="OUT", help="all points and figures")
    args = parser.parse_args()
    program, everything, all_figures = Program(args.program), {}, {}
    for kind in args.kind:
        n = args.n if args.n is not None else SHORT[kind] if args.short else generate.KINDS[kind]
        numbers = range(n) if args.case is None else [args.case]
        records, began, program.seconds = {}, time.monotonic(), 0.0
        for number in numbers:
            with tempfile.TemporaryDirectory() as scratch:
                record = compare_case(program, kind, args.seed, number, pathlib.Path(scratch), args.short)
            records[number] = record
            if record["faults"] or args.case is not None:
                print(describe(kind, args.seed, number, record), flush=True)
                if args.keep:
                    generate.write(generate.generate(kind, args.seed, number), pathlib.Path(args.keep) / f"{kind}_{args.seed}_{number}")
        everything[kind] = records
        all_figures[kind] = tally(kind, list(records.values()))
        print(f"{kind}: {time.monotonic() - began:.0f} s, of which toyfarm {program.seconds:.0f} s", flush=True)
    print("\n" + table(all_figures))
    if args.json:
        pathlib.Path(args.json).write_text(json.dumps({"seed": args.seed, "figures": all_figures, "cases": everything}, indent=1, default=lambda v: v.item()))
    missed = [(kind, key) for kind, figures in all_figures.items() for key, limit in limits(kind, figures).items() if figures[key] > limit]
    for kind, key in missed:
        print(f"MISSED: {kind}: {LABELS[key]}: {all_figures[kind][key]}")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
