"""Turn a learner's Keras model into a copy whose dropout, L1 and L2 can be moved while it trains."""

from __future__ import annotations

from dataclasses import dataclass, field

import keras
import numpy as np

from tuningkit.training.live import LiveDropout, LiveL1L2
from tuningkit.training.random_state import random_numbers_undisturbed
from tuningkit.training.uncompiled import layers_only

# By exact type: a learner's own subclass of Dropout may drop in a way of its own, and stays as it is.
_NOISE_SHAPES = {
    keras.layers.Dropout: lambda layer: layer.noise_shape,
    keras.layers.SpatialDropout1D: lambda layer: (None, 1, None),
    keras.layers.SpatialDropout2D: lambda layer: _spatial(layer, 2),
    keras.layers.SpatialDropout3D: lambda layer: _spatial(layer, 3),
}
_KERNEL_REGULARIZERS = (
    "kernel_regularizer",
    "depthwise_regularizer",
    "pointwise_regularizer",
    "_kernel_regularizer",  # Attention hands it to the projections that it builds.
)


@dataclass(frozen=True)
class LiveModel:
    """A copy of a model with live hyperparameters.

    Attributes:
        model: The copy. Same layers, same names, same weights as the original.
        dropouts: Its dropout layers, in order of creation.
        regularizers: The live penalty of each kernel.
        own_dropout: Dropout rates the learner's model itself asks for, one per layer of ``dropouts``.
        own_l1: L1 strengths the learner's model itself asks for, one per kernel.
        own_l2: L2 strengths, likewise.
    """

    model: keras.Model
    dropouts: list[LiveDropout] = field(default_factory=list)
    regularizers: list[LiveL1L2] = field(default_factory=list)
    own_dropout: tuple[float, ...] = ()
    own_l1: tuple[float, ...] = ()
    own_l2: tuple[float, ...] = ()


def make_live(model: keras.Model) -> LiveModel:
    """Copy a model and replace its dropout layers and kernel penalties by live ones.

    Args:
        model: A built Sequential or functional Keras model. It is not changed.

    Returns:
        The live copy, with the original's weights.

    Raises:
        TypeError: If ``model`` is not a Keras model that can be copied layer by layer.
        ValueError: If the model is not built yet.

    Example:
        >>> live = make_live(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]))
        >>> live.own_l2
        (0.0,)
    """
    check_model(model)
    dropouts: list[LiveDropout] = []
    penalties: list[LiveL1L2] = []
    own: dict[str, list[float]] = {"dropout": [], "l1": [], "l2": []}

    def clone_layer(layer: keras.layers.Layer) -> keras.layers.Layer:
        if type(layer) in _NOISE_SHAPES:
            noise_shape = _NOISE_SHAPES[type(layer)](layer)
            live = LiveDropout(
                min(layer.rate, _HIGHEST_RATE),
                noise_shape=noise_shape,
                name=layer.name,
                dtype=layer.dtype_policy,
            )
            dropouts.append(live)
            own["dropout"].append(min(float(layer.rate), _HIGHEST_RATE))
            return live
        copy = layer.__class__.from_config(layer.get_config())
        if not isinstance(layer, keras.layers.Layer):
            return copy  # An operation between layers, such as a slice of the inputs.
        # A wrapper or a recurrent layer keeps its kernels in the layer or cell inside it.
        for part in copy._flatten_layers():
            for attribute in _KERNEL_REGULARIZERS:
                if not hasattr(part, attribute) or isinstance(part, keras.layers.RNN):
                    continue
                strengths = _strengths(getattr(part, attribute))
                if strengths is None:
                    # A penalty of another kind (orthogonality, say) is part of the model, not a slider: it stays.
                    continue
                penalty = LiveL1L2(*strengths)
                setattr(part, attribute, penalty)
                penalties.append(penalty)
                own["l1"].append(strengths[0])
                own["l2"].append(strengths[1])
        copy.trainable = layer.trainable
        return copy

    with random_numbers_undisturbed(), layers_only(model):
        clone = keras.models.clone_model(model, clone_function=clone_layer, recursive=True)
    clone.set_weights(model.get_weights())
    return LiveModel(clone, dropouts, penalties, tuple(own["dropout"]), tuple(own["l1"]), tuple(own["l2"]))


# Keras accepts a rate of 1, which drops everything; the live layer divides by 1 - rate.
_HIGHEST_RATE = float(np.float32(1) - np.float32(2**-20))


def check_model(model: object) -> None:
    """Refuse what cannot be trained here, in words that say what would be right.

    Raises:
        TypeError: If ``model`` is no Keras model, or a class or function instead of a model.
        ValueError: If the model has no input shape yet, or more than one input or output.
    """
    if not isinstance(model, keras.Model):
        hint = " Call it first, and pass what it returns." if callable(model) else ""
        raise TypeError(f"model must be a Keras model. Received: {type(model).__name__}.{hint}")
    if not model.built:
        raise ValueError(
            "The model does not know its input shape yet. Begin it with keras.Input((features,)), "
            "or call model.build((None, features)) first."
        )
    for side, tensors in (
        ("inputs", getattr(model, "inputs", None)),
        ("outputs", getattr(model, "outputs", None)),
    ):
        if tensors is not None and len(tensors) != 1:
            raise ValueError(
                f"The model has {len(tensors)} {side}; tuningkit trains models with one input and one output. "
                "Join several inputs into one array, or use model.fit for this model."
            )


def _spatial(layer: keras.layers.Layer, dimensions: int) -> tuple[int | None, ...]:
    ones = (1,) * dimensions
    return (None, None, *ones) if layer.data_format == "channels_first" else (None, *ones, None)


def _strengths(regularizer: object) -> tuple[float, float] | None:
    if regularizer is None:
        return 0.0, 0.0
    if isinstance(regularizer, LiveL1L2):
        config = regularizer.get_config()
        return config["l1"], config["l2"]
    if isinstance(regularizer, keras.regularizers.L1L2):
        return float(regularizer.l1), float(regularizer.l2)
    if isinstance(regularizer, keras.regularizers.L1):
        return float(regularizer.l1), 0.0
    if isinstance(regularizer, keras.regularizers.L2):
        return 0.0, float(regularizer.l2)
    return None


def copies_layer_by_layer(model: keras.Model) -> bool:
    """Whether Keras copies this model layer by layer: a Sequential or functional one, not a subclass."""
    if isinstance(model, keras.Sequential):
        return type(model) is keras.Sequential
    return type(model).__name__ == "Functional" or (type(model) is keras.Model)
