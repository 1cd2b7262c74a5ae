"""The runs of a TensorBoardLab as a still picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: More lines than this nobody tells apart; the best are shown.
_MOST = 8
_STYLES = ("solid", "dashed", "dashdot", "dotted")


def board_figure(directory: Path) -> Figure:
    """The validation loss (or else the training loss) of the runs in a folder.

    Args:
        directory: What TensorBoard shows.
    """
    from matplotlib.ticker import MaxNLocator

    from tuningkit import plots
    from tuningkit.tools.tensorboard_reader import scalars

    found = scalars(directory)
    losses = {
        run.removesuffix(f"/{part}"): curves["epoch_loss"]
        for part in ("train", "validation")
        for run, curves in found.items()
        if run.split("/")[-1] == part and "epoch_loss" in curves
    }
    figure = plots.new_figure(8.6, 3.6 if losses else 1.4)
    if not losses:
        words = "No run with a loss curve is in this folder yet. Write one with run.to_tensorboard(folder)."
        figure.text(0.5, 0.5, words, ha="center", va="center", fontsize=11)
        return figure
    ranked = sorted(losses, key=lambda run: np.nan_to_num(np.nanmin(losses[run][1]), nan=np.inf))
    axes = figure.subplots()
    for place, run in enumerate(ranked[:_MOST]):
        steps, values = losses[run]
        axes.plot(
            # Keras counts its epochs from 0.
            steps + (steps[0] == 0),
            values,
            label=run[-40:] or ".",
            linestyle=_STYLES[place % 4],
            marker="." if len(steps) < 3 else "",
        )
    axes.set_xlabel("epoch")
    axes.set_ylabel("loss")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    count = f"{len(ranked)} run{'s' if len(ranked) > 1 else ''}"
    axes.set_title(f"{count}; lowest loss in {ranked[0][-40:]}")
    axes.legend(fontsize=8, title=f"The best {_MOST}" if len(ranked) > _MOST else None, title_fontsize=8)
    return figure
