"""The paths that optimisers took over a surface, as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS, PathSettings
from tuningkit.optimizers.surfaces import Surface

#: Farther away than that many widths of the picture, a path counts as diverged.
_FAR = 20.0


@dataclass(frozen=True)
class Path:
    """The path of one optimiser.

    Attributes:
        optimizer: Its name.
        points: Where it was after each step, shape (steps + 1, 2); the first is the start.
        loss: The loss there, shape (steps + 1,).
        extent: The part of the surface that is shown.
        learning_rate: Its learning rate.
    """

    optimizer: str
    points: np.ndarray = field(repr=False)
    loss: np.ndarray = field(repr=False)
    extent: tuple[float, float, float, float]
    learning_rate: float

    @property
    def left_at(self) -> int | None:
        """The first step at which it is outside the picture; None if it stays inside."""
        xmin, xmax, ymin, ymax = self.extent
        x, y = self.points.T
        inside = (x >= xmin) & (x <= xmax) & (y >= ymin) & (y <= ymax)
        return None if inside.all() else int(np.argmin(inside))

    @property
    def diverged_at(self) -> int | None:
        """The first step at which it is beyond all measure: not finite, or 20 widths of the picture away."""
        xmin, xmax, ymin, ymax = self.extent
        middle = np.array([(xmin + xmax) / 2, (ymin + ymax) / 2])
        with np.errstate(invalid="ignore", over="ignore"):
            far = np.abs(self.points - middle).max(axis=1) / max(xmax - xmin, ymax - ymin)
        lost = ~(far <= _FAR) | ~np.isfinite(self.loss)
        return int(np.argmax(lost)) if lost.any() else None

    def steps_to(self, loss: float) -> int | None:
        """The first step after which the loss is at most ``loss``; None if it never is.

        Example:
            >>> descend("bowl", "sgd", learning_rate=0.1)["sgd"].steps_to(0.01)
            28
        """
        with np.errstate(invalid="ignore"):
            reached = self.loss <= loss
        return int(np.argmax(reached)) if reached.any() else None

    def in_words(self) -> str:
        """How it ended, in a few words."""
        name = PATH_OPTIMIZERS[self.optimizer]
        if self.diverged_at is not None:
            return f"{name} diverges: it left the picture at step {self.left_at}."
        x, y = self.points[-1]
        said = f"{name} ends at ({x:.3g}, {y:.3g}) with loss {self.loss[-1]:.3g}"
        if self.left_at is not None:
            return f"{said}; it left the picture at step {self.left_at}."
        return f"{said}."


@dataclass(frozen=True)
class Paths:
    """The paths of several optimisers over one surface.

    Attributes:
        surface: The surface.
        settings: What decided the paths.
        paths: One path per optimiser, by name.

    Example:
        >>> paths = descend("ravine", ["sgd", "adam"], learning_rate=0.05)
        >>> paths["adam"].loss[-1]
    """

    surface: Surface
    settings: PathSettings
    paths: dict[str, Path] = field(repr=False)

    def __getitem__(self, name: str) -> Path:
        if name not in self.paths:
            raise KeyError(f"There is no path of {name!r}; there are: {', '.join(self.paths)}.")
        return self.paths[name]

    def __iter__(self):
        return iter(self.paths.values())

    def __len__(self) -> int:
        return len(self.paths)

    def __repr__(self) -> str:
        ends = " ".join(path.in_words() for path in self)
        return f"Paths over {self.surface.title}, {self.settings.steps} steps. {ends}"

    def plot(self, ax=None):
        """Draw the paths over the surface; see :func:`tuningkit.plots.surface_paths`."""
        from tuningkit import plots

        x, y, heights = self.surface.grid(121, self.settings.condition)
        return plots.surface_paths(
            x,
            y,
            self.surface.shades(heights),
            {PATH_OPTIMIZERS[path.optimizer]: path.points for path in self},
            minima=self.surface.minima,
            title=self.surface.title,
            ax=ax,
        )
