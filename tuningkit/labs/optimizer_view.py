"""From an OptimizerLab's snapshot to what is seen: the surface with the paths, and loss against step."""

from __future__ import annotations

import time

import numpy as np

from tuningkit.labs.chart import Curve, CurveChart, Panel
from tuningkit.labs.controls import words
from tuningkit.labs.optimizer_sentences import endings_html, limits_html, sentence, status_html
from tuningkit.labs.optimizer_session import OptimizerSnapshot
from tuningkit.labs.surface_map import SurfaceMap, Track
from tuningkit.optimizers.path_record import Path, Paths
from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS
from tuningkit.optimizers.surfaces import Surface

#: Colour, dashes and marker of each optimiser: no two share colour and dashes, or colour and marker,
#: and those of the first picture differ in each of them.
LOOKS: dict[str, tuple[int, int, str]] = {
    "sgd": (0, 0, "circle"),
    "momentum": (1, 1, "square"),
    "nesterov": (5, 4, "diamond"),
    "adagrad": (4, 0, "triangle"),
    "adadelta": (2, 4, "cross"),
    "rmsprop": (2, 2, "triangle"),
    "adam": (3, 3, "diamond"),
    "adamw": (0, 2, "triangle"),
    "nadam": (1, 3, "cross"),
    "lion": (3, 0, "square"),
}
_SIDE = 101
#: Losses nearer to the lowest one are rounding errors of 32-bit numbers.
FLOOR = 1e-10
_WORDS = 0.1


class OptimizerView:
    """The parts of an OptimizerLab that only show."""

    def __init__(self) -> None:
        self.map = SurfaceMap()
        self.chart = CurveChart(
            [
                Panel(
                    "loss",
                    "Loss against step",
                    "loss above the lowest",
                    x_label="step",
                    y_log=True,
                    y_log_toggle=True,
                )
            ],
            height=390,
            description="Loss of each optimiser, above the lowest loss of the surface, against the step.",
        )
        self.status, self.limits, self.endings = words(), words(), words()
        self._ground: tuple[Surface, float | None] | None = None
        self._drawn: Paths | None = None
        self._said = (0.0, "")
        self._grid: tuple[tuple[Surface, float | None], np.ndarray] | None = None
        self.chart.draw([])
        self.status.value = "<div>Working out the first paths …</div>"

    def draw(self, snapshot: OptimizerSnapshot) -> None:
        """Show a snapshot."""
        paths = snapshot.paths
        if paths is not None and paths is not self._drawn:
            self._drawn = paths
            self._draw_ground(paths)
            said = sentence(snapshot)
            tracks = [_track(path) for path in paths]
            self.map.draw(tracks, start=paths.settings.start, sentence=said)
            self.chart.draw(self._curves(paths), x_max=paths.settings.steps)
        now = time.monotonic()
        if snapshot.final or snapshot.status != self._said[1] or now - self._said[0] > _WORDS:
            self._said = (now, snapshot.status)
            self.status.value = status_html(snapshot)
            self.limits.value = limits_html(paths)
            self.endings.value = endings_html(snapshot)

    def _draw_ground(self, paths: Paths) -> None:
        surface = paths.surface
        key = (surface, paths.settings.condition)
        if key == self._ground:
            return
        self._ground = key
        self.map.set_ground(
            surface.shades(self._heights(paths)), surface.extent, minima=surface.minima, title=surface.title
        )

    def _curves(self, paths: Paths) -> list[Curve]:
        curves = []
        for name, above in self.losses(paths).items():
            palette, dash, _ = LOOKS[name]
            label = PATH_OPTIMIZERS[name]
            curves.append(Curve("loss", label, np.arange(len(above)), above, palette=palette, dash=dash))
        return curves

    def _heights(self, paths: Paths) -> np.ndarray:
        """The surface on a grid; a move of another slider leaves it as it is."""
        key = (paths.surface, paths.settings.condition)
        known = self._grid  # Read once: a figure may be asked for in another thread.
        if known is None or known[0] != key:
            known = self._grid = (key, paths.surface.grid(_SIDE, paths.settings.condition)[2])
        return known[1]

    def losses(self, paths: Paths) -> dict[str, np.ndarray]:
        """Loss above the lowest one, by optimiser, shape (steps + 1,); NaN where it is beyond the picture."""
        heights = self._heights(paths)
        base = float(heights.min()) if paths.surface.lowest is None else paths.surface.lowest
        top = float(heights.max()) - base
        if paths.surface.lowest is None:
            # The grid may have missed the lowest place, a path may have found it.
            ends = [path.loss[np.isfinite(path.loss)].min(initial=base) for path in paths]
            base = min([base, *map(float, ends)])
        found = {}
        for path in paths:
            with np.errstate(over="ignore", invalid="ignore"):
                above = np.maximum(path.loss.astype(float) - base, FLOOR)
            # Beyond ten times what the picture shows, a curve would flatten all others.
            above[~(above <= 10 * top)] = np.nan
            gone = np.flatnonzero(np.isnan(above))
            if path.diverged_at is not None and gone.size:
                above[gone[0] :] = np.nan
            found[path.optimizer] = above
        return found


def _track(path: Path) -> Track:
    palette, dash, shape = LOOKS[path.optimizer]
    return Track(
        PATH_OPTIMIZERS[path.optimizer],
        path.points,
        palette,
        shape,
        dash,
        left_at=path.left_at,
        diverged=path.diverged_at is not None,
    )
