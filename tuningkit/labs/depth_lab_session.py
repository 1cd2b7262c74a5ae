"""What a DepthLab does, without widgets: a plain network and its residual twin, trained side by side."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.depth_lab_settings import DepthSettings
from tuningkit.labs.structure_network import WatchedNetwork
from tuningkit.labs.structure_session import StructureExperiment, StructureSession, StructureSnapshot

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.training.layer_signals import LayerSignals
    from tuningkit.training.run import Run


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


@dataclass(frozen=True, eq=False)
class Experiment(StructureExperiment):
    """One setting of the controls, and what the networks did with it.

    Attributes:
        twins: The networks; empty before they are built.
    """

    settings: DepthSettings
    twins: tuple[Twin, ...] = ()

    @property
    def runs(self) -> tuple[Run, ...]:
        """The record of each network that was trained."""
        return tuple(twin.run for twin in self.twins if twin.run is not None)


@dataclass(frozen=True, eq=False)
class DepthSnapshot(StructureSnapshot):
    """All that a view needs to draw, taken at one moment."""

    present: Experiment
    earlier: tuple[Experiment, ...]


class DepthSession(StructureSession):
    """Experiments of one lab: a plain network and its residual twin, or one of them.

    Args:
        data: The data.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`DepthSnapshot`.
    """

    settings: DepthSettings
    latest: DepthSnapshot

    def __init__(
        self, data: Dataset, settings: DepthSettings, on_update: Callable[[DepthSnapshot], None]
    ) -> None:
        super().__init__(data, settings, on_update, name="tuningkit-depth-lab")

    def _begin(self, number: int, settings: DepthSettings) -> Experiment:
        return Experiment(number, settings)

    def _builders(self, settings: DepthSettings) -> list[Callable[[], _Network]]:
        return [partial(_Network, kind, settings, self._data) for kind in settings.kinds]

    def _note_present(self, *, weights: bool) -> None:
        if self._networks:
            twins = tuple(network.twin(self._present.settings, weights) for network in self._networks)
            self._present = replace(self._present, twins=twins)

    def _state(self, *, final: bool) -> DepthSnapshot:
        with self._lock:
            return DepthSnapshot(self._status, self._present, self._earlier, self._error, final)


class _Network(WatchedNetwork):
    """One of the twins, and the signals in its layers."""

    def __init__(self, kind: str, settings: DepthSettings, data: Dataset) -> None:
        from tuningkit import models

        build = {"plain": models.plain, "residual": models.residual}[kind]
        outputs = data.n_classes if data.task == "classification" else 1
        model = build(
            data.input_shape,
            outputs,
            depth=settings.depth,
            width=settings.width,
            activation=settings.activation,
            initializer=settings.initializer,
            normalization=settings.normalization,
        )
        super().__init__(model, data, settings)
        self.kind, self._data = kind, data
        self.look()
        self._start = self._now

    def _read(self) -> None:
        from tuningkit.training.layer_signals import layer_signals

        self._now = layer_signals(self._model, self._data)

    def twin(self, settings: DepthSettings, weights: bool) -> Twin:
        """The network as it stands."""
        run = self.run({**settings.structure, "network": self.kind}, weights=weights)
        history = {} if run is None else run.history
        diverged_at = None if run is None else run.diverged_at
        return Twin(self.kind, history, self._start, self._now, self._looked_at, diverged_at, run)
