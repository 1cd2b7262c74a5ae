"""Fewer rows or wrong labels, drawn so that a smaller draw is contained in a larger one."""

import numpy as np


def stratified_order(classes: np.ndarray, *, seed: int) -> np.ndarray:
    """Order rows so that every beginning holds the classes in nearly their true shares.

    Rows are shuffled; the r-th row of a class with m rows then gets the position (r + 1/2) / m, and rows are
    sorted by position. The first row of each class comes before all others, so that no class is missing.

    Args:
        classes: Class numbers, shape (rows,).
        seed: Seed of the shuffle.

    Returns:
        Row numbers, shape (rows,).
    """
    shuffled = np.random.default_rng(seed).permutation(len(classes))
    position = np.empty(len(classes))
    for label in np.unique(classes):
        mine = np.flatnonzero(classes[shuffled] == label)
        position[mine] = (np.arange(len(mine)) + 0.5) / len(mine)
        position[mine[0]] = 0
    return shuffled[np.argsort(position, kind="stable")]


def wrong_labels(labels: np.ndarray, fraction: float, n_classes: int, *, seed: int) -> np.ndarray:
    """Change a share of the labels to another class, chosen evenly among the others.

    Args:
        labels: Class numbers 0..n_classes-1, shape (rows,).
        fraction: Share of the rows to change, 0 to 1; rounded to whole rows.
        n_classes: Number of classes, at least 2.
        seed: Seed of the draw.

    Returns:
        A changed copy, shape (rows,).
    """
    rng = np.random.default_rng(seed)
    rows = len(labels)
    # A shift is drawn for every row, whatever the fraction: this nests smaller fractions in larger ones.
    shift = rng.integers(1, n_classes, size=rows)
    chosen = rng.permutation(rows)[: round(fraction * rows)]
    changed = labels.copy()
    changed[chosen] = (labels[chosen] + shift[chosen]) % n_classes
    return changed
