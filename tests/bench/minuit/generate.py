"""Random fits, each a pure function of (kind, seed, number): spec with its start, events, truth, and further starts for the search.

datasets   a Gaussian on an exponential: 50 to 2,000 on 1,000 to 10,000 events
specs      one to three channels and processes over all densities, with shared parameters, modifiers, constraints and bounds near the truth
peaks      3,000 events of a peak of 1e-5 to 1e-1 of the window on 150,000 of an exponential, 20 starts anywhere inside the bounds
"""
import dataclasses
import itertools
import json
import math
import pathlib

import numpy as np

import likelihood

KINDS = {"datasets": 1000, "specs": 300, "peaks": 20}  # and how many make a full comparison
CELLS = 20000  # of the grid that events are drawn from


@dataclasses.dataclass
class Case:
    spec: dict
    data: dict  # by channel, then by column
    truth: np.ndarray
    starts: list  # further starts, beside the spec's init


def generate(kind, seed, number):
    rng = np.random.default_rng([list(KINDS).index(kind), seed, number])
    return {"datasets": dataset, "specs": random_spec, "peaks": peak}[kind](rng, number)


def write(case, folder, init=None):
    """Writes spec.json and one HDF5 file per channel; the path of the spec."""
    import h5py

    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    spec = json.loads(json.dumps(case.spec))
    for channel in spec["channels"]:
        file = folder / f"{channel['name']}.h5"
        with h5py.File(file, "w") as out:
            for name, column in case.data[channel["name"]].items():
                out[name] = column
        channel["data"] = {"file": file.name}
    return write_spec(spec, folder / "spec.json", init)


def write_spec(spec, path, init=None):
    if init is not None:
        for parameter, value in zip(spec["model"]["parameters"], init):
            parameter["init"] = float(value)
    path.write_text(json.dumps(spec, indent=1))
    return path


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def parameter(name, init, low, high, **more):
    return {"name": name, "init": float(init), "bounds": [float(low), float(high)], **more}


# ------------------------------------------------------------------------------------------------- one peak on an exponential
def truncated_exponential(rng, n, scale, low, high):
    far = math.exp(-(high - low) / scale)
    return low - scale * np.log1p(-rng.random(n) * (1 - far))


def peak_spec(parameters, window):
    def process(name, density, names):
        return {"name": name, "pdf": {"type": density, "observable": "x", "params": names}, "yield": {"type": "parameter", "name": "n_" + name}}

    return {
        "schema_version": "nextstat_unbinned_spec_v0",
        "model": {"poi": "n_peak", "parameters": parameters},
        "channels": [
            {
                "name": "main",
                "observables": [{"name": "x", "bounds": list(window)}],
                "processes": [process("peak", "gaussian", ["mu", "sigma"]), process("floor", "exponential", ["slope"])],
            }
        ],
    }


def gaussian_inside(rng, n, mu, sigma, low, high):
    out = np.empty(0)
    while out.size < n:
        x = rng.normal(mu, sigma, n)
        out = np.concatenate((out, x[(x > low) & (x < high)]))
    return out[:n]


def dataset(rng, number):
    low, high = 60.0, 120.0
    n_peak, n_floor = int(log_uniform(rng, 50, 2000)), int(log_uniform(rng, 1000, 10000))
    mu, sigma, scale = rng.uniform(65, 115), log_uniform(rng, 0.3, 5), log_uniform(rng, 20, 100)
    x = np.concatenate((gaussian_inside(rng, n_peak, mu, sigma, low, high), truncated_exponential(rng, n_floor, scale, low, high)))
    slope = -1 / scale

    def start():
        s = sigma * 2 ** rng.uniform(-1, 1)
        yields = n_peak * math.exp(rng.uniform(-1, 1)), n_floor * math.exp(rng.uniform(-1, 1))
        return [*yields, float(np.clip(mu + rng.uniform(-1, 1) * sigma, 65, 115)), s, slope * math.exp(rng.uniform(-0.7, 0.7))]

    def anywhere():
        share = rng.uniform(0.005, 0.5)
        return [share * x.size, (1 - share) * x.size, rng.uniform(65, 115), log_uniform(rng, 0.31, 10), rng.uniform(-0.06, 0.01)]

    first = start()
    bounds = [(0, 5e5), (0, 5e5), (65, 115), (0.3 if number % 2 else 0.01, 20), (-1, 1)]
    first = np.clip(first, *np.array(bounds, float).T)
    names = ["n_peak", "n_floor", "mu", "sigma", "slope"]
    spec = peak_spec([parameter(n, v, *b) for n, v, b in zip(names, first, bounds)], (low, high))
    starts = [np.array(f()) for f in (start, start, anywhere, anywhere)]
    starts = [np.clip(s, *np.array(bounds, float).T) for s in starts]
    return Case(spec, {"main": {"x": x}}, np.array([n_peak, n_floor, mu, sigma, slope]), starts)


