"""The pictures of a GateLab: one chart for each kind of network, drawn from what was read."""

from __future__ import annotations

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.gate_lab_session import Look
from tuningkit.labs.gate_lab_settings import EXITS, HIGHWAY, SQUEEZE, GateSettings, threshold_words
from tuningkit.labs.gate_lab_words import place
from tuningkit.models.exit_policy import exits_taken

#: Right end of an axis of thresholds.
LAST_THRESHOLD = 1.02
#: Bins of the histograms of gate values.
_BINS = np.linspace(0, 1, 21)
_WIDTH = 0.8


def charts(filters: tuple[int, ...], row: str) -> dict[str, CurveChart]:
    """An empty chart for each kind of network.

    Args:
        filters: Channels of each block with squeeze and excitation.
        row: What a row is called, "image" or "row".
    """
    blocks = [
        Panel(
            f"block_{i}",
            f"Block {i}: {count} channels",
            "gate (0 closed, 1 open)",
            x_label=f"channel of block {i}",
            # A little above 1, so that a point there is whole.
            y_range=(0, 1.04),
        )
        for i, count in enumerate(filters, start=1)
    ]
    return {
        SQUEEZE: CurveChart(
            blocks,
            height=230,
            description="The weight of every channel for one row, as bars, and the mean of its class, as points.",
        ),
        HIGHWAY: CurveChart(
            [
                Panel(
                    "layers",
                    "How far each layer's gates are open",
                    "mean gate (the rest is carried)",
                    x_label="gate layer (1 is next to the input)",
                    y_range=(0, 1),
                ),
                Panel(
                    "values",
                    f"Gate values in every layer, all validation {row}s",
                    "share of the layer's gates",
                    x_label="gate value (0 carries, 1 replaces)",
                    y_log_toggle=True,
                ),
            ],
            height=250,
            description="Mean gate of every layer, and the histogram of the gate values of every layer.",
        ),
        EXITS: CurveChart(
            [
                Panel("thresholds", "What a threshold does", "share", x_label="threshold"),
                Panel(
                    "shares",
                    "Who leaves where",
                    f"share of validation {row}s",
                    x_label="exit",
                    y_range=(0, 1.04),
                ),
                Panel(
                    "trade",
                    "Accuracy against computation",
                    "share correct",
                    x_label="computation, 1 = last exit only",
                    # From 0: one row more or less must not look like a cliff.
                    y_range=(0, 1.04),
                ),
            ],
            height=250,
            description="Share of rows leaving at each exit, accuracy and computation over thresholds, and both "
            "against each other.",
        ),
    }


def picture(kind: str, look: Look, settings: GateSettings, row: str) -> tuple[list[Curve], list[Marker]]:
    """What the chart of this kind of network shows.

    Args:
        kind: Of the network in front.
        look: What was read.
        settings: What is looked at.
        row: What a row is called, "image" or "row".
    """
    if kind == EXITS:
        return [*_leaving(look, settings), *_exit_curves(look)], _exit_markers(look, settings)
    return (_highway(look, settings, row) if kind == HIGHWAY else _squeeze(look, settings, row)), []


def bars(values: np.ndarray, width: float = _WIDTH) -> tuple[np.ndarray, np.ndarray]:
    """Edges and heights of bars that stand on 1, 2, 3 and so on, with gaps between them.

    Args:
        values: Heights, shape (bars,).
        width: Width of a bar, below 1.

    Returns:
        Edges of shape (2 * bars,) and heights of shape (2 * bars - 1,), NaN for the gaps.
    """
    middle = np.arange(1, len(values) + 1)
    edges = np.column_stack([middle - width / 2, middle + width / 2]).ravel()
    return edges, np.column_stack([values, np.full(len(values), np.nan)]).ravel()[:-1]


def class_mean(look: Look, gate: np.ndarray, image: int) -> np.ndarray:
    """Mean of a layer's gates over the validation images of the same class, shape (units,)."""
    return gate[look.labels == look.labels[image]].mean(axis=0)


def histogram(values: np.ndarray) -> np.ndarray:
    """Share of the values in each of 20 bins from 0 to 1."""
    return np.histogram(values, _BINS)[0] / max(1, values.size)


def _squeeze(look: Look, settings: GateSettings, row: str) -> list[Curve]:
    image, curves = place(look, settings), []
    for block, gate in enumerate(look.reading.gates, start=1):
        channels = np.arange(1, gate.shape[1] + 1)
        panel = f"block_{block}"
        curves.append(Curve(panel, f"this {row}", *bars(gate[image]), kind="bars", palette=0))
        curves.append(
            Curve(
                panel, "mean of its class", channels, class_mean(look, gate, image), kind="points", palette=1
            )
        )
    return curves


def _highway(look: Look, settings: GateSettings, row: str) -> list[Curve]:
    image, shares = place(look, settings), look.reading.open_share()
    layers = np.arange(1, len(shares) + 1)
    front = min(settings.layer, len(shares))
    curves = [
        Curve("layers", f"mean of all validation {row}s", *bars(shares.mean(axis=1)), kind="bars", palette=0),
        Curve("layers", f"this {row}", layers, shares[:, image], kind="points", palette=1),
    ]
    middles = (_BINS[1:] + _BINS[:-1]) / 2
    gates = look.reading.gates
    curves.append(
        Curve(
            "values",
            f"layer {front}, this {row}",
            _BINS,
            histogram(gates[front - 1][image]),
            kind="bars",
            palette=1,
        )
    )
    for layer, gate in enumerate(gates, start=1):
        shade = (layer - 1) / max(1, len(gates) - 1)
        curves.append(
            Curve("values", f"layer {layer}", middles, histogram(gate), shade=shade, emphasis=layer == front)
        )
    return curves


def _exit_curves(look: Look) -> list[Curve]:
    trade = look.trade_off
    return [
        Curve("thresholds", "share correct", trade.thresholds, trade.accuracy, palette=0, dash=0),
        Curve(
            "thresholds",
            "computation, 1 = last exit only",
            trade.thresholds,
            trade.computation,
            palette=1,
            dash=1,
        ),
        Curve("trade", "all thresholds", trade.computation, trade.accuracy, palette=2, dash=0),
    ]


def _exit_markers(look: Look, settings: GateSettings) -> list[Marker]:
    present = look.at([settings.threshold])
    words = threshold_words(settings.threshold)
    return [
        Marker("thresholds", settings.threshold, words),
        Marker("trade", float(present.computation[0]), words, y=float(present.accuracy[0])),
    ]


def _leaving(look: Look, settings: GateSettings) -> list[Curve]:
    # How many leave at each exit, and how many of those are right.
    reading = look.reading
    taken = exits_taken(reading.probabilities, settings.threshold)
    right = reading.predicted[taken - 1, np.arange(len(taken))] == look.labels
    exits = np.arange(1, len(reading.probabilities) + 1)
    shares = np.array([(taken == e).mean() for e in exits])
    correct = np.array([right[taken == e].mean() if (taken == e).any() else np.nan for e in exits])
    return [
        Curve("shares", "leave here", *bars(shares, 0.6), kind="bars", palette=0),
        Curve("shares", "of these, correct", exits, correct, kind="points", palette=1),
    ]
