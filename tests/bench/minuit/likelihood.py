"""Extended unbinned NLL of a toyfarm spec and its data, in numpy: a second opinion that shares nothing with the C++.

    nll = Likelihood(spec, {"channel": {"x": values, "_weight": ...}})   # or Likelihood.from_file("spec.json")
    nll(theta)      # theta in the order of the spec; inf where an event has no density or a density is negative somewhere

NLL = sum over channels of [sum of yields - sum of w ln(sum of yield x density)], plus -ln of every Gaussian constraint with its
full normalisation; no ln N!. What does not depend on the parameters is computed once, and every density remembers its last values,
since a numerical derivative moves one parameter at a time.
"""
import json
import math
import os

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainc, log_ndtr, logsumexp, voigt_profile

LN_SQRT_2PI = 0.5 * math.log(2 * math.pi)
SMALLEST = float(np.finfo(float).tiny)
GAUSS_10 = np.polynomial.legendre.leggauss(10)
GAUSS_20 = np.polynomial.legendre.leggauss(20)
TOUCHING = 1e-9  # relative to the sum of |coefficients|: a polynomial no more negative than this counts as zero
NOTHING_ELSE = 1e-280  # below this the sum of densities is formed from logarithms


class Undefined(ValueError):
    """The model has no value here: a density is negative, or a parameter outside its domain."""


def log_normal_integral(lower, upper):
    """ln of the standard normal integral between two points, lower < upper, without cancellation in the tails."""
    nearest = min(max(0.0, lower), upper)  # where the integrand is largest
    if (upper - lower) * (1 + abs(nearest)) < 0.5:
        node, weight = GAUSS_10
        middle, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
        t = middle + half * node
        return math.log(half * np.dot(weight, np.exp(0.5 * (nearest * nearest - t * t)))) - 0.5 * nearest**2 - LN_SQRT_2PI
    if lower > 0:
        lower, upper = -upper, -lower
    big, small = log_ndtr(upper), log_ndtr(lower)
    return float(big + math.log1p(-math.exp(small - big)))


# ---------------------------------------------------------------------------------------------------------------- densities
class Density:
    """ln p on the events of one channel. `params` are names; theta comes in their order."""

    params = ()

    def log_p(self, theta):
        raise NotImplementedError

    def touching(self, theta, tolerance):
        """Points where the density is (nearly) zero at a minimum inside its window: [(value, {position in theta: derivative})]."""
        return []

    def remembered(self, theta, check):
        """ln p and p at theta, from the last few evaluations if it is among them."""
        key = (theta.tobytes(), check)
        found = self._memory.pop(key, None)
        if found is None:
            logs = self.log_p(theta) if check else self.log_p_unchecked(theta)
            found = logs, np.exp(logs)
            if len(self._memory) >= 4:
                del self._memory[next(iter(self._memory))]
        self._memory[key] = found  # the youngest is the last
        return found

    def log_p_unchecked(self, theta):
        """ln p without asking whether the density is negative where there is no event."""
        return self.log_p(theta)

    def __init__(self):
        self._memory = {}


class OneDimensional(Density):
    def __init__(self, spec, windows, columns):
        super().__init__()
        self.params = tuple(spec.get("params", ()))
        self.window = windows[spec["observable"]]
        self.x = columns[spec["observable"]]


def positive(*values):
    if not all(v > 0 for v in values):
        raise Undefined("a parameter that must be positive is not")


class Gaussian(OneDimensional):
    def log_p(self, theta):
        mu, sigma = theta
        positive(sigma)
        a, b = self.window
        constant = -LN_SQRT_2PI - math.log(sigma) - log_normal_integral((a - mu) / sigma, (b - mu) / sigma)
        z = (self.x - mu) * (math.sqrt(0.5) / sigma)
        return constant - z * z


class Exponential(OneDimensional):
    def log_p(self, theta):
        (slope,) = theta
        a, b = self.window
        width = b - a
        at = b if slope > 0 else a  # where the density is largest
        t = abs(slope) * width
        mean = -math.expm1(-t) / t if t > 1e-8 else 1 - t / 2
        return slope * (self.x - at) - math.log(width * mean)


