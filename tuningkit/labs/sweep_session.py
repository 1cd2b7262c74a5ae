"""What a SweepLab does, without widgets: all stops of a slider trained at once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.training.results import Sweep

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True)
class SweepSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        history: Curves by name, each of shape (*grid shape, seeds, epochs).
        epochs_planned: Where the sweep will stop.
        seconds_left: Estimate, or None.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
        position: Epochs trained so far, with the fraction of the one under way.
        seconds: Time spent training.
        diverged_at: Per member the epoch, from 1, in which it diverged; 0 if it did not.
        epochs_done: Epochs that have arrived of each member, shape (*grid shape, seeds), where some are ahead of
            others; None if all are equally far.
    """

    status: str
    history: dict[str, np.ndarray]
    epochs_planned: int
    seconds_left: float | None
    error: tuple[str, str] | None
    final: bool
    position: float = 0.0
    seconds: float = 0.0
    diverged_at: np.ndarray | None = None
    epochs_done: np.ndarray | None = None

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return self.history["loss"].shape[-1] if self.history else 0


class SweepSession(Session):
    """One sweep, trained in the lab's own thread.

    Args:
        model: A built Keras model.
        data: The data.
        grid: One or two hyperparameters with their values.
        seeds: The seeds each combination is trained with; one seed is shared, several give a spread.
        epochs: Length of the sweep.
        fixed: Values shared by all members.
        arguments: Further arguments of the trainer.
        on_update: Called in the worker's thread with a :class:`SweepSnapshot`.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        grid: Mapping[str, Sequence[float]],
        *,
        seeds: Sequence[int],
        epochs: int,
        fixed: Mapping[str, float],
        arguments: Mapping[str, Any],
        on_update: Callable[[SweepSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-sweep-lab")
        self._model, self._data, self.grid = model, data, {name: list(v) for name, v in grid.items()}
        self.seeds, self._fixed, self._arguments = list(seeds), dict(fixed), dict(arguments)
        self._planned = self.goal = epochs
        self._reset = False
        self.trainer: Trainer | None = None
        self.shape = (*(len(values) for values in self.grid.values()), len(self.seeds))
        names = [*self.grid, "seed"]
        self.configurations = [
            dict(zip(names, values, strict=True))
            for values in itertools.product(*self.grid.values(), self.seeds)
        ]
        # As the worker saw it last: other threads must not look into a trainer that moves.
        self.latest = SweepSnapshot("idle", {}, epochs, None, None, True)
        self._kept: Sweep | None = None

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs (None: to the planned end, or as much again)."""
        with self._lock:
            trainer = self.trainer
            done = trainer.epoch if trainer is not None and not self._reset else 0
            if epochs is not None:
                self.goal = done + epochs
            else:
                # Single steps, then Train: on to the end that was planned. A finished sweep: as much again.
                self.goal = self._planned if done < self._planned else done + self._planned
            self._playing = True
        self.worker.wake()

    def restart(self) -> None:
        """Back to the initial weights."""
        with self._lock:
            self._reset, self.goal = True, self._planned
        self.worker.wake()

    def snapshot(self, *, final: bool = False) -> SweepSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        trainer = self.trainer
        if trainer is None:
            self.latest = SweepSnapshot(self._status, {}, self.goal, None, self._error, final)
            return self.latest
        history, left = {}, None
        if trainer.epoch:
            history = {name: curves.reshape(*self.shape, -1) for name, curves in trainer.history.items()}
        if trainer.position and self._status == "training":
            left = trainer.seconds / trainer.position * max(0.0, self.goal - trainer.position)
        self.latest = SweepSnapshot(
            self._status,
            history,
            self.goal,
            left,
            self._error,
            final,
            trainer.position,
            trainer.seconds,
            trainer.diverged_at.copy(),
        )
        return self.latest

    @property
    def sweep(self) -> Sweep | None:
        """The sweep as a record; None before its first epoch."""
        trainer, seen = self.trainer, self.latest
        if trainer is None or not seen.epochs:
            return self._kept
        several = len(self.seeds) > 1
        grid = {**self.grid, "seed": self.seeds} if several else dict(self.grid)
        shared = trainer.run(0, weights=False)
        return Sweep(
            history={name: curves.reshape(trainer.members, -1) for name, curves in seen.history.items()},
            grid=grid,
            configurations=[{name: one[name] for name in grid} for one in self.configurations],
            hyperparameters={name: v for name, v in shared.hyperparameters.items() if name not in grid},
            weights=[trainer.engine.weights(member) for member in range(trainer.members)],
            diverged_at=seen.diverged_at,
            loss_name=shared.loss_name,
            model_name=shared.model_name,
            data_name=shared.data_name,
            baseline=shared.baseline,
            seconds=seen.seconds,
        )

    def _has_work(self) -> bool:
        with self._lock:
            return self._reset or (self._playing and (self.trainer is None or self._due()))

    def _obey(self) -> bool:
        with self._lock:
            reset, self._reset = self._reset, False
        if self.trainer is None:
            self._build()
        elif reset:
            self.trainer.restart(self.trainer.seeds)
        return reset

    def _build(self) -> None:
        from tuningkit.training.trainer import Trainer

        self._say("building")
        seeds = [one["seed"] for one in self.configurations] if len(self.seeds) > 1 else self.seeds[0]
        trainer = Trainer(
            self._model, self._data, members=len(self.configurations), seeds=seeds, **self._arguments
        )
        for name, value in self._fixed.items():
            trainer.set(name, value)
        for name in self.grid:
            trainer.set(name, [one[name] for one in self.configurations])
        with self._lock:
            self.trainer = trainer

    def _due(self) -> bool:
        with self._lock:
            if self._playing and (self.trainer.epoch >= self.goal or self.trainer.diverged):
                self._playing = False
            return self._playing

    def _advance(self) -> None:
        self.trainer.advance()

    def _resting(self) -> str:
        trainer = self.trainer
        if trainer is None or trainer.position == 0:
            return "idle"
        return "finished" if trainer.epoch >= self.goal or trainer.diverged else "paused"

    def _failed(self, error: BaseException, text: str) -> None:
        # Whatever state the failure left behind, the next attempt begins with fresh networks.
        self.trainer = None
        super()._failed(error, text)

    def _free(self) -> None:
        if self.trainer is not None and self.latest.epochs:
            self._kept = self.sweep
        self.trainer = None
