"""Writes vectors.json: an independent computation of what src/secagg/graph computes.

    pip install mpmath && python3 test/secagg/graph/make-vectors.py && npx biome format --write test/secagg/graph

Tails and log-factorials: mpmath, 60 digits, summed term by term. Parameters: exact rational arithmetic on Python
integers straight from the inequalities of docs/parameters.md, every even degree tried; no logarithm, no recurrence
shared with the library. (Python's integers would need minutes for the largest degrees, so those are left out.)
"""

import json
from fractions import Fraction
from math import ceil, comb, floor
from pathlib import Path

import mpmath

mpmath.mp.dps = 60


def log_factorial(n):
    return float(mpmath.loggamma(n + 1))


def log_tails(population, marked, draws, x):
    total = mpmath.binomial(population, draws)

    def ln_sum(values):
        s = mpmath.fsum(mpmath.binomial(marked, v) * mpmath.binomial(population - marked, draws - v) for v in values)
        return None if s == 0 else float(mpmath.log(s / total))

    return ln_sum(range(0, x + 1)), ln_sum(range(x + 1, draws + 1))


def falling(n, k):
    product = 1
    for i in range(k):
        product *= n - i
    return product


def is_connected(n, dead, k, security):
    if k > dead:
        return True
    return n * (n - k - 1) * falling(dead, k) * 2 ** (security + 1) < 2 * falling(n, k)


def weights(population, marked, draws):
    return [comb(marked, x) * comb(population - marked, draws - x) for x in range(draws + 1)]


def thresholds(n, corrupted, survivors, k, security, correctness):
    total = comb(n - 1, k)
    mass, above, t1 = weights(n - 1, corrupted, k), 0, k
    while t1 > 0 and (above + mass[t1]) * 2 ** (security + 1) * n <= total:
        above += mass[t1]
        t1 -= 1
    mass, below, t2 = weights(n - 1, survivors - 1, k), 0, -1
    while below * 2**correctness * n < total:
        t2 += 1
        below += mass[t2]
    return t1, t2


def find(n, gamma, delta, semi_malicious=False, security=40, correctness=30, max_degree=255):
    corrupted, dropped = floor(Fraction(gamma) * n), floor(Fraction(delta) * n)
    survivors = ceil((1 - Fraction(delta)) * n)
    for k in range(2, min(max_degree, n - 2) + 1, 2):
        if not is_connected(n, corrupted + dropped, k, security):
            continue
        t1, t2 = thresholds(n, corrupted, survivors, k, security, correctness)
        if semi_malicious:
            t1 = ceil((Fraction(t1 + k) - Fraction(5, 4)) / 2)
        if t2 >= max(t1 + 1, 2):
            return k, max(t1 + 1, 2)
    return None


TAILS = [
    (20, 5, 8, 1), (20, 5, 8, 2), (99, 33, 34, 28), (999, 50, 72, 24), (999, 699, 362, 203), (999, 50, 362, 45),
    (999, 500, 250, 124), (999, 500, 250, 125), (9999, 500, 86, 28), (99999, 33000, 480, 250), (999999, 50000, 102, 33),
    (999999, 330000, 254, 84), (999999, 330000, 254, 253), (999999, 1, 2, 0), (999999, 669999, 254, 0),
    (999999, 999998, 254, 253), (999999, 300000, 11136, 3772), (999999, 450000, 6240, 3155),
]
FACTORIALS = [2, 3, 10, 15, 16, 17, 50, 100, 255, 256, 1000, 65536, 999999, 1000000]
PARAMETERS = [
    (n, gamma, delta, semi)
    for n in (100, 1000, 10_000, 100_000, 1_000_000)
    for gamma, delta in (('0.05', '0.05'), ('0.05', '0.3'), ('0.1', '0.1'), ('0.2', '0.1'), ('0.33', '0.05'))
    for semi in (False, True)
]

vectors = {
    'source': 'make-vectors.py beside this file: mpmath with 60 digits for tails and factorials (natural logarithms, null '
    'for probability 0), exact integers for parameters (null: no Harary graph of that degree or less)',
    'logFactorial': [{'n': n, 'value': log_factorial(n)} for n in FACTORIALS],
    'tails': [
        dict(zip(('population', 'marked', 'draws', 'x', 'logCdf', 'logTailAbove'), (*c, *log_tails(*c)))) for c in TAILS
    ],
    'parameters': [],
}
for n, gamma, delta, semi in PARAMETERS + [(1000, '0.05', '0.3', 'raised')]:
    max_degree = n - 1 if semi == 'raised' else 255
    found = find(n, gamma, delta, bool(semi), max_degree=max_degree)
    vectors['parameters'].append({
        'clients': n, 'corruptFraction': float(gamma), 'dropoutFraction': float(delta), 'semiMalicious': bool(semi),
        'maxDegree': max_degree, 'found': found and {'degree': found[0], 'threshold': found[1]},
    })
Path(__file__).with_name('vectors.json').write_text(json.dumps(vectors, indent=2) + '\n')
