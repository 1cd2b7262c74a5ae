"""What a CostLab does, without widgets: hold the numbers, and time a few epochs of the network."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Any

from tuningkit.labs.base_session import Session
from tuningkit.labs.cost_settings import CostSettings

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.trainer import Trainer

#: Epochs that are timed. One more comes before them: the first epoch of a network also builds its graph.
TIMED = 5


@dataclass(frozen=True)
class CostSnapshot:
    """A CostLab at one moment.

    Attributes:
        status: "idle", "waiting", "building", "training", "paused", "finished" or "failed".
        settings: The numbers.
        measured: Seconds of an epoch, or None before it was measured.
        timed: Epochs timed so far.
        error: What went wrong, in words, and its traceback.
        final: Whether this is the last state before the worker rests.
    """

    status: str
    settings: CostSettings
    measured: float | None
    timed: int
    error: tuple[str, str] | None
    final: bool

    @property
    def seconds(self) -> float | None:
        """Seconds of an epoch: what was chosen, else what was measured."""
        return self.measured if self.settings.seconds is None else self.settings.seconds


class CostSession(Session):
    """Times epochs in the lab's own thread.

    Args:
        model: A built Keras model, or None: nothing to time.
        data: The data.
        settings: The numbers to begin with.
        batch_size: Rows per step.
        on_update: Called in the worker's thread with a :class:`CostSnapshot`.
    """

    def __init__(
        self,
        model: keras.Model | None,
        data: Dataset | None,
        settings: CostSettings,
        batch_size: int,
        on_update: Callable[[CostSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-cost-lab")
        self._model, self._data, self._batch_size = model, data, batch_size
        self.settings = settings
        self.measured: float | None = None
        self._again = False
        self._times: list[float] = []
        self._epoch_seconds = 0.0
        self._trainer: Trainer | None = None

    @property
    def can_measure(self) -> bool:
        """Whether there is a network to time."""
        return self._model is not None

    # Requests, from any thread

    def set(self, name: str, value: Any) -> None:
        """Move a setting, already checked."""
        with self._lock:
            self.settings = replace(self.settings, **{name: value})
        self.worker.wake()

    def measure(self) -> None:
        """Time the epochs, anew if that was done before."""
        with self._lock:
            self._playing = self._again = True
        self.worker.wake()

    # In the worker's thread

    def snapshot(self, *, final: bool = False) -> CostSnapshot:
        """The present state, for a view."""
        with self._lock:
            timed = max(0, len(self._times) - 1)
            return CostSnapshot(self._status, self.settings, self.measured, timed, self._error, final)

    def _has_work(self) -> bool:
        with self._lock:
            return self._playing

    def _obey(self) -> bool:
        with self._lock:
            again, self._again = self._again, False
        if again:
            self._times, self._epoch_seconds, self._trainer = [], 0.0, None
        if self._trainer is None:
            self._build()
        return again

    def _build(self) -> None:
        from tuningkit.training.trainer import Trainer

        self._say("building")
        self._trainer = Trainer(self._model, self._data, batch_size=self._batch_size)

    def _due(self) -> bool:
        if len(self._times) > TIMED:
            with self._lock:
                self.measured = median(self._times[1:])
                self._playing = False
            # Nothing is kept of a network that was only timed.
            self._trainer = None
        return self._playing

    def _advance(self) -> None:
        begin = time.perf_counter()
        finished = self._trainer.advance()
        self._epoch_seconds += time.perf_counter() - begin
        if finished:
            self._times.append(self._epoch_seconds)
            self._epoch_seconds = 0.0

    def _resting(self) -> str:
        if self.measured is not None and self._trainer is None:
            return "finished"
        return "paused" if self._times else "idle"

    def _failed(self, error: BaseException, text: str) -> None:
        self._trainer = None
        super()._failed(error, text)

    def _free(self) -> None:
        self._trainer = None
