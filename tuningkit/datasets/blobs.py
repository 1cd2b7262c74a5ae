"""Round clouds of points, one class each: a problem that straight lines solve."""

import numpy as np

from tuningkit.datasets.checks import require_count
from tuningkit.datasets.dataset import Dataset
from tuningkit.datasets.points import check_points, points_dataset

MOST_CLASSES = 10


def make_blobs(n: int = 500, *, noise: float = 0.5, classes: int = 2, seed: int = 0) -> Dataset:
    """Clouds with a normal distribution around centres on a circle, one class per cloud.

    The centre of class c (c = 0, ..., classes - 1) lies at the distance sqrt(2) from the origin, at the angle

        angle = 2 pi (c / classes - 3 / 8),

    so that two classes sit at (-1, -1) and (1, 1). 60 % of the points are for training, 20 % for validation and
    20 % for test. Both coordinates are standardised by the training part's mean and standard deviation.

    Args:
        n: Number of points in all, at least 10 per class; shared evenly between the classes.
        noise: Standard deviation of each cloud in each direction, before scaling.
        classes: Number of clouds, 2 to 10.
        seed: Seed of the points and of the split.

    Returns:
        The dataset; `x_train` has the shape (0.6 n, 2).

    Raises:
        TypeError: If an argument is not a number.
        ValueError: If an argument is out of range.

    Example:
        >>> make_blobs(300, classes=3).n_classes
        3
    """
    classes = require_count(classes, "classes", least=2)
    if classes > MOST_CLASSES:
        raise ValueError(f"classes must be at most {MOST_CLASSES}, but it is {classes}.")
    n, noise, seed = check_points(n, noise, seed, least=10 * classes)
    cloud = np.arange(n) % classes
    angle = 2 * np.pi * (cloud / classes - 3 / 8)
    x = np.sqrt(2) * np.column_stack([np.cos(angle), np.sin(angle)])
    x += np.random.default_rng(seed).normal(scale=noise, size=x.shape)
    names = tuple(f"blob {number + 1}" for number in range(classes))
    return points_dataset(
        x,
        cloud,
        seed=seed,
        class_names=names,
        name="blobs",
        description=f"{n:,} points in {classes} round clouds, standard deviation {noise:g}, standardised.",
    )