def tail_integral(alpha, n, near, far):
    """ln of the integral of (n/alpha)^n exp(-alpha^2/2) (n/alpha - alpha + u)^-n for u in [near, far], alpha <= near < far, n > 1."""
    start, stop = n / alpha - alpha + near, n / alpha - alpha + far
    height = -0.5 * alpha * alpha + n * (math.log(n / alpha) - math.log(start))
    return height + math.log(start / (n - 1)) + math.log(-math.expm1(-(n - 1) * math.log(stop / start)))


def log_tail(alpha, n, u):
    """ln of the power tail at distance u (in sigma, >= alpha) from the mean."""
    return -0.5 * alpha * alpha - n * np.log1p((u - alpha) * (alpha / n))


class CrystalBall(OneDimensional):
    """Power tails below -alpha_l and, of the double one, above alpha_r, glued to a Gaussian with equal slopes."""

    def log_p(self, theta):
        mu, sigma, alpha_l, n_l = theta[:4]
        alpha_r, n_r = theta[4:] if len(theta) == 6 else (math.inf, math.inf)
        positive(sigma, alpha_l, n_l - 1, alpha_r, n_r - 1)
        low, high = ((edge - mu) / sigma for edge in self.window)
        parts = []
        if low < -alpha_l:
            parts.append(tail_integral(alpha_l, n_l, max(alpha_l, -high), -low))
        if high > alpha_r:
            parts.append(tail_integral(alpha_r, n_r, max(alpha_r, low), high))
        core = max(low, -alpha_l), min(high, alpha_r)
        if core[0] < core[1]:
            parts.append(LN_SQRT_2PI + log_normal_integral(*core))
        t = (self.x - mu) / sigma
        out = -0.5 * t * t
        left = t < -alpha_l
        out[left] = log_tail(alpha_l, n_l, -t[left])
        if len(theta) == 6:
            right = t > alpha_r
            out[right] = log_tail(alpha_r, n_r, t[right])
        highest = max(parts)
        return out - (highest + math.log(sum(math.exp(part - highest) for part in parts) * sigma))


class Chebyshev(OneDimensional):
    """(1 + sum c_k T_k) / integral, which must not be negative anywhere in the window."""

    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        a, b = self.window
        y = np.clip((2 * self.x - (a + b)) / (b - a), -1, 1)
        self.order = len(self.params)
        self.basis = np.polynomial.chebyshev.chebvander(y, self.order).T.copy()
        k = np.arange(self.order + 1)
        self.integrals = np.where(k % 2 == 0, 1 / (1.0 - k * k + (k == 1)), 0.0)
        self.grid = np.polynomial.chebyshev.chebvander(np.linspace(-1, 1, 129), self.order).T.copy()
        # Between points of the grid a polynomial sinks by no more than gap^2 / 8 times the largest second derivative, which T_k has at 1.
        self.sag = (2 / 128) ** 2 / 8 * (k * k * (k * k - 1) / 3)

    def log_p_unchecked(self, theta):
        c = np.concatenate(([1.0], theta))
        p = c @ self.basis
        norm = c @ self.integrals
        if not norm > 0:
            raise Undefined("chebyshev: integral not positive")
        if p.size and not p.min() > 0:
            p = np.where(p > 0, p, 0.0)
        return np.log(p) - math.log(norm * (self.window[1] - self.window[0]))

    def log_p(self, theta):
        total = np.abs(theta).sum()
        if total >= 1:
            c = np.concatenate(([1.0], theta))
            if (c @ self.grid).min() <= np.abs(c) @ self.sag and self.minima(theta)[0][0] < -TOUCHING * (1 + total):
                raise Undefined("chebyshev: negative in the window")
        return self.log_p_unchecked(theta)

    def minima(self, theta):
        """Local minima of the polynomial on [-1, 1], ends included, lowest first: (value, position)."""
        c = np.concatenate(([1.0], theta))
        roots = np.polynomial.chebyshev.chebroots(np.polynomial.chebyshev.chebder(c)) if np.any(c[2:]) else np.array([])
        inner = roots[np.abs(np.imag(roots)) < 1e-7].real
        points = np.concatenate(([-1.0, 1.0], inner[np.abs(inner) < 1]))
        return sorted(zip(np.polynomial.chebyshev.chebval(points, c), points))

    def touching(self, theta, tolerance):
        scale = 1 + np.abs(theta).sum()
        out = []
        for value, y in self.minima(theta):
            if value < tolerance * scale and all(abs(y - other) > 1e-6 for _, _, other in out):
                slopes = np.cos(np.arange(1, self.order + 1) * math.acos(y))
                out.append((value, dict(enumerate(slopes)), y))
        return [(value, slopes) for value, slopes, _ in out]


