"""``tk.SweepLab``: the whole slider trained at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from tuningkit.labs import controls as parts
from tuningkit.labs import static_picture
from tuningkit.labs.own_settings import own_settings
from tuningkit.labs.registry import register
from tuningkit.labs.sweep_session import SweepSession, SweepSnapshot
from tuningkit.labs.sweep_view import SCORES, SweepView, label
from tuningkit.training import hyperparameters as table
from tuningkit.training.results import Sweep

if TYPE_CHECKING:
    import keras
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset

_ONE_DIMENSION, _TWO_DIMENSIONS = 13, 7
_RANGES = {"learning_rate": (1e-4, 1.0), "l1": (1e-6, 1e-1), "l2": (1e-6, 1.0)}


class SweepLab(ipywidgets.VBox):
    """Train a network for every stop of a slider at once, then scrub through the finished runs.

    With one hyperparameter the fan of curves grows live, the slider picks the run in front, and a lower panel
    shows the best validation loss against the value, with the spread over several seeds if asked for. With two,
    a heat map shows every combination, and an epoch slider replays how it formed.

    Args:
        model: A built Keras model. It is copied, never changed.
        data: A :class:`tuningkit.Dataset`.
        *names: One or two of ``learning_rate``, ``dropout``, ``l1``, ``l2``.
        values: Values by name; left out, sensible ones.
        epochs: Length of every run.
        seeds: How many seeds each value is trained with, 1 to 10.
        seed: The first of them.
        at: Which epoch's validation loss is the score of a run: "best", as if training had been stopped there,
            or "last".
        optimizer: As in :func:`tuningkit.train`.
        batch_size: Rows per step.
        loss: As in :func:`tuningkit.train`.
        metrics: As in :func:`tuningkit.train`.
        **fixed: Values shared by all members, such as ``learning_rate=1e-3``.

    Raises:
        TypeError: If model or data are of another kind.
        ValueError: If a name or value is wrong, or if the members would not fit into memory.

    Example:
        >>> lab = tk.SweepLab(model, digits, "l2", epochs=30)
        >>> lab.train().wait()
        >>> lab.sweep.best("val_loss").hyperparameters["l2"]
        0.0001
    """

    def __init__(
        self,
        model: keras.Model,
        data: Dataset,
        *names: str,
        values: Mapping[str, Sequence[float]] | None = None,
        epochs: int = 30,
        seeds: int = 1,
        seed: int = 0,
        at: str = "best",
        optimizer: str | None = None,
        batch_size: int = 32,
        loss: str | Callable | None = None,
        metrics: Sequence[str | Callable] | None = None,
        **fixed: float,
    ) -> None:
        from tuningkit.training.memory import check_members

        own = own_settings(model, data, loss, metrics)
        grid = make_grid(names, values)
        for name in fixed:
            table.check_name(name, (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS))
            if name in grid:
                raise ValueError(
                    f"{name} is swept, so it cannot have a fixed value. Received: {fixed[name]!r}"
                )
        fixed = {name: v for name, v in table.check_all(fixed).items() if v is not None}
        for name in grid:
            if own.nothing_for.get(name):
                raise ValueError(f"{own.nothing_for[name]} So {name} cannot be swept.")
        if not isinstance(seeds, int) or not 1 <= seeds <= 10:
            raise ValueError(f"seeds must be a whole number from 1 to 10. Received: seeds={seeds!r}")
        if at not in SCORES:
            raise ValueError(f"at must be 'best' or 'last'. Received: at={at!r}")
        epochs = table.check_value("epochs", epochs)
        check_members(model, int(np.prod([len(v) for v in grid.values()])) * seeds, batch_size)
        self._own = own
        self.session = SweepSession(
            model,
            data,
            grid,
            seeds=[table.check_value("seed", seed) + i for i in range(seeds)],
            epochs=epochs,
            fixed=fixed,
            arguments={"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics},
            on_update=self._update,
        )
        self._view = SweepView(grid, loss_name=own.loss_name, metric=own.metric, epochs=epochs, at=at)
        self._finished: list[Callable[[Sweep], None]] = []
        self._last_status = "idle"
        super().__init__(self._arrange(epochs), layout=ipywidgets.Layout(width="100%"))
        self.add_class("tk-lab")
        register(self)

    def _arrange(self, epochs: int) -> list[ipywidgets.Widget]:
        view, session = self._view, self.session
        buttons = [
            parts.button("Train", "Train all values to the end", session.train, primary=True),
            parts.button("Pause", "Stop after this step; nothing is lost", session.pause),
            parts.button("Restart", "Back to the initial weights", session.restart),
            parts.button("Go to best", "Choose the value with the best validation loss", self.go_to_best),
        ]
        row = ipywidgets.HBox(buttons, layout=ipywidgets.Layout(flex_flow="row wrap", grid_gap="4px"))
        if len(session.grid) == 1:
            name = next(iter(session.grid))
            stops = session.grid[name]
            self._slider = ipywidgets.SelectionSlider(
                options=[(table.format_value(value), place) for place, value in enumerate(stops)],
                value=0,
                description=label(name),
                style={"description_width": "110px"},
                layout=ipywidgets.Layout(width="100%", max_width="760px"),
            )
            self._slider.observe(lambda change: self._choose(change["new"]), "value")
            return [row, self._slider, view.status, view.fan, view.score, view.words]
        self._slider = ipywidgets.IntSlider(
            value=epochs,
            min=1,
            max=epochs,
            description="replay epoch",
            style={"description_width": "110px"},
            layout=ipywidgets.Layout(width="100%", max_width="760px"),
        )
        self._slider.observe(self._replay, "value")
        view.map.observe(self._picked, "selected")
        return [row, view.status, self._slider, view.map, view.fan, view.words]

    # The learner's door

    def _choose(self, place: int) -> None:
        self._view.selected = int(place)
        self.session.refresh()

    def _replay(self, change: dict[str, Any]) -> None:
        self._view.epoch = None if change["new"] == self._slider.max else int(change["new"])
        self.session.refresh()

    def _picked(self, change: dict[str, Any]) -> None:
        if change["new"] is not None:
            sizes = [len(values) for values in self.session.grid.values()]
            self._choose(int(np.ravel_multi_index(change["new"], sizes)))

    # The worker's door

    def _update(self, snapshot: SweepSnapshot) -> None:
        self._view.draw(snapshot)
        ended = snapshot.final and snapshot.status in ("finished", "paused")
        if ended and self._last_status == "training":
            for callback in self._finished:
                callback(self.sweep)
        self._last_status = snapshot.status

    # From Python

    def train(self, epochs: int | None = None) -> SweepLab:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs; None trains to the planned end.
        """
        if epochs is not None:
            table.check_value("epochs", epochs)
        self.session.train(epochs)
        return self

    def pause(self) -> SweepLab:
        """Stop after the step under way. Nothing is lost: :meth:`train` goes on."""
        self.session.pause()
        return self

    def restart(self) -> SweepLab:
        """Go back to the initial weights."""
        self.session.restart()
        return self

    def wait(self, timeout: float | None = None) -> SweepLab:
        """Return when the training asked for is done.

        Raises:
            TimeoutError: If it takes longer than ``timeout`` seconds.
            Exception: What went wrong while training, if anything did.
        """
        done = self.session.worker.wait(timeout)
        self.session.raise_error()
        if not done:
            raise TimeoutError(f"The lab is still training after {timeout} s. lab.pause() stops it.")
        return self

    def go_to_best(self) -> SweepLab:
        """Choose the value with the best validation loss so far."""
        snapshot = self.session.snapshot()
        if snapshot.epochs:
            scores = self._view.scores(snapshot)
            if not np.isnan(scores).all():
                self.select(int(np.nanargmin(scores)))
        return self

    def select(self, place: int) -> SweepLab:
        """Put one value in front.

        Args:
            place: Its place in the grid, from 0; with two hyperparameters the last one counts fastest.

        Raises:
            IndexError: If there is no such place.
        """
        count = int(np.prod([len(values) for values in self.session.grid.values()]))
        if not 0 <= place < count:
            raise IndexError(f"This lab has the places 0 to {count - 1}. Received: {place}")
        if self._view.map is None:
            self._slider.value = place
        self._choose(place)
        return self

    def on_run_finished(self, callback: Callable[[Sweep], None]) -> None:
        """Call ``callback(sweep)``, in the lab's own thread, whenever the sweep ends or is paused."""
        self._finished.append(callback)

    @property
    def sweep(self) -> Sweep | None:
        """The sweep as a record; None before its first epoch."""
        return self.session.sweep

    @property
    def runs(self) -> list:
        """All members as runs; empty before the first epoch."""
        sweep = self.sweep
        return [] if sweep is None else list(sweep)

    def figure(self) -> Figure:
        """The present picture as a Matplotlib figure, for a page without widgets."""
        return static_picture.sweep_figure(self.session, self._view)

    def close(self) -> None:
        """Stop training and free what the lab holds."""
        self.session.close()
        super().close()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        live = super()._repr_mimebundle_(**kwargs)
        return static_picture.mime_bundle(live, self.figure(), repr(self))

    def __repr__(self) -> str:
        sweep = self.sweep
        if sweep is None:
            count = int(np.prod([len(values) for values in self.session.grid.values()]))
            return f"SweepLab over {', '.join(self.session.grid)}: {count} values, not trained yet."
        return repr(sweep)


