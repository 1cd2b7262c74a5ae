"""The network of a PlaygroundLab: chosen inputs, dense layers with dropout behind them, one output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

if TYPE_CHECKING:
    import numpy as np

    from tuningkit.datasets import Dataset

_FORMULAS: dict[str, Callable[[Any, Any], Any]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1^2": lambda x1, x2: ops.square(x1),
    "x2^2": lambda x1, x2: ops.square(x2),
    "x1*x2": lambda x1, x2: x1 * x2,
    "sin(x1)": lambda x1, x2: ops.sin(x1),
    "sin(x2)": lambda x1, x2: ops.sin(x2),
}


@keras.saving.register_keras_serializable(package="tuningkit")
class PlaneFeatures(keras.layers.Layer):
    """Numbers made of the two coordinates of a point: themselves, squares, product, sines.

    Args:
        features: Names such as "x1", "x1^2", "x1*x2" or "sin(x2)", in the order of the outputs.

    Raises:
        ValueError: If a name is unknown.

    Example:
        >>> PlaneFeatures(("x1", "x1*x2"))(np.array([[2.0, 3.0]])).numpy()
        array([[2., 6.]], dtype=float32)
    """

    def __init__(self, features: Sequence[str] = ("x1", "x2"), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        unknown = [name for name in features if name not in _FORMULAS]
        if unknown:
            raise ValueError(f"There is no feature {unknown[0]!r}. Known: {', '.join(_FORMULAS)}.")
        self.features = tuple(features)
        self.built = True

    def call(self, inputs):
        """The features, shape (rows, features)."""
        if self.features == ("x1", "x2"):
            return inputs
        x1, x2 = inputs[:, :1], inputs[:, 1:]
        columns = [_FORMULAS[name](x1, x2) for name in self.features]
        return ops.concatenate(columns, axis=-1) if len(columns) > 1 else columns[0]

    def compute_output_shape(self, input_shape):
        """One number per feature."""
        return (*input_shape[:-1], len(self.features))

    def get_config(self) -> dict[str, Any]:
        """The names of the features."""
        return {**super().get_config(), "features": list(self.features)}


def build_network(settings: Mapping[str, Any], outputs: int) -> keras.Model:
    """The network that a playground's settings ask for.

    Args:
        settings: ``features``, ``hidden`` and ``activation``, checked.
        outputs: Units of the last layer: 1 for two classes or an amount, else one per class.

    Returns:
        An ordinary Keras model on points of shape (rows, 2). Its layers are "inputs", "hidden_1", "dropout_1", ...,
        "output"; the output is a raw score (logit) or an amount.

    Example:
        >>> build_network({"features": ("x1", "x2"), "hidden": (8, 8), "activation": "tanh"}, 1).count_params()
        105
    """
    points = keras.Input((2,), name="points")
    x = PlaneFeatures(settings["features"], name="inputs")(points)
    for number, units in enumerate(settings["hidden"], 1):
        x = keras.layers.Dense(units, settings["activation"], name=f"hidden_{number}")(x)
        x = keras.layers.Dropout(0.0, name=f"dropout_{number}")(x)
    return keras.Model(points, keras.layers.Dense(outputs, name="output")(x), name="playground")


def network_for(
    settings: Mapping[str, Any], data: Dataset, weights: Sequence[np.ndarray] = ()
) -> keras.Model:
    """The network that settings ask for on this data, with as many outputs as the data needs.

    Args:
        settings: As for :func:`build_network`.
        data: What it is to learn.
        weights: Of a run with these settings; none: the initial ones.
    """
    model = build_network(settings, data.n_classes if data.n_classes > 2 else 1)
    if weights:
        model.set_weights(weights)
    return model


def layer_names(hidden: Sequence[int]) -> list[str]:
    """The layers whose units are shown, from the inputs to the output."""
    return ["inputs", *(f"hidden_{number}" for number in range(1, len(hidden) + 1)), "output"]
