"""Is a point a minimum inside its limits? First-order conditions of Karush, Kuhn and Tucker by numerical derivatives of the independent NLL.

Each derivative is taken per standard error, so that 0.01 means a hundredth of an error and 5e-5 in the NLL. What remains must be
made up of forces that point the right way: of a bound that is reached, of a polynomial density that touches zero, of a kink.
"""
import dataclasses
import math

import numpy as np
from scipy.optimize import nnls

STEP = 1e-5  # of an error
LIMIT = 1e-2
LOWER, UPPER, EDGE, UNUSED = -1, 1, 2, 3  # what the program's `at_bound` says of a parameter


@dataclasses.dataclass
class Residual:
    name: str
    kind: str  # "gradient", "bound", "edge", "kink", "unused"
    size: float


def scale_of(nll, theta, j):
    """How far a parameter moves (to the side that is allowed) until the NLL has changed by about 0.5: an error where none is reported."""
    reference, width = nll(theta, False), nll.upper[j] - nll.lower[j]
    away = 1 if theta[j] - nll.lower[j] < nll.upper[j] - theta[j] else -1
    step = width
    for _ in range(80):
        moved = theta.copy()
        moved[j] = min(max(theta[j] + away * step, nll.lower[j]), nll.upper[j])
        value = nll(moved, False)
        if math.isfinite(value) and abs(value - reference) <= 0.5:
            return max(step, 1e-12 * max(width, abs(theta[j])))
        step /= 2
    return step


def slope(nll, theta, j, h, side):
    """Derivative by three points on one side (side = -1, 1), or by two on both (0)."""

    def at(k):
        moved = theta.copy()
        moved[j] += k * h
        return nll(moved, False)

    if side == 0:
        return (at(1) - at(-1)) / (2 * h)
    if not math.isfinite(at(side)):
        return side * math.inf
    return side * (4 * at(side) - at(2 * side) - 3 * nll(theta, False)) / (2 * h)


def check(nll, theta, errors, held):
    """The largest violation for every parameter that has one of more than LIMIT."""
    theta = np.array(theta, float)
    n = len(theta)
    free = [j for j in range(n) if not nll.fixed[j]]
    scale = np.array([errors[j] if errors[j] and math.isfinite(errors[j]) and errors[j] > 0 else math.nan for j in range(n)])
    for j in free:
        if not math.isfinite(scale[j]):
            scale[j] = scale_of(nll, theta, j)
    gradient, kinds, kinks = np.zeros(n), ["gradient"] * n, nll.kinks()
    forces = []  # columns: what a constraint may add to the gradient
    for j in free:
        h = STEP * min(scale[j], nll.upper[j] - nll.lower[j])
        if theta[j] + h == theta[j]:
            h = 8 * np.spacing(abs(theta[j]))
        at_lower, at_upper = (abs(theta[j] - bound) <= 1e-9 * scale[j] or (held[j] == sign and abs(theta[j] - bound) <= 1e-9 * max(1.0, abs(bound)))
                              for bound, sign in ((nll.lower[j], LOWER), (nll.upper[j], UPPER)))
        near_kink = any(abs(theta[j] - k) < 2 * h for k in kinks.get(j, ()))
        if at_lower or at_upper:
            kinds[j] = "bound"
            inward = 1 if at_lower else -1
            gradient[j] = slope(nll, theta, j, h, inward) * scale[j]
            force = np.zeros(n)
            force[j] = inward
            forces.append(force)
        elif near_kink:
            kinds[j] = "kink"
            left, right = (slope(nll, theta, j, 4 * h, side) * scale[j] for side in (-1, 1))
            gradient[j] = right if right < 0 else left if left > 0 else 0.0
            if math.isnan(left + right):
                gradient[j] = math.nan
        else:
            gap = min(theta[j] - nll.lower[j], nll.upper[j] - theta[j])
            side = 0 if gap > h else 1 if theta[j] - nll.lower[j] < nll.upper[j] - theta[j] else -1
            gradient[j] = slope(nll, theta, j, h, side) * scale[j]
            kinds[j] = {EDGE: "edge", UNUSED: "unused"}.get(held[j], "gradient")
    edges = nll.touching(theta)
    forces += [np.where(nll.fixed, 0.0, edge * np.nan_to_num(scale)) for edge in edges]
    forces = [f for f in forces if np.linalg.norm(f) > 0]
    rest = gradient.copy()
    if forces and np.all(np.isfinite(gradient)):
        columns = np.array(forces).T
        size = np.linalg.norm(columns, axis=0)
        multipliers, _ = nnls(columns / size, gradient)
        rest = gradient - columns / size @ multipliers
    return [Residual(nll.names[j], kinds[j], float(rest[j])) for j in free if not abs(rest[j]) <= LIMIT]
