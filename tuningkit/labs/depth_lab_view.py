"""From a DepthLab's snapshot to what is seen: signals per layer, curves, words, table."""

from __future__ import annotations

import html
import time

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.depth_lab_rows import columns, learned, table_rows
from tuningkit.labs.depth_lab_session import DepthSnapshot, Experiment, Twin
from tuningkit.labs.depth_lab_settings import PLAIN, RESIDUAL
from tuningkit.labs.runs_table import RunsTable
from tuningkit.labs.sentences import state_html
from tuningkit.training.hyperparameters import format_value

#: What the bars can show: attribute of LayerSignals, title, axis.
QUANTITIES = {
    "arriving": ("Gradient arriving at each layer's output", "gradient norm per row"),
    "weights": ("Gradient of each layer's weights", "gradient norm"),
    "outputs": ("Size of each layer's output", "root mean square"),
}
_COLOURS = {PLAIN: 1, RESIDUAL: 0}
#: A gradient that lost this factor on its way back has vanished; one that grew by it has exploded.
VANISHED, EXPLODED = 1e-2, 1e2
_TEXTS = 0.5


class DepthView:
    """The parts of a DepthLab that only show.

    Args:
        accuracy: Whether there is a validation accuracy, for a task with classes.
        loss_name: Name of the data loss.
    """

    def __init__(self, *, accuracy: bool, loss_name: str) -> None:
        self.quantity = "arriving"
        self._accuracy = accuracy
        self.status, self.words = words(), words()
        self.layers = {
            name: CurveChart(
                [
                    Panel(
                        "layers",
                        f"{title}, left bar plain, right bar residual",
                        f"{axis}, log scale",
                        x_label="layer (1 is next to the input)",
                        y_log=True,
                    )
                ],
                height=230,
                description=f"{title}: a pair of bars per layer, the plain network's and the residual network's.",
            )
            for name, (title, axis) in QUANTITIES.items()
        }
        panels = [Panel("loss", "Loss", loss_name, y_log_toggle=True)]
        if accuracy:
            panels.append(Panel("accuracy", "Accuracy", "share correct", y_range=(0, 1)))
        self.curves = CurveChart(
            panels,
            height=240,
            description="Training and validation curves of the plain and the residual network.",
        )
        self.table = RunsTable(columns(accuracy), max_height=220, file_name="tuningkit_depth.csv")
        self._told = 0.0
        for chart in (*self.layers.values(), self.curves):
            chart.draw([])
        self.show(self.quantity)
        self.widgets = [self.status, *self.layers.values(), self.words, self.curves, self.table]

    def show(self, quantity: str) -> None:
        """Choose what the bars show: a key of ``QUANTITIES``."""
        self.quantity = quantity
        for name, chart in self.layers.items():
            chart.layout.display = None if name == quantity else "none"

    def chosen(self, snapshot: DepthSnapshot) -> Experiment:
        """The experiment in front: the one picked in the table, else the one under way."""
        picked = self.table.selected_id
        for experiment in snapshot.earlier:
            if picked is not None and picked.split()[0] == str(experiment.number):
                return experiment
        return snapshot.present

    def draw(self, snapshot: DepthSnapshot) -> None:
        """Show a snapshot; words and table follow twice a second."""
        experiment = self.chosen(snapshot)
        said = sentence(snapshot, experiment)
        self.layers[self.quantity].draw(self._bars(experiment), sentence=findings(experiment))
        self.curves.draw(self._curves(experiment), x_max=snapshot.present.settings.epochs, sentence=said)
        now = time.monotonic()
        if snapshot.final or now - self._told > _TEXTS:
            self._told = now
            self.status.value = status_html(snapshot, experiment)
            self.words.value = f"<div>{html.escape(findings(experiment))}</div>"
            self.table.show(table_rows([*snapshot.earlier, snapshot.present]))

    def _bars(self, experiment: Experiment) -> list[Curve]:
        curves = []
        for twin in experiment.twins:
            label = f"{twin.kind}, {_when(twin.looked_at)}"
            edges, heights = bars(getattr(twin.now, self.quantity), twin.kind)
            colour = _COLOURS[twin.kind]
            curves.append(Curve("layers", label, edges, heights, kind="bars", palette=colour))
            if twin.looked_at:
                before = getattr(twin.start, self.quantity)
                middle = edges[::2] + 0.18
                label = f"{twin.kind}, {_when(0)}"
                curves.append(Curve("layers", label, middle, before, kind="points", palette=colour))
        return curves

    def _curves(self, experiment: Experiment) -> list[Curve]:
        curves = []
        for panel in ("loss", "accuracy") if self._accuracy else ("loss",):
            for twin in experiment.twins:
                epochs = np.arange(1, twin.epochs + 1)
                for name, role, word in (
                    (panel, "train", "training"),
                    (f"val_{panel}", "validation", "validation"),
                ):
                    values = twin.history.get(name, np.zeros(0))
                    curves.append(
                        Curve(panel, f"{twin.kind}, {word}", epochs, values, role, palette=_COLOURS[twin.kind],
                              emphasis=twin.kind == RESIDUAL)
                    )  # fmt: skip
        return curves