class Argus(OneDimensional):
    """x u^p exp(c u), u = 1 - (x/b)^2, with the exact integral b^2/2 int_0^top u^p exp(c u) du."""

    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        if spec.get("variant", "exact") != "exact":
            raise NotImplementedError("argus: only the exact form")
        a, b = self.window
        self.top = 1 - (max(a, 0.0) / b) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            self.u = (1 - self.x / b) * (1 + self.x / b)
            self.log_x = np.where(self.x > 0, np.log(self.x), -np.inf)
            self.log_u = np.log(self.u)

    def log_integral(self, c, p):
        """ln of the integral of u^p exp(c u) over [0, top]."""
        z = c * self.top
        if z < -1:
            share = gammainc(p + 1, -z)
            return math.log(share) + math.lgamma(p + 1) - (p + 1) * math.log(-c)
        # top^(p+1) sum z^k / (k! (p + 1 + k)): all terms positive, or |z| <= 1
        count = int(max(z, 0) + 12 * math.sqrt(max(z, 1)) + 40)
        k = np.arange(1, count)
        terms = np.concatenate(([1 / (p + 1)], np.cumprod(z / k) / (p + 1 + k)))
        return (p + 1) * math.log(self.top) + math.log(math.fsum(terms))

    def log_p(self, theta):
        c, p = theta
        if p < 0:
            raise Undefined("argus: p < 0")
        return self.log_x + p * self.log_u + c * self.u - (self.log_integral(c, p) + math.log(0.5 * self.window[1] ** 2))


class Voigtian(OneDimensional):
    """The Voigt profile; gamma is the half width at half maximum of its Cauchy part."""

    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        if spec.get("variant", "exact") != "exact":
            raise NotImplementedError("voigtian: only the exact form")

    def integral(self, mu, sigma, gamma):
        """Gauss-Legendre in panels that double in length away from the peak; the first is as long as the profile is wide."""
        a, b = self.window
        reach = max(abs(a - mu), abs(b - mu))
        steps, length = [0.0], 0.5 * (sigma + gamma)
        while steps[-1] < reach:
            steps.append(steps[-1] + length)
            if len(steps) > 12:  # beyond the Gaussian's part the profile is a power
                length *= 1.5
        edges = np.array([-s for s in steps[:0:-1]] + steps) + mu
        edges = np.concatenate(([a], edges[(edges > a) & (edges < b)], [b]))
        node, weight = GAUSS_20
        half, middle = 0.5 * np.diff(edges), 0.5 * (edges[1:] + edges[:-1])
        t = middle[:, None] + half[:, None] * node
        return float(half @ (voigt_profile(t - mu, sigma, gamma) @ weight))

    def log_p(self, theta):
        mu, sigma, gamma = theta
        positive(sigma, gamma)
        return np.log(voigt_profile(self.x - mu, sigma, gamma)) - math.log(self.integral(mu, sigma, gamma))


