"""Minuit on the independent likelihood: strategy 2, errors of 0.5, limits as in the spec, and its own guesses of the first steps."""
import math

import numpy as np
from iminuit import Minuit

WALL = 1e10  # instead of infinity, which Minuit cannot step away from
MAX_CALLS = 20000


def minimise(nll, start):
    """The end of a search: (NLL, theta, whether Minuit calls it valid). The start is put inside the limits."""

    def objective(theta):
        value = nll(theta)
        return value if math.isfinite(value) else WALL

    start = np.clip(start, nll.lower, nll.upper)
    m = Minuit(objective, start, name=nll.names)
    m.errordef, m.strategy, m.print_level = Minuit.LIKELIHOOD, 2, 0
    for name, low, high, fixed in zip(nll.names, nll.lower, nll.upper, nll.fixed):
        if fixed:
            m.fixed[name] = True
        else:
            m.limits[name] = (low if math.isfinite(low) else None, high if math.isfinite(high) else None)
    m.migrad(ncall=MAX_CALLS)
    if not m.valid:
        best = float(m.fval), np.array(m.values)
        m.simplex(ncall=MAX_CALLS)
        m.migrad(ncall=MAX_CALLS)
        if not m.fval <= best[0]:
            return *best, False
    return float(m.fval), np.array(m.values), bool(m.valid)
