"""A figure and axes that show themselves as a picture in a notebook, without pyplot.

This module imports Matplotlib; import it inside functions only.
"""

from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuningkit.plots._png import to_png
from tuningkit.plots._words import figure_words


def picture_bundle(figure: Figure) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a notebook shows of a figure: the picture, and words beside it where it cannot be seen.

    Args:
        figure: A Matplotlib figure.

    Returns:
        Display data and their metadata; pages made with MyST-NB or nbconvert's classic template hold `alt`.
    """
    words = figure_words(figure)
    return {"image/png": to_png(figure), "text/plain": words}, {"image/png": {"alt": words}}


class PictureFigure(Figure):
    """A Matplotlib figure that a notebook shows when it is the last line of a cell."""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return picture_bundle(self)

    def _repr_png_(self) -> bytes:
        return to_png(self)


class PictureAxes(Axes):
    """Axes that a notebook shows as their whole figure."""

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return picture_bundle(self.get_figure(root=True))

    def _repr_png_(self) -> bytes:
        return to_png(self.get_figure(root=True))
