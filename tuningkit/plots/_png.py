"""Turn a figure into PNG bytes."""

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def to_png(figure: "Figure", *, dpi: float = 100) -> bytes:
    """Draw a figure with the Agg renderer, in any thread.

    Args:
        figure: A Matplotlib figure.
        dpi: Pixels per inch, above 0; a figure 6.4 inches wide becomes 640 pixels wide at 100.

    Returns:
        The bytes of a PNG file; the same figure gives the same bytes.

    Raises:
        TypeError: If figure is not a Matplotlib figure.
        ValueError: If dpi is not a positive number.

    Example:
        >>> to_png(curves({"loss": [1.0, 0.5]}).figure)[1:4]
        b'PNG'
    """
    if not hasattr(figure, "savefig"):
        raise TypeError(f"to_png draws a Matplotlib figure, but got {type(figure).__name__}. Pass ax.figure.")
    if not 0 < dpi < float("inf"):
        raise ValueError(f"dpi must be a positive number, but it is {dpi!r}.")
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()
