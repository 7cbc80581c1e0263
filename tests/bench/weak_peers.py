#!/usr/bin/env python3
"""Toys of a weak signal by a peer: generated and fitted from the generation point, one start, with errors by HESSE. Prints JSON with toys/s by CPU time.

usage: weak_peers.py iminuit|roofit weak_fixed|weak_free|weak_narrow EVENTS TOYS
The models are those of make_mixes.py. iminuit: the NLL in one numba loop if numba is there, else in NumPy.
"""
import json
import math
import sys
import time

import numpy as np

LO, HI = 0.0, 100.0
peer, name, events, toys = sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4])
narrowest = {"weak_fixed": 1.0, "weak_free": 0.5, "weak_narrow": 0.01}[name]
base = 5e-4 * events
truth = {"mu": 1.0, "mean": 50.0, "sigma": 1.0, "lam": -0.02, "n": events}
limits = {"mu": (0.0, 5.0), "mean": (LO, HI), "sigma": (min(narrowest, 0.5), 20.0), "lam": (-1.0, 1.0), "n": (0.0, 3 * events)}
rng = np.random.default_rng(42)


def draw():
    u = rng.random(rng.poisson(events))
    background = np.log(1 + u * (math.exp(truth["lam"] * HI) - 1)) / truth["lam"]
    return np.concatenate([rng.normal(50.0, 1.0, rng.poisson(base)), background])


def report(cpu, **more):
    print(json.dumps({"toys_per_s": toys / cpu, "toys": toys, **more}))


def by_iminuit():
    from iminuit import Minuit

    def total(x, signal, mean, sigma, background, lam):
        z = (x - mean) / sigma
        return np.log(signal * np.exp(-0.5 * z * z) + background * np.exp(lam * x)).sum()

    try:
        import numba

        @numba.njit(fastmath=True)
        def loop(x, signal, mean, sigma, background, lam):
            t = 0.0
            for v in x:
                z = (v - mean) / sigma
                t += math.log(signal * math.exp(-0.5 * z * z) + background * math.exp(lam * v))
            return t

        loop(np.array([1.0]), 1.0, 1.0, 1.0, 1.0, -0.1)
        engine = "numba"
    except ImportError:
        loop, engine = total, "numpy"

    def fit(x):
        def cost(mu, mean, sigma, lam, n):
            inside = sigma * math.sqrt(math.pi / 2) * (math.erf((HI - mean) / sigma / math.sqrt(2)) - math.erf((LO - mean) / sigma / math.sqrt(2)))
            slope = lam if abs(lam) > 1e-12 else 1e-12
            return 2 * (base * mu + n - loop(x, base * mu / inside, mean, sigma, n * slope / math.expm1(slope * HI), slope))

        cost.errordef = 1.0
        minuit = Minuit(cost, **truth)
        for key, bounds in limits.items():
            minuit.limits[key] = bounds
        minuit.fixed["sigma"] = name == "weak_fixed"
        minuit.migrad()
        minuit.hesse()

    start = time.process_time()
    for _ in range(toys):
        fit(draw())
    report(time.process_time() - start, engine=engine)


def by_roofit():
    import ROOT

    ROOT.gErrorIgnoreLevel = 4000
    ROOT.RooMsgService.instance().setGlobalKillBelow(ROOT.RooFit.ERROR)
    x = ROOT.RooRealVar("x", "", LO, HI)
    p = {key: ROOT.RooRealVar(key, "", truth[key], *limits[key]) for key in truth}
    p["sigma"].setConstant(name == "weak_fixed")
    gauss = ROOT.RooGaussian("g", "", x, p["mean"], p["sigma"])
    falling = ROOT.RooExponential("e", "", x, p["lam"])
    factor = ROOT.RooConstVar("base", "", base)
    signal = ROOT.RooProduct("ns", "", ROOT.RooArgList(factor, p["mu"]))
    model = ROOT.RooAddPdf("pdf", "", ROOT.RooArgList(gauss, falling), ROOT.RooArgList(signal, p["n"]))
    ROOT.RooRandom.randomGenerator().SetSeed(42)
    start = time.process_time()
    for _ in range(toys):
        for key, value in truth.items():
            p[key].setVal(value)
        data = model.generate(ROOT.RooArgSet(x), ROOT.RooFit.Extended(True))
        model.fitTo(data, ROOT.RooFit.Save(), ROOT.RooFit.PrintLevel(-1), ROOT.RooFit.Extended(True), ROOT.RooFit.Hesse(True), ROOT.RooFit.EvalBackend("cpu"))
    report(time.process_time() - start, version=ROOT.gROOT.GetVersion())


{"iminuit": by_iminuit, "roofit": by_roofit}[peer]()
