"""A lab as a still picture, for exported pages, GitHub and screens without widgets."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Matplotlib's font cache and text layout are not made for two threads at once.
_DRAWING = threading.Lock()


def mime_bundle(live: dict[str, Any], figure: Figure, words: str) -> dict[str, Any]:
    """A widget's display data with a picture and words beside the live view.

    Args:
        live: What ipywidgets itself would show.
        figure: The same as a Matplotlib figure.
        words: The same in words.

    Returns:
        Display data: front ends with widgets show the live lab, all others the picture, text screens the words.
    """
    from tuningkit import plots

    with _DRAWING:
        picture = plots.to_png(figure)
    return {**live, "image/png": picture, "text/plain": words}


def empty_figure(words: str) -> Figure:
    """A figure that says that there is nothing to show yet."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8.6, 1.4), layout="constrained")
    FigureCanvasAgg(figure)
    figure.text(0.5, 0.5, words, ha="center", va="center", fontsize=11, color="#444", wrap=True)
    return figure
