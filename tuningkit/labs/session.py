"""What a TuningLab does, without widgets: requests go in from any thread, runs come out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tuningkit.labs.lab_settings import NEW_RUN, STRUCTURAL
from tuningkit.labs.records import seeds_of
from tuningkit.labs.run_keeping import RunKeeping
from tuningkit.labs.snapshot import Snapshot

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

#: An epoch that takes longer than this many seconds shows where its training curve is going.
LONG_EPOCH = 0.25


class TuningSession(RunKeeping):
    """The runs of one lab, trained in the lab's own thread.

    Args:
        model: A built Keras model.
        data: The data.
        settings: Starting values, by name: those of ``tuningkit.training.hyperparameters``, and ``epochs``,
            ``repeats``, ``mode``.
        arguments: Further arguments of the trainer: ``loss``, ``metrics``.
        on_update: Called in the worker's thread with a :class:`Snapshot`, at most 30 times a second, and always
            with the last state.
        weights: Whether every snapshot carries the weights, for a view that shows them.
    """

    #: Settings that need another graph.
    structural: tuple[str, ...] = STRUCTURAL

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        settings: dict[str, Any],
        arguments: dict[str, Any],
        on_update: Callable[[Snapshot], None],
        *,
        weights: bool = False,
    ) -> None:
        super().__init__(on_update, name="tuningkit-tuning-lab")
        self._model, self._data, self._arguments = model, data, arguments
        self.settings = dict(settings)
        self._weights = weights
        self._moved: dict[str, Any] = {}
        self._stale = self._reset = False
        self._rebuild = True
        # Where training stops, and whether that is the planned length of a run or a number of epochs asked for.
        self._goal, self._as_planned = 0, True
        # Moves in the middle of a run that is to be repeated: (position, name, value), and how many are done.
        self._script: list[tuple[float, str, Any]] = []
        self._played = 0
        self._no_runs_yet()
        self._began: dict[str, Any] = {}

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
            if name == "mode":
                return
            if name == "epochs":
                if self._as_planned and self._goal:
                    self._goal = value
                return
            self._script = []
            if name in self.structural:
                self._rebuild = self._stale = True
            elif name == "seed" or self.settings["mode"] == NEW_RUN or self._needs_new_run(name):
                self._stale = True
            else:
                self._moved[name] = value
            if self._stale and (start or self._playing):
                self._playing = True
                self._goal, self._as_planned = self.settings["epochs"], True
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs (None: as many as planned), or a new run if a setting has changed."""
        with self._lock:
            fresh = self._stale or self._rebuild or self.trainer is None
            done = 0 if fresh or self.trainer is None else self.trainer.epoch
            planned = self.settings["epochs"]
            if epochs is not None:
                self._goal, self._as_planned = done + epochs, False
            elif fresh or done < planned:
                # Single steps, then Train: on to the end that was planned.
                self._goal, self._as_planned = planned, True
            else:
                # A finished run: as much again.
                self._goal, self._as_planned = done + planned, False
            self._playing = True
        self.worker.wake()

    def restart(self) -> None:
        """Back to the initial weights. A run that is training goes on from there."""
        with self._lock:
            self._stale = self._reset = True
            self._goal, self._as_planned = self.settings["epochs"], True
        self.worker.wake()

    def plan(self, changes: Sequence[tuple[float, str, Any]]) -> None:
        """Repeat these moves in the next run: (epochs trained by then, name, value); any other move ends that."""
        with self._lock:
            self._script = sorted(changes, key=lambda change: change[0])
            self._played = 0

    # Answers, from any thread

    def story(self) -> tuple[dict[str, Any], list[tuple[float, str, Any]]]:
        """What makes the present run again, or the one to come: the settings it begins with, and its moves."""
        with self._lock:
            if self._stale or self._rebuild or self._present is None:
                return dict(self.settings), list(self._script)
            kept = {name: self.settings[name] for name in ("epochs", "mode")}
            moves = [(change.epoch, change.name, change.new) for change in self._present.run.changes]
            return {**self._began, **kept}, moves

    # What a session with a network of another kind does in its own way

    def _needs_new_run(self, name: str) -> bool:
        """Whether a move of this setting is known to need a new run, even in the middle of one."""
        return False

    def _is_another_network(self, settings: dict[str, Any]) -> bool:
        """Whether these settings need another graph than the trainer has. Asked in the worker's thread."""
        return False

    # In the worker's thread

    def snapshot(self, *, final: bool = False) -> Snapshot:
        """The present state, for a view."""
        self._note_present(weights=final or self._weights)
        trainer = self.trainer
        with self._lock:
            shown = Snapshot(
                self._status,
                self._present,
                list(self._records),
                self._goal or self.settings["epochs"],
                self._number,
                error=self._error,
                final=final,
            )
        if trainer is None:
            return shown
        shown.position = trainer.position
        if trainer.position and self._status == "training":
            per_epoch = trainer.seconds / trainer.position
            shown.seconds_left = per_epoch * max(0.0, shown.epochs_planned - trainer.position)
            if per_epoch > LONG_EPOCH:
                shown.partial = trainer.partial
        return shown

    def _obey(self) -> bool:
        """Carry out what was asked since the last chunk."""
        with self._lock:
            moved, self._moved = self._moved, {}
            stale, self._stale = self._stale, False
            rebuild, self._rebuild = self._rebuild, False
            settings = dict(self.settings)
        if (stale or moved) and not rebuild and self._is_another_network(settings):
            rebuild = True
            self._begin_as_planned(unless=stale)
        if stale or rebuild:
            self._archive()
            self._played = 0
        if stale or rebuild or self.trainer is None:
            self._began = settings
        if rebuild or self.trainer is None:
            self._build(settings)
        elif stale:
            self._apply(settings)
            self.trainer.restart(seeds_of(settings))
        else:
            self._change(moved)
        self._shows_by_itself = bool(moved) and not (stale or rebuild)
        return bool(stale or rebuild or moved)

    def _begin_as_planned(self, *, unless: bool) -> None:
        """A move in the middle of a run that turned out to need a new one; ``unless`` that was known before."""
        if not unless:
            with self._lock:
                self._goal, self._as_planned = self.settings["epochs"], True

    def _build(self, settings: dict[str, Any]) -> None:
        from tuningkit.training.trainer import Trainer

        # The old graph goes before the new one comes: on a small machine both may not fit.
        self.trainer = None
        self._say("building")
        self.trainer = Trainer(
            self._model,
            self._data,
            optimizer=settings["optimizer"],
            batch_size=settings["batch_size"],
            members=settings["repeats"],
            seeds=seeds_of(settings),
            **self._arguments,
        )
        self._apply(settings)

    def _change(self, moved: dict[str, Any]) -> None:
        """Move settings in the middle of the run, and put that on record."""
        for name, value in moved.items():
            if name in self.trainer.live_names:
                self.trainer.change(name, value)

    def _apply(self, settings: dict[str, Any]) -> None:
        for name in self.trainer.live_names:
            self.trainer.set(name, settings.get(name))

    def _advance(self) -> None:
        trainer = self.trainer
        until = None
        while self._played < len(self._script):
            position, name, value = self._script[self._played]
            # Half a step of tolerance: the position is a fraction that was written down in decimals.
            if trainer.position < position - 0.5 / trainer.engine.steps_per_epoch:
                until = position
                break
            self._played += 1
            self._change({name: value})
        trainer.advance(until=until)

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
