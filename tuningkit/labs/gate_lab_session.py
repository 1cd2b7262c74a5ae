"""What a GateLab does, without widgets: one adaptive network is trained, and its gates are read as it learns."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.labs.gate_lab_data import fitted, shown_rows
from tuningkit.labs.gate_lab_settings import EXITS, GateSettings
from tuningkit.models.exit_policy import ExitCosts, ExitTradeOff, exit_costs, exit_trade_off
from tuningkit.models.gate_reading import GateReader, GateReading

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer

#: Reading the gates may take at most this share of the time.
_LOOKING = 0.25
#: Where the curves over thresholds are computed.
_GRID = np.array([*np.linspace(0, 1, 101), 1.01])


@dataclass(frozen=True, eq=False)
class Look:
    """The gates of a network at one moment of its training.

    Attributes:
        reading: Gates and answers for the rows looked at.
        labels: Their classes.
        costs: What each exit costs, for a network with early exits.
        epoch: Epochs trained by then.
    """

    reading: GateReading
    labels: np.ndarray
    costs: ExitCosts | None
    epoch: int

    @cached_property
    def trade_off(self) -> ExitTradeOff | None:
        """Accuracy and computation over the thresholds from 0 to 1.01."""
        return None if self.costs is None else self.at(_GRID)

    def at(self, thresholds: np.ndarray | list[float]) -> ExitTradeOff:
        """Accuracy and computation at these thresholds, from the answers noted."""
        return exit_trade_off(self.reading.probabilities, self.labels, self.costs, thresholds)


@dataclass(frozen=True, eq=False)
class Experiment:
    """One network, and what it learned.

    Attributes:
        number: From 1.
        settings: What it was built and trained with.
        look: Its gates as last read; None before it was built.
        history: Curves by Keras's names, each of shape (epochs,); empty before the first epoch.
        diverged_at: Epoch, from 1, in which it diverged, or None.
        run: The whole record; None before the first epoch.
    """

    number: int
    settings: GateSettings
    look: Look | None = None
    history: dict[str, np.ndarray] = field(default_factory=dict)
    diverged_at: int | None = None
    run: Run | None = None

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return len(self.history["loss"]) if self.history else 0


@dataclass(frozen=True, eq=False)
class GateSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        present: The network in front.
        settings: Where the controls stand; of what is only looked at, the truth.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    present: Experiment
    settings: GateSettings
    error: tuple[str, str] | None
    final: bool


class GateSession(Session):
    """Networks of one lab, in the lab's own thread.

    Args:
        data: The data.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`GateSnapshot`.
    """

    def __init__(
        self, data: Dataset, settings: GateSettings, on_update: Callable[[GateSnapshot], None]
    ) -> None:
        super().__init__(on_update, name="tuningkit-gate-lab")
        self._data, self.settings = data, settings
        self._fresh, self._started, self._goal = True, False, 0
        self._network: _Network | None = None
        self._drawn = settings.looks
        self._present = Experiment(1, settings)
        self._earlier: tuple[Experiment, ...] = ()
        self.latest = GateSnapshot("idle", self._present, settings, None, True)

    # Requests, from any thread

    def set(self, settings: GateSettings) -> None:
        """Take over the controls.

        What is only looked at is drawn anew; once training was asked for, another network is trained at once.
        """
        with self._lock:
            before, self.settings = self.settings, settings
            if before.training != settings.training:
                self._fresh = True
                self._playing = self._started
                self._goal = settings.epochs if self._started else 0
            elif before.epochs != settings.epochs and self._goal:
                self._goal = settings.epochs
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs; None: to the planned end, or as much again."""
        with self._lock:
            network = self._network
            done = network.trainer.epoch if network is not None and not self._fresh else 0
            planned = self.settings.epochs
            if epochs is not None:
                self._goal = done + epochs
            else:
                self._goal = planned if done < planned else done + planned
            self._started = self._playing = True
        self.worker.wake()

    @property
    def experiments(self) -> list[Experiment]:
        """Everything that was trained, oldest first."""
        present = self.latest.present
        known = [one for one in self._earlier if one.number != present.number]
        return [*known, *([present] if present.epochs else [])]

    def snapshot(self, *, final: bool = False) -> GateSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        self._note_present(weights=final)
        with self._lock:
            self.latest = GateSnapshot(self._status, self._present, self.settings, self._error, final)
        self._drawn = self.latest.settings.looks
        return self.latest

    def _note_present(self, *, weights: bool) -> None:
        if self._network is not None:
            self._present = self._network.experiment(self._present, weights)

    # In the worker's thread

    def _has_work(self) -> bool:
        with self._lock:
            return self._fresh or (self._playing and self._goal > 0)

    def _obey(self) -> bool:
        moved = False
        while not self.worker.stopped and (settings := self._asked_for()) is not None:
            moved = True
            self._archive(settings)
            self._say("building")
            # A slider that is dragged on asks for another network before this one is built.
            if not self._fresh:
                self._network = _Network(settings, self._data)
        return moved or self.settings.looks != self._drawn

    def _asked_for(self) -> GateSettings | None:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self.settings if fresh else None

    def _archive(self, settings: GateSettings) -> None:
        """Keep what was trained, and free its graph before a new one is built."""
        self._note_present(weights=True)
        self._network = None
        number = self._present.number
        if self._present.epochs:
            self._earlier = (*self._earlier, self._present)
            number += 1
        self._present = Experiment(number, settings)

    def _due(self) -> bool:
        with self._lock:
            if self._playing and not self._behind():
                self._playing = False
            playing = self._playing
        if not playing and self._network is not None:
            self._network.read(always=True)
        return playing

    def _behind(self) -> bool:
        trainer = None if self._network is None else self._network.trainer
        return trainer is not None and trainer.epoch < self._goal and not trainer.diverged

    def _advance(self) -> None:
        if self._network.trainer.advance():
            self._network.read()

    def _resting(self) -> str:
        if self._network is None or not self._network.trainer.position:
            return "idle"
        return "paused" if self._behind() else "finished"

    def _failed(self, error: BaseException, text: str) -> None:
        self._network = None
        with self._lock:
            self._fresh = True
        super()._failed(error, text)

    def _free(self) -> None:
        self._network = None


