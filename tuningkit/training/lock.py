"""One training job at a time in a process.

Keras keeps global state, and ``keras.backend.clear_session()``, which KerasTuner calls at every trial, replaces
it for every thread. Jobs therefore take turns.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_TURN = threading.RLock()


@contextmanager
def training_turn(
    on_wait: Callable[[], None] | None = None, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[bool]:
    """Hold the process's only training slot.

    Args:
        on_wait: Called once if another job is training, so that a lab can say so.
        cancelled: Asked a few times a second while waiting; returning True gives up.

    Yields:
        True if the slot is held; False if the wait was cancelled.

    Example:
        >>> with training_turn() as held:
        ...     pass
    """
    held = _TURN.acquire(blocking=False)
    if not held and on_wait is not None:
        on_wait()
    # Short waits, so that an interrupt of the cell or a cancelled lab is noticed.
    while not held and not cancelled():
        held = _TURN.acquire(timeout=0.1)
    try:
        yield held
    finally:
        if held:
            _TURN.release()