class Histogram(OneDimensional):
    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        edges = np.array(spec["bin_edges"], float)
        mass = np.array(spec["bin_content"], float) + (spec.get("pseudo_count") or 0.0)
        bins = np.clip(np.digitize(self.x, edges) - 1, 0, mass.size - 1)
        with np.errstate(divide="ignore"):
            self.logs = np.log(mass / mass.sum() / np.diff(edges))[bins]

    def log_p(self, theta):
        return self.logs


def knot_slopes(x, y):
    """Slopes of the monotone cubic through the knots: means of the secants, cut one interval after the other as Fritsch and Carlson do."""
    secant = np.diff(y) / np.diff(x)
    slope = np.concatenate((secant[:1], 0.5 * (secant[1:] + secant[:-1]), secant[-1:]))
    slope[1:-1][np.signbit(secant[1:]) != np.signbit(secant[:-1])] = 0
    for i, s in enumerate(secant):
        if abs(s) < 1e-30:
            slope[i : i + 2] = 0
        elif (length := math.hypot(slope[i] / s, slope[i + 1] / s)) > 3:
            slope[i : i + 2] *= 3 / length
    return slope


class Spline(OneDimensional):
    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        x, y = np.array(spec["knots_x"], float), np.array(spec["knots_y"], float)
        slope, h = knot_slopes(x, y), np.diff(x)
        i = np.clip(np.digitize(self.x, x) - 1, 0, h.size - 1)
        t = np.clip((self.x - x[i]) / h[i], 0, 1)
        rise = y[i + 1] - y[i]
        first, last = h[i] * slope[i], h[i] * slope[i + 1]
        value = y[i] + t * (first + t * (3 * rise - 2 * first - last + t * (first + last - 2 * rise)))
        area = np.sum(h * (y[1:] + y[:-1]) / 2 + h * h * (slope[:-1] - slope[1:]) / 12)
        self.logs = np.log(np.maximum(value, SMALLEST)) - math.log(area)

    def log_p(self, theta):
        return self.logs


class Kde(OneDimensional):
    """Gaussian kernels, each normalised inside the window."""

    def __init__(self, spec, windows, columns):
        super().__init__(spec, windows, columns)
        a, b = self.window
        h, total = spec["bandwidth"], 0.0
        weights = spec.get("weights") or [1.0] * len(spec["centers"])
        self.logs = np.full(self.x.size, -np.inf)
        for centre, weight in zip(spec["centers"], weights):
            if weight > 0:
                constant = math.log(weight / h) - LN_SQRT_2PI - log_normal_integral((a - centre) / h, (b - centre) / h)
                self.logs = np.logaddexp(self.logs, constant - 0.5 * ((self.x - centre) / h) ** 2)
            total += weight
        self.logs -= math.log(total)

    def log_p(self, theta):
        return self.logs


class Product(Density):
    def __init__(self, spec, windows, columns):
        super().__init__()
        self.factors = [make_density(c, windows, columns) for c in spec["components"]]
        self.params = tuple(name for factor in self.factors for name in factor.params)

    def split(self, theta):
        start = 0
        for factor in self.factors:
            yield factor, start, theta[start : start + len(factor.params)]
            start += len(factor.params)

    def log_p(self, theta):
        return sum(factor.remembered(own, True)[0] for factor, _, own in self.split(theta))

    def log_p_unchecked(self, theta):
        return sum(factor.remembered(own, False)[0] for factor, _, own in self.split(theta))

    def touching(self, theta, tolerance):
        return [
            (value, {start + k: d for k, d in slopes.items()})
            for factor, start, own in self.split(theta)
            for value, slopes in factor.touching(own, tolerance)
        ]


DENSITIES = {
    "gaussian": Gaussian,
    "exponential": Exponential,
    "crystal_ball": CrystalBall,
    "double_crystal_ball": CrystalBall,
    "chebyshev": Chebyshev,
    "argus": Argus,
    "voigtian": Voigtian,
    "histogram": Histogram,
    "spline": Spline,
    "kde": Kde,
    "product": Product,
}


def make_density(spec, windows, columns):
    return DENSITIES[spec["type"]](spec, windows, columns)


