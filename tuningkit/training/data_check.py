"""Whether a data set fits a model, asked before anything is built."""

from __future__ import annotations

from typing import Any

import keras


def check_data(model: keras.Model, data: Any) -> None:
    """Check that ``data`` is a data set whose rows fit the model's input.

    Raises:
        TypeError: If it is not a data set.
        ValueError: If the shapes do not fit.
    """
    if not hasattr(data, "x_train"):
        raise TypeError(
            "data must be a tuningkit Dataset, such as tk.datasets.load_digits(). "
            f"Received: {type(data).__name__}. Of your own arrays make one with tk.Dataset.from_arrays(x, y)."
        )
    wanted, given = model.input_shape[1:], data.x_train.shape[1:]
    fits = len(wanted) == len(given) and all(w in (None, g) for w, g in zip(wanted, given, strict=True))
    if not fits:
        raise ValueError(
            f"The model expects rows of shape {tuple(wanted)}, but {data.name} has rows of shape {tuple(given)}. "
            f"Begin the model with keras.Input({tuple(given)})."
        )
