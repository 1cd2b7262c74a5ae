"""A search of KerasTuner in a lab's own thread: it can be paused after an epoch, and gone on with."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_session import Session

if TYPE_CHECKING:
    from tuningkit.search.live_tuner import LiveTuner
    from tuningkit.search.trials import Trial


class _Paused(BaseException):
    """Ends KerasTuner's search between two epochs; it takes an Exception for a trial that failed."""


@dataclass(frozen=True, eq=False)
class TunerSnapshot:
    """A search at one moment.

    Attributes:
        status: As in a TuningLab; "training" while it searches.
        rows: The trials so far, in the order in which they began.
        running: Place of the trial under way among them, or None.
        objective: What is compared.
        direction: "min" or "max".
        seconds: Time spent searching.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    rows: tuple[Trial, ...]
    running: int | None
    objective: str
    direction: str
    seconds: float
    error: tuple[str, str] | None
    final: bool

    @property
    def best(self) -> Trial | None:
        """The best trial so far, the one under way aside."""
        done = [row for row in self.rows if row.status == "finished" and row.scored]
        pick = min if self.direction == "min" else max
        return pick(done, key=lambda row: row.objective, default=None)


class TunerSession(Session):
    """One tuner and what its ``search`` is called with.

    Args:
        tuner: The tuner.
        arguments: Positional arguments of ``search``.
        settings: Keyword arguments of ``search``.
        on_update: Called in the worker's thread with a snapshot.
    """

    def __init__(
        self,
        tuner: LiveTuner,
        arguments: tuple[Any, ...],
        settings: Mapping[str, Any],
        on_update: Callable[[TunerSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-tuner")
        self.tuner, self._arguments, self._settings = tuner, arguments, dict(settings)
        self._done, self._seconds, self._begin = False, 0.0, 0.0
        tuner.watch(self._told)
        self.latest = self.snapshot(final=True)

    def search(self) -> None:
        """Ask for the search, or for its rest."""
        with self._lock:
            self._playing = True
        self.worker.wake()

    def snapshot(self, *, final: bool = False) -> TunerSnapshot:
        """The present state."""
        tuner = self.tuner
        rows = dict(tuner.rows)
        running = tuner.running if self._begin else None
        now = time.perf_counter() - self._begin if self._begin else 0.0
        self.latest = TunerSnapshot(
            self._status,
            tuple(rows.values()),
            list(rows).index(running) if running in rows else None,
            tuner.oracle.objective.name,
            "max" if tuner.oracle.objective.direction == "max" else "min",
            self._seconds + now,
            self._error,
            final,
        )
        return self.latest

    def _told(self) -> None:
        """The tuner's news, in the thread that searches: this lab's own, or that of a cell."""
        if not self._begin:
            self.worker.wake()
            return
        self._publish()
        if self.worker.stopped or not self._playing:
            raise _Paused

    def _has_work(self) -> bool:
        return self._playing

    def _obey(self) -> bool:
        return False

    def _due(self) -> bool:
        return self._playing

    def _advance(self) -> None:
        from tuningkit.search.keras_tuner_tuners import good_conditions

        self._begin = time.perf_counter()
        self._publish(at_once=True)
        try:
            with good_conditions():
                # Of the Gaussian process, about a length scale that nobody set and nobody can change.
                warnings.filterwarnings("ignore", message="The optimal value found for dimension")
                self.tuner.search(*self._arguments, **self._settings)
            self._done = True
        except _Paused:
            pass
        finally:
            self._seconds += time.perf_counter() - self._begin
            self._begin = 0.0
            with self._lock:
                self._playing = False

    def _resting(self) -> str:
        if self._done:
            return "finished"
        return "paused" if self.tuner.rows else "idle"

    def _free(self) -> None:
        """The tuner is the learner's own; there is nothing else to let go of."""
