"""What a network answers at every point of a plane: the decision boundary, live."""

from __future__ import annotations

from collections.abc import Sequence

import anywidget
import numpy as np
import traitlets

from tuningkit.labs.static import pack_frame, static_text

# As many marker shapes and colours as can be told apart at a glance.
MOST_CLASSES = 6
_LARGEST_GRID = 400


class BoundaryMap(anywidget.AnyWidget):
    """A square picture of a network with two inputs: its answer as background, the data as points on top.

    Classes differ by colour and by marker shape; the background is stronger where the network is surer.
    Training points are filled, validation points hollow. For regression the colours are an ordered scale, whose
    lightness alone tells low from high, and validation points are squares. Mouse and arrow keys move a cross-hair
    that reads the answer out in words.

    One thread at a time may call `draw` and `set_points`; `draw` at most 30 times a second.

    Args:
        x_label: Name of the first input.
        y_label: Name of the second input.
        class_names: Two to six names, in the order of the class numbers. Left empty for regression.
        kind: "classification" or "regression".
        value_label: Name and unit of what a regression predicts, for the colour bar.
        height: Largest height of the picture in pixels, 160 to 1200; it shrinks with the room it gets.

    Raises:
        ValueError: An unknown kind, too few or too many classes, an empty label or a height out of range.

    Example:
        >>> picture = BoundaryMap(class_names=("moon up", "moon down"))
        >>> picture.set_points(x, y, validation)
        >>> picture.draw(classes, confidence, extent=(-2, 3, -1.5, 2))
    """

    _esm = static_text("common.js", "boundary.js")
    _css = static_text("theme.css", "boundary.css")

    _labels = traitlets.Dict().tag(sync=True)
    _frame = traitlets.Bytes().tag(sync=True)
    _points = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        x_label: str = "x1",
        y_label: str = "x2",
        *,
        class_names: Sequence[str] = (),
        kind: str = "classification",
        value_label: str = "prediction",
        height: int = 300,
    ) -> None:
        if kind not in ("classification", "regression"):
            raise ValueError(f"kind must be 'classification' or 'regression', but got {kind!r}.")
        names = [str(name) for name in class_names]
        if kind == "classification" and not 2 <= len(names) <= MOST_CLASSES:
            raise ValueError(
                f"class_names must hold 2 to {MOST_CLASSES} names, but got {len(names)}. "
                "More kinds of points cannot be told apart in one picture."
            )
        if kind == "regression" and names:
            raise ValueError(f"A regression has no classes: leave class_names empty, but got {names!r}.")
        for name, label in (("x_label", x_label), ("y_label", y_label), ("value_label", value_label)):
            if not isinstance(label, str) or not label.strip():
                raise ValueError(f"{name} must be a name such as 'x1', but got {label!r}.")
        if not 160 <= height <= 1200:
            raise ValueError(f"height must be between 160 and 1200 pixels, but got {height!r}.")
        self._kind, self._classes = kind, len(names)
        super().__init__(
            _labels={
                "x": x_label,
                "y": y_label,
                "value": value_label,
                "classes": names,
                "kind": kind,
                "height": int(height),
            }
        )

    def draw(
        self,
        prediction: np.ndarray,
        confidence: np.ndarray | None = None,
        *,
        extent: tuple[float, float, float, float],
        sentence: str = "",
        value_range: tuple[float, float] | None = None,
        discrete: bool = False,
    ) -> None:
        """Show the network's answers on a square grid, in place of the earlier ones.

        Args:
            prediction: Shape (n, n), 2 to 400 a side; `prediction[i, j]` is the answer at the i-th y and j-th
                x, both rising. Class numbers, or finite values for a regression.
            confidence: Shape (n, n) in [0, 1], the probability of the predicted class. None means 1
                everywhere. A regression takes none.
            extent: `(xmin, xmax, ymin, ymax)`: places of the outermost answers, as in `np.linspace(xmin, xmax, n)`.
            sentence: What the picture shows, in words; printed above it and read out.
            value_range: For a regression the values at the two ends of the colours. None takes the targets'
                range from `set_points`, or else the range of `prediction`.
            discrete: Whether the background shows nothing but the class, or whether a value is low or high. What
                is read out stays as it is.

        Raises:
            ValueError: Shapes, class numbers, confidences, the extent or the range do not fit.

        Example:
            >>> picture.draw(answers.argmax(-1), answers.max(-1), extent=(-2, 3, -1.5, 2))
        """
        prediction = np.asarray(prediction)
        side = prediction.shape[0] if prediction.ndim else 0
        if prediction.shape != (side, side) or not 2 <= side <= _LARGEST_GRID:
            raise ValueError(
                f"prediction must be a square grid (n, n) with n from 2 to {_LARGEST_GRID}, "
                f"but got the shape {prediction.shape}."
            )
        header = {"side": side, "extent": check_extent(extent), "sentence": str(sentence)}
        if discrete:
            header["discrete"] = True
        if self._kind == "regression":
            if confidence is not None:
                raise ValueError("A regression has no confidence: leave it out.")
            if value_range is not None:
                header["range"] = _check_range(value_range)
            self._frame = pack_frame(header, [prediction])
            return
        if value_range is not None:
            raise ValueError("value_range belongs to a regression; classes have none.")
        classes = _check_classes(prediction, self._classes, "prediction")
        strength = np.ones((side, side)) if confidence is None else np.asarray(confidence, dtype=float)
        if strength.shape != classes.shape:
            raise ValueError(
                f"confidence must have the shape {classes.shape} of prediction, but got {strength.shape}."
            )
        # A diverged network is sure of nothing; a hair beyond 1 is rounding in float32.
        strength = np.nan_to_num(strength, nan=0.0)
        if strength.min() < -1e-3 or strength.max() > 1 + 1e-3:
            raise ValueError(
                f"confidence must lie between 0 and 1, but got {strength.min():.3g} to {strength.max():.3g}. "
                "Give probabilities, not logits."
            )
        shades = np.round(np.clip(strength, 0, 1) * 255).astype(np.uint8)
        # One byte for a class and one for its confidence: a quarter of what floats would take.
        self._frame = pack_frame(header) + classes.tobytes() + shades.tobytes()

    def set_points(self, x: np.ndarray, y: np.ndarray, validation: np.ndarray | None = None) -> None:
        """Show these data points on top of the background.

        Args:
            x: Shape (points, 2), finite.
            y: Shape (points,): class numbers, or the targets of a regression.
            validation: Shape (points,) of bool; True draws the point hollow. None means that all are training
                points.

        Raises:
            ValueError: Shapes do not fit each other, a coordinate is not finite or a class number is unknown.

        Example:
            >>> picture.set_points(data.x_train, data.y_train)
        """
        x = np.asarray(x, dtype=float)
        if x.ndim != 2 or x.shape[1] != 2:
            raise ValueError(f"x must have the shape (points, 2), but got {x.shape}.")
        y = np.asarray(y)
        if y.shape != x.shape[:1]:
            raise ValueError(f"y must have the shape {x.shape[:1]}, one per point, but got {y.shape}.")
        held_out = np.zeros(len(x), bool) if validation is None else np.asarray(validation)
        if held_out.shape != y.shape or held_out.dtype != bool:
            raise ValueError(
                f"validation must be True or False for each of the {len(x)} points, "
                f"but got {held_out.dtype} of shape {held_out.shape}."
            )
        if not np.isfinite(x).all():
            raise ValueError("x must be finite, but holds NaN or infinity.")
        if self._kind == "classification":
            y = _check_classes(y, self._classes, "y")
        elif not np.isfinite(y.astype(float)).all():
            raise ValueError("y must be finite, but holds NaN or infinity.")
        self._points = pack_frame({"count": len(x)}, [x, y, held_out])