def make_grid(names: Sequence[str], values: Mapping[str, Sequence[float]] | None) -> dict[str, list[float]]:
    """The values of one or two hyperparameters, checked.

    Args:
        names: The hyperparameters.
        values: Values by name, for some or all of them.

    Raises:
        ValueError: If there is no name, more than two, a double one or a value out of range.
    """
    from tuningkit.training.grid_sweep import check_grid

    values = dict(values or {})
    names = [*names, *(name for name in values if name not in names)]
    for name in names:
        if name in ("batch_size", "optimizer", "seed"):
            raise ValueError(
                f"A SweepLab moves {', '.join(table.MEMBER_HYPERPARAMETERS)}; for {name} use tk.sweep."
            )
        table.check_name(name, table.MEMBER_HYPERPARAMETERS)
    if not 1 <= len(names) <= 2 or len(set(names)) != len(names):
        raise ValueError(f'Name one or two different hyperparameters, such as "l2". Received: {names}')
    count = _ONE_DIMENSION if len(names) == 1 else _TWO_DIMENSIONS
    grid = check_grid({name: values.get(name, default_values(name, count)) for name in names})
    return {name: sorted(listed) for name, listed in grid.items()}


def default_values(name: str, count: int) -> list[float]:
    """Sensible values of a hyperparameter.

    Args:
        name: The hyperparameter.
        count: How many.

    Example:
        >>> default_values("dropout", 4)
        [0.0, 0.3, 0.6, 0.9]
    """
    if name == "dropout":
        return [round(float(v), 3) for v in np.linspace(0, 0.9, count)]
    low, high = _RANGES[name]
    zero = [] if name == "learning_rate" else [0.0]
    spaced = np.geomspace(low, high, count - len(zero))
    return [*zero, *(float(f"{value:.2g}") for value in spaced)]
