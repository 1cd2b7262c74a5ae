"""What a figure shows, in words, for readers who do not see it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def figure_words(figure: Figure) -> str:
    """The text alternative of a figure: its titles, axes and the names in its legends.

    Args:
        figure: A Matplotlib figure.

    Returns:
        Sentences. A figure without any axes is described by the text on it.

    Example:
        >>> figure_words(learning_curves({"loss": [1.0, 0.5]}).figure)  # doctest: +SKIP
        'Picture: Loss; epoch against loss; shown are: training.'
    """
    panels = [ax for ax in figure.axes if ax.get_visible()]
    title = figure.get_suptitle()
    if not panels:
        return " ".join(text.get_text() for text in figure.texts).replace("\n", " ") or "An empty picture."
    parts = [_panel(ax) for ax in panels]
    # The same words again and again, as in a table of images, are said once.
    said = [f"{part} ({parts.count(part)} times)" if parts.count(part) > 1 else part for part in parts]
    listed = ". ".join(part for part in dict.fromkeys(said) if part)
    return " ".join(f"Picture: {f'{title}. ' if title else ''}{listed}".split()).rstrip(".: ") + "."


def _panel(ax: Axes) -> str:
    words = [ax.get_title()]
    x, y = ax.get_xlabel(), ax.get_ylabel()
    if x and y:
        words.append(f"{y} against {x}")
    elif x or y:
        words.append(x or y)
    # A picture without axes may be made of words: the boxes of a chart.
    words += [" ".join(text.get_text().split()) for text in ax.texts if text.get_gid() == "step"]
    names = [text.get_text() for text in legend.get_texts()] if (legend := ax.get_legend()) else []
    if names:
        words.append(f"shown are: {', '.join(names)}")
    return "; ".join(word for word in words if word)
