"""What a TuningLab does, without widgets: requests go in from any thread, runs come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.training import hyperparameters as table
from tuningkit.training.diagnosis import SHORTEST

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer

NEW_RUN, MID_RUN = "new run", "mid-run"
#: Settings that need another graph or another start; the rest moves while training runs.
STRUCTURAL = ("optimizer", "batch_size", "repeats")
#: Bytes of trained weights that a lab keeps of earlier runs; their curves are always kept.
WEIGHTS_KEPT = 32 * 2**20


@dataclass(frozen=True)
class Record:
    """A run as the lab keeps it.

    Attributes:
        number: Counted from 1 in the order in which they were begun.
        run: The run; with repeats, the mean over the seeds.
        members: Curves of every seed, each of shape (repeats, epochs).
        pinned: Whether the learner wants to keep it in the picture.
    """

    number: int
    run: Run
    members: dict[str, np.ndarray]
    pinned: bool = False


@dataclass
class Snapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: One of "idle", "building", "waiting", "training", "paused", "finished", "failed".
        record: The run under way; None before the first epoch.
        earlier: Runs before it.
        epochs_planned: Where the run under way will stop.
        seconds_left: Estimate, or None.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
        settings: The settings in force.
    """

    status: str
    record: Record | None
    earlier: list[Record]
    epochs_planned: int
    seconds_left: float | None = None
    error: tuple[str, str] | None = None
    final: bool = False
    settings: dict[str, Any] = field(default_factory=dict)


class TuningSession(Session):
    """The runs of one lab, trained in the lab's own thread.

    Args:
        model: A built Keras model.
        data: The data.
        settings: Starting values, by name: those of ``tuningkit.training.hyperparameters``, and ``epochs``,
            ``repeats``, ``mode``.
        arguments: Further arguments of the trainer: ``loss``, ``metrics``.
        on_update: Called in the worker's thread with a :class:`Snapshot`, at most 30 times a second, and always
            with the last state.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        settings: dict[str, Any],
        arguments: dict[str, Any],
        on_update: Callable[[Snapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-tuning-lab")
        self._model, self._data, self._arguments = model, data, arguments
        self.settings = dict(settings)
        self._moved: dict[str, Any] = {}
        self._stale = False
        self._reset = False
        self._rebuild = True
        self._goal = 0
        self.trainer: Trainer | None = None
        self._records: list[Record] = []
        self._number = 1

    # Requests, from any thread

    def set(self, name: str, value: Any, *, start: bool = False) -> None:
        """Move a setting.

        Args:
            name: A hyperparameter, or ``epochs``, ``repeats``, ``mode``.
            value: The new value, already checked.
            start: Whether a run begins at once if none is under way.
        """
        with self._lock:
            if self.settings.get(name) == value:
                return
            self.settings[name] = value
            if name in ("epochs", "mode"):
                return
            if name in STRUCTURAL:
                self._rebuild = self._stale = True
            elif name == "seed":
                self._stale = True
            elif self.settings["mode"] == NEW_RUN:
                self._moved[name] = value
                self._stale = True
            else:
                self._moved[name] = value
            if self._stale and (start or self._playing):
                self._playing = True
                self._goal = self.settings["epochs"]
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs (None: as many as planned), or a new run if a setting has changed."""
        with self._lock:
            fresh = self._stale or self._rebuild or self.trainer is None
            done = 0 if fresh else self.trainer.epoch
            planned = self.settings["epochs"]
            if epochs is not None:
                self._goal = done + epochs
            elif fresh or done >= self._goal:
                # Single steps, then Train: on to the end that was planned. A finished run: as much again.
                self._goal = planned if done < planned else done + planned
            self._playing = True
        self.worker.wake()

    def restart(self) -> None:
        """Back to the initial weights. A run that is training goes on from there."""
        with self._lock:
            self._stale = self._reset = True
            self._goal = self.settings["epochs"]
        self.worker.wake()

    def pin(self, number: int) -> None:
        """Keep a run in the picture, or no longer."""
        with self._lock:
            self._records = [
                replace(record, pinned=not record.pinned) if record.number == number else record
                for record in self._records
            ]
        self.worker.wake()

    def clear(self) -> None:
        """Forget earlier runs, except pinned ones."""
        with self._lock:
            self._records = [record for record in self._records if record.pinned]
        self.worker.wake()

    def close(self) -> None:
        """End the thread and free the network."""
        super().close()
        with self._lock:
            self.trainer = None

    # Answers, from any thread

    @property
    def records(self) -> list[Record]:
        """All runs, oldest first; the last one may still be training."""
        with self._lock:
            present = self._present()
            return [*self._records, present] if present is not None else list(self._records)

    def snapshot(self, *, final: bool = False) -> Snapshot:
        """The present state, for a view."""
        with self._lock:
            left = None
            if self.trainer is not None and self.trainer.epoch and self._status == "training":
                left = self.trainer.seconds / self.trainer.epoch * max(0, self._goal - self.trainer.epoch)
            return Snapshot(
                self._status,
                self._present(),
                list(self._records),
                self._goal or self.settings["epochs"],
                left,
                self._error,
                final,
                dict(self.settings),
            )

    def _present(self) -> Record | None:
        if self.trainer is None or self.trainer.epoch == 0:
            return None
        return Record(self._number, mean_run(self.trainer, self.settings["repeats"]), self.trainer.history)

    # In the worker's thread

    def _has_work(self) -> bool:
        with self._lock:
            mid_run = bool(self._moved) and not self._stale
            begin, self._reset = self._playing or self._reset or mid_run, False
            return begin and (self._rebuild or self._stale or bool(self._moved) or self._due())

    def _due(self) -> bool:
        with self._lock:
            if not self._playing or self.trainer is None:
                return False
            if self.trainer.epoch >= self._goal or self.trainer.diverged:
                self._playing = False
                return False
            return True

    def _obey(self) -> None:
        """Carry out what was asked since the last chunk."""
        with self._lock:
            moved, self._moved = self._moved, {}
            stale, self._stale = self._stale, False
            rebuild, self._rebuild = self._rebuild, False
            settings = dict(self.settings)
        if stale or rebuild:
            self._archive()
        if rebuild or self.trainer is None:
            self._build(settings)
        elif stale:
            for name, value in moved.items():
                if name in self.trainer.live_names:
                    self.trainer.set(name, value)
            self.trainer.restart(seeds_of(settings))
        else:
            for name, value in moved.items():
                if name in self.trainer.live_names:
                    self.trainer.change(name, value)

    def _build(self, settings: dict[str, Any]) -> None:
        from tuningkit.training.trainer import Trainer

        self._say("building")
        # The old graph goes before the new one comes: on a small machine both may not fit.
        with self._lock:
            self.trainer = None
        trainer = Trainer(
            self._model,
            self._data,
            optimizer=settings["optimizer"],
            batch_size=settings["batch_size"],
            members=settings["repeats"],
            seeds=seeds_of(settings),
            **self._arguments,
        )
        for name in trainer.live_names:
            if settings.get(name) is not None:
                trainer.set(name, settings[name])
        with self._lock:
            self.trainer = trainer

    def _archive(self) -> None:
        """Keep the run under way, if it is long enough to say anything.

        A slider on its way passes many values; what it trained for one or two epochs is a glimpse, not a run.
        """
        with self._lock:
            present = self._present()
            if present is not None and (present.run.epochs >= SHORTEST or present.run.diverged_at):
                self._records.append(present)
                self._number += 1
                self._forget_weights()

    def _forget_weights(self) -> None:
        """Let go of the weights of the oldest runs that are not pinned, once all of them take too much."""
        kept = 0
        for place in reversed(range(len(self._records))):
            record = self._records[place]
            kept += sum(array.nbytes for array in record.run.weights)
            if kept > WEIGHTS_KEPT and not record.pinned and record.run.weights:
                self._records[place] = replace(record, run=replace(record.run, weights=[]))

    def _advance(self) -> None:
        self.trainer.advance()

    def _resting(self) -> str:
        trainer = self.trainer
        if trainer is None or trainer.position == 0:
            return "idle"
        return "finished" if trainer.epoch >= self._goal or trainer.diverged else "paused"

    def _failed(self, error: BaseException, text: str) -> None:
        # Whatever state the failure left behind, the next run begins with a fresh graph.
        with self._lock:
            self._rebuild = True
        super()._failed(error, text)


