"""A learner's own function as a loss surface: tried out before it gets into a graph."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tuningkit.optimizers.surfaces import SURFACES, Surface

_SIDE = 9


def own_surface(
    function: Callable[[Any, Any], Any],
    *,
    extent: tuple[float, float, float, float] = (-2.5, 2.5, -2.5, 2.5),
    start: tuple[float, float] | None = None,
    learning_rate: float = 0.01,
) -> Surface:
    """A loss surface of your own, from a Python function of two variables.

    Args:
        function: ``function(x, y)``, written with ``keras.ops`` or plain arithmetic, element by element: for
            arrays it returns one number per place.
        extent: The part that is shown, ``(xmin, xmax, ymin, ymax)``.
        start: Where paths begin; None is a quarter of the way from the left and the top.
        learning_rate: Learning rate that the lab begins with.

    Raises:
        TypeError: If it is no function of two variables.
        ValueError: If it returns the wrong shape, no finite numbers, or something without a gradient.

    Example:
        >>> own_surface(lambda x, y: keras.ops.sin(x) ** 2 + 0.1 * y**2)
    """
    if not callable(function):
        raise TypeError(f"A surface is a function of x and y. Received: {type(function).__name__}")
    name = getattr(function, "__name__", type(function).__name__)
    shown = "own surface" if name == "<lambda>" or name in SURFACES else name
    extent = _check_extent(extent)
    xmin, xmax, ymin, ymax = extent
    if start is None:
        start = (xmin + 0.25 * (xmax - xmin), ymax - 0.25 * (ymax - ymin))
    places = np.meshgrid(np.linspace(xmin, xmax, _SIDE), np.linspace(ymin, ymax, _SIDE))
    x, y = (np.append(axis.ravel(), at).astype("float32") for axis, at in zip(places, start, strict=True))
    _check_values(function, shown, x, y)

    def element_by_element(x: Any, y: Any, condition: Any) -> Any:
        import keras

        if isinstance(x, np.ndarray):
            # NumPy arrays are for pictures: asked in the numbers of the graph, answered in NumPy.
            tensors = (keras.ops.convert_to_tensor(axis, dtype="float32") for axis in (x, y))
            return keras.ops.convert_to_numpy(function(*tensors))
        return function(x, y)

    return Surface(
        shown,
        shown,
        r"\text{your own}",
        element_by_element,
        extent,
        (float(start[0]), float(start[1])),
        learning_rate=learning_rate,
        source="your own function",
    )


def _check_extent(extent: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    try:
        xmin, xmax, ymin, ymax = (float(value) for value in extent)
    except (TypeError, ValueError):
        raise ValueError(f"extent must be (xmin, xmax, ymin, ymax). Received: {extent!r}") from None
    if not (np.isfinite([xmin, xmax, ymin, ymax]).all() and xmin < xmax and ymin < ymax):
        raise ValueError(
            f"extent must be (xmin, xmax, ymin, ymax) with xmin < xmax and ymin < ymax. Received: {extent!r}"
        )
    return xmin, xmax, ymin, ymax


def _check_values(function: Callable[[Any, Any], Any], name: str, x: np.ndarray, y: np.ndarray) -> None:
    import tensorflow as tf

    x, y = tf.constant(x), tf.constant(y)
    with tf.GradientTape() as tape:
        tape.watch([x, y])
        try:
            loss = function(x, y)
        except Exception as error:
            said = str(error).splitlines()[0] if str(error) else "no further words"
            raise ValueError(
                f"The function {name} stopped with {type(error).__name__}: {said} "
                "It is called with two tensors, x and y."
            ) from error
        shape = getattr(loss, "shape", None)
        if shape is None or tuple(shape) != tuple(x.shape):
            received = type(loss).__name__ if shape is None else f"shape {tuple(shape)}"
            raise ValueError(
                f"The function {name} must return one number for each place: for x and y of shape {tuple(x.shape)} "
                f"that shape again. Received: {received}. Work element by element, without a sum over all places."
            )
        total = tf.reduce_sum(loss) if tf.is_tensor(loss) else None
    gradients = [None] if total is None else tape.gradient(total, [x, y])
    if all(gradient is None for gradient in gradients):
        raise ValueError(
            f"The function {name} has no gradient. "
            "Write it with keras.ops instead of NumPy, so that Keras can follow it."
        )
    finite = np.isfinite(loss.numpy())
    for gradient in gradients:
        if gradient is not None:
            finite &= np.isfinite(gradient.numpy())
    if not finite.all():
        bad = int(np.argmin(finite))
        raise ValueError(
            f"The function {name} has no finite loss or gradient at "
            f"x = {float(x[bad]):.3g}, y = {float(y[bad]):.3g}. "
            "Choose an extent where it has one, or change the function."
        )
