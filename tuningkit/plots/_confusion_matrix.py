"""Which classes a network takes for which."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.plots import _style as style
from tuningkit.plots._checks import as_classes, require_length

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def confusion_matrix(
    y_true: Any,
    y_predicted: Any,
    *,
    class_names: Sequence[str] = (),
    ax: "Axes | None" = None,
    title: str | None = None,
) -> "Axes":
    """Count how often each class was predicted as each class, drawn by scikit-learn.

    The diagonal holds the right answers; every number beside it is a kind of mistake.

    Args:
        y_true: True classes, shape (rows,), 0..C-1.
        y_predicted: Predicted classes, shape (rows,), 0..C-1.
        class_names: One name per class; empty to number them.
        ax: Axes to draw on, or None for a new figure.
        title: What the figure shows; None says how many rows are right.

    Returns:
        The axes.

    Raises:
        TypeError: If the classes are not numbers.
        ValueError: If there are no rows, lengths differ, or a class has no name.

    Example:
        >>> confusion_matrix([0, 1, 1], [0, 1, 0]).get_title()
        '2 of 3 right (66.7 %)'

    Reference:
        https://scikit-learn.org/stable/modules/generated/sklearn.metrics.ConfusionMatrixDisplay.html
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    true = as_classes(y_true, "y_true", "(rows,)")
    predicted = as_classes(y_predicted, "y_predicted", "(rows,)")
    if not true.size:
        raise ValueError("y_true is empty: there is nothing to count.")
    require_length(predicted, len(true), "y_predicted", "one per entry of y_true")
    classes = int(max(true.max(), predicted.max())) + 1
    names = [str(name) for name in class_names] or [str(number) for number in range(max(classes, 2))]
    if classes > len(names):
        raise ValueError(f"class_names has {len(names)} names, but there is a class {classes - 1}.")
    size = min(3.0 + 0.42 * len(names), 11.0)
    ax = style.axes_or_new(ax, width=size + 0.6, height=size)
    display = ConfusionMatrixDisplay.from_predictions(
        true,
        predicted,
        labels=np.arange(len(names)),
        display_labels=names,
        cmap="Blues",
        colorbar=False,
        xticks_rotation=45 if max(map(len, names)) > 4 else "horizontal",
        ax=ax,
    )
    for number, count in zip(display.text_.ravel(), display.confusion_matrix.ravel(), strict=True):
        number.set_color(style.ink_on(display.im_.cmap(display.im_.norm(count))))
        if count == 0:
            number.set_alpha(0.3)  # Mistakes are easier to find among faint zeros.
    right = int((true == predicted).sum())
    title = f"{right:,} of {len(true):,} right ({100 * right / len(true):.1f} %)" if title is None else title
    ax.set(xlabel="predicted class", ylabel="true class", title=title)
    return ax
