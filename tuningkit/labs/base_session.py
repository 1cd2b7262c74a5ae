"""What every training lab shares: a worker, its state, its errors, and pictures at a bearable rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from tuningkit.labs.worker import Worker
from tuningkit.training.lock import training_turn

#: Seconds between two pictures.
REFRESH = 1 / 30


class Session:
    """A training job that is steered from any thread and carried out in its own.

    A subclass says what there is to do: ``_has_work``, ``_obey``, ``_due``, ``_advance``, ``_resting``,
    ``snapshot`` and ``_free``.

    Args:
        on_update: Called in the worker's thread with a snapshot, at most 30 times a second, and always with the
            last state.
        name: Name of the thread.

    Attributes:
        trained: Whether anything was trained since the session last came to rest.
    """

    def __init__(self, on_update: Callable[[Any], None], *, name: str) -> None:
        self._on_update = on_update
        self._lock = threading.RLock()
        self._playing = False
        self._status = "idle"
        self._error: tuple[str, str] | None = None
        self._exception: BaseException | None = None
        self._next_picture = 0.0
        # How long the last chunk of training took; unknown at first, and so taken for long.
        self._chunk_seconds = REFRESH
        # Whether what was last obeyed can be seen without training on, as the mark of a move in the middle of a run.
        self._shows_by_itself = False
        self.trained = False
        self.worker = Worker(self._work, self._failed, name=name)

    # Requests and answers, from any thread

    def pause(self) -> None:
        """Stop after the chunk under way; nothing is lost."""
        with self._lock:
            self._playing = False
        self.worker.wake()

    def refresh(self) -> None:
        """Draw the present state once more."""
        self.worker.wake()

    def close(self) -> None:
        """End the thread and free the network; finished curves stay."""
        if self.worker.stop():
            self._free()

    def check_open(self) -> None:
        """Raise if the session was closed, for example because its cell was run again."""
        if self.worker.stopped:
            raise RuntimeError("This lab is closed. Run its cell again to make a new one.")

    def raise_error(self) -> None:
        """Raise what went wrong in the worker, once."""
        with self._lock:
            error, self._exception = self._exception, None
        if error is not None:
            raise error

    def snapshot(self, *, final: bool = False) -> Any:
        """The present state, for a view. Only the worker's thread may ask."""
        raise NotImplementedError

    # What a subclass does

    def _has_work(self) -> bool:
        """Whether anything was asked for that takes the training slot."""
        raise NotImplementedError

    def _obey(self) -> bool:
        """Carry out what was asked since the last chunk; return whether the picture changes by that."""
        raise NotImplementedError

    def _due(self) -> bool:
        """Whether to train another chunk; clears ``_playing`` when the goal is reached."""
        raise NotImplementedError

    def _advance(self) -> None:
        """Train one chunk."""
        raise NotImplementedError

    def _resting(self) -> str:
        """The status to come to rest in."""
        raise NotImplementedError

    def _free(self) -> None:
        """Let go of the network, after the thread has ended."""
        raise NotImplementedError

    # In the worker's thread

    def _work(self) -> None:
        try:
            if self._has_work():
                self._take_turn()
            with self._lock:
                self._status = "failed" if self._error is not None else self._resting()
            self._publish(final=True)
            self.trained = False
        finally:
            # Closed while a chunk took longer than the one who closed was ready to wait.
            if self.worker.stopped:
                self._free()

    def _take_turn(self) -> None:
        with self._lock:
            self._error = self._exception = None
            playing = self._playing

        def called_off() -> bool:
            return self.worker.stopped or (playing and not self._playing)

        with training_turn(on_wait=lambda: self._say("waiting"), cancelled=called_off) as held:
            while held and not self.worker.stopped:
                moved = self._obey()
                if not self._due():
                    break
                self._status = "training"
                if moved and (self._shows_by_itself or self._chunk_seconds >= REFRESH):
                    # The answer to a move is seen before training goes on.
                    self._publish(at_once=True)
                elif moved:
                    # Training answers sooner than a picture of its own would: one picture shows both.
                    self._next_picture = 0.0
                begin = time.monotonic()
                self._advance()
                self._chunk_seconds = time.monotonic() - begin
                self.trained = True
                self._publish()

    def _say(self, status: str) -> None:
        self._status = status
        self._publish(final=True)

    def _publish(self, *, final: bool = False, at_once: bool = False) -> None:
        now = time.monotonic()
        if self.worker.stopped or not (final or at_once or now >= self._next_picture):
            return
        # Counted from when the last one was due, so that epochs of half that length do not halve the rate; but
        # pictures out of turn do not add up to a pause.
        self._next_picture = min(max(self._next_picture, now - REFRESH), now) + REFRESH
        self._on_update(self.snapshot(final=final))

    def _failed(self, error: BaseException, text: str) -> None:
        with self._lock:
            self._playing = False
            self._error = (explain(error), text)
            self._exception = error
            self._status = "failed"
        self.trained = False
        self._publish(final=True)


def explain(error: BaseException) -> str:
    """An exception in words for a learner."""
    name = type(error).__name__
    if isinstance(error, MemoryError) or "ResourceExhausted" in name:
        return f"There was not enough memory for this: {error} Try a smaller batch, network or number of repeats."
    if isinstance(error, (ValueError, TypeError)):
        return str(error)
    return f"Training stopped with {name}: {str(error).splitlines()[0] if str(error) else 'no further words'}"
