"""KerasTuner at work: trials and their curves appear while its tuner searches."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from tuningkit.labs import controls as parts
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.runs_table import Column, RunsTable
from tuningkit.labs.sentences import state_html
from tuningkit.labs.static_picture import empty_figure
from tuningkit.labs.tuner_session import TunerSession, TunerSnapshot
from tuningkit.training.run import describe

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tuningkit.search.live_tuner import LiveTuner
    from tuningkit.search.trials import Trials


class TunerLab(Lab):
    """The trials of a tuner of KerasTuner while it searches: a point and a row for each, its curve as it grows.

    **Search** runs ``tuner.search(...)`` in the background. A tuner that is searched in a cell is shown as well.

    Args:
        tuner: A tuner with :class:`tuningkit.search.LiveTuner` before KerasTuner's class.
        *arguments: What ``tuner.search`` takes, such as ``x, y``.
        **settings: And its keywords, such as ``validation_data=...`` and ``epochs=8``.

    Attributes:
        tuner: The tuner.

    Raises:
        TypeError: If the tuner does not tell what it does.

    Example:
        >>> class LiveRandomSearch(tk.search.LiveTuner, keras_tuner.RandomSearch):
        ...     pass
        >>> tuner = LiveRandomSearch(build_model, objective="val_loss", max_trials=8, directory=folder)
        >>> lab = tk.TunerLab(tuner, x, y, validation_data=(x_validation, y_validation), epochs=8)
        >>> lab.search().wait().trials.best.configuration
    """

    session: TunerSession

    def __init__(self, tuner: LiveTuner, *arguments: Any, **settings: Any) -> None:
        from tuningkit.search.live_tuner import LiveTuner

        if not isinstance(tuner, LiveTuner):
            raise TypeError(
                "tuner must be a tuner that tells what it does: class Live(tk.search.LiveTuner, "
                f"keras_tuner.RandomSearch): pass. Received: {type(tuner).__name__}"
            )
        self.tuner = tuner
        objective = tuner.oracle.objective.name
        self._label = objective.replace("val_", "validation ").replace("_", " ")
        better = "higher" if tuner.oracle.objective.direction == "max" else "lower"
        self._chart = CurveChart(
            [
                Panel("trials", "Best of each trial", self._label, x_label="trial", y_log_toggle=True),
                Panel("curves", "Each trial as it trains", self._label, y_log_toggle=True),
            ],
            description="Trials of the search, and the best so far",
        )
        self._table = RunsTable(
            [
                Column("trial", "trial", kind="integer"),
                Column("objective", self._label, better=better),
                Column("epochs", "epochs", kind="integer"),
                Column("seconds", "time", unit="s"),
                Column("status", "state", kind="text"),
                # The widest one last: where there is no room, it is what has to be scrolled to.
                Column("configuration", "hyperparameters", kind="text"),
            ],
            empty="No trials yet. Press Search.",
            file_name="trials.csv",
            thing="trial",
        )
        self._line = parts.words()
        session = TunerSession(tuner, arguments, {"verbose": 0, **settings}, self._update)
        buttons = parts.button_row(
            [
                parts.button("Search", "Search to the end", session.search, primary=True),
                parts.button("Pause", "Stop after this epoch; Search goes on with this trial", session.pause),
            ]
        )
        super().__init__(session, [buttons, self._line, self._chart, self._table])
        self._draw(session.latest)

    def search(self) -> Self:
        """Search in the background, or go on after a pause; the call returns at once.

        Raises:
            RuntimeError: If the lab is closed.
        """
        self.session.check_open()
        self.session.search()
        return self

    @property
    def trials(self) -> Trials:
        """The trials so far."""
        return self.tuner.trials

    def figure(self) -> Figure:
        """The trials and the best so far as a still picture."""
        trials = self.trials
        if not len(trials) or not np.isfinite(trials.objectives).any():
            return empty_figure("No trials yet. Press Search, or call lab.search().")
        from tuningkit import plots

        figure = plots.new_figure(8.6, 3.6)
        trials.plot(figure.subplots())
        return figure

    def _update(self, snapshot: TunerSnapshot) -> None:
        """The worker's door."""
        self._draw(snapshot)
        if self._ended(snapshot):
            self._tell(self.trials)

    def _draw(self, snapshot: TunerSnapshot) -> None:
        text = (
            f"{len(snapshot.rows)} trial{'' if len(snapshot.rows) == 1 else 's'} · {snapshot.seconds:.0f} s"
        )
        best = snapshot.best
        if best is not None:
            text += f" · best {self._label} {best.objective:.4g} in trial {best.number}"
        line = state_html(
            snapshot.status,
            text,
            snapshot.error,
            start="Press <b>Search</b>.",
            again="Press Search to try again.",
        )
        self._line.value = line.replace("<b>Training</b>", "<b>Searching</b>")
        self._table.show(self._row(place, snapshot) for place in range(len(snapshot.rows)))
        self._chart.draw(self._curves(snapshot), sentence=self._sentence(snapshot))

    def _row(self, place: int, snapshot: TunerSnapshot) -> dict[str, Any]:
        row = snapshot.rows[place]
        state = "running" if place == snapshot.running else row.status
        return {
            "id": row.number,
            "trial": row.number,
            "configuration": describe(row.configuration),
            "objective": row.objective,
            "epochs": None if math.isnan(row.epochs) else int(row.epochs),
            "seconds": row.seconds,
            "status": f"{state}: {row.message}" if row.message else state,
        }

    def _curves(self, snapshot: TunerSnapshot) -> list[Curve]:
        rows = [(place, row) for place, row in enumerate(snapshot.rows) if row.scored]
        numbers = np.array([row.number for _, row in rows], float)
        values = np.array([row.objective for _, row in rows], float)
        keep = np.minimum if snapshot.direction == "min" else np.maximum
        found = [
            Curve("trials", "trial", numbers, values, kind="points", palette=0),
            Curve(
                "trials", "best so far", numbers, keep.accumulate(values) if len(rows) else values, palette=2
            ),
        ]
        front = snapshot.running if snapshot.running is not None else self._best_place(snapshot)
        for place, row in enumerate(snapshot.rows):
            if row.curve:
                ahead = place == front
                label = f"trial {row.number}" if ahead else "other trials"
                epochs = np.arange(1.0, len(row.curve) + 1)
                role = "validation" if ahead else "other"
                found.append(Curve("curves", label, epochs, np.array(row.curve), role=role, ghost=not ahead))
        return found

    @staticmethod
    def _best_place(snapshot: TunerSnapshot) -> int | None:
        return None if snapshot.best is None else snapshot.rows.index(snapshot.best)

    def _sentence(self, snapshot: TunerSnapshot) -> str:
        if snapshot.error is not None:
            return f"The search stopped: {snapshot.error[0]}"
        if not snapshot.rows:
            return "No trial has begun yet."
        best = snapshot.best
        said = (
            f"best {self._label} {best.objective:.3g} in trial {best.number}"
            if best
            else "none is finished yet"
        )
        return f"Trial {snapshot.rows[-1].number}: {said}."

    def __repr__(self) -> str:
        return (
            f"TunerLab\n{self.trials!r}" if self.tuner.rows else "TunerLab: no trials yet. Call lab.search()."
        )
