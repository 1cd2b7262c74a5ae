"""The learner's own random numbers must not depend on whether a network was built or trained in between."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def tensorflow_numbers_undisturbed(seed: int) -> Iterator[None]:
    """Seed TensorFlow inside, which ``model.fit`` shuffles with, and put its generator back afterwards.

    Args:
        seed: What TensorFlow is seeded with inside.

    Example:
        >>> with tensorflow_numbers_undisturbed(3):
        ...     model.fit(x, y)
    """
    import tensorflow as tf

    try:
        from tensorflow.python.eager.context import context
    except ImportError:  # Not part of TensorFlow's public face; without it the learner's draws start anew.
        tf.random.set_seed(seed)
        yield
        return
    state = context()
    kept = [(name, getattr(state, name)) for name in ("_seed", "_rng") if hasattr(state, name)]
    tf.random.set_seed(seed)
    try:
        yield
    finally:
        for name, value in kept:
            setattr(state, name, value)


@contextmanager
def random_numbers_undisturbed(seed: int | None = None) -> Iterator[None]:
    """Put Python's random generator back, from which Keras draws the default seed of every initializer.

    Args:
        seed: What the generator is seeded with inside, or None to let it run on.

    Example:
        >>> with random_numbers_undisturbed(seed=3):
        ...     copy = keras.models.clone_model(model)
    """
    state = random.getstate()
    try:
        if seed is not None:
            random.seed(seed)
        yield
    finally:
        random.setstate(state)