def peak(rng, number):
    low, high = 60.0, 120.0
    sigma = (high - low) * log_uniform(rng, 1e-5, 1e-1)
    mu = rng.uniform(86, 96)
    x = np.concatenate((gaussian_inside(rng, 3000, mu, sigma, low, high), truncated_exponential(rng, 150000, 50, low, high)))
    bounds = [(0, 1e6), (0, 1e6), (85, 97), (min(0.001, sigma / 10), 10), (-1, 1)]
    truth = np.array([3000, 150000, mu, sigma, -0.02])
    starts = [
        np.array([log_uniform(rng, 10, 1e6), log_uniform(rng, 10, 1e6), rng.uniform(85, 97), log_uniform(rng, *bounds[3]), rng.uniform(-1, 1)])
        for _ in range(20)
    ]
    names = ["n_peak", "n_floor", "mu", "sigma", "slope"]
    spec = peak_spec([parameter(n, v, *b) for n, v, b in zip(names, truth, bounds)], (low, high))
    return Case(spec, {"main": {"x": x}}, truth, starts)


# ----------------------------------------------------------------------------------------------------------------- random specs
class Builder:
    """Collects parameters. A role is what a parameter means; a later channel may take an earlier one's parameter of its role."""

    def __init__(self, rng):
        self.rng = rng
        self.parameters, self.truth, self.spread, self.roles = [], [], [], {}

    def add(self, role, truth, low, high, spread, constraint=None):
        """A new parameter, its start drawn later from truth and spread: a number is an addition, ("log", s) a factor."""
        name = f"{role}{len(self.parameters)}"
        if self.rng.random() < 0.06 and not isinstance(constraint, dict):  # a bound that the minimum may well lie beyond
            step = abs(truth) * 0.03 if isinstance(spread, tuple) else spread * 0.2
            if self.rng.random() < 0.5:
                low = max(low, truth - step * self.rng.random())
            else:
                high = min(high, truth + step * self.rng.random())
        more = {"constraint": constraint} if constraint else {}
        self.parameters.append(parameter(name, truth, low, high, **more))
        self.truth.append(truth)
        self.spread.append(spread)
        self.roles.setdefault(role, []).append(name)
        return name

    def shared(self, role, taken, make):
        """With some probability a parameter of an earlier channel, else a new one."""
        candidates = [n for n in self.roles.get(role, []) if n not in taken]
        name = str(self.rng.choice(candidates)) if candidates and self.rng.random() < 0.35 else make()
        taken.add(name)
        return name

    def draw_start(self):
        out = []
        for p, truth, spread in zip(self.parameters, self.truth, self.spread):
            low, high = p["bounds"]
            for _ in range(50):
                value = truth * math.exp(self.rng.uniform(-1, 1) * spread[1]) if isinstance(spread, tuple) else truth + self.rng.uniform(-1, 1) * spread
                if low <= value <= high:
                    break
            else:
                value = min(max(value, low), high)
            out.append(value)
        return np.array(out)


MAIN = ["gaussian", "exponential", "crystal_ball", "double_crystal_ball", "chebyshev", "argus", "voigtian", "histogram", "spline", "kde"]
SIDE = ["gaussian", "exponential", "chebyshev", "histogram", "spline"]


