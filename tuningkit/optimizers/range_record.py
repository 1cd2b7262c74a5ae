"""The record of a learning-rate range test: plain data."""

from __future__ import annotations

import html
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.training.hyperparameters import format_value
from tuningkit.training.run import write_csv

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class RangeTest:
    """What a network's loss did while its learning rate rose from batch to batch.

    Attributes:
        rates: The learning rate of each step, rising geometrically, shape (steps,).
        losses: Loss of each batch with its L1/L2 penalty, before its step was made, shape (steps,). NaN after
            the test had ended.
        smoothed: The same, smoothed, shape (steps,). NaN after the test had ended.
        interval: The lowest and the highest learning rate worth using; None if the loss never falls.
        suggestion: The middle of the interval on a log scale, a good first try; None without an interval.
        diverged_at: The rate at which the loss had diverged, or None if it never did.
        words: What was found, in words.
        optimizer: Name of the optimiser.
        batch_size: Rows per step.
        loss_name: Name of the data loss, for axes.
        model_name: Name of the model.
        data_name: Name of the data.
        seconds: How long it took.

    Example:
        >>> test = tk.range_test(model, digits)
        >>> test.interval, test.diverged_at
        ((0.0014, 0.027), 0.46)
        >>> test.plot()
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    interval: tuple[float, float] | None
    suggestion: float | None
    diverged_at: float | None
    words: str
    optimizer: str = ""
    batch_size: int = 0
    loss_name: str = "loss"
    model_name: str = ""
    data_name: str = ""
    seconds: float = 0.0

    @property
    def steps(self) -> int:
        """Number of learning rates tested, one per batch."""
        return len(self.rates)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw loss against learning rate; see :func:`tuningkit.plots.range_test`."""
        from tuningkit import plots

        return plots.range_test(
            self.rates,
            self.losses,
            smoothed=self.smoothed,
            interval=self.interval,
            suggestion=self.suggestion,
            diverged_at=self.diverged_at,
            loss_name=self.loss_name,
            ax=ax,
        )

    def to_csv(self, path: str | Path) -> Path:
        """Write rate, loss and smoothed loss to a CSV file, one row per step, and return its path."""
        rows = zip(self.rates, self.losses, self.smoothed, strict=True)
        return write_csv(path, ["learning_rate", "loss", "smoothed_loss"], rows)

    def _facts(self) -> list[tuple[str, str]]:
        worth = ""
        if self.interval is not None:
            low, high = (format_value(float(f"{rate:.2g}")) for rate in self.interval)
            worth = f"{low} to {high}; a good first try is {format_value(float(f'{self.suggestion:.2g}'))}"
        facts = [
            ("model", self.model_name),
            ("data", self.data_name),
            ("optimizer", f"{self.optimizer}, batch size {self.batch_size}" if self.optimizer else ""),
            (
                "tested",
                f"{self.steps} rates from {format_value(self.rates[0])} to {format_value(self.rates[-1])} "
                f"in {self.seconds:.1f} s",
            ),
            ("rates worth using", worth),
            ("finding", self.words),
        ]
        return [(name, text) for name, text in facts if text]

    def __repr__(self) -> str:
        return "RangeTest\n" + "\n".join(f"  {name}: {text}" for name, text in self._facts())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{name}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._facts()
        )
        return f"<table><caption>Range test</caption>{rows}</table>"
