#!/usr/bin/env python3
"""Prints the numbers of own_oracle.test.cpp: two small fits in 40-digit arithmetic (needs mpmath).

Formulas are written out here from the definitions; nothing of toyfarm is used. Newton steps with
numerical derivatives in 40 digits end where the step is below 1e-15 errors.
"""
import mpmath as mp

mp.mp.dps = 40


def events(n):
    """Multiples of 1/1024 in [0, 10): a hump around 5 (every third one) over a falling slope."""
    out = []
    for i in range(n):
        def hashed(k):
            return (i * 7919 + k * 104729 + (i * i) % 1237 * 31) % 1280
        if i % 3 == 0:
            number = 3 * 1280 + sum(hashed(k) for k in range(4)) * 1 // 2
        else:
            number = 8 * (min(hashed(5), hashed(6)) if i % 3 == 1 else hashed(7))
        out.append((mp.mpf(number) / 1024, 1 + (i % 4) * mp.mpf("0.25")))
    return out


def gauss(x, m, s, lo=0, hi=10):
    norm = mp.ncdf((hi - m) / s) - mp.ncdf((lo - m) / s)
    return mp.npdf((x - m) / s) / (s * norm)


def expo(x, slope, lo=0, hi=10):
    return slope * mp.exp(slope * (x - lo)) / mp.expm1(slope * (hi - lo))


def cheb(x, c1, c2, lo=0, hi=10):
    u = 2 * (x - lo) / (hi - lo) - 1
    integral = (hi - lo) * (1 - c2 / 3)
    return (1 + c1 * u + c2 * (2 * u * u - 1)) / integral


def minus_log(densities):
    """Minus the sum of logarithms; infinite where one is not positive."""
    total = mp.mpf(0)
    for weight, density in densities:
        if density <= 0:
            return mp.inf
        total -= weight * mp.log(density)
    return total


def nll_a(p, data):
    """Gaussian with a constrained width over an exponential; yields S and B; weight 1."""
    signal, background, m, s, slope = p
    value = signal + background + ((s - mp.mpf("0.5")) / mp.mpf("0.05")) ** 2 / 2
    value += mp.log(mp.mpf("0.05") * mp.sqrt(2 * mp.pi))
    return value + minus_log((1, signal * gauss(x, m, s) + background * expo(x, slope)) for x, _ in data)


def nll_b(p, data):
    """Chebyshev of order 2 under a Gaussian of fixed shape, mu scaling 100 events with a normsys factor;
    weighted events. The constraint of alpha stands at 0.3."""
    mu, background, c1, c2, alpha = p
    signal = 100 * mu * mp.mpf("1.25") ** alpha
    value = signal + background + (alpha - mp.mpf("0.3")) ** 2 / 2 + mp.log(2 * mp.pi) / 2
    return value + minus_log((w, signal * gauss(x, mp.mpf(5), mp.mpf("0.5")) + background * cheb(x, c1, c2))
                             for x, w in data)


def nll_c(p, data):
    """Crystal Ball with tail fixed at a = 1.1, n = 3, over a flat (order 1 Chebyshev, c1 = 0) density."""
    signal, background, m, s = p
    a = mp.mpf("1.1")
    norm = mp.quad(lambda x: cb_shape(x, m, s, a), [0, m - a * s, m, 10])
    return signal + background + minus_log(
        (1, signal * cb_shape(x, m, s, a) / norm + background / 10) for x, _ in data)


def cb_shape(x, m, s, a):
    n = mp.mpf(3)
    t = (x - m) / s
    return mp.exp(-t * t / 2) if t > -a else (n / a) ** n * mp.exp(-a * a / 2) * (n / a - a - t) ** (-n)


def derivatives(f, p):
    h = mp.mpf(10) ** -10
    n = len(p)

    def at(*moves):
        q = list(p)
        for j, d in moves:
            q[j] += d * h
        return f(q)
    centre = f(p)
    g = mp.matrix(n, 1)
    hess = mp.matrix(n, n)
    for j in range(n):
        plus, minus = at((j, 1)), at((j, -1))
        g[j] = (plus - minus) / (2 * h)
        hess[j, j] = (plus - 2 * centre + minus) / h ** 2
        for k in range(j):
            hess[j, k] = hess[k, j] = (at((j, 1), (k, 1)) - at((j, 1), (k, -1)) - at((j, -1), (k, 1))
                                       + at((j, -1), (k, -1))) / (4 * h ** 2)
    return centre, g, hess


def report(name, f, start):
    p = [mp.mpf(x) for x in start]
    print(name, "at start:", mp.nstr(f(p), 20))
    value = f(p)
    for _ in range(60):
        value, g, hess = derivatives(f, p)
        try:
            mp.cholesky(hess)
            step = mp.lu_solve(hess, -g)
        except ValueError:
            step = -g / mp.norm(g) / 10
        scale = mp.mpf(1)
        while scale > 1e-6 and f([x + scale * d for x, d in zip(p, step)]) > value + mp.mpf(10) ** -20:
            scale /= 2
        p = [x + scale * d for x, d in zip(p, step)]
        if max(abs(d) for d in step) < 1e-14:
            break
    cov = hess ** -1
    print("  nll   ", mp.nstr(value, 20))
    print("  values", ", ".join(mp.nstr(x, 17) for x in p))
    print("  errors", ", ".join(mp.nstr(mp.sqrt(cov[j, j]), 12) for j in range(len(p))))


if __name__ == "__main__":
    data = events(300)
    report("A", lambda p: nll_a(p, data), ["90", "200", "5", "0.6", "-0.3"])
    report("B", lambda p: nll_b(p, data), ["1", "250", "-0.5", "0.1", "0.2"])
    report("C", lambda p: nll_c(p, data), ["90", "200", "5", "0.4"])
