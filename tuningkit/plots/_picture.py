"""A figure and axes that show themselves as a picture in a notebook, without pyplot.

This module imports Matplotlib; import it inside functions only.
"""

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from tuningkit.plots._png import to_png


class PictureFigure(Figure):
    """A Matplotlib figure that a notebook shows when it is the last line of a cell."""

    def _repr_png_(self) -> bytes:
        return to_png(self)


class PictureAxes(Axes):
    """Axes that a notebook shows as their whole figure."""

    def _repr_png_(self) -> bytes:
        return to_png(self.get_figure(root=True))
