#!/usr/bin/env python3
"""Writes the specs of the benchmark's mixes of densities, one file each, for a chosen number of expected events.

usage: make_mixes.py --events N --out DIR [--only NAME ...]
No data: toys are drawn from the values in the specs. All yields scale with N, and so do the bounds of the yields that are parameters.
The models are identifiable: what the events alone would leave loose (tail exponents, a resolution beside a width, ARGUS' p) has a
Gaussian constraint, so that fits converge from 10,000 events on.
"""
import argparse
import json
import math
import pathlib
import random

MASS = ("mass", 60.0, 120.0)
WIDTH = 150  # of a line of a written spec


def par(name, init, lo, hi, sigma=None):
    out = {"name": name, "init": init, "bounds": [lo, hi]}
    if sigma is not None:
        out["constraint"] = {"type": "gaussian", "mean": init, "sigma": sigma}
    return out


def count(name, events):
    """A parameter that is itself a number of events."""
    return par(name, events, 0.0, 3.0 * events)


def pdf(kind, observable, params=None, **more):
    out = {"type": kind, "observable": observable}
    if params is not None:
        out["params"] = params
    out.update(more)
    return out


def scaled(events, scale="mu", modifiers=None):
    return {"type": "scaled", "base_yield": events, "scale": scale, **({"modifiers": modifiers} if modifiers else {})}


def fixed(events):
    return {"type": "fixed", "value": events}


def parameter(name, modifiers=None):
    return {"type": "parameter", "name": name, **({"modifiers": modifiers} if modifiers else {})}


def channel(name, observables, *processes):
    return {
        "name": name,
        "observables": [{"name": o, "bounds": [lo, hi]} for o, lo, hi in observables],
        "processes": [{"name": p, "pdf": density, "yield": events} for p, density, events in processes],
    }


def spec(parameters, *channels):
    return {"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": "mu", "parameters": parameters}, "channels": list(channels)}


MU = par("mu", 1.0, 0.0, 5.0)


def on_mass(n, share, signal, slope, parameters):
    """A signal on an exponential, both in one window: the form of the first three mixes, whose background's yield is fixed."""
    return spec([MU, *parameters, par("lambda_bkg", slope, -0.1, -0.001)],
                channel("main", [MASS], ("signal", signal, scaled(n * share)),
                        ("background", pdf("exponential", "mass", ["lambda_bkg"]), fixed(n * (1 - share)))))


def gauss_exp(n):
    return on_mass(n, 0.25, pdf("gaussian", "mass", ["mu_sig", "sigma_sig"]), -0.03,
                   [par("mu_sig", 91.0, 85.0, 95.0), par("sigma_sig", 2.5, 0.5, 10.0)])


def cb_exp(n):
    return on_mass(n, 0.2, pdf("crystal_ball", "mass", ["mu_cb", "sigma_cb", "alpha_cb", "n_cb"]), -0.025,
                   [par("mu_cb", 91.0, 85.0, 95.0), par("sigma_cb", 2.5, 0.5, 10.0), par("alpha_cb", 1.5, 0.3, 5.0), par("n_cb", 5.0, 1.5, 50.0, 1.0)])


def dcb_exp(n):
    return on_mass(n, 0.25, pdf("double_crystal_ball", "mass", ["mu_dcb", "sigma_dcb", "alpha_l", "n_l", "alpha_r", "n_r"]), -0.02,
                   [par("mu_dcb", 91.0, 85.0, 95.0), par("sigma_dcb", 3.0, 0.5, 10.0), par("alpha_l", 1.5, 0.3, 5.0), par("n_l", 5.0, 1.5, 50.0, 1.0),
                    par("alpha_r", 2.0, 0.3, 5.0), par("n_r", 6.0, 1.5, 50.0, 1.0)])


def voigt_exp(n):
    return spec([MU, par("mu_z", 91.2, 85.0, 97.0), par("sigma_z", 1.5, 0.3, 5.0, 0.15), par("gamma_z", 1.25, 0.2, 5.0), par("lambda_bkg", -0.03, -0.1, -0.001),
                 count("n_bkg", 0.6 * n)],
                channel("main", [MASS], ("signal", pdf("voigtian", "mass", ["mu_z", "sigma_z", "gamma_z"]), scaled(0.4 * n)),
                        ("background", pdf("exponential", "mass", ["lambda_bkg"]), parameter("n_bkg"))))


def argus_gauss(n):
    return spec([MU, par("m_b", 5.2795, 5.27, 5.285), par("sigma_b", 0.0026, 0.001, 0.006), par("c", -20.0, -60.0, 10.0), par("p", 0.5, 0.1, 1.5, 0.05),
                 count("n_bkg", 0.8 * n)],
                channel("main", [("m_es", 5.20, 5.29)], ("signal", pdf("gaussian", "m_es", ["m_b", "sigma_b"]), scaled(0.2 * n)),
                        ("background", pdf("argus", "m_es", ["c", "p"]), parameter("n_bkg"))))


