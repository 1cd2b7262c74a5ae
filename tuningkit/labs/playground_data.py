"""The data of a PlaygroundLab: points in a plane, with as much noise and as many training points as asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from tuningkit.datasets import (
    Dataset,
    make_blobs,
    make_bumps,
    make_circles,
    make_moons,
    make_plane,
    make_spirals,
    make_xor,
)
from tuningkit.datasets.resampling import stratified_order
from tuningkit.labs.playground_settings import OWN_DATA

#: Points in all; a fifth of them is the test part, which no picture shows: 500 are seen.
POINTS = 625
#: Standard deviation of each coordinate. The points reach from about -6 to 6, where sin(x) is a wave.
SPREAD = 3.0
#: One pair of names for all data sets: a picture's legend stays when the data changes.
CLASS_NAMES = ("class A", "class B")

# Noise is a share, 0 to 0.5. What it means for each shape: at 0.5 the classes have grown together, the heights are
# hard to see.
_MAKERS: dict[str, Callable[[float, int], Dataset]] = {
    "circles": lambda noise, seed: make_circles(POINTS, noise=0.6 * noise, seed=seed),
    "moons": lambda noise, seed: make_moons(POINTS, noise=0.8 * noise, seed=seed),
    "spirals": lambda noise, seed: make_spirals(POINTS, noise=0.2 * noise, seed=seed),
    "xor": lambda noise, seed: make_xor(POINTS, noise=0.6 * noise, seed=seed),
    "blobs": lambda noise, seed: make_blobs(POINTS, noise=0.35 + 1.3 * noise, seed=seed),
    "plane": lambda noise, seed: make_plane(POINTS, noise=0.6 * noise, seed=seed),
    "bumps": lambda noise, seed: make_bumps(POINTS, noise=0.6 * noise, seed=seed),
}


def make_data(settings: Mapping[str, Any], own: Dataset | None = None) -> Dataset:
    """The data set that these settings ask for.

    The two coordinates have mean 0 and standard deviation 3 over the training points. The share ``train_share``
    of the points that are not for the test are for training, the rest for validation; with a larger share the
    training points of a smaller one stay.

    Args:
        settings: ``data``, ``noise``, ``train_share`` and ``data_seed``, checked.
        own: The learner's own data set, which is taken as it is.

    Returns:
        The data set; ``x_train`` has the shape (rows, 2).

    Example:
        >>> len(make_data({"data": "xor", "noise": 0.1, "train_share": 0.3, "data_seed": 0}).x_train)
        150
    """
    if settings["data"] == OWN_DATA and own is not None:
        return own
    made = _MAKERS[settings["data"]](settings["noise"], settings["data_seed"])
    x = np.concatenate([made.x_train, made.x_validation])
    y = np.concatenate([made.y_train, made.y_validation])
    classes = y if made.task == "classification" else np.zeros(len(y), "int32")
    order = stratified_order(classes, seed=settings["data_seed"])
    count = round(settings["train_share"] * len(x))
    train, validation = order[:count], order[count:]
    # Standardising is undone by standardising again: what the loader saw of the other points leaves no trace.
    mean, deviation = x[train].mean(axis=0), x[train].std(axis=0)

    def stretched(part: np.ndarray) -> np.ndarray:
        return (SPREAD * (part - mean) / deviation).astype("float32")

    return replace(
        made,
        x_train=stretched(x[train]),
        y_train=y[train],
        x_validation=stretched(x[validation]),
        y_validation=y[validation],
        x_test=stretched(made.x_test),
        class_names=CLASS_NAMES if made.task == "classification" else (),
    )


def check_own_data(data: Any, most_classes: int) -> Dataset:
    """Return a learner's own data set if a plane can show it.

    Args:
        data: The data set.
        most_classes: How many classes a picture can tell apart.

    Raises:
        TypeError: If it is no data set.
        ValueError: If it has another number of inputs, too many classes, or several targets.
    """
    if not isinstance(data, Dataset):
        raise TypeError(
            "data must be a name such as 'spirals', or a tk.Dataset with two inputs, which "
            f"tk.Dataset.from_arrays(x, y) makes. Received: {type(data).__name__}"
        )
    if data.input_shape != (2,):
        raise ValueError(
            f"The playground shows data with two inputs. {data.name!r} has inputs of shape {data.input_shape}; "
            "tk.TuningLab takes any shape."
        )
    if data.task == "classification" and not 2 <= data.n_classes <= most_classes:
        raise ValueError(
            f"The playground can tell 2 to {most_classes} classes apart; {data.name!r} has {data.n_classes}."
        )
    if data.task == "regression" and data.y_train.ndim != 1:
        raise ValueError(
            f"The playground predicts one number; {data.name!r} has targets of shape {data.y_train.shape}."
        )
    return data


def extent_of(data: Dataset) -> tuple[float, float, float, float]:
    """The part of the plane that a picture shows: all points with a margin, as (xmin, xmax, ymin, ymax)."""
    x = np.concatenate([data.x_train, data.x_validation])
    low, high = x.min(axis=0), x.max(axis=0)
    margin = 0.06 * (high - low)
    low, high = low - margin, high + margin
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def grid_points(extent: tuple[float, float, float, float], side: int) -> np.ndarray:
    """The places of a square grid, row by row from the lowest y, shape (side * side, 2), float32."""
    axes = np.linspace(extent[0], extent[1], side), np.linspace(extent[2], extent[3], side)
    return np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, 2).astype("float32")
