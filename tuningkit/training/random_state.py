"""The learner's own random numbers must not depend on whether a network was built or trained in between."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


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


class _DrawsOfOneThread(threading.local):
    """Stands in Keras for Python's ``random``, which any other thread (a lab, a server, Dask) may draw from as well.

    Attributes:
        generator: What this thread draws from; None for Python's generator, shared by all.
    """

    generator: random.Random | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self.generator or random, name)


_DRAWS = _DrawsOfOneThread()


@contextmanager
def random_numbers_undisturbed(seed: int | None = None) -> Iterator[None]:
    """Put Python's random generator back, from which Keras draws the default seed of every initializer.

    What Keras draws inside cannot be changed by other threads that draw at the same time.

    Args:
        seed: What the generator is seeded with inside, or None to let it run on.

    Example:
        >>> with random_numbers_undisturbed(seed=3):
        ...     copy = keras.models.clone_model(model)
    """
    _draw_by_thread()
    state, outer = random.getstate(), _DRAWS.generator
    own = random.Random(seed)
    if seed is None:
        own.setstate(outer.getstate() if outer else state)
    _DRAWS.generator = own
    try:
        if seed is not None:
            # A layer of the learner's own may draw from Python's generator directly.
            random.seed(seed)
        yield
    finally:
        _DRAWS.generator = outer
        random.setstate(state)


def _draw_by_thread() -> None:
    """Have Keras ask :class:`_DrawsOfOneThread` for default seeds."""
    try:
        from keras.src.random import seed_generator
    except (
        ImportError
    ):  # Not part of Keras's public face; without it a draw of another thread may come between.
        return
    if getattr(seed_generator, "python_random", None) is random:
        seed_generator.python_random = _DRAWS
