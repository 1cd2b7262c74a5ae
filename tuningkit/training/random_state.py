"""The learner's own random numbers must not depend on whether a network was built in between."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager


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
