"""From a playground's session to what is seen: the plane, the network, and the curves of the problem at hand."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from tuningkit.labs.boundary import BoundaryMap
from tuningkit.labs.extra_views import probabilities
from tuningkit.labs.playground_data import extent_of, grid_points
from tuningkit.labs.playground_picture import LayerPicture, NetworkPicture
from tuningkit.labs.playground_session import SIDE, PlaygroundSession
from tuningkit.labs.playground_settings import FEATURES
from tuningkit.labs.records import Record
from tuningkit.labs.run_rows import OWN_COLUMNS
from tuningkit.labs.runs_table import Column, RunsTable
from tuningkit.labs.snapshot import Snapshot
from tuningkit.labs.tuning_view import TuningView

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

#: Points a side of the large picture of the plane.
_GRID = 60
#: Seconds between two pictures of the plane, and of the network: enough for the eye, and training goes on meanwhile.
_PLANE, _NETWORK = 1 / 10, 1 / 6
_COLUMNS = (Column("data", "data", "text"), Column("network", "network", "text"), *OWN_COLUMNS)


@dataclass(frozen=True)
class Problem:
    """What is to be learned, as far as the pictures care.

    Attributes:
        class_names: Names of the classes; empty for a regression.
    """

    class_names: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: Dataset) -> Problem:
        """The problem that a data set poses."""
        return cls(data.class_names if data.task == "classification" else ())

    @property
    def loss_name(self) -> str:
        """Name of the data loss."""
        return "cross-entropy" if self.class_names else "mean squared error"

    @property
    def metric(self) -> str:
        """Name of the second panel's metric."""
        return "accuracy" if self.class_names else "mean_absolute_error"


class PlaneView:
    """The points, and the network's answer at every place of the plane.

    Args:
        problem: What is to be learned.
    """

    def __init__(self, problem: Problem) -> None:
        self.widget = BoundaryMap(
            "x1",
            "x2",
            class_names=problem.class_names,
            kind="classification" if problem.class_names else "regression",
            height=330,
        )
        self._classes = len(problem.class_names)
        self._shown: tuple[Any, ...] = ()
        self._drawn = 0.0
        self._points: tuple[Any, ...] = ()

    def draw(self, snapshot: Snapshot, chosen: Record | None, session: PlaygroundSession) -> None:
        """Show the points, and ask the network that trains, or is about to, for its answers."""
        trainer, data = session.trainer, session.data
        if trainer is None or data is None:
            return
        settings = session.settings
        self._set_points(data, settings["show_validation"])
        discrete = settings["discretize"]
        state = (session.begun, snapshot.position, discrete)
        if state == self._shown or not (snapshot.final or time.monotonic() - self._drawn > _PLANE):
            return
        self._shown, self._drawn = state, time.monotonic()
        extent = extent_of(data)
        answers = np.asarray(trainer.predict(grid_points(extent, _GRID)), float)
        words = f"Run {snapshot.number} {_after(snapshot.position)}"
        if not self._classes:
            self.widget.draw(
                np.nan_to_num(answers.reshape(_GRID, _GRID)), extent=extent, sentence=words, discrete=discrete
            )
            return
        shares = np.nan_to_num(probabilities(answers, from_logits=True))
        self.widget.draw(
            shares.argmax(axis=1).reshape(_GRID, _GRID),
            shares.max(axis=1).reshape(_GRID, _GRID),
            extent=extent,
            sentence=words,
            discrete=discrete,
        )

    def _set_points(self, data: Dataset, validation: bool) -> None:
        if self._points and self._points[0] is data and self._points[1] == validation:
            return
        self._points, self._shown = (data, validation), ()
        x, y = [data.x_train], [data.y_train]
        if validation:
            # First, so that what the network learns from lies on top.
            x.insert(0, data.x_validation)
            y.insert(0, data.y_validation)
        points = np.concatenate(x)
        held_out = np.arange(len(points)) < len(points) - len(data.x_train)
        self.widget.set_points(points, np.concatenate(y), held_out)


class UnitsView:
    """The network under way: its weights, and each unit's map."""

    def __init__(self) -> None:
        self.widget = NetworkPicture()
        self._shown: tuple[Any, ...] = ()
        self._drawn = 0.0
        self._data: Dataset | None = None

    def draw(self, snapshot: Snapshot, session: PlaygroundSession) -> None:
        """Show the network that trains, or is about to."""
        if session.trainer is None or session.units is None or session.data is None:
            return
        discrete = session.settings["discretize"]
        state = (session.begun, snapshot.position, discrete)
        if state == self._shown or not (snapshot.final or time.monotonic() - self._drawn > _NETWORK):
            return
        self._shown, self._drawn = state, time.monotonic()
        if self._data is not session.data:
            self._data = session.data
            self.widget.set_points(session.data.x_train, _heights(session.data))
        weights = session.trainer.engine.weights(0)
        layers = layer_pictures(session.built, session.units(weights), weights, session.data.class_names)
        self.widget.draw(
            layers,
            extent=extent_of(session.data),
            sentence=_structure(session.built, len(layers[-1].units)),
            discrete=discrete,
        )