class _Network:
    """A network with its trainer, and a copy to look into."""

    def __init__(self, settings: GateSettings, data: Dataset) -> None:
        from tuningkit import models
        from tuningkit.training.trainer import Trainer

        self._settings, self._data = settings, fitted(data, settings.kind)
        self._rows = shown_rows(data)
        build = getattr(models, settings.kind)
        self._model = build(self._data.input_shape, data.n_classes, **settings.network)
        self.trainer: Trainer = Trainer(self._model, self._data, optimizer="adam", seeds=settings.seed)
        self.trainer.set("learning_rate", settings.learning_rate)
        self._reader = GateReader(self._model)
        self._costs = exit_costs(self._model) if settings.kind == EXITS else None
        self._look: Look | None = None
        self._looking = 0.0
        self.read(always=True)

    def read(self, *, always: bool = False) -> None:
        """Read the gates, unless that was done for this epoch already or would take up too much of the time."""
        trainer = self.trainer
        due = self._looking <= _LOOKING * (trainer.seconds + 0.5) or always
        done = self._look is not None and self._look.epoch == trainer.epoch
        if done or not due or trainer.diverged:
            return
        begin = time.monotonic()
        self._model.set_weights(trainer.engine.weights(0))
        reading = self._reader(self._data.x_validation[self._rows])
        self._look = Look(reading, self._data.y_validation[self._rows], self._costs, trainer.epoch)
        self._looking += time.monotonic() - begin

    def experiment(self, present: Experiment, weights: bool) -> Experiment:
        """The network as it stands."""
        trainer, run = self.trainer, None
        if trainer.epoch:
            run = trainer.run(0, weights=weights)
            values = {"kind": self._settings.kind, **self._settings.network}
            run = replace(run, hyperparameters={**run.hyperparameters, **values})
        return replace(
            present,
            look=self._look,
            history={} if run is None else run.history,
            diverged_at=None if run is None else run.diverged_at,
            run=run,
        )
