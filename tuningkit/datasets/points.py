"""What the computed points of a plane have in common: checked arguments, two inputs, where they come from."""

from dataclasses import replace
from typing import Any

import numpy as np

from tuningkit.datasets.checks import require_count, require_number
from tuningkit.datasets.dataset import Dataset


def check_points(n: Any, noise: Any, seed: Any, *, least: int = 20) -> tuple[int, float, int]:
    """Check the arguments that all of them take.

    Args:
        n: Number of points in all.
        noise: A standard deviation, at least 0.
        seed: Seed of points and split.
        least: The smallest number of points.

    Raises:
        TypeError: If one is not a number.
        ValueError: If one is out of range.
    """
    return (
        require_count(n, "n", least=least),
        require_number(noise, "noise", least=0),
        require_count(seed, "seed", least=0),
    )


def points_dataset(
    x: np.ndarray, y: np.ndarray, *, description: str, source: str = "computed by tuningkit", **about: Any
) -> Dataset:
    """Split and standardise computed points.

    Args:
        x: Coordinates, shape (n, 2).
        y: Classes or heights, shape (n,).
        description: A line for people.
        source: What computed them.
        **about: Further arguments of :meth:`Dataset.from_arrays`, such as ``seed`` and ``name``.
    """
    return replace(
        Dataset.from_arrays(x, y, **about),
        feature_names=("x1", "x2"),
        source=source,
        licence="no rights reserved (computed points)",
        description=description,
    )