def density(build, kind, observable, window, taken):
    """A density's spec; `taken` are the names of parameters that this channel uses already."""
    rng, (a, b) = build.rng, window
    width = b - a
    out = {"type": kind, "observable": observable}

    def get(role, truth, low, high, spread, constraint=None):
        # Roles hold for one window only: a location of another observable means nothing here.
        return build.shared(f"{role}_{observable}", taken, lambda: build.add(f"{role}_{observable}", truth, low, high, spread, constraint))

    def location():
        truth = a + width * rng.uniform(0.2, 0.8)
        return get("mu", truth, max(a, truth - width * rng.uniform(0.1, 0.4)), min(b, truth + width * rng.uniform(0.1, 0.4)), 0.03 * width)

    def resolution():
        truth = width * log_uniform(rng, 0.008, 0.1)
        return get("sigma", truth, truth / rng.uniform(3, 20), truth * rng.uniform(3, 8), ("log", 0.7))

    def tail():
        alpha, n = rng.uniform(0.8, 2.0), rng.uniform(1.8, 8)
        constraint = {"type": "gaussian", "mean": n, "sigma": 0.2 * n} if rng.random() < 0.7 else None
        return [get("alpha", alpha, 0.3, 5, ("log", 0.4)), get("n", n, 1.1, 50, ("log", 0.3), constraint)]

    if kind == "gaussian":
        out["params"] = [location(), resolution()]
    elif kind == "exponential":
        out["params"] = [get("slope", rng.uniform(-4, 1) / width, -12 / width, 8 / width, 1.5 / width)]
    elif kind == "crystal_ball":
        out["params"] = [location(), resolution(), *tail()]
    elif kind == "double_crystal_ball":
        out["params"] = [location(), resolution(), *tail(), *tail()]
    elif kind == "chebyshev":
        order = int(rng.integers(1, 5))
        c = positive_polynomial(rng, order)
        out["params"] = [build.add(f"c{k}_", value, -1.5, 1.5, 0.2) for k, value in enumerate(c, 1)]
    elif kind == "argus":
        top = 1 - (a / b) ** 2
        out["params"] = [get("c", rng.uniform(-6, 1) / top, -20 / top, 5 / top, 1.5 / top), get("p", rng.uniform(0.2, 1.5), 0, 4, ("log", 0.5))]
    elif kind == "voigtian":
        gamma = width * log_uniform(rng, 0.005, 0.06)
        s = width * log_uniform(rng, 0.008, 0.05)
        sigma = get("resolution", s, s / 10, s * 5, ("log", 0.4), {"type": "gaussian", "mean": s, "sigma": 0.1 * s})
        out["params"] = [location(), sigma, get("gamma", gamma, gamma / 10, gamma * 6, ("log", 0.7))]
    elif kind == "histogram":
        n = int(rng.integers(3, 40))
        inner = np.sort(rng.uniform(a, b, n - 1)) if rng.random() < 0.3 else np.linspace(a, b, n + 1)[1:-1]
        out["bin_edges"] = [a, *inner.tolist(), b]
        out["bin_content"] = (np.diff(out["bin_edges"]) * rng.uniform(0.2, 1, n)).tolist()
        if rng.random() < 0.3:
            out["pseudo_count"] = 0.1 * float(np.mean(out["bin_content"]))
    elif kind == "spline":
        n = int(rng.integers(3, 9))
        out["knots_x"] = [a, *np.sort(rng.uniform(a + 0.02 * width, b - 0.02 * width, n - 2)).tolist(), b]
        out["knots_y"] = rng.uniform(0.2, 2, n).tolist()
    elif kind == "kde":
        out["bandwidth"] = width * rng.uniform(0.01, 0.06)
        out["centers"] = np.clip(a + width * rng.beta(2, 3, int(rng.integers(5, 120))), a, b).tolist()
        if rng.random() < 0.5:
            out["weights"] = rng.uniform(0.1, 2, len(out["centers"])).tolist()
    return out


def positive_polynomial(rng, order):
    """Coefficients of a polynomial that is positive on [-1, 1]; a quarter of them come close to zero somewhere."""
    y = np.linspace(-1, 1, 501)
    while True:
        c = rng.uniform(-0.8, 0.8, order) / np.arange(1, order + 1)
        depth = -np.polynomial.chebyshev.chebval(y, [0, *c]).min()
        if rng.random() < 0.25:
            c *= 0.99 / depth
            depth = 0.99
        if depth < 0.995:
            return c.tolist()


def modifiers(build):
    rng, out = build.rng, []
    for _ in range(int(rng.choice([0, 0, 0, 1, 1, 2]))):
        size = log_uniform(rng, 0.02, 0.5)
        form = rng.random()
        if form < 0.6:
            lo, hi = 1 - size, 1 + size * rng.uniform(0.5, 1.5)
        elif form < 0.85:
            lo, hi = 1 + size, 1 - size * rng.uniform(0.3, 1)
        else:  # both variations pull the same way
            lo, hi = 1 + size * rng.uniform(0.3, 1), 1 + size
        nuisance = build.shared(
            "nuisance",
            set(),
            lambda: build.add("nuisance", float(rng.choice([0, rng.normal()])), -5, 5, 1.5, {"type": "gaussian", "mean": 0.0, "sigma": 1.0}),
        )
        if any(m["param"] == nuisance for m in out):
            continue
        out.append({"type": "normsys", "param": nuisance, "lo": lo, "hi": hi})
        if rng.random() < 0.6:
            out[-1].update(type="weightsys", interp_code=str(rng.choice(["code0", "code4p"])))
    return out


