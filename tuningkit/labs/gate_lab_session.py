"""What a GateLab does, without widgets: one adaptive network is trained, and its gates are read as it learns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.gate_lab_data import fitted, shown_rows
from tuningkit.labs.gate_lab_settings import EXITS, GateSettings
from tuningkit.labs.structure_network import WatchedNetwork
from tuningkit.labs.structure_session import StructureExperiment, StructureSession, StructureSnapshot
from tuningkit.models.exit_policy import ExitCosts, ExitTradeOff, exit_costs, exit_trade_off
from tuningkit.models.gate_reading import GateReader, GateReading

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.training.run import Run

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
class Experiment(StructureExperiment):
    """One network, and what it learned.

    Attributes:
        look: Its gates as last read; None before it was built.
        run: The whole record; None before the first epoch.
    """

    settings: GateSettings
    look: Look | None = None
    run: Run | None = None

    @property
    def runs(self) -> tuple[Run, ...]:
        """The record, once there is one."""
        return () if self.run is None else (self.run,)

    @property
    def history(self) -> dict[str, np.ndarray]:
        """Curves by Keras's names, each of shape (epochs,); empty before the first epoch."""
        return {} if self.run is None else self.run.history

    @property
    def diverged_at(self) -> int | None:
        """Epoch, from 1, in which it diverged, or None."""
        return None if self.run is None else self.run.diverged_at


@dataclass(frozen=True, eq=False)
class GateSnapshot(StructureSnapshot):
    """All that a view needs to draw, taken at one moment.

    Attributes:
        settings: Where the controls stand; of what is only looked at, the truth.
    """

    present: Experiment
    earlier: tuple[Experiment, ...]
    settings: GateSettings


class GateSession(StructureSession):
    """Networks of one lab, one at a time, and how their gates are looked at.

    Args:
        data: The data.
        settings: Where the controls stand.
        on_update: Called in the worker's thread with a :class:`GateSnapshot`.
    """

    settings: GateSettings
    latest: GateSnapshot

    def __init__(
        self, data: Dataset, settings: GateSettings, on_update: Callable[[GateSnapshot], None]
    ) -> None:
        super().__init__(data, settings, on_update, name="tuningkit-gate-lab")

    def _begin(self, number: int, settings: GateSettings) -> Experiment:
        return Experiment(number, settings)

    def _builders(self, settings: GateSettings) -> list[Callable[[], _Network]]:
        return [partial(_Network, settings, self._data)]

    def _note_present(self, *, weights: bool) -> None:
        for network in self._networks:
            run = network.run(self._present.settings.structure, weights=weights)
            self._present = replace(self._present, look=network.seen, run=run)

    def _state(self, *, final: bool) -> GateSnapshot:
        with self._lock:
            return GateSnapshot(self._status, self._present, self._earlier, self._error, final, self.settings)

    def _obey(self) -> bool:
        # A look trains nothing, but is seen at once.
        return super()._obey() or self.settings.looks != self.latest.settings.looks


class _Network(WatchedNetwork):
    """An adaptive network, and its gates."""

    def __init__(self, settings: GateSettings, data: Dataset) -> None:
        from tuningkit import models

        self._data, self._rows = fitted(data, settings.kind), shown_rows(data)
        model = getattr(models, settings.kind)(self._data.input_shape, data.n_classes, **settings.network)
        super().__init__(model, self._data, settings)
        self._reader = GateReader(model)
        self._costs = exit_costs(model) if settings.kind == EXITS else None
        self.look(always=True)

    def _read(self) -> None:
        reading = self._reader(self._data.x_validation[self._rows])
        labels = self._data.y_validation[self._rows]
        self.seen = Look(reading, labels, self._costs, self.trainer.epoch)
