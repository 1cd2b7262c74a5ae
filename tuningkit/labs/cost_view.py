"""From a CostLab's snapshot to what is seen: time against the number of hyperparameters, and words."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs import static_picture
from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.cost_session import TIMED, CostSnapshot
from tuningkit.labs.cost_settings import RANGES, CostSettings, amount, duration
from tuningkit.labs.sentences import state_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HOUR = 3_600
#: Lengths of time that everybody knows, in hours.
_KNOWN = {"one working day (8 h)": 8.0, "one year": 24 * 365.0}
_COUNTS = np.arange(1, RANGES["hyperparameters"][1] + 1)


class CostView:
    """The parts of a CostLab that only show."""

    def __init__(self) -> None:
        self.chart = CurveChart(
            [
                Panel(
                    "cost",
                    "How long the whole grid takes",
                    "hours",
                    x_label="hyperparameters that are tuned",
                    y_log=True,
                )
            ],
            height=240,
            description="Time of a full grid, in hours on a logarithmic scale, against how many hyperparameters "
            "are tuned.",
        )
        self.status, self.sum = words(), words()

    def draw(self, snapshot: CostSnapshot) -> None:
        """Show a snapshot."""
        said = sentence(snapshot.settings, snapshot.seconds)
        self.status.value = status_html(snapshot)
        self.sum.value = sum_html(snapshot.settings, snapshot.seconds)
        if snapshot.seconds is None:
            self.chart.draw([], sentence=said)
            return
        now = snapshot.settings.hyperparameters
        hours = grid_hours(snapshot.settings, snapshot.seconds)
        label = f"{snapshot.settings.values} values each"
        known = [
            Curve("cost", name, _COUNTS, np.full(len(_COUNTS), size), palette=place, dash=place + 1)
            for place, (name, size) in enumerate(_KNOWN.items(), start=1)
        ]
        self.chart.draw(
            [*known, Curve("cost", label, _COUNTS, hours, palette=0, emphasis=True)],
            markers=[
                Marker("cost", now, duration(hours[now - 1] * _HOUR), y=float(hours[now - 1]), before=True)
            ],
            x_max=float(_COUNTS[-1]),
            sentence=said,
        )


def grid_hours(settings: CostSettings, seconds: float) -> np.ndarray:
    """Hours that grids over 1, 2, 3 and so on hyperparameters take, shape (8,)."""
    grids = [replace(settings, hyperparameters=int(count)) for count in _COUNTS]
    return np.array([grid.all_epochs * seconds / _HOUR for grid in grids])


def status_html(snapshot: CostSnapshot) -> str:
    """The line above the chart."""
    if snapshot.error is not None or snapshot.status in ("waiting", "building"):
        again = "Press Measure to try again, or choose how long an epoch takes."
        return state_html(snapshot.status, "", snapshot.error, start="", again=again)
    if snapshot.status == "training":
        return f"<div>Measuring: epoch {min(snapshot.timed + 1, TIMED)} of {TIMED}</div>"
    if snapshot.measured is not None:
        return f"<div>Measured on this machine: an epoch takes {duration(snapshot.measured)}.</div>"
    if snapshot.seconds is not None:
        return "<div>The seconds of an epoch are as chosen.</div>"
    return "<div>Press <b>Measure</b> to time an epoch on this machine, or choose how long one takes.</div>"


def sum_html(settings: CostSettings, seconds: float | None) -> str:
    """The multiplication, written out."""
    grid = f"{settings.values}<sup>{settings.hyperparameters}</sup>"
    text = (
        f"{grid} settings &times; {amount(settings.seeds, 'seed')} = <b>{settings.runs:,} runs</b>; "
        f"{settings.runs:,} runs &times; {amount(settings.epochs, 'epoch')}"
    )
    if seconds is None:
        return f"<div>{text} = <b>{settings.all_epochs:,} epochs</b>.</div>"
    return (
        f"<div>{text} &times; {duration(seconds)} = <b>{duration(settings.all_epochs * seconds)}</b>.</div>"
    )


def sentence(settings: CostSettings, seconds: float | None) -> str:
    """The same in a sentence, for a screen reader."""
    said = (
        f"{amount(settings.hyperparameters, 'hyperparameter')} with {settings.values} values each and "
        f"{amount(settings.seeds, 'seed')}: {settings.runs:,} runs of {amount(settings.epochs, 'epoch')}"
    )
    if seconds is None:
        return f"{said}. How long an epoch takes is not known yet."
    more = replace(settings, hyperparameters=settings.hyperparameters + 1)
    return (
        f"{said}, {duration(seconds)} an epoch: {duration(settings.all_epochs * seconds)}. "
        f"With one hyperparameter more: {duration(more.all_epochs * seconds)}."
    )


def cost_figure(settings: CostSettings, seconds: float | None) -> Figure:
    """The chart as a Matplotlib figure."""
    from tuningkit import plots

    if seconds is None:
        return static_picture.empty_figure("Nothing is measured yet. Press Measure, or call lab.measure().")
    figure = plots.new_figure(7.2, 3.8)
    axes = figure.subplots()
    hours, now = grid_hours(settings, seconds), settings.hyperparameters
    axes.semilogy(_COUNTS, hours, "o-", color="#0b5fa5", label=f"{settings.values} values each")
    for (name, size), style, colour in zip(_KNOWN.items(), ("--", ":"), ("#c4520a", "#0f7f66"), strict=True):
        axes.axhline(size, linestyle=style, color=colour, label=name)
    axes.plot(now, hours[now - 1], "D", markersize=9, color="#212529", label="here")
    axes.set_xlabel("hyperparameters that are tuned")
    axes.set_ylabel("hours")
    axes.set_title(
        f"{settings.runs:,} runs of {amount(settings.epochs, 'epoch')}, {duration(seconds)} each epoch: "
        f"{duration(settings.all_epochs * seconds)}",
        loc="left",
    )
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend()
    return figure
