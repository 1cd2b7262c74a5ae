"""``tk.SweepLab``: the whole slider trained at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np

from tuningkit.labs import controls as parts
from tuningkit.labs import static_picture
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.lab_settings import check_setting
from tuningkit.labs.own_settings import own_settings
from tuningkit.labs.sweep_grid import make_grid
from tuningkit.labs.sweep_session import SweepSession, SweepSnapshot
from tuningkit.labs.sweep_view import SCORES, SweepView, label
from tuningkit.training import hyperparameters as table
from tuningkit.training.results import Sweep

if TYPE_CHECKING:
    import keras
    from distributed import Client
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset


class SweepLab(Lab):
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
        client: A client of Dask whose workers train the members, as in :func:`tuningkit.sweep`; None for this
            machine.
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
        client: Client | None = None,
        **fixed: float,
    ) -> None:
        from tuningkit.training.memory import check_members

        own = own_settings(model, data, loss, metrics, optimizer)
        grid = make_grid(names, values)
        for name in fixed:
            table.check_name(name, (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS))
            if name in grid:
                raise ValueError(
                    f"{name} is swept, so it cannot have a fixed value. Received: {fixed[name]!r}"
                )
        optimizer = check_setting("optimizer", optimizer)
        fixed = {name: v for name, v in table.check_all(fixed).items() if v is not None}
        for name, value in fixed.items():
            own.refuse(name, value, optimizer or own.values["optimizer"])
        for name in grid:
            if own.nothing_for.get(name):
                raise ValueError(f"{own.nothing_for[name]} So {name} cannot be swept.")
        if not isinstance(seeds, int) or not 1 <= seeds <= 10:
            raise ValueError(f"seeds must be a whole number from 1 to 10. Received: seeds={seeds!r}")
        if at not in SCORES:
            raise ValueError(f"at must be 'best' or 'last'. Received: at={at!r}")
        epochs, seed = check_setting("epochs", epochs), check_setting("seed", seed)
        batch_size = check_setting("batch_size", batch_size)
        if client is None:
            check_members(model, int(np.prod([len(v) for v in grid.values()])) * seeds, batch_size)
            begin = SweepSession
        else:
            from tuningkit.labs.sweep_cluster_session import ClusterSweepSession
            from tuningkit.training.cluster import check_client

            begin = partial(ClusterSweepSession, check_client(client))
        session = begin(
            model,
            data,
            grid,
            seeds=[seed + i for i in range(seeds)],
            epochs=epochs,
            fixed=fixed,
            arguments={"optimizer": optimizer, "batch_size": batch_size, "loss": loss, "metrics": metrics},
            on_update=self._update,
        )
        self._view = SweepView(grid, loss_name=own.loss_name, metric=own.metric, epochs=epochs, at=at)
        super().__init__(session, self._arrange(session, epochs))

    def _arrange(self, session: SweepSession, epochs: int) -> list[ipywidgets.Widget]:
        view = self._view
        row = parts.button_row(
            [
                parts.button("Train", "Train all values to the end", self.train, primary=True),
                parts.button("Pause", "Stop after this step; nothing is lost", session.pause),
                parts.button("Restart", "Back to the initial weights", self.restart),
                parts.button("Go to best", "Choose the value with the best validation loss", self.go_to_best),
            ]
        )
        if len(session.grid) == 1:
            name = next(iter(session.grid))
            options = [(table.format_value(value), place) for place, value in enumerate(session.grid[name])]
            self._slider = ipywidgets.SelectionSlider(options=options, value=0, description=label(name))
            self._slider.observe(lambda change: self._choose(change["new"]), "value")
            below = [view.status, view.fan, view.score, view.words]
        else:
            self._slider = ipywidgets.IntSlider(value=epochs, min=1, max=epochs, description="replay epoch")
            self._slider.observe(self._replay, "value")
            view.map.observe(self._picked, "selected")
            below = [view.status, view.map, view.fan, view.words]
        self._slider.add_class("tk-control")
        return [row, parts.columns([self._slider], 300), *below]

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
        if self._ended(snapshot):
            self._tell(self.sweep)

    # From Python

    def train(self, epochs: int | None = None) -> SweepLab:
        """Train in the background; the call returns at once.

        Args:
            epochs: How many more epochs; None trains to the planned end.
        """
        self.session.check_open()
        if epochs is not None:
            epochs = check_setting("epochs", epochs)
        self.session.train(epochs)
        self._stretch()
        return self

    def restart(self) -> SweepLab:
        """Go back to the initial weights; a lab that is training goes on from there."""
        self.session.check_open()
        self.session.restart()
        self._stretch()
        return self

    def _stretch(self) -> None:
        """The replay slider reaches as far as training will."""
        if self._view.map is not None and self._slider.max != self.session.goal:
            at_end = self._slider.value == self._slider.max
            self._slider.max = self.session.goal
            if at_end:
                self._slider.value = self._slider.max

    def go_to_best(self) -> SweepLab:
        """Choose the value with the best validation loss so far."""
        snapshot = self.session.latest
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
        else:
            sizes = [len(values) for values in self.session.grid.values()]
            self._view.map.selected = tuple(int(i) for i in np.unravel_index(place, sizes))
        self._choose(place)
        return self

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

    def __repr__(self) -> str:
        sweep = self.sweep
        if sweep is None:
            count = int(np.prod([len(values) for values in self.session.grid.values()]))
            return f"SweepLab over {', '.join(self.session.grid)}: {count} values, not trained yet."
        return repr(sweep)
