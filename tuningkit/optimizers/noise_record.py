"""What a measurement of gradient noise found, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.training.run import write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """How far the gradients of batches scatter around the gradient of all training rows.

    For a batch of B rows drawn without replacement from N, the mean squared length of the noise is

        E |g_B - g|^2 = S / B * (1 - B / N),   S = sum over rows of |g_i - g|^2 / (N - 1)

    g is the gradient of the mean loss over all N rows, g_B that over the batch, g_i that of one row.

    Attributes:
        batch_sizes: Rows per batch, shape (sizes,).
        deviations: Measured: root of the mean of |g_B - g|^2 over the batches drawn, shape (sizes,); in the unit of
            the gradient (loss per unit of weight).
        expected: The same by the formula, from the gradients of the single rows, shape (sizes,).
        clouds: Per batch size where the batches' gradients lie, shape (draws, 2), in lengths of the full gradient:
            along the full gradient, and along the direction in which single rows scatter most.
        gradient_norm: Length of the full gradient.
        rows: N, the number of training rows.
        draws: Batches drawn per batch size.
        seconds: Time spent.

    Example:
        >>> noise = tk.optimizers.gradient_noise(model, digits)
        >>> round(noise.slope, 1)
        -0.5
    """

    batch_sizes: np.ndarray
    deviations: np.ndarray
    expected: np.ndarray
    clouds: Mapping[int, np.ndarray] = field(repr=False)
    gradient_norm: float
    row_deviation: float
    rows: int
    draws: int
    model_name: str = ""
    data_name: str = ""
    seconds: float = 0.0

    @property
    def slope(self) -> float:
        """Slope of the measured deviation against the batch size, both logarithmic; -0.5 means 1 / sqrt(B).

        The factor sqrt(1 - B / N), there because no row is drawn twice, is divided out first.
        """
        return self._fit(self.deviations / np.sqrt(1 - self.batch_sizes / self.rows))

    @property
    def raw_slope(self) -> float:
        """The same slope without dividing that factor out; steeper, the closer the batches come to all rows."""
        return self._fit(self.deviations)

    def _fit(self, deviations: np.ndarray) -> float:
        return float(np.polyfit(np.log(self.batch_sizes), np.log(deviations), 1)[0])

    @property
    def noise_scale(self) -> float:
        """The simple noise scale S / |g|^2, in rows: at that batch size noise and gradient are equally long.

        Reference:
            S. McCandlish et al., An empirical model of large-batch training, 2018, equation 2.9,
            https://arxiv.org/abs/1812.06162
        """
        return float(self.row_deviation**2 / self.gradient_norm**2)

    def to_csv(self, path: str | Path) -> Path:
        """Write the table to a CSV file, one row per batch size, and return its path."""
        columns = (self.batch_sizes, self.deviations, self.expected)
        return write_csv(path, ["batch_size", "deviation", "expected"], zip(*columns, strict=True))

    def plot(self) -> Figure:
        """The clouds of gradients, and their spread against the batch size, side by side."""
        from tuningkit import plots

        figure = plots.new_figure(9.6, 4.2)
        left, right = figure.subplots(1, 2)
        chosen = [int(size) for size in self.batch_sizes[:: max(1, len(self.batch_sizes) // 2)]][:3]
        plots.gradient_clouds({size: self.clouds[size] for size in chosen}, ax=left)
        plots.gradient_noise(self.batch_sizes, self.deviations, self.expected, ax=right)
        return figure

    def _repr_png_(self) -> bytes:
        from tuningkit import plots

        return plots.to_png(self.plot())

    def __repr__(self) -> str:
        lines = [
            f"Gradient noise of {self.model_name} on {self.data_name}: {self.draws} batches of each size from "
            f"{self.rows} rows",
            f"  length of the full gradient: {self.gradient_norm:.4g}",
            f"  slope: {self.slope:.3f} (-0.5 is 1 / sqrt(batch size))",
            f"  noise scale: {self.noise_scale:.3g} rows",
            "  batch size  noise measured  noise expected",
        ]
        for size, measured, expected in zip(self.batch_sizes, self.deviations, self.expected, strict=True):
            lines.append(f"  {size:10d}  {measured:14.4g}  {expected:14.4g}")
        return "\n".join(lines)