def cheb5_gauss(n):
    values = {"c1": -0.6, "c2": 0.15, "c3": -0.04, "c4": 0.02, "c5": -0.01}
    return spec([MU, par("m_h", 125.0, 115.0, 135.0), par("sigma_h", 1.8, 0.5, 6.0), *(par(name, c, -1.0, 1.0) for name, c in values.items()),
                 count("n_bkg", 0.85 * n)],
                channel("main", [("m_yy", 100.0, 160.0)], ("signal", pdf("gaussian", "m_yy", ["m_h", "sigma_h"]), scaled(0.15 * n)),
                        ("background", pdf("chebyshev", "m_yy", list(values)), parameter("n_bkg"))))


def peak_on(n, background):
    """A Gaussian on a template that has no parameters."""
    return spec([MU, par("mu_sig", 91.0, 85.0, 95.0), par("sigma_sig", 2.5, 0.5, 10.0), count("n_bkg", 0.8 * n)],
                channel("main", [MASS], ("signal", pdf("gaussian", "mass", ["mu_sig", "sigma_sig"]), scaled(0.2 * n)),
                        ("background", background, parameter("n_bkg"))))


def spline_gauss(n):
    return peak_on(n, pdf("spline", "mass", knots_x=[60.0, 65.0, 70.0, 76.0, 83.0, 91.0, 100.0, 110.0, 120.0],
                          knots_y=[3.0, 4.4, 5.2, 5.0, 4.3, 3.4, 2.5, 1.7, 1.2]))


def kde_gauss(n):
    """200 centres of a falling spectrum with a broad shoulder, as simulated events would give them."""
    draw = random.Random(20).random
    centers = []
    while len(centers) < 200:
        x = 60.0 + 60.0 * draw()
        if 1.5 * draw() < math.exp(-(x - 60.0) / 35.0) + 0.4 * math.exp(-0.5 * ((x - 78.0) / 7.0) ** 2):
            centers.append(round(x, 3))
    return peak_on(n, pdf("kde", "mass", bandwidth=0.7, centers=sorted(centers)))


def histogram_gauss(n):
    edges = [60.0 + 1.5 * i for i in range(41)]
    content = [round(1000 * math.exp(-0.025 * (x + 0.75 - 60.0)) * (1 + 0.05 * math.sin(x)), 1) for x in edges[:-1]]
    return peak_on(n, pdf("histogram", "mass", bin_edges=edges, bin_content=content))


def three_process(n):
    return spec([MU, par("mu_low", 78.0, 72.0, 84.0), par("sigma_low", 3.0, 1.0, 8.0), par("mu_high", 100.0, 95.0, 106.0), par("sigma_high", 2.0, 0.5, 6.0),
                 par("lambda_bkg", -0.02, -0.1, -0.001), count("n_high", 0.1 * n), count("n_bkg", 0.75 * n)],
                channel("main", [MASS], ("low", pdf("gaussian", "mass", ["mu_low", "sigma_low"]), scaled(0.15 * n)),
                        ("high", pdf("gaussian", "mass", ["mu_high", "sigma_high"]), parameter("n_high")),
                        ("background", pdf("exponential", "mass", ["lambda_bkg"]), parameter("n_bkg"))))


def two_channel(n):
    """Peak and slope are shared; luminosity and a migration between the channels are nuisance parameters."""
    lumi = {"type": "normsys", "param": "luminosity", "lo": 0.975, "hi": 1.025}

    def migration(lo, hi):
        return {"type": "weightsys", "param": "migration", "lo": lo, "hi": hi, "interp_code": "code4p"}

    signal = pdf("gaussian", "mass", ["mu_sig", "sigma_sig"])
    background = pdf("exponential", "mass", ["lambda_bkg"])
    return spec([MU, par("mu_sig", 91.0, 85.0, 95.0), par("sigma_sig", 2.5, 0.5, 10.0), par("lambda_bkg", -0.03, -0.1, -0.001),
                 par("luminosity", 0.0, -5.0, 5.0, 1.0), par("migration", 0.0, -5.0, 5.0, 1.0), count("n_central", 0.45 * n), count("n_forward", 0.3 * n)],
                channel("central", [MASS], ("signal", signal, scaled(0.15 * n, modifiers=[lumi, migration(0.96, 1.05)])),
                        ("background", background, parameter("n_central"))),
                channel("forward", [MASS], ("signal", signal, scaled(0.1 * n, modifiers=[lumi, migration(1.06, 0.93)])),
                        ("background", background, parameter("n_forward"))))


