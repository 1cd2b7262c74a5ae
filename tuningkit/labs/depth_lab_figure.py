"""A DepthLab as a still picture: the signal in every layer, and what the networks learned."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuningkit.labs.depth_lab_session import Experiment
from tuningkit.labs.depth_lab_view import QUANTITIES, bars, findings
from tuningkit.labs.static_picture import empty_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The colours of the live chart, blue and orange of its palette, and a hatch, so that colour is not the only signal.
_LOOKS = {"plain": ("#c4520a", "//"), "residual": ("#0b5fa5", "")}


def depth_figure(experiment: Experiment, quantity: str) -> Figure:
    """The bars, and beside them the curves once there are any.

    Args:
        experiment: What to draw.
        quantity: A key of ``QUANTITIES``.
    """
    from tuningkit import plots

    if not experiment.twins:
        return empty_figure("The networks are not built yet. Call lab.wait(), or press Train.")
    trained = any(twin.epochs for twin in experiment.twins)
    figure = plots.new_figure(10.4 if trained else 7.0, 4.4)
    axes = np.ravel(figure.subplots(1, 2 if trained else 1))
    _draw_bars(experiment, quantity, axes[0])
    if trained:
        _draw_curves(experiment, axes[1])
    figure.suptitle(_wrapped(findings(experiment)), fontsize=9)
    return figure


def _draw_bars(experiment: Experiment, quantity: str, ax: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    title, axis = QUANTITIES[quantity]
    for twin in experiment.twins:
        colour, hatch = _LOOKS[twin.kind]
        # As in the live chart: bars for the present, points for what was before any training.
        values = getattr(twin.now if twin.looked_at else twin.start, quantity)
        when = f"after epoch {twin.looked_at}" if twin.looked_at else "before training"
        left = bars(values, twin.kind)[0][::2]
        style = {"facecolor": colour, "hatch": hatch, "edgecolor": "white", "linewidth": 0}
        # A logarithmic axis has no place for a gradient of exactly 0.
        heights = np.where(values > 0, values, np.nan)
        ax.bar(left, heights, 0.36, align="edge", label=f"{twin.kind}, {when}", **style)
        if twin.looked_at:
            mark = {
                "marker": "o" if twin.kind == "plain" else "s",
                "color": colour,
                "markeredgecolor": "black",
            }
            before = getattr(twin.start, quantity)
            words = f"{twin.kind}, before training"
            ax.plot(left + 0.18, before, linestyle="none", markersize=4, label=words, **mark)
    ax.set_yscale("log")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("layer (1 is next to the input)")
    ax.set_ylabel(f"{axis}, log scale")
    ax.set_title(title, fontsize=10)
    ax.legend(frameon=False, fontsize=8, ncol=2, loc="upper center", bbox_to_anchor=(0.5, -0.16))
    ax.spines[["top", "right"]].set_visible(False)


def _draw_curves(experiment: Experiment, ax: Axes) -> None:
    accuracy = any("val_accuracy" in twin.history for twin in experiment.twins)
    name = "accuracy" if accuracy else "loss"
    for twin in experiment.twins:
        colour, _ = _LOOKS[twin.kind]
        epochs = np.arange(1, twin.epochs + 1)
        marker = "o" if twin.kind == "plain" else "s"
        for key, line, word in ((name, "-", "training"), (f"val_{name}", "--", "validation")):
            values = twin.history.get(key, np.zeros(0))
            ax.plot(
                epochs, values, line, color=colour, marker=marker, markersize=3, label=f"{twin.kind}, {word}"
            )
    ax.set_xlabel("epoch")
    ax.set_ylabel("share correct" if accuracy else "loss")
    if accuracy:
        ax.set_ylim(0, 1)
    ax.set_title(experiment.settings.in_words(), fontsize=10)
    ax.legend(frameon=False, fontsize=8, ncol=2, loc="upper center", bbox_to_anchor=(0.5, -0.16))
    ax.spines[["top", "right"]].set_visible(False)


def _wrapped(text: str) -> str:
    from textwrap import fill

    return fill(text, 110)
