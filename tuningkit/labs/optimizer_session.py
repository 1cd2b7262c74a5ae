"""What an OptimizerLab does, without widgets: paths worked out in the lab's own thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tuningkit.labs.base_session import Session
from tuningkit.optimizers.descent import RATES, as_surface, graph_for, lowest_rates
from tuningkit.optimizers.path_graph import PathGraph
from tuningkit.optimizers.path_record import Paths
from tuningkit.optimizers.path_settings import PathSettings, setting_names
from tuningkit.optimizers.surfaces import SURFACES, Surface


@dataclass(frozen=True)
class OptimizerSnapshot:
    """All that a view needs to draw, taken at one moment.

    Attributes:
        status: A session's status.
        paths: The latest paths; None before the first ones.
        own_rates: Whether each optimiser went at its own best rate.
        error: What went wrong, in words, and the traceback.
        final: Whether nothing more will come until the learner acts.
    """

    status: str
    paths: Paths | None
    own_rates: bool
    error: tuple[str, str] | None
    final: bool


class OptimizerSession(Session):
    """Keeps the paths in step with the sliders.

    Args:
        settings: ``surface``, ``optimizers``, ``own_rates`` and the fields of :class:`PathSettings`, all checked.
        on_update: Called in the worker's thread with an :class:`OptimizerSnapshot`.
        on_surface: Called in the worker's thread with a learner's own surface once it is known to work, and with the
            one before if it does not.
    """

    def __init__(
        self,
        settings: dict[str, Any],
        on_update: Callable[[OptimizerSnapshot], None],
        on_surface: Callable[[Surface], None],
    ) -> None:
        super().__init__(on_update, name="tuningkit-optimizer-lab")
        self.settings = dict(settings)
        self._on_surface = on_surface
        self._own_function: Callable[[Any, Any], Any] | None = None
        self._stale = True
        self._paths: Paths | None = None
        # A learner's own surface has graphs of its own; they go when another one comes.
        self._graphs: dict[int, PathGraph] = {}
        self._graphs_for: Surface | None = None

    # Requests and answers, from any thread

    def set(self, **values: Any) -> None:
        """Move settings, already checked; the paths follow."""
        with self._lock:
            self.settings.update(values)
            self._stale = True
        self.worker.wake()

    def try_surface(self, function: Callable[[Any, Any], Any]) -> None:
        """Walk over a learner's own function, if it can be walked over."""
        with self._lock:
            self._own_function, self._stale = function, True
        self.worker.wake()

    def again(self) -> None:
        """Work the paths out once more."""
        with self._lock:
            self._stale = True
        self.worker.wake()

    @property
    def paths(self) -> Paths | None:
        """The latest paths."""
        with self._lock:
            return self._paths

    # In the worker's thread

    def snapshot(self, *, final: bool = False) -> OptimizerSnapshot:
        """The present state, for a view. Only the worker's thread may ask."""
        with self._lock:
            return OptimizerSnapshot(
                self._status, self._paths, self.settings["own_rates"], self._error, final
            )

    def _has_work(self) -> bool:
        with self._lock:
            return self._stale

    def _obey(self) -> bool:
        return False

    def _due(self) -> bool:
        with self._lock:
            return self._stale

    def _resting(self) -> str:
        return "finished" if self._paths is not None else "idle"

    def _advance(self) -> None:
        with self._lock:
            function, self._own_function = self._own_function, None
            self._stale = False
        if function is not None:
            self._take(function)
        with self._lock:
            settings = dict(self.settings)
        names = list(settings["optimizers"])
        surface = settings["surface"]
        values = {name: settings[name] for name in setting_names()}
        if settings["own_rates"] and names:
            checked = PathSettings(**{**values, "learning_rate": RATES[0]})
            losses = self._graph(surface, len(RATES)).losses(surface.name, checked, names, RATES)
            values["learning_rate"] = lowest_rates(losses, checked.steps)
        paths = self._graph(surface, 1).walk(surface.name, PathSettings(**values), names)
        with self._lock:
            self._paths = paths

    def _take(self, function: Callable[[Any, Any], Any]) -> None:
        """Make a learner's function the surface; if that fails, everything stays as it is."""
        surface = as_surface(function)
        # The door has seen a few places; the graph is a stricter reader.
        values = {"start": surface.start, "learning_rate": surface.learning_rate, "steps": 1}
        with self._lock:
            names = list(self.settings["optimizers"]) or ["sgd"]
        graph = PathGraph([surface])
        graph.walk(surface.name, PathSettings(**values), names)
        with self._lock:
            self._graphs, self._graphs_for = {1: graph}, surface
            self.settings.update(surface_settings(surface))
        self._on_surface(surface)

    def _graph(self, surface: Surface, walkers: int) -> PathGraph:
        if SURFACES.get(surface.name) is surface:
            return graph_for(surface, walkers)
        if self._graphs_for is not surface:
            self._graphs, self._graphs_for = {}, surface
        if walkers not in self._graphs:
            self._graphs[walkers] = graph_for(surface, walkers)
        return self._graphs[walkers]

    def _free(self) -> None:
        self._graphs, self._graphs_for = {}, None


def surface_settings(surface: Surface) -> dict[str, Any]:
    """What a surface brings along when it is chosen."""
    return {
        "surface": surface,
        "start": surface.start,
        "learning_rate": surface.learning_rate,
        "condition": surface.condition,
        "noise": surface.noise,
    }