# ------------------------------------------------------------------------------------------------------------------- yields
class Normsys:
    """hi^alpha above 0, lo^-alpha below."""

    def __init__(self, spec, index):
        self.index = index
        self.log_lo, self.log_hi = math.log(spec["lo"]), math.log(spec["hi"])

    def factor(self, alpha):
        return math.exp(alpha * (self.log_hi if alpha >= 0 else -self.log_lo))

    def kinks(self):
        return [0.0] if self.log_hi != -self.log_lo else []


class Weightsys:
    """1 plus what is interpolated between the variations at -1 and +1: piecewise linear, or code4p's smooth middle. Never below the smallest number."""

    def __init__(self, spec, index):
        self.index = index
        self.up, self.down = spec["hi"] - 1, 1 - spec["lo"]
        self.smooth = str(spec.get("interp_code")).lower() == "code4p"

    def raw(self, alpha):
        if not self.smooth or abs(alpha) > 1:
            return 1 + alpha * (self.up if alpha >= 0 else self.down)
        a2 = alpha * alpha
        even = a2 * (15 - a2 * (10 - 3 * a2)) / 16
        return 1 + 0.5 * alpha * (self.up + self.down) + even * (self.up - self.down)

    def factor(self, alpha):
        return max(self.raw(alpha), SMALLEST)

    def kinks(self):
        out = [0.0] if not self.smooth and self.up != self.down else []
        grid = np.concatenate((-np.logspace(4, 0, 60), np.linspace(-1, 1, 41), np.logspace(0, 4, 60)))
        values = [self.raw(g) for g in grid]
        for left, right, v, w in zip(grid, grid[1:], values, values[1:]):
            if v * w < 0:
                out.append(brentq(self.raw, left, right, xtol=1e-15))
        return out


def make_modifier(spec, index):
    kind = spec["type"].replace("_", "")
    return {"normsys": Normsys, "weightsys": Weightsys}[kind](spec, index[spec["param"]])


class Yield:
    def __init__(self, spec, index):
        kind = spec["type"]
        self.base = spec["value"] if kind == "fixed" else spec.get("base_yield", 1.0)
        self.index = None if kind == "fixed" else index[spec["name" if kind == "parameter" else "scale"]]
        self.modifiers = [make_modifier(m, index) for m in spec.get("modifiers", [])]

    def __call__(self, theta):
        nu = self.base if self.index is None else self.base * theta[self.index]
        if nu < 0:
            raise Undefined("a yield is negative")
        for m in self.modifiers:
            nu *= m.factor(theta[m.index])
        return nu


# --------------------------------------------------------------------------------------------------------------- likelihood
def read_columns(path):
    """Columns of an HDF5 file of one dataset each, or of a Parquet file."""
    if path.endswith((".parquet", ".pq")):
        import pyarrow.parquet

        table = pyarrow.parquet.read_table(path)
        return {name: table[name].to_numpy() for name in table.column_names}
    import h5py

    with h5py.File(path) as file:
        return {name: file[name][:] for name in file}


