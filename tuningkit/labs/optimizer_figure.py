"""An OptimizerLab as a still picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from tuningkit.optimizers.path_record import Paths
from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def optimizer_figure(paths: Paths, losses: dict[str, np.ndarray]) -> Figure:
    """The surface with the paths, and loss against step, side by side.

    Args:
        paths: The paths.
        losses: Loss above the lowest one, by optimiser, shape (steps + 1,).
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from tuningkit import plots

    figure = Figure(figsize=(9.6, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    paths.plot(left)
    named = {PATH_OPTIMIZERS[name]: loss for name, loss in losses.items()}
    plots.loss_against_step(named, ax=right, title="Loss against step")
    return figure
