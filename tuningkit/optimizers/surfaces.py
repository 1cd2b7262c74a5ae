"""Loss surfaces over two weights: formula, minima, curvature, and where each comes from."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np

_TILT = math.radians(30)


@dataclass(frozen=True)
class Surface:
    r"""A loss that depends on two weights, x and y.

    Attributes:
        name: Short name, such as "ravine".
        title: Name on the screen.
        formula: The loss in LaTeX.
        function: ``function(x, y, condition)``, element by element, for NumPy arrays and tensors.
        extent: The part that pictures show, ``(xmin, xmax, ymin, ymax)``.
        start: Where paths begin unless told otherwise.
        minima: Places of the lowest loss.
        lowest: The lowest loss; None if it is not known.
        learning_rate: A rate at which plain gradient descent gets somewhere, without diverging.
        condition: Condition number of the curvature, from 1; None where it cannot be set.
        noise: Standard deviation of the noise in each component of the gradient.
        curvatures: For quadratic surfaces, the two eigenvalues of the Hessian for a condition number.
        source: Where the surface comes from.
    """

    name: str
    title: str
    formula: str
    function: Callable[[Any, Any, Any], Any]
    extent: tuple[float, float, float, float]
    start: tuple[float, float]
    minima: tuple[tuple[float, float], ...] = ()
    lowest: float | None = None
    learning_rate: float = 0.01
    condition: float | None = None
    noise: float = 0.0
    curvatures: Callable[[float], tuple[float, float]] | None = None
    source: str = ""

    def height(self, x: np.ndarray, y: np.ndarray, condition: float | None = None) -> np.ndarray:
        """The loss at the given places.

        Args:
            x: First weights, any shape.
            y: Second weights, of the same shape.
            condition: Condition number; None takes the surface's own.

        Returns:
            Loss, float64, of the same shape.

        Example:
            >>> float(get_surface("rosenbrock").height(1.0, 1.0))
            0.0
        """
        x, y = np.asarray(x, float), np.asarray(y, float)
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(self.function(x, y, self._condition(condition)), float)

    def grid(
        self, side: int = 81, condition: float | None = None
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The loss on a square grid over :attr:`extent`.

        Args:
            side: Points a side, at least 2.
            condition: Condition number; None takes the surface's own.

        Returns:
            x of shape (side,), y of shape (side,), and the loss of shape (side, side); ``loss[i, j]`` belongs to
            ``y[i]`` and ``x[j]``.
        """
        xmin, xmax, ymin, ymax = self.extent
        x, y = np.linspace(xmin, xmax, side), np.linspace(ymin, ymax, side)
        return x, y, self.height(*np.meshgrid(x, y), condition)

    def shades(self, heights: np.ndarray) -> np.ndarray:
        """Heights as shades from 0, the lowest, to 1, the highest: the fourth root opens up the valleys.

        Args:
            heights: Loss, any shape, finite.
        """
        lowest = float(heights.min()) if self.lowest is None else self.lowest
        above = np.maximum(heights - lowest, 0)
        top = float(above.max())
        return np.zeros_like(above) if top == 0 else (above / top) ** 0.25

    def largest_curvature(self, condition: float | None = None) -> float | None:
        """Largest eigenvalue of the Hessian of a quadratic surface; None for all others."""
        return None if self.curvatures is None else max(self.curvatures(self._condition(condition)))

    def _condition(self, condition: float | None) -> float:
        return (self.condition or 1.0) if condition is None else condition

    def __repr__(self) -> str:
        return f"Surface({self.name!r}, {self.formula})"


def _bowl(x, y, condition):
    return 0.5 * (x * x + y * y)


def _ravine(x, y, condition):
    return 0.5 * (x * x + condition * y * y)


def _tilted_ravine(x, y, condition):
    along, across = (
        math.cos(_TILT) * x + math.sin(_TILT) * y,
        math.cos(_TILT) * y - math.sin(_TILT) * x,
    )
    return 0.5 * (along * along + condition * across * across)


def _saddle(x, y, condition):
    return 0.5 * x * x - 0.5 * y * y + 0.25 * y * y * y * y


def _rosenbrock(x, y, condition):
    valley = y - x * x
    return (1 - x) * (1 - x) + 100 * valley * valley


def _beale(x, y, condition):
    first, second, third = 1.5 - x + x * y, 2.25 - x + x * y * y, 2.625 - x + x * y * y * y
    return first * first + second * second + third * third


