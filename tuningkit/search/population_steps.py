"""The two steps of population-based training: who copies whom, and how a copied value is moved.

Reference:
    Jaderberg et al. (2017), Population based training of neural networks, https://arxiv.org/abs/1711.09846,
    section 4.1.1: truncation selection and perturbation.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from tuningkit.search.space import Dimension


def exploit(
    scores: np.ndarray, share: float, rng: np.random.Generator, *, more_is_better: bool
) -> np.ndarray:
    """Whom each member copies: truncation selection.

    With K members, the worst ``n = max(1, round(share * K))`` each draw one of the best n and copy it; the others
    stay themselves. A member without a score (NaN: it has diverged) always copies, whatever the share.

    Args:
        scores: The objective now, shape (members,).
        share: Share of the members that are replaced, above 0 and up to 0.5.
        rng: For the draws.
        more_is_better: Whether large scores are good.

    Returns:
        The place of each member's source, shape (members,); its own place if it stays. If no member has a score, all
        stay.

    Example:
        >>> exploit(np.array([0.3, 0.1, 0.9, 0.2]), 0.25, np.random.default_rng(0), more_is_better=False)
        array([0, 1, 1, 3])
    """
    members = len(scores)
    parents = np.arange(members)
    lost = ~np.isfinite(scores)
    healthy = int(members - lost.sum())
    if healthy == 0:
        return parents
    order = np.argsort(np.where(lost, np.inf, -scores if more_is_better else scores), kind="stable")
    count = max(1, math.floor(share * members + 0.5))
    # With few left that have not diverged, the best must not be among those replaced.
    best = order[: min(count, max(1, healthy // 2))]
    replaced = [place for place in order[-max(count, int(lost.sum())) :] if place not in best]
    parents[replaced] = rng.choice(best, size=len(replaced))
    return parents


def explore(
    values: Mapping[str, float],
    space: Mapping[str, Dimension],
    factors: Sequence[float],
    rng: np.random.Generator,
) -> dict[str, float]:
    """Move each value by one of the factors, drawn for each hyperparameter, and keep it within its range.

    Args:
        values: By hyperparameter.
        space: The range of each.
        factors: Such as (0.8, 1.2).
        rng: For the draws.

    Returns:
        New values.

    Example:
        >>> explore({"l2": 1e-3}, {"l2": Log(1e-6, 1e-2)}, (0.5,), np.random.default_rng(0))
        {'l2': 0.0005}
    """
    moved: dict[str, Any] = {}
    for name, value in values.items():
        ends: Any = space[name]
        moved[name] = float(np.clip(value * rng.choice(factors), ends.low, ends.high))
    return moved
