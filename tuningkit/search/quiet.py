"""Keep what one thread prints off the screen, and that of no other thread."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LOCK = threading.RLock()


class _OtherThreadsOnly:
    """A stream that passes on what other threads write."""

    def __init__(self, stream: Any) -> None:
        self._stream, self._quiet = stream, threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._quiet:
            return len(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


@contextmanager
def prints_nothing(wanted: bool = True) -> Iterator[None]:
    """Swallow what this thread prints while the context is open.

    A hypermodel that prints its summary would fill the page: a lab builds it again and again.

    Args:
        wanted: False leaves everything as it is.

    Example:
        >>> with prints_nothing():
        ...     model.summary()
    """
    if not wanted:
        yield
        return
    with _LOCK:
        stream = sys.stdout
        ours = sys.stdout = _OtherThreadsOnly(stream)
        try:
            yield
        finally:
            # Unless another thread has put a stream of its own there meanwhile.
            if sys.stdout is ours:
                sys.stdout = stream