class Channel:
    def __init__(self, spec, columns, index):
        windows = {o["name"]: tuple(o["bounds"]) for o in spec["observables"]}
        self.name = spec["name"]
        self.columns = {name: np.array(columns[name], float) for name in windows}
        for name, (low, high) in windows.items():
            if np.any((self.columns[name] < low) | (self.columns[name] > high)):
                raise ValueError(f"{self.name}: {name} has events outside its bounds")
        self.weights = np.array(columns["_weight"], float) if "_weight" in columns else None
        self.densities = [make_density(p["pdf"], windows, self.columns) for p in spec["processes"]]
        self.yields = [Yield(p["yield"], index) for p in spec["processes"]]
        self.where = [np.array([index[n] for n in d.params], int) for d in self.densities]
        self.size = next(iter(self.columns.values())).size
        used = {m.index for y in self.yields for m in y.modifiers} | {y.index for y in self.yields if y.index is not None}
        self.used = np.array(sorted(used.union(*(w.tolist() for w in self.where))), int)
        self.memory = {}

    def remembered_nll(self, theta, check):
        """The NLL of this channel, from memory while only parameters of other channels move."""
        key = (theta[self.used].tobytes(), check)
        if key not in self.memory:
            if len(self.memory) > 8:
                del self.memory[next(iter(self.memory))]
            self.memory[key] = self.nll(theta, check)
        else:
            self.memory[key] = self.memory.pop(key)  # now the youngest
        return self.memory[key]

    def log_sum(self, nus, logs, values):
        """ln of the sum over processes, by event."""
        if not nus:
            return np.full(self.size, -np.inf)
        if len(nus) == 1:
            return math.log(nus[0]) + logs[0]
        total = nus[0] * values[0]
        for nu, value in zip(nus[1:], values[1:]):
            total += nu * value
        out = np.log(total)
        if self.size and not total.min() > NOTHING_ELSE:
            few = ~(total > NOTHING_ELSE)
            out[few] = logsumexp([math.log(nu) + log[few] for nu, log in zip(nus, logs)], axis=0)
        return out

    def nll(self, theta, check):
        expected, present = 0.0, []
        for nu, density, where in zip((y(theta) for y in self.yields), self.densities, self.where):
            expected += nu
            pair = density.remembered(theta[where], check)
            if nu > 0:
                present.append((nu, *pair))
        logs = self.log_sum(*map(list, zip(*present))) if present else self.log_sum([], [], [])
        if self.weights is not None:
            logs = np.where(self.weights > 0, self.weights * logs, 0.0)
        return expected - float(logs.sum())


class Likelihood:
    def __init__(self, spec, data):
        self.spec = spec
        parameters = spec["model"]["parameters"]
        self.names = [p["name"] for p in parameters]
        self.index = {name: j for j, name in enumerate(self.names)}
        self.init = np.array([p["init"] for p in parameters], float)
        self.lower, self.upper = np.array([p["bounds"] for p in parameters], float).T
        self.fixed = np.array([p.get("fixed", False) or p["bounds"][0] == p["bounds"][1] for p in parameters])
        self.constraints = [(j, p["constraint"]["mean"], p["constraint"]["sigma"]) for j, p in enumerate(parameters) if p.get("constraint")]
        self.channels = [Channel(c, data[c["name"]], self.index) for c in spec["channels"] if c.get("include_in_fit", True)]

    @classmethod
    def from_file(cls, path):
        with open(path) as file:
            spec = json.load(file)
        folder = os.path.dirname(os.path.abspath(path))
        return cls(spec, {c["name"]: read_columns(os.path.join(folder, c["data"]["file"])) for c in spec["channels"] if c.get("data")})

    def __call__(self, theta, check=True):
        """The NLL; check=False leaves out the test that polynomials are nowhere negative, so that derivatives exist at an edge."""
        theta = np.asarray(theta, float)
        try:
            with np.errstate(all="ignore"):
                total = sum(channel.remembered_nll(theta, check) for channel in self.channels)
        except (Undefined, OverflowError, ZeroDivisionError):
            return math.inf
        for j, mean, sigma in self.constraints:
            total += 0.5 * ((theta[j] - mean) / sigma) ** 2 + math.log(sigma) + LN_SQRT_2PI
        return total if total < math.inf else math.inf

    def touching(self, theta, tolerance=1e-6):
        """Where densities touch zero: for each place the derivatives of that minimum with respect to the parameters."""
        out = []
        for channel in self.channels:
            for density, where in zip(channel.densities, channel.where):
                for _, slopes in density.touching(theta[where], tolerance):
                    row = np.zeros(len(self.names))
                    for k, d in slopes.items():
                        row[where[k]] += d
                    out.append(row)
        return out

    def kinks(self):
        """{parameter: values at which the NLL may have a kink in it}."""
        out = {}
        for channel in self.channels:
            for y in channel.yields:
                for m in y.modifiers:
                    out.setdefault(m.index, set()).update(m.kinks())
        return out
