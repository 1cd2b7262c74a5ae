"""A session that drives one trainer up to a number of epochs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tuningkit.labs.base_session import Session

if TYPE_CHECKING:
    from tuningkit.training.trainer import Trainer


class TrainerSession(Session):
    """What a session with one trainer has to do, and when it is done.

    Attributes:
        trainer: What trains; None before the first run, after a failure and when the lab is closed.
    """

    trainer: Trainer | None = None
    #: Epochs in all at which training stops.
    _goal = 0
    #: What was asked for since the last chunk: another run, another graph, the initial weights.
    _stale = _rebuild = _reset = False

    def _has_work(self) -> bool:
        with self._lock:
            begin, self._reset = self._playing or self._reset, False
            return begin and (self._rebuild or self._stale or self._due())

    def _due(self) -> bool:
        with self._lock:
            if not self._playing or self.trainer is None:
                return False
            if self.trainer.epoch >= self._goal or self.trainer.diverged:
                self._playing = False
                return False
            return True

    def _free(self) -> None:
        self.trainer = None
