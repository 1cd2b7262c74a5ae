"""What a PlaygroundLab does, without widgets: data, network and training as the settings ask for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tuningkit.labs.lab_settings import NEW_RUN, STRUCTURAL
from tuningkit.labs.playground_data import extent_of, grid_points, make_data
from tuningkit.labs.playground_settings import (
    FEATURES,
    OF_THE_PICTURE,
    OWN_DATA,
    OWN_DEFAULTS,
    REBUILDS,
    schedule_settings,
)
from tuningkit.labs.records import Record
from tuningkit.labs.schedule_kinds import build
from tuningkit.labs.session import TuningSession
from tuningkit.labs.snapshot import Snapshot

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset
    from tuningkit.training.unit_outputs import UnitOutputs

#: Points a side of each unit's map.
SIDE = 30


class PlaygroundSession(TuningSession):
    """The runs of a playground.

    A move of data or structure builds anew at once, also while nothing trains: the picture shows the new points and
    the untrained network. What was training goes on from there.

    Args:
        settings: Starting values, by name: those of a TuningLab and those of ``OWN_DEFAULTS``.
        own: The learner's own data set, or None.
        on_update: As for :class:`TuningSession`.

    Attributes:
        data: The data of the run under way; None until the first network is built. As the rest of what follows, only
            the worker's thread may ask.
        built: Settings that the run under way began with.
        units: The outputs of all units over the plane.
        begun: Counts the starts from initial weights.
    """

    structural = (*STRUCTURAL, *REBUILDS)
    data: Dataset | None = None
    units: UnitOutputs | None = None
    begun = 0

    def __init__(
        self, settings: dict[str, Any], own: Dataset | None, on_update: Callable[[Snapshot], None]
    ) -> None:
        # Model and data are made in the worker's thread, whenever the settings ask for others.
        super().__init__(None, None, settings, {}, on_update, weights=False)  # type: ignore[arg-type]
        self._own = own
        #: Settings that each run began with, by its number.
        self.settings_of: dict[int, dict[str, Any]] = {}

    @property
    def built(self) -> dict[str, Any]:
        """Settings that the run under way began with."""
        return self._began

    # From any thread

    def set(self, name: str, value: Any, *, start: bool = False) -> None:
        """Move a setting; see :meth:`TuningSession.set`. What needs a new beginning gets it at once."""
        with self._lock:
            if self.settings.get(name) == value:
                return
            if name in OF_THE_PICTURE:
                self.settings[name] = value
                self.worker.wake()
                return
            # A schedule falls over the planned length of the run: with another length it is another schedule.
            anew = name in (*self.structural, "schedule", "seed") or (
                name == "epochs" and self.settings["schedule"] != "constant"
            )
            start = start and not anew and self.settings["mode"] == NEW_RUN
            super().set(name, value, start=start)
            if anew:
                self._stale = self._reset = True
                if self._playing:
                    self._goal, self._as_planned = self.settings["epochs"], True
        self.worker.wake()

    def set_all(self, values: Mapping[str, Any], changes: Sequence[tuple[float, str, Any]]) -> None:
        """Move several settings as one, and repeat these changes in the next run; see :meth:`plan`."""
        with self._lock:
            for name, value in values.items():
                self.set(name, value)
            # As it was written down, from its beginning.
            self._stale = self._reset = True
            self.plan(changes)
        self.worker.wake()

    def story(self) -> tuple[dict[str, Any], list[tuple[float, str, Any]]]:
        """What makes the present run again; see :meth:`TuningSession.story`."""
        settings, moves = super().story()
        with self._lock:
            return settings | {name: self.settings[name] for name in OF_THE_PICTURE}, moves

    # In the worker's thread

    def _needs_new_run(self, name: str) -> bool:
        # Before the first epoch there is nothing to change in the middle of.
        return name == "schedule" or (self._present is None and not self._playing)

    def _build(self, settings: dict[str, Any]) -> None:
        from tuningkit.labs.playground_network import layer_names, network_for
        from tuningkit.training.unit_outputs import UnitOutputs

        self.trainer = self.units = None
        data = make_data(settings, self._own)
        self._model, self._data = network_for(settings, data), data
        super()._build(settings)
        self.units = UnitOutputs(
            network_for(settings, data),
            layer_names(settings["hidden"]),
            grid_points(extent_of(data), SIDE),
        )
        self.data = data

    def _apply(self, settings: dict[str, Any]) -> None:
        self.begun += 1
        kind, steps = settings["schedule"], self.trainer.engine.steps_per_epoch
        constant = kind == "constant"
        self.trainer.set_schedule(None if constant else build(kind, schedule_settings(settings), steps))
        super()._apply(settings)

    def _described(self, record: Record) -> Record:
        """The record with data and network in words, for the table of runs."""
        settings, run = self._began, record.run
        self.settings_of[record.number] = settings
        words = {"data": data_words(settings), "network": network_words(settings)}
        if settings["schedule"] != "constant":
            words["rate schedule"] = settings["schedule"]
        return replace(record, run=replace(run, hyperparameters={**run.hyperparameters, **words}))

    def _free(self) -> None:
        super()._free()
        self.units = None


def data_words(settings: dict[str, Any]) -> str:
    """The data in a few words: "spirals, noise 10 %, 50 % training"."""
    if settings["data"] == OWN_DATA:
        return "own data"
    drawn = f", points {settings['data_seed']}" if settings["data_seed"] != OWN_DEFAULTS["data_seed"] else ""
    return (
        f"{settings['data']}, noise {100 * settings['noise']:.0f} %, "
        f"{100 * settings['train_share']:.0f} % training{drawn}"
    )


def network_words(settings: dict[str, Any]) -> str:
    """The network in a few words: "x₁ x₂ → 8 8 tanh"."""
    inputs = " ".join(FEATURES[name] for name in settings["features"])
    layers = " ".join(map(str, settings["hidden"]))
    return f"{inputs} → {layers} {settings['activation']}" if layers else f"{inputs} → output"