def product2d(n):
    def product(*parts):
        return {"type": "product", "components": list(parts)}

    return spec([MU, par("mu_sig", 91.0, 85.0, 95.0), par("sigma_sig", 2.5, 0.5, 10.0), par("decay", -0.6, -2.0, -0.05), par("lambda_bkg", -0.03, -0.1, -0.001),
                 par("c1", -0.3, -0.9, 0.9), par("c2", 0.1, -0.9, 0.9), count("n_bkg", 0.7 * n)],
                channel("main", [MASS, ("time", 0.0, 10.0)],
                        ("signal", product(pdf("gaussian", "mass", ["mu_sig", "sigma_sig"]), pdf("exponential", "time", ["decay"])), scaled(0.3 * n)),
                        ("background", product(pdf("exponential", "mass", ["lambda_bkg"]), pdf("chebyshev", "time", ["c1", "c2"])), parameter("n_bkg"))))


def narrow_peak(n):
    return spec([MU, par("mu_sig", 91.0, 90.0, 92.0), par("sigma_sig", 0.05, 0.01, 0.5), par("lambda_bkg", -0.03, -0.1, -0.001), count("n_bkg", 0.9 * n)],
                channel("main", [MASS], ("signal", pdf("gaussian", "mass", ["mu_sig", "sigma_sig"]), scaled(0.1 * n)),
                        ("background", pdf("exponential", "mass", ["lambda_bkg"]), parameter("n_bkg"))))


def weak_signal(n, narrowest):
    """A bump of one per mille that may sit anywhere on an exponential, of width 1 or free from `narrowest` on."""
    width = par("sigma_sig", 1.0, min(narrowest, 0.5), 20.0)
    if narrowest >= 1:
        width["fixed"] = True
    return spec([MU, par("mu_sig", 50.0, 0.0, 100.0), width, par("lambda_bkg", -0.02, -1.0, 1.0), count("n_bkg", n)],
                channel("main", [("x", 0.0, 100.0)], ("signal", pdf("gaussian", "x", ["mu_sig", "sigma_sig"]), scaled(5e-4 * n)),
                        ("background", pdf("exponential", "x", ["lambda_bkg"]), parameter("n_bkg"))))


def weak_fixed(n):
    return weak_signal(n, 1)


def weak_free(n):
    return weak_signal(n, 0.5)


def weak_narrow(n):
    return weak_signal(n, 0.01)


# Toys of searches: not among the mixes, whose toys all have one minimum.
WEAK = {f.__name__: f for f in (weak_fixed, weak_free, weak_narrow)}
MIXES = {f.__name__: f for f in (gauss_exp, cb_exp, dcb_exp, voigt_exp, argus_gauss, cheb5_gauss, spline_gauss, kde_gauss, histogram_gauss, three_process, two_channel,
                                 product2d, narrow_peak)}


def tidy(value, indent=0):
    """JSON whose values stand on one line where they fit, and long lists of numbers in full lines."""
    line = json.dumps(value)
    if indent + len(line) <= WIDTH or not isinstance(value, (dict, list)):
        return line
    pad = "\n" + " " * (indent + 2)
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {tidy(item, indent + 2)}" for key, item in value.items()]
        return "{" + pad + ("," + pad).join(items) + "\n" + " " * indent + "}"
    if all(isinstance(item, float) for item in value):
        lines = [""]
        for item in map(json.dumps, value):
            if indent + 3 + len(lines[-1]) + len(item) > WIDTH:
                lines.append("")
            lines[-1] += (", " if lines[-1] else "") + item
        return "[" + pad + ("," + pad).join(lines) + "\n" + " " * indent + "]"
    return "[" + pad + ("," + pad).join(tidy(item, indent + 2) for item in value) + "\n" + " " * indent + "]"


def whole(value):
    """Numbers without the dust of multiplying the events with a share: 7500.000000000001 is 7500."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def write(folder, events, names=MIXES):
    """Writes the named mixes to a folder; their paths by name."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = {}
    for name in names:
        paths[name] = folder / f"{name}.json"
        paths[name].write_text(tidy(whole((MIXES | WEAK)[name](float(events)))) + "\n")
    return paths


def main():
    parser = argparse.ArgumentParser(description="Writes the specs of the benchmark's mixes of densities.")
    parser.add_argument("--events", type=float, required=True, help="expected events per toy, over all channels")
    parser.add_argument("--out", required=True, help="folder to write to")
    parser.add_argument("--only", nargs="+", choices=list(MIXES | WEAK), default=list(MIXES), metavar="NAME", help="of " + ", ".join(MIXES | WEAK))
    args = parser.parse_args()
    if not (math.isfinite(args.events) and args.events > 0):
        parser.error("--events must be a positive number")
    write(args.out, args.events, args.only)


if __name__ == "__main__":
    main()
