"""What a count proves: intervals, rates and their bounds (vision.md G.7)."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, lgamma, log, sqrt

Z95 = 1.959964


def wilson(hits: int, of: int, z: float = Z95) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson (1927); 0..1 without trials."""
    if of == 0:
        return 0.0, 1.0
    share, scale = hits / of, 1 + z * z / of
    middle = share + z * z / (2 * of)
    half = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = (middle - half) / scale, (middle + half) / scale
    return (max(0.0, low) if hits else 0.0), (min(1.0, high) if hits < of else 1.0)


def poisson_upper(count: int, confidence: float = 0.95) -> float:
    """The exact upper bound of a mean of which `count` were seen: 3.00 for none, 4.74 for one."""
    low, high = 0.0, max(10.0, 3.0 * count + 20.0)
    for _ in range(200):
        middle = (low + high) / 2
        if _poisson_at_most(count, middle) > 1 - confidence:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _poisson_at_most(count: int, mean: float) -> float:
    if mean <= 0:
        return 1.0
    return sum(exp(i * log(mean) - mean - lgamma(i + 1)) for i in range(count + 1))


def f_alpha(recall: float, precision: float, alpha: float) -> float:
    """F of i-LIDS: (α+1)RP/(R+αP); above 1, α favours recall."""
    below = recall + alpha * precision
    return (alpha + 1) * recall * precision / below if below > 0 else 0.0


def quantile(values: Sequence[float], share: float) -> float | None:
    """The value below which `share` of the values lie, between neighbours; None without any."""
    if not values:
        return None
    ordered, at = sorted(values), share * (len(values) - 1)
    low = int(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (at - low) * (ordered[high] - ordered[low])
