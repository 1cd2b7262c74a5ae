"""Questions in the order in which they are asked, and what each "yes" leads to."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from tuningkit.plots import _style as style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Widths and places are in inches on the page, so that letters keep their size however many steps there are.
_QUESTION, _GAP, _ACTION, _ROW = 2.9, 0.7, 2.9, 0.95
_LETTERS = 30


def flow_chart(steps: Sequence[tuple[str, str]], *, ax: Axes | None = None, title: str | None = None) -> Axes:
    """Draw a chart that is followed from the top: "yes" leads to the right, "no" down.

    Args:
        steps: Pairs of a question and what to do if the answer is yes; they are numbered from 1. At most 60 letters
            each, so that they fit into their boxes.
        ax: Axes to draw on, or None for a new figure that is as high as the chart.
        title: What the chart decides.

    Returns:
        The axes. Questions stand in round boxes, actions in square ones.

    Raises:
        ValueError: If there are no steps, or a text is empty or too long.

    Example:
        >>> ax = flow_chart([("Does the loss diverge?", "lower the rate"), ("Is it too high?", "train longer")])
        >>> [text.get_text() for text in ax.texts][:2]
        ['1. Does the loss diverge?', 'lower the rate']
    """
    steps = [_checked(pair) for pair in steps]
    if not steps:
        raise ValueError("steps must hold at least one pair of a question and an action. Received none.")
    width, height = _QUESTION + _GAP + _ACTION, len(steps) * _ROW
    ax = style.axes_or_new(ax, width=width + 0.2, height=height + 0.4)
    ax.set(xlim=(-0.05, width + 0.05), ylim=(-height, 0.05))
    ax.set_axis_off()
    right = _QUESTION + _GAP
    for number, (question, action) in enumerate(steps, start=1):
        middle = -(number - 1) * _ROW - _ROW / 2 + 0.1
        _box(
            ax,
            0,
            _QUESTION,
            middle,
            f"{number}. {question}",
            style.PALETTE[0],
            "round,pad=0,rounding_size=0.18",
        )
        _box(ax, right, _ACTION, middle, action, style.PALETTE[1], "square,pad=0")
        _arrow(ax, (_QUESTION, middle), (right, middle), "yes", (0.0, 0.1))
        if number < len(steps):
            _arrow(
                ax, (_QUESTION / 2, middle - 0.33), (_QUESTION / 2, middle - _ROW + 0.33), "no", (0.2, 0.0)
            )
    if title is not None:
        ax.set_title(title)
    return ax


def _checked(pair: tuple[str, str]) -> tuple[str, str]:
    if isinstance(pair, str) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
        raise ValueError(f"each step must be a pair of texts, (question, action). Received: {pair!r}")
    for text in pair:
        if not text.strip() or len(text) > 2 * _LETTERS:
            raise ValueError(
                f"a text of a step has 1 to {2 * _LETTERS} letters. Received {len(text)}: {text!r}"
            )
    return pair


def _box(ax: Axes, left: float, width: float, middle: float, text: str, colour: str, shape: str) -> None:
    from matplotlib.patches import FancyBboxPatch

    height = 0.66
    place = (left, middle - height / 2)
    ax.add_patch(
        FancyBboxPatch(
            place, width, height, boxstyle=shape, facecolor="none", edgecolor=colour, linewidth=1.6
        )
    )
    words = "\n".join(textwrap.wrap(text, _LETTERS))
    ax.text(
        left + width / 2, middle, words, ha="center", va="center", fontsize=10, color=style.INK, gid="step"
    )


def _arrow(
    ax: Axes, start: tuple[float, float], end: tuple[float, float], word: str, beside: tuple[float, float]
) -> None:
    ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.2})
    x = (start[0] + end[0]) / 2 + beside[0]
    y = (start[1] + end[1]) / 2 + beside[1]
    ax.text(x, y, word, ha="center", va="center", fontsize=9, style="italic", color=style.INK)
