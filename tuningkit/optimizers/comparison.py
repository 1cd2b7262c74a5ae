"""Optimisers on a real network, each at its own best rate, over several seeds: the table that decides arguments."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from tuningkit.optimizers.path_settings import PATH_OPTIMIZERS, check_path_optimizers
from tuningkit.training.hyperparameters import HYPERPARAMETERS, format_value

if TYPE_CHECKING:
    import keras
    import pandas

    from tuningkit.datasets import Dataset

#: Half-decade steps from 1e-4 to 10: ranges differ by orders of magnitude from optimiser to optimiser.
RATES = tuple(float(f"{rate:.2g}") for rate in np.geomspace(1e-4, 10, 11))


@dataclass(frozen=True)
class OptimizerRow:
    """One optimiser's line of a comparison.

    Attributes:
        optimizer: Its name.
        learning_rate: Its best rate, chosen with the tuning seed alone.
        at_edge: Whether that is the first or the last rate of the sweep, so that a better one may lie beyond.
        steps: Steps to the target for each of the other seeds, shape (seeds,); infinite where it was not reached.
        val_loss: Validation loss after the last epoch for the same seeds, shape (seeds,).
        rates_that_work: How many rates reach the target with the tuning seed.
    """

    optimizer: str
    learning_rate: float
    at_edge: bool
    steps: np.ndarray
    val_loss: np.ndarray
    rates_that_work: int

    @property
    def median_steps(self) -> float:
        """Median of the steps to the target; infinite if most seeds miss it."""
        return float(np.median(self.steps))


@dataclass(frozen=True)
class OptimizerComparison:
    """Optimisers compared on one task.

    Attributes:
        rows: One per optimiser, fewest median steps first.
        target: The validation loss to reach.
        rates: The learning rates that were tried with each.
        seeds: The seeds that the numbers come from; the rates were chosen with another one.
        steps_per_epoch: The validation loss is looked at once an epoch, so steps come in multiples of this.
        most_steps: Length of every run.
    """

    rows: list[OptimizerRow]
    target: float
    rates: tuple[float, ...]
    seeds: tuple[int, ...]
    steps_per_epoch: int
    most_steps: int
    _columns: tuple[str, ...] = field(
        default=(
            "optimizer",
            "best rate",
            "median steps",
            "fewest to most",
            "validation loss",
            "rates that work",
        ),
        repr=False,
    )

    def __getitem__(self, name: str) -> OptimizerRow:
        for row in self.rows:
            if row.optimizer == name:
                return row
        raise KeyError(
            f"{name!r} was not compared; there are: {', '.join(row.optimizer for row in self.rows)}."
        )

    def to_frame(self) -> pandas.DataFrame:
        """The table as a pandas frame, one row per optimiser and seed.

        Raises:
            ImportError: If pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            raise ImportError("to_frame needs pandas: python -m pip install pandas") from error
        lines = [
            {
                "optimizer": row.optimizer,
                "learning_rate": row.learning_rate,
                "seed": seed,
                "steps": row.steps[place],
                "val_loss": row.val_loss[place],
            }
            for row in self.rows
            for place, seed in enumerate(self.seeds)
        ]
        return pandas.DataFrame(lines)

    def _cells(self) -> list[tuple[str, ...]]:
        def steps(value: float) -> str:
            return f"{value:.0f}" if np.isfinite(value) else f"over {self.most_steps}"

        return [
            (
                PATH_OPTIMIZERS[row.optimizer],
                format_value(row.learning_rate) + (" (edge)" if row.at_edge else ""),
                steps(row.median_steps),
                f"{steps(row.steps.min())} to {steps(row.steps.max())}",
                f"{row.val_loss.mean():.3f} ± {row.val_loss.std(ddof=1):.3f}" if len(row.val_loss) > 1
                else f"{row.val_loss[0]:.3f}",
                f"{row.rates_that_work} of {len(self.rates)}",
            )
            for row in self.rows
        ]  # fmt: skip

    def _caption(self) -> str:
        return (
            f"Steps to a validation loss of {self.target:g}, looked at every {self.steps_per_epoch} steps; "
            f"{len(self.seeds)} seeds, rates chosen with another one."
        )

    def __repr__(self) -> str:
        rows = [self._columns, *self._cells()]
        widths = [max(len(row[place]) for row in rows) for place in range(len(self._columns))]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows
        ]
        return "\n".join([self._caption(), *(line.rstrip() for line in lines)])

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col'>{name}</th>" for name in self._columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in self._cells()
        )
        top = f"<caption>{self._caption()}</caption><thead><tr>{head}</tr></thead>"
        return f"<table>{top}<tbody>{body}</tbody></table>"