def bars(values: np.ndarray, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Edges and heights of one network's bars: the left half of each layer's place, or the right half.

    Args:
        values: One number per layer.
        kind: "plain" (left) or "residual" (right).

    Returns:
        Edges of shape (2 * layers,), with a gap (NaN) after every bar but the last.
    """
    shift = -0.38 if kind == PLAIN else 0.02
    left = np.arange(1, len(values) + 1) + shift
    edges = np.column_stack([left, left + 0.36]).ravel()
    heights = np.column_stack([values, np.full(len(values), np.nan)]).ravel()[:-1]
    return edges, heights


def _when(epochs: int) -> str:
    return f"after epoch {epochs}" if epochs else "before training"


def findings(experiment: Experiment) -> str:
    """What the gradient does on its way back, and what became of the networks, in words."""
    lines = []
    for twin in experiment.twins:
        ratio = twin.start.ratio
        name = twin.kind.capitalize()
        if not np.isfinite(ratio):
            fate = "no gradient at all comes back from the last layer"
        elif ratio < VANISHED:
            fate = f"the gradient vanishes: of 1 at the last layer, {format_value(_short(ratio))} reaches layer 1"
        elif ratio > EXPLODED:
            fate = (
                f"the gradient explodes: 1 at the last layer becomes {format_value(_short(ratio))} at layer 1"
            )
        else:
            fate = (
                f"the gradient gets through: 1 at the last layer is {format_value(_short(ratio))} at layer 1"
            )
        lines.append(f"{name}, before training: {fate}.")
    results = [f"{twin.kind} {_result(twin)}" for twin in experiment.twins if twin.epochs]
    if results:
        lines.append(f"After training: {', '.join(results)}.")
    return " ".join(lines) or "The networks are being built."


def _result(twin: Twin) -> str:
    if twin.diverged_at:
        return f"diverged in epoch {twin.diverged_at}"
    name, value = learned(twin)
    shown = (
        f"{value:.1%} of the validation rows right"
        if name == "val_accuracy"
        else f"validation loss {value:.3g}"
    )
    return f"{shown} after {twin.epochs} epochs" if twin.epochs > 1 else f"{shown} after 1 epoch"


def _short(value: float) -> float:
    return float(f"{value:.2g}")


def sentence(snapshot: DepthSnapshot, experiment: Experiment) -> str:
    """The state in one sentence, for a screen reader."""
    if snapshot.error is not None:
        return f"Training stopped: {snapshot.error[0]}"
    status = snapshot.status if experiment is snapshot.present else "an earlier run"
    results = [f"{twin.kind}: {_result(twin)}" for twin in experiment.twins if twin.epochs]
    return f"Run {experiment.number}, {status}. {'; '.join(results) or 'No epoch is trained yet'}."


def status_html(snapshot: DepthSnapshot, experiment: Experiment) -> str:
    """The line above the bars."""
    epochs = max([0, *(twin.epochs for twin in snapshot.present.twins)])
    text = f"run {snapshot.present.number} · epoch {epochs} of {snapshot.present.settings.epochs}"
    text += f" · {html.escape(snapshot.present.settings.in_words())}"
    if experiment is not snapshot.present:
        text += f" · <b>run {experiment.number} is shown</b>, as picked in the table"
    words = html.escape(snapshot.present.settings.in_words())
    start = f"These are the networks before their first step: {words}. Press <b>Train</b>."
    return state_html(snapshot.status, text, snapshot.error, start=start)
