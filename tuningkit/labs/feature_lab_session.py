"""What a FeatureLab does, without widgets: a small convolutional network, trained and looked into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.feature_lab_plan import Plan, make_plan
from tuningkit.labs.feature_lab_settings import FeatureSettings
from tuningkit.labs.structure_network import StructureNetwork
from tuningkit.labs.structure_session import StructureExperiment, StructureSession, StructureSnapshot

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.labs.feature_lab_network import FeatureMaps
    from tuningkit.training.run import Run


@dataclass(frozen=True, eq=False)
class Experiment(StructureExperiment):
    """One setting of the controls, and what the network did with it.

    Attributes:
        plan: Sizes and counts.
        weights: Weights of the network as they stand; empty before it is built.
        run: The whole record; None before the first epoch.
    """

    settings: FeatureSettings
    plan: Plan
    weights: tuple[np.ndarray, ...] = ()
    run: Run | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The record, once there is one."""
        return () if self.run is None else (self.run,)


@dataclass(frozen=True, eq=False)
class FeatureSnapshot(StructureSnapshot):
    """All that a view needs to draw, taken at one moment.

    Attributes:
        shown: The experiment whose filters are shown: the one under way, or one picked.
        maps: The chosen image in the network of ``shown``; None before it is built.
        image: Number of the chosen image among the validation images.
        planned: Epochs at which training stops.
    """

    present: Experiment
    earlier: tuple[Experiment, ...]
    shown: Experiment
    maps: FeatureMaps | None
    image: int
    planned: int


class FeatureSession(StructureSession):
    """Experiments of one lab, each with one small convolutional network.

    Args:
        data: Images with one channel, and classes.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`FeatureSnapshot`.
    """

    settings: FeatureSettings
    latest: FeatureSnapshot

    def __init__(
        self, data: Dataset, settings: FeatureSettings, on_update: Callable[[FeatureSnapshot], None]
    ) -> None:
        self._image, self._picked = 0, None
        super().__init__(data, settings, on_update, name="tuningkit-feature-lab")

    def plan(self, settings: FeatureSettings) -> Plan:
        """Sizes and counts for these settings and this data.

        Raises:
            ValueError: If they do not fit together.
        """
        return make_plan(settings, self._data.input_shape, self._data.n_classes)

    # Requests, from any thread

    def set(self, settings: FeatureSettings) -> None:
        """Take over the controls; the experiment under way is shown."""
        with self._lock:
            self._picked = None
        super().set(settings)

    def train(self, epochs: int | None = None) -> None:
        """Train ``epochs`` more epochs; None: to the planned end, or as much again. That is shown."""
        with self._lock:
            self._picked = None
        super().train(epochs)

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

    # In the worker's thread

    def _begin(self, number: int, settings: FeatureSettings) -> Experiment:
        return Experiment(number, settings, self.plan(settings))

    def _builders(self, settings: FeatureSettings) -> list[Callable[[], StructureNetwork]]:
        return [partial(_build, settings, self._data)]

    def _note_present(self, *, weights: bool) -> None:
        # The weights are noted in any case: the pictures are made from them.
        for network in self._networks:
            run = self._present.run
            if run is None or run.epochs != network.trainer.epoch:
                run = network.run(self._present.settings.structure)
            now = tuple(network.trainer.engine.weights(0))
            self._present = replace(self._present, weights=now, run=run)

    def _state(self, *, final: bool) -> FeatureSnapshot:
        from tuningkit.labs.feature_lab_network import feature_maps

        with self._lock:
            status, error, place, picked = self._status, self._error, self._image, self._picked
            planned = self.settings.epochs
        known = {one.number: one for one in self._earlier}
        shown = known.get(picked, self._present)
        maps = None
        if shown.weights:
            image, label = self._data.x_validation[place], int(self._data.y_validation[place])
            maps = feature_maps(shown.settings, shown.weights, image, label)
        return FeatureSnapshot(
            status, self._present, self._earlier, error, final, shown, maps, place, planned
        )


def _build(settings: FeatureSettings, data: Dataset) -> StructureNetwork:
    from tuningkit.labs.feature_lab_network import build_network

    return StructureNetwork(build_network(settings, data.input_shape, data.n_classes), data, settings)
