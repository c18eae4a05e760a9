"""Writes saturated.json beside it: pull-backs of relaxed choices whose gates are almost 0 and 1, in 80 digits (mpmath).

    python saturated.py > saturated.json
"""

import json
import random

from mpmath import exp, fsum, log, mp, mpf

mp.dps = 80
TINY = mpf(2) ** -1022


def pull_back(w, u, k, tau, c):
    """dL/dw of L = <c, gates>, differentiated pick by pick."""
    n, tau = len(w), mpf(tau)
    c = [mpf(number) for number in c]
    scores = [mpf(w[i]) - log(-log(mpf(u[i]))) for i in range(n)]
    picks = []
    for _ in range(k):
        powers = [exp((score - max(scores)) / tau) for score in scores]
        total = fsum(powers)
        taken = [power / total for power in powers]
        left = [fsum(powers[:i] + powers[i + 1 :]) / total for i in range(n)]
        picks.append((taken, left))
        scores = [scores[i] + log(max(left[i], TINY)) for i in range(n)]
    gradient = [mpf(0)] * n
    for taken, left in reversed(picks):
        a = [c[i] - (gradient[i] / left[i] if left[i] >= TINY else 0) for i in range(n)]
        # p (a - <p, a>) without the difference: the sum of p_i p_j (a_i - a_j).
        for i in range(n):
            gradient[i] += taken[i] * fsum(taken[j] * (a[i] - a[j]) for j in range(n)) / tau
    return [float(number) for number in gradient]


def cases():
    draw = random.Random(15)
    for decade in range(9):
        tau = 10.0**-decade
        # At tau = 1 the gaps of three picks would lie too far apart for 1 - p to have digits.
        n, k = (6, 3) if decade else (4, 1)
        for rival in [0.3, 1e-3, 1e-6, 1e-10, 1e-13, 1e-15, 1e-16, 1e-18]:
            for place in range(1, k + 1):
                u = [round(draw.uniform(0.05, 0.95), 3) for _ in range(n)]
                c = [round(draw.gauss(0, 1) * 10 ** draw.uniform(-3, 0), 4) for _ in range(n)]
                # Scores fall by 45 tau from head to head, but at one place so little that the next head takes `rival`
                # of a pick.
                gaps = [45.0] * (n - 1)
                gaps[place - 1] = float(-log(rival))
                order = draw.sample(range(n), n)
                w, score = [0.0] * n, draw.uniform(-0.5, 0.5)
                for i, head in enumerate(order):
                    w[head] = round(score + float(log(-log(mpf(u[head])))), 12)
                    score -= tau * gaps[i] if i < n - 1 else 0.0
                yield {"rival": rival, "place": place, "k": k, "tau": tau, "w": w, "u": u, "c": c, "dw": pull_back(w, u, k, tau, c)}


print("[\n" + ",\n".join(json.dumps(case) for case in cases()) + "\n]")