def _himmelblau(x, y, condition):
    first, second = x * x + y - 11, x + y * y - 7
    return first * first + second * second


_GOH = "G. Goh, Why momentum really works, Distill 2017, https://distill.pub/2017/momentum/"
_ORIGIN = ((0.0, 0.0),)

_BOWL = Surface(
    "bowl",
    "Bowl",
    r"\frac{1}{2}(x^2 + y^2)",
    _bowl,
    (-2.5, 2.5, -2.5, 2.5),
    (-2.0, 1.5),
    _ORIGIN,
    0.0,
    0.1,
    curvatures=lambda condition: (1.0, 1.0),
    source=_GOH,
)
_RAVINE = Surface(
    "ravine",
    "Ravine",
    r"\frac{1}{2}(x^2 + \kappa y^2)",
    _ravine,
    (-2.5, 2.5, -2.5, 2.5),
    (-2.0, 1.0),
    _ORIGIN,
    0.0,
    0.05,
    condition=20.0,
    curvatures=lambda condition: (1.0, float(condition)),
    source=_GOH,
)

_ALL = (
    _BOWL,
    _RAVINE,
    replace(
        _RAVINE,
        name="tilted ravine",
        title="Ravine, tilted by 30°",
        formula=r"\frac{1}{2}(u^2 + \kappa v^2),\quad u = x\cos 30° + y\sin 30°,\ v = y\cos 30° - x\sin 30°",
        function=_tilted_ravine,
        start=(-2.0, 0.0),
    ),
    Surface(
        "saddle",
        "Saddle",
        r"\frac{1}{2}x^2 - \frac{1}{2}y^2 + \frac{1}{4}y^4",
        _saddle,
        (-2.0, 2.0, -2.0, 2.0),
        (-1.5, 0.001),
        ((0.0, 1.0), (0.0, -1.0)),
        -0.25,
        0.05,
        source="Y. Nesterov, Introductory Lectures on Convex Optimization, 2004, section 1.2.3; "
        "on saddles in networks: Y. Dauphin et al., NeurIPS 2014, https://arxiv.org/abs/1406.2572",
    ),
    Surface(
        "rosenbrock",
        "Rosenbrock",
        r"(1 - x)^2 + 100\,(y - x^2)^2",
        _rosenbrock,
        (-2.0, 2.0, -1.0, 3.0),
        (-1.2, 1.0),
        ((1.0, 1.0),),
        0.0,
        0.001,
        source="H. H. Rosenbrock, The Computer Journal 3, 1960, https://doi.org/10.1093/comjnl/3.3.175",
    ),
    Surface(
        "beale",
        "Beale",
        r"(1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2",
        _beale,
        (-4.5, 4.5, -4.5, 4.5),
        (1.0, 1.5),
        ((3.0, 0.5),),
        0.0,
        0.005,
        source="E. M. L. Beale, 1958; J. Moré, B. Garbow, K. Hillstrom, ACM TOMS 7, 1981, function 5, "
        "https://doi.org/10.1145/355934.355936",
    ),
    Surface(
        "himmelblau",
        "Himmelblau",
        r"(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        _himmelblau,
        (-5.0, 5.0, -5.0, 5.0),
        (0.0, 0.0),
        ((3.0, 2.0), (-2.805118, 3.131313), (-3.779310, -3.283186), (3.584428, -1.848127)),
        0.0,
        0.01,
        source="D. M. Himmelblau, Applied Nonlinear Programming, McGraw-Hill 1972",
    ),
    replace(
        _BOWL,
        name="noisy bowl",
        title="Noisy bowl",
        formula=r"\frac{1}{2}(x^2 + y^2),\ \text{gradient with noise}",
        noise=1.0,
        source="L. Bottou, F. Curtis, J. Nocedal, SIAM Review 60, 2018, section 4, https://arxiv.org/abs/1606.04838",
    ),
)

#: The surfaces by name, in the order of the lab's list.
SURFACES: dict[str, Surface] = {surface.name: surface for surface in _ALL}


def get_surface(name: str) -> Surface:
    """A surface by its name.

    Args:
        name: One of ``SURFACES``.

    Raises:
        ValueError: If there is none of that name; the message names the nearest one.

    Example:
        >>> get_surface("beale").minima
        ((3.0, 0.5),)
    """
    key = str(name).lower().replace("_", " ")
    if key not in SURFACES:
        near = get_close_matches(key, SURFACES, n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"There is no surface {name!r}.{hint} Choose one of: {', '.join(SURFACES)}.")
    return SURFACES[key]