def event_yield(build, events, sole):
    """A yield whose truth is close to `events`. The only process of a channel is not left without a parameter."""
    rng, mods = build.rng, modifiers(build)
    form = rng.random()
    if form < 0.6 or (sole and form > 0.9):
        out = {"type": "parameter", "name": build.add("n", events, 0, events * rng.uniform(3, 20), ("log", 1.0))}
    elif form < 0.9:
        scale = build.shared("mu_scale", set(), lambda: build.add("mu_scale", rng.uniform(0.5, 1.5), 0, rng.uniform(4, 20), ("log", 1.0)))
        out = {"type": "scaled", "base_yield": events, "scale": scale}
    else:
        out = {"type": "fixed", "value": events}
    if mods:
        out["modifiers"] = mods
    return out


def channel(build, name):
    rng = build.rng
    two = rng.random() < 0.15
    windows = {"x": (60.0, 120.0), **({"t": (0.0, 10.0)} if two else {})}
    n_events, n_processes = log_uniform(rng, 300, 5000), int(rng.integers(1, 4))
    shares = rng.dirichlet(np.full(n_processes, 2.0))
    shares = (shares + 0.05) / (1 + 0.05 * n_processes)
    taken, processes = set(), []
    for k, (kind, share) in enumerate(zip(rng.choice(MAIN, n_processes, replace=False), shares)):
        pdf = density(build, str(kind), "x", windows["x"], taken)
        if two:
            pdf = {"type": "product", "components": [pdf, density(build, str(rng.choice(SIDE)), "t", windows["t"], taken)]}
        processes.append({"name": f"p{k}", "pdf": pdf, "yield": event_yield(build, float(n_events * share), n_processes == 1)})
    return {"name": name, "observables": [{"name": n, "bounds": list(w)} for n, w in windows.items()], "processes": processes}


def draw_column(rng, pdf, window, names, truth, n):
    """Events of a one-dimensional density: a cell of a fine grid by its mass, then anywhere in the cell."""
    a, b = window
    half = (b - a) / CELLS / 2
    centres = np.linspace(a + half, b - half, CELLS)
    on_grid = likelihood.make_density(pdf, {pdf["observable"]: window}, {pdf["observable"]: centres})
    with np.errstate(all="ignore"):
        mass = np.exp(on_grid.log_p(np.array([truth[names.index(p)] for p in on_grid.params])))
    cell = rng.choice(CELLS, n, p=mass / mass.sum())
    return centres[cell] + rng.uniform(-half, half, n)


def draw(rng, spec, truth):
    names = [p["name"] for p in spec["model"]["parameters"]]
    index = {n: j for j, n in enumerate(names)}
    data = {}
    for c in spec["channels"]:
        windows = {o["name"]: tuple(o["bounds"]) for o in c["observables"]}
        parts = {o: [] for o in windows}
        for p in c["processes"]:
            n = int(rng.poisson(likelihood.Yield(p["yield"], index)(truth)))
            for pdf in p["pdf"].get("components", [p["pdf"]]):
                parts[pdf["observable"]].append(draw_column(rng, pdf, windows[pdf["observable"]], names, truth, n))
        data[c["name"]] = {o: np.concatenate(columns) for o, columns in parts.items()}
    return data


def random_spec(rng, number):
    while True:
        build = Builder(rng)
        channels = [channel(build, f"c{k}") for k in range(int(rng.integers(1, 4)))]
        if not build.parameters:
            continue
        spec = {"schema_version": "nextstat_unbinned_spec_v0", "model": {"poi": build.parameters[0]["name"], "parameters": build.parameters}, "channels": channels}
        truth = np.array(build.truth)
        data = draw(rng, spec, truth)
        if any(next(iter(columns.values())).size < 20 for columns in data.values()):
            continue
        nll = likelihood.Likelihood(spec, data)
        starts = list(itertools.islice((s for s in (build.draw_start() for _ in range(400)) if math.isfinite(nll(s))), 5))
        if len(starts) == 5:
            for p, value in zip(spec["model"]["parameters"], starts[0]):
                p["init"] = float(value)
            return Case(spec, data, truth, starts[1:])
