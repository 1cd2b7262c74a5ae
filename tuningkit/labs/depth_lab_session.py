"""What a DepthLab does, without widgets: a plain network and its residual twin, trained side by side."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.labs.depth_lab_settings import DepthSettings

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.layer_signals import LayerSignals
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer

#: A look at the layers may take at most this share of the time.
_LOOKING = 0.25


@dataclass(frozen=True)
class Twin:
    """One of the networks, as it stands.

    Attributes:
        kind: "plain" or "residual".
        history: Curves by Keras's names, each of shape (epochs,); empty before the first epoch.
        start: The signals in its layers before the first step.
        now: Likewise, as last looked at.
        looked_at: Epochs trained when ``now`` was looked at.
        diverged_at: Epoch, from 1, in which it diverged, or None.
        run: The whole record; None before the first epoch.
    """

    kind: str
    history: dict[str, np.ndarray]
    start: LayerSignals
    now: LayerSignals
    looked_at: int = 0
    diverged_at: int | None = None
    run: Run | None = None

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return len(self.history["loss"]) if self.history else 0


@dataclass(frozen=True)
class Experiment:
    """One setting of the controls, and what the networks did with it."""

    number: int
    settings: DepthSettings
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True)
class DepthSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        present: The experiment under way.
        earlier: Those before it that were trained.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    present: Experiment
    earlier: tuple[Experiment, ...]
    error: tuple[str, str] | None
    final: bool


class DepthSession(Session):
    """Experiments of one lab, in the lab's own thread.

    Args:
        data: The data.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`DepthSnapshot`.
    """

    def __init__(
        self, data: Dataset, settings: DepthSettings, on_update: Callable[[DepthSnapshot], None]
    ) -> None:
        super().__init__(on_update, name="tuningkit-depth-lab")
        self._data, self.settings = data, settings
        self._fresh, self._started, self._goal = True, False, 0
        self._networks: dict[str, _Network] = {}
        self._present = Experiment(1, settings)
        self._earlier: tuple[Experiment, ...] = ()
        self.latest = DepthSnapshot("idle", self._present, (), None, True)

    # Requests, from any thread

    def set(self, settings: DepthSettings) -> None:
        """Take over the controls; once training was asked for, new networks are trained at once."""
        with self._lock:
            if settings == self.settings:
                return
            longer = replace(self.settings, epochs=settings.epochs) == settings
            self.settings = settings
            if longer:
                self._goal = settings.epochs if self._goal else 0
            else:
                self._fresh = True
                self._playing = self._started
                self._goal = settings.epochs if self._started else 0
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs; None: to the planned end, or as much again."""
        with self._lock:
            done = 0 if self._fresh else max([0, *(n.trainer.epoch for n in self._networks.values())])
            planned = self.settings.epochs
            self._goal = (
                done + epochs if epochs is not None else planned if done < planned else done + planned
            )
            self._started = self._playing = True
        self.worker.wake()

    def look(self) -> None:
        """Build the networks and show their signals before the first step."""
        self.worker.wake()

    @property
    def experiments(self) -> list[Experiment]:
        """Everything that was trained, oldest first."""
        seen = self.latest
        return [*seen.earlier, *([seen.present] if any(t.epochs for t in seen.present.twins) else [])]

    def snapshot(self, *, final: bool = False) -> DepthSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        self._note_present(weights=final)
        with self._lock:
            self.latest = DepthSnapshot(self._status, self._present, self._earlier, self._error, final)
        return self.latest

    def _note_present(self, *, weights: bool) -> None:
        if self._networks:
            twins = tuple(
                network.twin(self._present.settings, weights) for network in self._networks.values()
            )
            self._present = replace(self._present, twins=twins)

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
            for kind in settings.kinds:
                # A slider that is dragged on asks for other networks before these are built.
                if not self._fresh:
                    self._networks[kind] = _Network(kind, settings, self._data)
        return moved

    def _asked_for(self) -> DepthSettings | None:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self.settings if fresh else None

    def _archive(self, settings: DepthSettings) -> None:
        """Keep what was trained, and free its graphs before new ones are built."""
        self._note_present(weights=True)
        self._networks = {}
        number = self._present.number
        if any(twin.epochs for twin in self._present.twins):
            self._earlier = (*self._earlier, self._present)
            number += 1
        self._present = Experiment(number, settings)

    def _due(self) -> bool:
        with self._lock:
            if self._playing and not self._behind():
                self._playing = False
            playing = self._playing
        if not playing:
            for network in self._networks.values():
                network.look(self._data, always=True)
        return playing

    def _behind(self) -> list[_Network]:
        return [n for n in self._networks.values() if n.trainer.epoch < self._goal and not n.trainer.diverged]

    def _advance(self) -> None:
        # The one that is behind: so the curves grow side by side.
        network = min(self._behind(), key=lambda one: one.trainer.position)
        if network.trainer.advance():
            network.look(self._data)

    def _resting(self) -> str:
        if not any(network.trainer.position for network in self._networks.values()):
            return "idle"
        return "paused" if self._behind() else "finished"

    def _failed(self, error: BaseException, text: str) -> None:
        self._networks = {}
        with self._lock:
            self._fresh = True
        super()._failed(error, text)

    def _free(self) -> None:
        self._networks = {}


class _Network:
    """One network with its trainer, and a copy to look into."""

    def __init__(self, kind: str, settings: DepthSettings, data: Dataset) -> None:
        from tuningkit import models
        from tuningkit.training.trainer import Trainer

        build = {"plain": models.plain, "residual": models.residual}[kind]
        outputs = data.n_classes if data.task == "classification" else 1
        self.kind = kind
        self._model: keras.Model = build(
            data.input_shape,
            outputs,
            depth=settings.depth,
            width=settings.width,
            activation=settings.activation,
            initializer=settings.initializer,
            normalization=settings.normalization,
        )
        self.trainer: Trainer = Trainer(self._model, data, optimizer="adam", seeds=settings.seed)
        self.trainer.set("learning_rate", settings.learning_rate)
        self._looked_at = -1
        self._looking = 0.0
        self.look(data)
        self._start = self._now

    def look(self, data: Dataset, *, always: bool = False) -> None:
        """Note the signals, unless that was done for this epoch already or would take up too much of the time."""
        from tuningkit.training.layer_signals import layer_signals

        trainer = self.trainer
        due = self._looking <= _LOOKING * (trainer.seconds + 0.5) or always
        if trainer.epoch == self._looked_at or not due or trainer.diverged:
            return
        begin = time.monotonic()
        self._model.set_weights(trainer.engine.weights(0))
        self._now = layer_signals(self._model, data)
        self._looked_at = trainer.epoch
        self._looking += time.monotonic() - begin

    def twin(self, settings: DepthSettings, weights: bool) -> Twin:
        """The network as it stands."""
        trainer, run = self.trainer, None
        if trainer.epoch:
            run = trainer.run(0, weights=weights)
            values = {
                k: v for k, v in asdict(settings).items() if k not in ("epochs", "learning_rate", "seed")
            }
            run = replace(run, hyperparameters={**run.hyperparameters, **values, "network": self.kind})
        history = {} if run is None else run.history
        diverged_at = None if run is None else run.diverged_at
        return Twin(self.kind, history, self._start, self._now, self._looked_at, diverged_at, run)
