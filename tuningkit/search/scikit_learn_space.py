"""What a search of scikit-learn searches, as a space."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tuningkit.search.space import Choice, Dimension, Integer, Log, Uniform


def parameters_of(search: Any) -> list[Mapping[str, Any]]:
    """The grids or distributions of a search, always as a list."""
    given = getattr(search, "param_grid", None)
    if given is None:
        given = search.param_distributions
    return [given] if isinstance(given, Mapping) else list(given)


def space_of(search: Any) -> dict[str, Dimension]:
    """Ranges and choices by parameter; a distribution that is neither is left out.

    Example:
        >>> space_of(GridSearchCV(model, {"C": [0.1, 1]}))
        {'C': Choice(values=(0.1, 1))}
    """
    values: dict[str, list[Any]] = {}
    ranges: dict[str, Dimension] = {}
    for part in parameters_of(search):
        for name, given in part.items():
            if hasattr(given, "rvs"):
                found = _range(given)
                if found is not None:
                    ranges[name] = found
                continue
            seen = values.setdefault(name, [])
            seen += [value for value in given if repr(value) not in {repr(one) for one in seen}]
    return {**{name: Choice(tuple(listed)) for name, listed in values.items()}, **ranges}


def _range(distribution: Any) -> Dimension | None:
    kind = getattr(getattr(distribution, "dist", None), "name", "")
    if kind not in ("loguniform", "reciprocal", "uniform", "randint"):
        return None
    low, high = (float(end) for end in distribution.support())
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        return None
    if kind == "randint":
        return Integer(int(low), int(high))
    return Uniform(low, high) if kind == "uniform" else Log(low, high)


def candidates_of(search: Any) -> list[dict[str, Any]]:
    """Every combination of a grid, or the draws of a random search, as scikit-learn makes them."""
    from sklearn.model_selection import ParameterGrid, ParameterSampler

    if hasattr(search, "param_grid"):
        return list(ParameterGrid(search.param_grid))
    count = getattr(search, "n_iter", None) or getattr(search, "n_candidates", None)
    if not isinstance(count, int):
        return []
    return list(ParameterSampler(search.param_distributions, count, random_state=search.random_state))