def compare_optimizers(
    model: keras.Model,
    data: Dataset,
    optimizers: str | Sequence[str] = tuple(PATH_OPTIMIZERS),
    *,
    target: float,
    rates: Sequence[float] = RATES,
    seeds: Sequence[int] = (1, 2, 3, 4, 5),
    tuning_seed: int = 0,
    epochs: int = 30,
    batch_size: int = 128,
) -> OptimizerComparison:
    """Train a network with several optimisers, each at its own best learning rate, and count steps to a target.

    For each optimiser all rates are trained at once in one graph, then all seeds at the best rate in another. The
    best rate is the one with the lowest validation loss, the mean over the last quarter of the epochs, with
    ``tuning_seed`` alone. The numbers reported come from the other seeds: a rate that was only lucky is not
    rewarded for it.

    Args:
        model: A built Keras model. It is never changed.
        data: The data; its validation rows decide.
        optimizers: Names of ``PATH_OPTIMIZERS``.
        target: Validation loss to reach.
        rates: Learning rates to try, at least 2, rising.
        seeds: Seeds of the numbers reported, each once.
        tuning_seed: Seed with which the rates are chosen, none of ``seeds``.
        epochs: Length of every run.
        batch_size: Rows per step.

    Returns:
        The table, fewest median steps first.

    Raises:
        ValueError: If a name is unknown, there are no seeds, or the tuning seed is among them.

    Example:
        >>> compare_optimizers(model, digits, ["sgd", "adam"], target=0.3)

    Reference:
        D. Choi et al., On empirical comparisons of optimizers for deep learning, 2019,
        https://arxiv.org/abs/1910.05446: the order of optimisers depends on how each of them was tuned.
    """
    from tuningkit.training import sweep

    names = check_path_optimizers(optimizers)
    seeds, rates = tuple(seeds), tuple(float(rate) for rate in rates)
    if not seeds or len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds must be at least one number, each once. Received: {seeds!r}")
    if tuning_seed in seeds:
        raise ValueError(f"tuning_seed={tuning_seed} is among the seeds that the numbers come from.")
    if len(rates) < 2 or list(rates) != sorted(set(rates)):
        raise ValueError(f"rates must be at least two numbers, rising. Received: {rates!r}")
    for rate in rates:
        HYPERPARAMETERS["learning_rate"].check(rate)
    if not target > 0:
        raise ValueError(f"target must be a validation loss above 0. Received: {target!r}")
    steps_per_epoch = -(-len(data.x_train) // batch_size)
    rows = []
    shared = {"epochs": epochs, "batch_size": batch_size, "progress": False}
    for name in names:
        tried = sweep(model, data, {"learning_rate": rates}, optimizer=name, seed=tuning_seed, **shared)
        curves = tried.history["val_loss"]
        best = _best(curves)
        again = sweep(model, data, {"seed": seeds}, optimizer=name, learning_rate=rates[best], **shared)
        chosen = again.history["val_loss"]
        last = chosen[:, -1]
        rows.append(
            OptimizerRow(
                optimizer=name,
                learning_rate=rates[best],
                at_edge=best in (0, len(rates) - 1),
                steps=epochs_to(chosen, target) * steps_per_epoch,
                val_loss=np.where(np.isfinite(last), last, np.inf),
                rates_that_work=int(np.isfinite(epochs_to(curves, target)).sum()),
            )
        )
    # A stable order: fewest steps, then the lower loss.
    rows.sort(key=lambda row: (row.median_steps, float(np.nan_to_num(row.val_loss, nan=np.inf).mean())))
    return OptimizerComparison(rows, float(target), rates, seeds, steps_per_epoch, steps_per_epoch * epochs)


def epochs_to(curves: np.ndarray, target: float) -> np.ndarray:
    """The first epoch, from 1, at which each curve is at most the target; infinite where it never is.

    Args:
        curves: Validation losses, shape (members, epochs).
        target: The loss to reach.

    Example:
        >>> epochs_to(np.array([[0.9, 0.4], [0.9, 0.8]]), 0.5)
        array([ 2., inf])
    """
    with np.errstate(invalid="ignore"):
        reached = curves <= target
    return np.where(reached.any(axis=-1), reached.argmax(axis=-1) + 1, np.inf)


def _best(curves: np.ndarray) -> int:
    tail = curves[:, -max(1, curves.shape[1] // 4) :].astype(float).mean(axis=1)
    return int(np.argmin(np.where(np.isfinite(tail), tail, np.inf)))
