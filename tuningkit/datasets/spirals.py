"""Spiral arms wound around each other: a problem that needs a larger network."""

import numpy as np

from tuningkit.datasets.checks import require_count, require_number
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset

MOST_CLASSES = 10


def make_spirals(
    n: int = 500, *, noise: float = 0.03, turns: float = 1.5, classes: int = 2, seed: int = 0
) -> Dataset:
    """Spiral arms that start at the centre, one class per arm.

    A point of arm c (c = 0, ..., classes - 1) at the distance r from the centre lies at the angle

        angle = 2 pi (turns * r + c / classes),   0 < r < 1,

    and r is evenly spaced. 60 % of the points are for training, 20 % for validation and 20 % for test. Both
    coordinates are standardised by the training part's mean and standard deviation.

    Args:
        n: Number of points in all, at least 10 per arm; shared evenly between the arms.
        noise: Standard deviation of the noise added to each coordinate before scaling; the spiral has the
            radius 1, and neighbouring arms are 1 / (turns * classes) apart.
        turns: How often each arm winds around the centre, above 0.
        classes: Number of arms, 2 to 10.
        seed: Seed of the noise and of the split.

    Returns:
        The dataset; `x_train` has the shape (0.6 n, 2).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_spirals(600, classes=3).n_classes
        3

    Reference:
        K. J. Lang and M. J. Witbrock (1988), Learning to tell two spirals apart, Proceedings of the 1988
        Connectionist Models Summer School.
    """
    classes = require_count(classes, "classes", least=2)
    if classes > MOST_CLASSES:
        raise ValueError(f"classes must be at most {MOST_CLASSES}, but it is {classes}.")
    n, noise, seed = check_points(n, noise, seed, least=10 * classes)
    turns = require_number(turns, "turns", least=0)
    if turns == 0:
        raise ValueError("turns must be above 0: without turning, the arms would be straight lines.")
    arm = np.arange(n) % classes
    r = (np.arange(n) // classes + 0.5) / np.ceil(n / classes)
    angle = 2 * np.pi * (turns * r + arm / classes)
    x = np.column_stack([r * np.cos(angle), r * np.sin(angle)])
    x += np.random.default_rng(seed).normal(scale=noise, size=x.shape)
    names = tuple(f"arm {number + 1}" for number in range(classes))
    return points_dataset(
        x,
        arm,
        seed=seed,
        class_names=names,
        name="spirals",
        description=f"{n:,} points on {classes} spiral arms, {turns:g} turns, noise {noise:g}, standardised.",
    )
