"""Initial weights of a model, drawn anew from a seed."""

from __future__ import annotations

from collections.abc import Iterable

import keras
import numpy as np

from tuningkit.training.random_state import random_numbers_undisturbed
from tuningkit.training.surgery import copies_layer_by_layer
from tuningkit.training.uncompiled import layers_only


def draw_initial_weights(
    model: keras.Model, seed: int, also: Iterable[keras.Variable] = ()
) -> list[np.ndarray]:
    """Weights of ``model`` as if it had just been built, determined by ``seed``.

    Trainable weights are drawn by each layer's own initializer, and do not depend on dropout rates. What is not
    trained keeps its value: frozen layers, an adapted ``Normalization`` layer. An initializer that the model gives a
    seed of its own repeats its draw, as it does in Keras.

    Args:
        model: A built model.
        seed: Whole number, at least 0.
        also: Non-trainable weights that start anew as well (moving statistics).

    Returns:
        Arrays in the order of ``model.weights``.

    Example:
        >>> weights = draw_initial_weights(model, seed=3)
    """
    with random_numbers_undisturbed(seed), layers_only(model):
        how = {"clone_function": _without_noise, "recursive": True} if copies_layer_by_layer(model) else {}
        fresh_weights = keras.models.clone_model(model, **how).get_weights()
    anew = {id(variable) for variable in model.trainable_variables} | {id(variable) for variable in also}
    return [
        drawn if id(variable) in anew else kept
        for variable, drawn, kept in zip(model.weights, fresh_weights, model.get_weights(), strict=True)
    ]


def _without_noise(layer: keras.layers.Layer) -> keras.layers.Layer:
    """A copy of a layer; of a dropout layer, one with rate 0.

    Keras's dropout layers draw a seed for their noise unless their rate is 0. Left at that, the weights of all
    layers behind would be others at rate 0 than at any other rate.
    """
    config = layer.get_config()
    if isinstance(layer, keras.layers.Dropout):
        config["rate"] = 0.0
    return layer.__class__.from_config(config)