def seeds_of(settings: dict[str, Any]) -> int | list[int] | None:
    """Seeds of a run: the chosen one, or with repeats that one and those after it."""
    seed, repeats = settings["seed"], settings["repeats"]
    return seed if repeats == 1 else [(seed or 0) + i for i in range(repeats)]


def mean_run(trainer: Trainer, repeats: int) -> Run:
    """The run of a trainer; over several seeds, the mean of their curves."""
    run = trainer.run(0)
    if trainer.members == 1:
        return run
    history = {name: _mean(curves) for name, curves in trainer.history.items()}
    return replace(run, history=history, hyperparameters={**run.hyperparameters, "repeats": trainer.members})


def _mean(curves: np.ndarray) -> np.ndarray:
    """Mean over the members that have a number; NaN where none has."""
    known = np.isfinite(curves)
    total = np.where(known, curves, 0).sum(axis=0)
    count = known.sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def check_setting(name: str, value: Any) -> Any:
    """Check one of the lab's own settings or a hyperparameter; see ``tuningkit.training.hyperparameters``.

    Raises:
        ValueError: If the name is unknown or the value is not possible.
        TypeError: If the value is of the wrong type.
    """
    if name == "mode":
        if value not in (NEW_RUN, MID_RUN):
            raise ValueError(f"mode must be {NEW_RUN!r} or {MID_RUN!r}. Received: mode={value!r}")
        return value
    if name == "repeats":
        if value not in (1, 5, 10):
            raise ValueError(f"repeats must be 1, 5 or 10. Received: repeats={value!r}")
        return int(value)
    if name == "optimizer":
        from tuningkit.training.optimizer_choices import optimizer_name

        return optimizer_name(value) if isinstance(value, str) else value
    return table.check_value(name, value)
