"""Copies of a model's layers, without what the model was compiled with."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import keras

_LOCK = threading.RLock()


@contextmanager
def layers_only(model: keras.Model) -> Iterator[None]:
    """While this is open, ``keras.models.clone_model(model)`` copies the layers and nothing else.

    Keras would also rebuild the loss, the metrics and the optimiser from their names, and fails for a loss that is a
    function of the learner's own. A trainer takes these from the model itself and has no use for copies.

    Args:
        model: A Keras model, compiled or not; as it was afterwards.

    Example:
        >>> with layers_only(model):
        ...     copy = keras.models.clone_model(model)
    """
    with _LOCK:
        # Around Keras's tracker of attributes, which would keep it.
        object.__setattr__(model, "get_compile_config", dict)
        try:
            yield
        finally:
            object.__delattr__(model, "get_compile_config")
