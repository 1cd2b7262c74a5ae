"""What a ScheduleLab does, without widgets: one schedule, or several side by side, trained in one graph."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.labs.schedule_kinds import KINDS, build
from tuningkit.labs.schedule_snapshot import ScheduleRecord, ScheduleSnapshot
from tuningkit.labs.trainer_session import TrainerSession

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset

#: Settings that need another graph.
STRUCTURAL = ("optimizer", "batch_size")
#: A run shorter than this many epochs is a glimpse of a slider on its way, not a run to be kept.
SHORTEST = 2
#: Finished trainings that are kept.
KEPT = 30
#: Seconds between two looks at the runs as records while they go on.
_NOTE = 0.3


class ScheduleSession(TrainerSession):
    """The trainings of one lab, in the lab's own thread.

    Args:
        model: A built Keras model.
        data: The data.
        settings: Starting values by name: ``kind``, ``compare``, ``epochs``, ``seed``, ``optimizer``,
            ``batch_size`` and those of ``schedule_kinds.PARAMETERS``.
        arguments: Further arguments of the trainer: ``loss``, ``metrics``.
        on_update: Called in the worker's thread with a :class:`ScheduleSnapshot`.
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        settings: dict[str, Any],
        arguments: dict[str, Any],
        on_update: Callable[[ScheduleSnapshot], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-schedule-lab")
        self._model, self._data, self._arguments = model, data, arguments
        self.settings = dict(settings)
        self._stale = self._rebuild = True
        self._reset = False
        self._goal = 0
        self._number = 0
        # The settings and kinds of the training under way; the lab's own may have moved on.
        self._began: dict[str, Any] = dict(settings)
        self._kinds: tuple[str, ...] = ()
        self._records: list[ScheduleRecord] = []
        self._present: ScheduleRecord | None = None
        self._noted = 0.0

    # Requests, from any thread

    def set(self, name: str, value: Any, *, start: bool = False) -> None:
        """Move a setting, already checked.

        Args:
            name: Its name.
            value: Its value.
            start: Whether a training begins at once if none is under way.
        """
        with self._lock:
            if self.settings.get(name) == value:
                return
            before = self.kinds()
            self.settings[name] = value
            if name == "kind" and before == self.kinds():
                # Another one in front: nothing is trained again for that.
                self.worker.wake()
                return
            self._stale = True
            self._rebuild = self._rebuild or name in STRUCTURAL
            if start or self._playing:
                self._playing = True
                self._goal = self.settings["epochs"]
        self.worker.wake()

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs (None: to the planned end), or anew if a setting has changed."""
        with self._lock:
            fresh = self._stale or self._reset or self.trainer is None
            done = 0 if fresh or self.trainer is None else self.trainer.epoch
            planned = self.settings["epochs"]
            if epochs is not None:
                self._goal = done + epochs
            elif done < planned:
                self._goal = planned
            else:
                # A finished training, once more: its schedule has come to its end.
                self._goal, self._stale = planned, True
            self._playing = True
        self.worker.wake()

    def restart(self) -> None:
        """Back to the initial weights. A lab that is training goes on from there."""
        with self._lock:
            self._stale = self._reset = True
            self._goal = self.settings["epochs"]
        self.worker.wake()

    def clear(self) -> None:
        """Forget earlier trainings."""
        with self._lock:
            self._records = []
        self.worker.wake()

    # Answers, from any thread

    def kinds(self) -> tuple[str, ...]:
        """The schedules that take part: the one in front, and those to compare it with."""
        wanted = {self.settings["kind"], *self.settings["compare"]}
        return tuple(kind for kind in KINDS if kind in wanted)

    @property
    def steps_per_epoch(self) -> int:
        """Steps of one epoch."""
        return -(-len(self._data.x_train) // self.settings["batch_size"])

    @property
    def records(self) -> list[ScheduleRecord]:
        """All trainings, oldest first; the last one may still be under way."""
        with self._lock:
            return [*self._records, *([self._present] if self._present is not None else [])]

    # In the worker's thread

    def snapshot(self, *, final: bool = False) -> ScheduleSnapshot:
        """The present state, for a view. Only the worker's thread may ask."""
        trainer = self.trainer
        with self._lock:
            settings, kinds = dict(self.settings), self.kinds()
            shown: dict[str, Any] = {
                "status": self._status,
                "settings": settings,
                "kinds": kinds,
                "steps_per_epoch": self.steps_per_epoch,
                "goal": self._goal or settings["epochs"],
                "number": max(self._number, 1),
                "earlier": tuple(self._records),
                "error": self._error,
                "final": final,
            }
            stale = self._stale
        # What was trained with other settings is no answer to these; for a moment, only the preview is seen.
        if trainer is None or stale or self._kinds != kinds:
            if self._present is not None:
                shown["earlier"] = (*shown["earlier"], self._present)
            return ScheduleSnapshot(**shown)
        shown["position"], shown["diverged_at"] = trainer.position, trainer.diverged_at.copy()
        if trainer.epoch:
            history = trainer.history
            shown["history"] = {**history, "learning_rate": trainer.learning_rates}
            now = time.monotonic()
            if final or self._present is None or now - self._noted > _NOTE:
                self._noted = now
                self._note(final)
            shown["runs"] = dict(self._present.runs)
        if trainer.position and self._status == "training":
            left = max(0.0, shown["goal"] - trainer.position)
            shown["seconds_left"] = trainer.seconds / trainer.position * left
        return ScheduleSnapshot(**shown)

    def _note(self, final: bool) -> None:
        """Put the training under way where other threads can see it."""
        front = self._began["kind"]
        rates = self.trainer.learning_rates
        runs = {}
        for place in sorted(range(len(self._kinds)), key=lambda place: self._kinds[place] != front):
            kind = self._kinds[place]
            run = self.trainer.run(place, weights=final)
            values = {"schedule": run.hyperparameters.get("schedule"), **run.hyperparameters}
            history = {**run.history, "learning_rate": rates[place].copy()}
            runs[kind] = replace(run, history=history, hyperparameters={"kind": kind, **values})
        with self._lock:
            self._present = ScheduleRecord(self._number, runs, front, dict(self._began))

    def _obey(self) -> bool:
        with self._lock:
            stale, rebuild = self._stale, self._rebuild
            settings, kinds = dict(self.settings), self.kinds()
        if not (stale or rebuild or self.trainer is None):
            return False
        self._archive()
        if rebuild or self.trainer is None or self.trainer.members != len(kinds):
            self._build(settings, kinds)
        steps = self.trainer.engine.steps_per_epoch
        self.trainer.set_schedule([build(kind, settings, steps) for kind in kinds])
        # A plateau rule has no rate of its own; the others go by the same one.
        self.trainer.set("learning_rate", settings["learning_rate"])
        self.trainer.restart(settings["seed"])
        self._began, self._kinds = settings, kinds
        self._number += 1
        with self._lock:
            # What was moved meanwhile is for the next chunk to see.
            self._stale = self.settings != settings and not self._only_front(settings)
            self._rebuild = any(self.settings[name] != settings[name] for name in STRUCTURAL)
        return True

    def _only_front(self, settings: dict[str, Any]) -> bool:
        changed = [name for name, value in self.settings.items() if settings[name] != value]
        return changed == ["kind"] and self.settings["kind"] in self._kinds

    def _build(self, settings: dict[str, Any], kinds: tuple[str, ...]) -> None:
        from tuningkit.training.trainer import Trainer

        # The old graph goes before the new one comes: on a small machine both may not fit.
        self.trainer = None
        self._say("building")
        self.trainer = Trainer(
            self._model,
            self._data,
            optimizer=settings["optimizer"],
            batch_size=settings["batch_size"],
            members=len(kinds),
            seeds=settings["seed"],
            **self._arguments,
        )

    def _archive(self) -> None:
        """Keep the training under way, if it is long enough to say anything."""
        if self.trainer is None or self.trainer.epoch == 0:
            return
        self._note(final=False)
        with self._lock:
            present, self._present = self._present, None
            if self.trainer.epoch >= SHORTEST or self.trainer.diverged:
                self._records = [*self._records, present][-KEPT:]
            else:
                self._number -= 1

    def _advance(self) -> None:
        self.trainer.advance()

    def _resting(self) -> str:
        trainer = self.trainer
        if trainer is None or trainer.position == 0 or self._stale:
            return "idle"
        return "finished" if trainer.epoch >= self._goal or trainer.diverged else "paused"

    def _failed(self, error: BaseException, text: str) -> None:
        # Whatever state the failure left behind, the next training begins with a fresh graph.
        with self._lock:
            self._rebuild = self._stale = True
        self.trainer = None
        super()._failed(error, text)