def check_extent(extent: Sequence[float]) -> list[float]:
    """The extent as four floats, or a clear error.

    Args:
        extent: `(xmin, xmax, ymin, ymax)`.

    Returns:
        The same four numbers.

    Raises:
        ValueError: Not four finite numbers with xmin < xmax and ymin < ymax.

    Example:
        >>> check_extent((0, 1, 0, 2))
        [0.0, 1.0, 0.0, 2.0]
    """
    ends = [float(end) for end in extent]
    if len(ends) != 4 or not np.isfinite(ends).all() or ends[0] >= ends[1] or ends[2] >= ends[3]:
        raise ValueError(
            f"extent must be (xmin, xmax, ymin, ymax), finite, xmin < xmax and ymin < ymax, but got {extent!r}."
        )
    return ends


def _check_range(value_range: Sequence[float]) -> list[float]:
    low, high = (float(end) for end in value_range)
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"value_range must be (low, high), finite and low < high, but got {value_range!r}.")
    return [low, high]


def _check_classes(numbers: np.ndarray, count: int, name: str) -> np.ndarray:
    known = numbers.dtype.kind in "iufb" and np.isin(numbers, np.arange(count)).all()
    if numbers.size and not known:
        raise ValueError(f"{name} must hold class numbers from 0 to {count - 1}, but holds {numbers.max()}.")
    return numbers.astype(np.uint8)
