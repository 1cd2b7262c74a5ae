"""From a MetricsLab's snapshot to what is seen: two rows of curves, the confusion matrix, and words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.metrics_session import MetricsSnapshot
from tuningkit.labs.sentences import state_html

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SHARE = (0.0, 1.05)
_DIAGONAL = np.array([0.0, 1.0])
#: Name in the snapshot, words, and place in the palette and among the dashes.
_SCORES = (
    ("accuracy", "accuracy", 3),
    ("precision", "precision", 0),
    ("recall", "recall", 1),
    ("f1", "F1", 2),
)


class MetricsView:
    """The parts of a MetricsLab that only show."""

    def __init__(self, names: tuple[str, str]) -> None:
        self._names = names
        self.now = CurveChart(
            [
                Panel("scores", "Four scores", "share", x_label="threshold", y_range=_SHARE),
                Panel("cost", "What mistakes cost", "cost per 100 rows", x_label="threshold"),
            ],
            height=230,
            description="Accuracy, precision, recall and F1, and the cost of all mistakes, by threshold.",
        )
        self.all = CurveChart(
            [
                Panel("roc", "ROC", "recall", x_label="false-alarm rate", y_range=_SHARE),
                Panel("pr", "Precision and recall", "precision", x_label="recall", y_range=_SHARE),
                Panel("calibration", "Calibration", "share that is positive", x_label="mean score of a group",
                      y_range=_SHARE),
            ],
            height=230,
            description="ROC, precision-recall and reliability diagram, with the present threshold marked.",
        )  # fmt: skip
        self.status, self.matrix = words(), words()

    def draw(self, snapshot: MetricsSnapshot) -> None:
        """Show a snapshot."""
        self.status.value = (
            state_html(snapshot.status, "", snapshot.error, start="", again="Move a slider to try again.")
            if snapshot.error is not None
            else f"<div>{sentence(snapshot)}</div>"
        )
        self.matrix.value = matrix_html(snapshot, self._names)
        curves, at, numbers = snapshot.curves, snapshot.settings.threshold, snapshot.numbers
        share = (numbers.true_positives + numbers.false_negatives) / snapshot.rows
        self.now.draw(
            [
                *(
                    Curve(
                        "scores", label, curves.thresholds, getattr(curves, name), palette=place, dash=place
                    )
                    for name, label, place in _SCORES
                ),
                Curve("cost", "cost", curves.thresholds, snapshot.costs, palette=0, dash=0),
            ],
            markers=[
                Marker("scores", at, f"threshold {at:.2f}"),
                Marker("cost", at, f"here {numbers.cost:.3g}", y=numbers.cost),
                Marker("cost", snapshot.best, f"cheapest {snapshot.best:.2f}"),
            ],
            x_max=1.0,
            sentence=sentence(snapshot),
        )
        marks = [Marker("roc", numbers.false_alarm_rate, "here", y=numbers.recall, before=True)]
        if math.isfinite(numbers.precision):
            marks.append(Marker("pr", numbers.recall, "here", y=numbers.precision))
        marks.append(Marker("calibration", at, f"threshold {at:.2f}"))
        self.all.draw(
            [
                Curve("roc", "by chance", _DIAGONAL, _DIAGONAL, palette=3, dash=2),
                Curve("roc", f"area {curves.roc_auc:.3f}", *curves.roc, palette=0, dash=0),
                Curve("pr", "by chance", _DIAGONAL, np.full(2, share), palette=3, dash=2),
                Curve(
                    "pr", f"average precision {curves.average_precision:.3f}", *curves.pr, palette=0, dash=0
                ),
                Curve("calibration", "perfect", _DIAGONAL, _DIAGONAL, palette=3, dash=2),
                Curve("calibration", "measured", *curves.calibration, palette=0, dash=0),
                Curve("calibration", "measured", *curves.calibration, palette=0, kind="points"),
            ],
            markers=marks,
            x_max=1.0,
        )


def percent(share: float) -> str:
    """A share as people write it; what is not defined is said."""
    return "not defined" if math.isnan(share) else f"{100 * share:.1f} %"


def sentence(snapshot: MetricsSnapshot) -> str:
    """The state in words: what is seen above the curves, and what a screen reader speaks."""
    numbers = snapshot.numbers
    return (
        f"Threshold {numbers.threshold:.2f}: accuracy {percent(numbers.accuracy)}, precision "
        f"{percent(numbers.precision)}, recall {percent(numbers.recall)}, F1 {percent(numbers.f1)}. "
        f"{numbers.false_positives} false alarms and {numbers.false_negatives} misses cost {numbers.cost:.3g} "
        f"per 100 rows; the least is {snapshot.least:.3g}, at threshold {snapshot.best:.2f}."
    )


def matrix_html(snapshot: MetricsSnapshot, names: tuple[str, str]) -> str:
    """The confusion matrix as a table, with what always answering the more frequent class would score."""
    from html import escape

    numbers = snapshot.numbers
    negative, positive = (escape(name) for name in names)
    positives = numbers.true_positives + numbers.false_negatives
    lazy = max(positives, snapshot.rows - positives) / snapshot.rows
    cell = "style='text-align:right;padding:2px 12px'"
    rows = "".join(
        f"<tr><th scope='row' style='text-align:left;padding:2px 12px'>is {name}</th>"
        f"<td {cell}>{low}</td><td {cell}>{high}</td></tr>"
        for name, low, high in (
            (negative, f"{numbers.true_negatives} right", f"<b>{numbers.false_positives}</b> false alarms"),
            (positive, f"<b>{numbers.false_negatives}</b> misses", f"{numbers.true_positives} found"),
        )
    )
    ideal = snapshot.settings.calibrated_threshold
    theory = (
        "Mistakes cost nothing."
        if ideal is None
        else f"If the scores were true probabilities, {ideal:.2f} would be the cheapest threshold."
    )
    return (
        f"<table><caption style='text-align:left;padding:2px 12px'>Confusion matrix of {snapshot.rows} rows</caption>"
        f"<tr><td></td><th scope='col' {cell}>called {negative}</th><th scope='col' {cell}>called {positive}</th>"
        f"</tr>{rows}</table><div>Always answering the more frequent class: accuracy {percent(lazy)}. {theory}</div>"
    )


def metrics_figure(snapshot: MetricsSnapshot, names: tuple[str, str]) -> Figure:
    """All pictures at the present threshold, as a Matplotlib figure."""
    from tuningkit import plots

    figure = plots.new_figure(11.0, 6.6)
    table, scores, cost, roc, pr, calibration = figure.subplots(2, 3).ravel()
    curves, numbers, at = snapshot.curves, snapshot.numbers, snapshot.settings.threshold
    counts = np.array(
        [
            [numbers.true_negatives, numbers.false_positives],
            [numbers.false_negatives, numbers.true_positives],
        ]
    )
    table.imshow(np.zeros((2, 2)), cmap="Greys", vmin=0, vmax=1)
    for row, line in enumerate((("right", "false alarms"), ("misses", "found"))):
        for column, word in enumerate(line):
            table.text(column, row, f"{counts[row, column]}\n{word}", ha="center", va="center")
    table.set_xticks([0, 1], [f"called {name}" for name in names])
    table.set_yticks([0, 1], [f"is {name}" for name in names], rotation=90, va="center")
    table.set_title(f"Threshold {at:.2f}: accuracy {percent(numbers.accuracy)}", loc="left", fontsize=10)
    for (name, label, _), style in zip(_SCORES, (":", "-", "--", "-."), strict=True):
        scores.plot(curves.thresholds, getattr(curves, name), style, label=label)
    scores.axvline(at, color="#212529", linewidth=1)
    cost.plot(curves.thresholds, snapshot.costs, label="cost")
    cost.plot(at, numbers.cost, "o", color="#212529", label="here")
    cost.axvline(snapshot.best, linestyle=":", color="#c4520a", label=f"cheapest: {snapshot.best:.2f}")
    roc.plot(*curves.roc, label=f"area {curves.roc_auc:.3f}")
    roc.plot(numbers.false_alarm_rate, numbers.recall, "o", color="#212529", label="here")
    pr.plot(*curves.pr, label=f"average precision {curves.average_precision:.3f}")
    if math.isfinite(numbers.precision):
        pr.plot(numbers.recall, numbers.precision, "o", color="#212529", label="here")
    calibration.plot(*curves.calibration, "o-", label="measured")
    for axes in (roc, calibration):
        axes.plot(_DIAGONAL, _DIAGONAL, ":", color="#666", label="by chance" if axes is roc else "perfect")
    for axes, title, x_label, y_label in (
        (scores, "Four scores", "threshold", "share"),
        (cost, "What mistakes cost", "threshold", "cost per 100 rows"),
        (roc, "ROC", "false-alarm rate", "recall"),
        (pr, "Precision and recall", "recall", "precision"),
        (calibration, "Calibration", "mean score of a group", "share that is positive"),
    ):
        axes.set_title(title, loc="left", fontsize=10)
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8)
    return figure
