"""Reference values of privacy accounting, by Google's dp-accounting, for test/secagg/privacy/reference.test.ts.

    python3 -m venv venv && venv/bin/pip install dp-accounting==0.6.0
    venv/bin/python scripts/reference-accountant.py > test/secagg/privacy/reference.json

Every setting is a Gaussian mechanism with a noise multiplier (standard deviation over L2 sensitivity), composed over
rounds, its cohort Poisson-sampled at a rate (1: everybody). Adjacency: one client more or less.

Three figures for each. `epsilon` is dp-accounting's own. At orders that are not whole, its version 0.6.0 bounds an alternating
series by the sum of its absolute values and leaves out orders at which that does not converge, so it lies a little above
the formula. `exactEpsilon` replaces those orders by the defining integral, integrated by SciPy's adaptive quadrature;
`orderLeftOut` says that dp-accounting has nothing at the order that is best. `wholeEpsilon` is dp-accounting's own over the
whole orders alone, where it needs no series.
"""

import functools
import importlib.metadata
import itertools
import json
import math

import dp_accounting
from dp_accounting import rdp
from scipy import integrate

# The library's DEFAULT_ORDERS: the test compares them.
ORDERS = [x / 10 for x in range(11, 110)] + list(range(11, 64)) + [round(64 * 2 ** (i / 4)) for i in range(33)]

GRID = itertools.product([0.6, 1.0, 2.0, 8.0], [1, 100, 1000], [1.0, 0.1, 0.01], [1e-5, 1e-8])
EXTREMES = [
    (30.0, 1, 1.0, 1e-6),
    (100.0, 10000, 1.0, 1e-6),
    (0.4, 10, 0.001, 1e-6),
    (0.3, 1, 1.0, 1e-6),
    (1.3, 20000, 0.0005, 1e-9),
    (4.0, 3, 0.5, 0.01),
    (1.0, 5, 0.9, 1e-5),
]


def one_round(noise_multiplier, sampling_rate):
    event = dp_accounting.GaussianDpEvent(noise_multiplier)
    return event if sampling_rate == 1 else dp_accounting.PoissonSampledDpEvent(sampling_rate, event)


@functools.cache
def curve(noise_multiplier, sampling_rate):
    """RDP of one round at all orders, by dp-accounting."""
    accountant = rdp.RdpAccountant(ORDERS, dp_accounting.NeighboringRelation.ADD_OR_REMOVE_ONE)
    return accountant.compose(one_round(noise_multiplier, sampling_rate)).rdp


@functools.cache
def exact_curve(noise_multiplier, sampling_rate):
    """The same with the orders that are not whole by quadrature."""
    values = curve(noise_multiplier, sampling_rate).copy()
    for i, order in enumerate(ORDERS):
        if sampling_rate < 1 and order != int(order):
            values[i] = integrated(noise_multiplier, sampling_rate, order)
    return values


def integrated(z, q, order):
    """ln E[((1 - q) + q exp((2 Z - 1) / (2 z^2)))^order] / (order - 1) for Z ~ N(0, z^2)."""

    def log_integrand(x):
        t = (2 * x - 1) / (2 * z * z)
        log_ratio = t + math.log(q + (1 - q) * math.exp(-t)) if t > 0 else math.log1p(q * math.expm1(t))
        return order * log_ratio - x * x / (2 * z * z)

    low, high = -12 * z, order + 12 * z
    top = max(log_integrand(low + (high - low) * i / 2000) for i in range(2001))
    total, _ = integrate.quad(lambda x: math.exp(log_integrand(x) - top), low, high, epsabs=0, epsrel=1e-13, limit=500)
    return (top + math.log(total) - math.log(z * math.sqrt(2 * math.pi))) / (order - 1)


WHOLE = [i for i, order in enumerate(ORDERS) if order == int(order)]


def whole_epsilon(values, rounds, delta):
    eps, _ = rdp.compute_epsilon([ORDERS[i] for i in WHOLE], values[WHOLE] * rounds, delta)
    return float(eps)


def epsilon(values, rounds, delta):
    eps, order = rdp.compute_epsilon(ORDERS, values * rounds, delta)
    return float(eps), float(order)


def main():
    settings = []
    for noise_multiplier, rounds, sampling_rate, delta in [*GRID, *EXTREMES]:
        eps, order = epsilon(curve(noise_multiplier, sampling_rate), rounds, delta)
        exact, exact_order = epsilon(exact_curve(noise_multiplier, sampling_rate), rounds, delta)
        settings.append({
            "noiseMultiplier": noise_multiplier,
            "rounds": rounds,
            "samplingRate": sampling_rate,
            "delta": delta,
            "epsilon": eps,
            "order": order,
            "exactEpsilon": exact,
            "exactOrder": exact_order,
            "wholeEpsilon": whole_epsilon(curve(noise_multiplier, sampling_rate), rounds, delta),
            "orderLeftOut": math.isinf(curve(noise_multiplier, sampling_rate)[ORDERS.index(exact_order)]),
        })
    version = importlib.metadata.version("dp-accounting")
    rows = ",\n    ".join(json.dumps(setting) for setting in settings)
    print("{")
    print(f'  "tool": "dp-accounting {version}",')
    print(f'  "orders": {json.dumps(ORDERS)},')
    print(f'  "settings": [\n    {rows}\n  ]')
    print("}")


if __name__ == "__main__":
    main()
