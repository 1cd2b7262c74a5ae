"""What a FeatureLab does, without widgets: a small convolutional network, trained and looked into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.base_session import Session
from tuningkit.labs.feature_lab_plan import Plan, make_plan
from tuningkit.labs.feature_lab_settings import FeatureSettings

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.labs.feature_lab_network import FeatureMaps
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer


@dataclass(frozen=True)
class Experiment:
    """One setting of the controls, and what the network did with it.

    Attributes:
        number: Counts from 1.
        settings: The controls.
        plan: Sizes and counts.
        weights: Weights of the network as they stand; empty before it is built.
        run: The whole record; None before the first epoch.
    """

    number: int
    settings: FeatureSettings
    plan: Plan
    weights: tuple[np.ndarray, ...] = ()
    run: Run | None = None

    @property
    def epochs(self) -> int:
        """Epochs finished."""
        return self.run.epochs if self.run is not None else 0


@dataclass(frozen=True)
class FeatureSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: As in a TuningLab.
        present: The experiment under way.
        earlier: Those before it that were trained.
        shown: The experiment whose filters are shown: the one under way, or one picked.
        maps: The chosen image in the network of ``shown``; None before it is built.
        image: Number of the chosen image among the validation images.
        planned: Epochs at which training stops.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    present: Experiment
    earlier: tuple[Experiment, ...]
    shown: Experiment
    maps: FeatureMaps | None
    image: int
    planned: int
    error: tuple[str, str] | None
    final: bool


class FeatureSession(Session):
    """Experiments of one lab, in the lab's own thread.

    Args:
        data: Images with one channel, and classes.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`FeatureSnapshot`.
    """

    def __init__(
        self, data: Dataset, settings: FeatureSettings, on_update: Callable[[FeatureSnapshot], None]
    ) -> None:
        super().__init__(on_update, name="tuningkit-feature-lab")
        self._data, self.settings = data, settings
        self._fresh, self._started, self._goal = True, False, 0
        self._trainer: Trainer | None = None
        self._image, self._picked = 0, None
        self._present = Experiment(1, settings, self.plan(settings))
        self._earlier: tuple[Experiment, ...] = ()
        first = self._present
        self.latest = FeatureSnapshot("idle", first, (), first, None, 0, settings.epochs, None, True)

    def plan(self, settings: FeatureSettings) -> Plan:
        """Sizes and counts for these settings and this data.

        Raises:
            ValueError: If they do not fit together.
        """
        return make_plan(settings, self._data.input_shape, self._data.n_classes)

    # Requests, from any thread

    def set(self, settings: FeatureSettings) -> None:
        """Take over the controls; once training was asked for, the new network is trained at once."""
        with self._lock:
            if settings == self.settings:
                return
            longer = replace(self.settings, epochs=settings.epochs) == settings
            self.settings, self._picked = settings, None
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
            done = 0 if self._fresh or self._trainer is None else self._trainer.epoch
            planned = self.settings.epochs
            self._goal = (
                done + epochs if epochs is not None else planned if done < planned else done + planned
            )
            self._started = self._playing = True
            self._picked = None
        self.worker.wake()

    def look_at(self, image: int) -> None:
        """Choose the image by its place among the validation images."""
        with self._lock:
            self._image = image
        self.worker.wake()

    def pick(self, number: int | None) -> None:
        """Show the filters of an earlier experiment; None shows those of the one under way."""
        with self._lock:
            self._picked = number
        self.worker.wake()

    @property
    def experiments(self) -> list[Experiment]:
        """Everything that was trained, oldest first."""
        seen = self.latest
        return [*seen.earlier, *([seen.present] if seen.present.epochs else [])]

    def snapshot(self, *, final: bool = False) -> FeatureSnapshot:
        """The present state, for a view. Only the worker's thread may ask; others read ``latest``."""
        from tuningkit.labs.feature_lab_network import feature_maps

        self._note_present()
        with self._lock:
            status, error, place, picked = self._status, self._error, self._image, self._picked
            planned = self.settings.epochs
        known = {one.number: one for one in self._earlier}
        shown = known.get(picked, self._present)
        maps = None
        if shown.weights:
            image, label = self._data.x_validation[place], int(self._data.y_validation[place])
            maps = feature_maps(shown.settings, shown.weights, image, label)
        self.latest = FeatureSnapshot(
            status, self._present, self._earlier, shown, maps, place, planned, error, final
        )
        return self.latest

    def _note_present(self) -> None:
        trainer = self._trainer
        if trainer is None:
            return
        run = self._present.run
        if trainer.epoch and (run is None or run.epochs != trainer.epoch):
            run = trainer.run(0)
            values = {
                name: value
                for name, value in asdict(self._present.settings).items()
                if name not in ("epochs", "learning_rate", "seed")
            }
            run = replace(run, hyperparameters={**run.hyperparameters, **values})
        self._present = replace(self._present, weights=tuple(trainer.engine.weights(0)), run=run)

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
                self._build(settings)
        return moved

    def _asked_for(self) -> FeatureSettings | None:
        with self._lock:
            fresh, self._fresh = self._fresh, False
            return self.settings if fresh else None

    def _archive(self, settings: FeatureSettings) -> None:
        """Keep what was trained, and free its graph before a new one is built."""
        self._note_present()
        self._trainer = None
        number = self._present.number
        if self._present.epochs:
            self._earlier = (*self._earlier, self._present)
            number += 1
        self._present = Experiment(number, settings, self.plan(settings))

    def _build(self, settings: FeatureSettings) -> None:
        from tuningkit.labs.feature_lab_network import build_network
        from tuningkit.training.trainer import Trainer

        model: keras.Model = build_network(settings, self._data.input_shape, self._data.n_classes)
        trainer = Trainer(model, self._data, optimizer="adam", seeds=settings.seed)
        trainer.set("learning_rate", settings.learning_rate)
        self._trainer = trainer

    def _due(self) -> bool:
        with self._lock:
            if self._playing and not self._behind():
                self._playing = False
            return self._playing

    def _behind(self) -> bool:
        trainer = self._trainer
        return trainer is not None and trainer.epoch < self._goal and not trainer.diverged

    def _advance(self) -> None:
        if self._trainer is not None:
            self._trainer.advance()

    def _resting(self) -> str:
        if self._trainer is None or not self._trainer.position:
            return "idle"
        return "paused" if self._behind() else "finished"

    def _failed(self, error: BaseException, text: str) -> None:
        self._trainer = None
        with self._lock:
            self._fresh = True
        super()._failed(error, text)

    def _free(self) -> None:
        self._trainer = None
