"""A GateLab as a still picture: the image in front and what the adaptive units do."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.gate_lab_charts import class_mean, histogram
from tuningkit.labs.gate_lab_data import Naming, as_picture
from tuningkit.labs.gate_lab_session import Experiment, Look
from tuningkit.labs.gate_lab_settings import EXITS, HIGHWAY, SQUEEZE, GateSettings, threshold_words
from tuningkit.labs.gate_lab_words import answer, findings, place
from tuningkit.labs.static_picture import empty_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tuningkit.datasets import Dataset

#: The colours of the live chart.
_BLUE, _ORANGE, _GREEN = "#0b5fa5", "#c4520a", "#0f7f66"


def gate_figure(experiment: Experiment, settings: GateSettings, data: Dataset, rows: np.ndarray) -> Figure:
    """The image in front, beside it what its kind of network shows.

    Args:
        experiment: The network in front.
        settings: What is looked at.
        data: The data.
        rows: Which of its validation rows were read.
    """
    from tuningkit import plots

    look = experiment.look
    if look is None:
        return empty_figure("The network is not built yet. Call lab.wait(), or press Train.")
    kind = experiment.settings.kind
    draw = {SQUEEZE: _squeeze, HIGHWAY: _highway, EXITS: _exits}[kind]
    count = {SQUEEZE: len(look.reading.gates), HIGHWAY: 2, EXITS: 3}[kind]
    figure = plots.new_figure(10.8, 4.0)
    axes = np.ravel(figure.subplots(1, 1 + count, gridspec_kw={"width_ratios": [0.7, *[1.2] * count]}))
    _image(look, settings, data, rows, axes[0])
    draw(look, settings, axes[1:])
    figure.suptitle(fill(findings(experiment, settings, Naming.of(data)), 120), fontsize=9)
    return figure


def _image(look: Look, settings: GateSettings, data: Dataset, rows: np.ndarray, ax: Axes) -> None:
    image = place(look, settings)
    picture = as_picture(data.x_validation[rows[image]])
    if picture.ndim == 3:
        picture = (picture - data.x_train.min()) / max(float(np.ptp(data.x_train)), 1e-9)
    ax.imshow(
        picture, cmap="gray_r", vmin=data.x_train.min(), vmax=data.x_train.max(), interpolation="nearest"
    )
    ax.set(xticks=[], yticks=[])
    title = f"Validation {Naming.of(data).row} {image}, class {data.class_names[look.labels[image]]}"
    ax.set_title(fill(title, 22), fontsize=9)
    ax.set_xlabel(fill(answer(look, settings, Naming.of(data)), 26), fontsize=8)


def _squeeze(look: Look, settings: GateSettings, axes: np.ndarray) -> None:
    image = place(look, settings)
    for block, (gate, ax) in enumerate(zip(look.reading.gates, axes, strict=True), start=1):
        channels = np.arange(1, gate.shape[1] + 1)
        ax.bar(channels, gate[image], color=_BLUE, alpha=0.6, label="this one")
        ax.plot(channels, class_mean(look, gate, image), "o", color=_ORANGE, label="mean of its class")
        ax.set_ylim(0, 1.04)
        _dress(ax, f"Block {block}", f"channel of block {block}", "gate (0 closed, 1 open)")


def _highway(look: Look, settings: GateSettings, axes: np.ndarray) -> None:
    image, shares = place(look, settings), look.reading.open_share()
    layers = np.arange(1, len(shares) + 1)
    axes[0].bar(layers, shares.mean(axis=1), color=_BLUE, alpha=0.6, label="all validation rows")
    axes[0].plot(layers, shares[:, image], "o", color=_ORANGE, label="this one")
    axes[0].set_ylim(0, 1)
    _dress(axes[0], "How far gates are open", "gate layer", "mean gate (the rest is carried)")
    front = min(settings.layer, len(shares))
    gate = look.reading.gates[front - 1]
    left = np.arange(20) / 20
    axes[1].bar(
        left, histogram(gate), 0.05, align="edge", color=_BLUE, alpha=0.6, label="all validation rows"
    )
    axes[1].step(
        np.append(left, 1.0),
        np.append(histogram(gate[image]), 0),
        where="post",
        color=_ORANGE,
        label="this one",
    )
    _dress(
        axes[1], f"Gate values in layer {front}", "gate value (0 carries, 1 replaces)", "share of the gates"
    )


def _exits(look: Look, settings: GateSettings, axes: np.ndarray) -> None:
    present, trade = look.at([settings.threshold]), look.trade_off
    exits = np.arange(1, len(present.shares[0]) + 1)
    axes[0].bar(exits, present.shares[0], 0.6, color=_BLUE, alpha=0.6)
    axes[0].set(xticks=exits, ylim=(0, 1))
    words = threshold_words(settings.threshold)
    _dress(axes[0], "Who leaves where", "exit", "share of validation rows")
    axes[1].plot(trade.thresholds, trade.accuracy, color=_BLUE, label="share correct")
    axes[1].plot(trade.thresholds, trade.computation, "--", color=_ORANGE, label="computation")
    axes[1].axvline(
        settings.threshold, color="#212529", linewidth=1, linestyle=":", label=f"threshold: {words}"
    )
    _dress(axes[1], "What a threshold does", "threshold", "share")
    axes[2].plot(trade.computation, trade.accuracy, color=_GREEN, label="all thresholds")
    axes[2].plot(
        present.computation, present.accuracy, "o", markersize=9, color="white", markeredgecolor="#212529",
        label=f"threshold: {words}",
    )  # fmt: skip
    axes[2].set_ylim(0, 1.04)
    _dress(axes[2], "Accuracy against computation", "computation, 1 = last exit only", "share correct")


def _dress(ax: Axes, title: str, x_label: str, y_label: str) -> None:
    ax.set_title(title, fontsize=10)
    ax.set_xlabel(x_label)
    ax.set_ylabel(y_label)
    ax.spines[["top", "right"]].set_visible(False)
    if ax.get_legend_handles_labels()[0]:
        ax.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.18))