def layer_pictures(
    settings: dict[str, Any],
    outputs: Sequence[np.ndarray],
    weights: Sequence[np.ndarray],
    class_names: Sequence[str] = (),
) -> list[LayerPicture]:
    """The columns of the picture of a network.

    Args:
        settings: ``features``, ``hidden`` and ``activation``.
        outputs: Per layer its outputs over the grid, shape (SIDE * SIDE, units).
        weights: Kernels and biases in turn, as in ``model.weights``.
        class_names: Names of the classes, if there are more than two of them the names of the output's units.

    Returns:
        One per layer, from the inputs to the output.
    """
    maps = [output.T.reshape(-1, SIDE, SIDE) for output in outputs]
    kernels, biases = weights[0::2], weights[1::2]
    inputs = tuple(FEATURES[name] for name in settings["features"])
    pictures = [LayerPicture("inputs", "", inputs, maps[0])]
    for number, units in enumerate(settings["hidden"], 1):
        names = tuple(str(unit) for unit in range(1, units + 1))
        words = f"{units} {settings['activation']}"
        pictures.append(
            LayerPicture(
                f"layer {number}", words, names, maps[number], kernels[number - 1], biases[number - 1]
            )
        )
    last = tuple(class_names) if len(maps[-1]) > 1 else ("output",)
    return [*pictures, LayerPicture("output", "", last, maps[-1], kernels[-1], biases[-1])]


def _heights(data: Dataset) -> np.ndarray:
    """The training targets from -1 to 1; of more than two classes NaN, for which two colours are too few."""
    if data.task == "regression":
        return data.y_train / max(float(np.abs(data.y_train).max()), 1e-9)
    return 2.0 * data.y_train - 1 if data.n_classes == 2 else np.full(len(data.y_train), np.nan)


def _structure(settings: dict[str, Any], outputs: int) -> str:
    def several(count: int, word: str) -> str:
        return f"{count} {word}{'s' if count != 1 else ''}"

    hidden = settings["hidden"]
    middle = "no hidden layer"
    if hidden:
        units = " and ".join(filter(None, [", ".join(map(str, hidden[:-1])), str(hidden[-1])]))
        middle = f"{several(len(hidden), 'hidden layer')} of {units} {settings['activation']} unit" + (
            "s" if max(hidden) > 1 else ""
        )
    first = f"; the first of {settings['repeats']} seeds" if settings["repeats"] > 1 else ""
    return f"{several(len(settings['features']), 'input')}, {middle}, {several(outputs, 'output')}{first}"


def _after(position: float) -> str:
    if not position:
        return "before training"
    epochs = f"{position:.0f}" if position == int(position) else f"{position:.1f}"
    return f"after {epochs} epoch{'s' if position != 1 else ''}"


class PlaygroundView:
    """All that a PlaygroundLab shows. Curves and plane come once per problem; those of the present one are seen.

    Args:
        problems: The problems there may be.
        shown: The one at first.
        epochs: Epochs planned.
    """

    def __init__(self, problems: Sequence[Problem], shown: Problem, epochs: int) -> None:
        self._views = {
            problem: TuningView(problem.loss_name, problem.metric, epochs, [PlaneView(problem)], _COLUMNS)
            for problem in problems
        }
        self.network = UnitsView()
        self._shown = shown
        self.show(shown)

    @property
    def present(self) -> TuningView:
        """The view of the problem at hand."""
        return self._views[self._shown]

    @property
    def table(self) -> RunsTable:
        """The table of runs."""
        return self.present.table

    @property
    def tables(self) -> list[RunsTable]:
        """The tables of all problems."""
        return [view.table for view in self._views.values()]

    @property
    def panels(self) -> list[str]:
        """Names of the curves."""
        return self.present.panels

    @property
    def metric(self) -> str:
        """Name of the second panel's metric."""
        return self.present.metric

    def show(self, problem: Problem) -> None:
        """Show the pictures of this problem in place of those of another one."""
        self._shown = problem
        for one, view in self._views.items():
            display = None if one == problem else "none"
            plane = view.extra[0].widget
            for widget in (view.status, plane, view.chart, view.diagnosis, view.table):
                if widget.layout.display != display:
                    widget.layout.display = display

    def parts(self, *, table: bool) -> list[ipywidgets.Widget]:
        """What is seen, from top to bottom; network and plane side by side where there is room."""
        views = self._views.values()
        planes = [view.extra[0].widget for view in views]
        for widget, flex in [(self.network.widget, "3 1 560px"), *((plane, "2 1 330px") for plane in planes)]:
            widget.layout.flex, widget.layout.width, widget.layout.min_width = flex, "auto", "0"
        layout = ipywidgets.Layout(flex_flow="row wrap", align_items="flex-start", width="100%")
        pictures = ipywidgets.HBox([self.network.widget, *planes], layout=layout)
        return [
            *(view.status for view in views),
            pictures,
            *(view.chart for view in views),
            *(view.diagnosis for view in views),
            *((view.table for view in views) if table else ()),
        ]

    def draw(self, snapshot: Snapshot, session: PlaygroundSession) -> None:
        """Show a snapshot; runs of another problem have other measures and stay away."""
        problem = self._shown if session.data is None else Problem.of(session.data)
        view = self._views[problem]
        earlier = [record for record in snapshot.earlier if view.metric in record.run.history]
        view.draw(replace(snapshot, earlier=earlier), session)
        self.network.draw(snapshot, session)
