"""The record of one training run: plain data that can be kept, compared, pickled and exported."""

from __future__ import annotations

import csv
import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.diagnosis import Diagnosis, diagnose
from tuningkit.training.exchange import RunExchange
from tuningkit.training.hyperparameters import format_value
from tuningkit.training.random_state import random_numbers_undisturbed

if TYPE_CHECKING:
    import keras
    import pandas
    from matplotlib.axes import Axes

#: Metrics of which more is better; of all others (losses, errors) less is better.
_MORE_IS_BETTER = ("accuracy", "auc", "precision", "recall", "f1", "r2", "top_k")


def more_is_better(metric: str) -> bool:
    """Whether a larger value of ``metric`` is the better one."""
    name = metric.removeprefix("val_").lower()
    return any(name == word or name.endswith(f"_{word}") or name.startswith(word) for word in _MORE_IS_BETTER)


def best_epoch(values: np.ndarray, metric: str) -> int | None:
    """Index of the best epoch of a curve, from 0; None if it holds no number."""
    if not np.isfinite(values).any():
        return None
    return int(np.nanargmax(values) if more_is_better(metric) else np.nanargmin(values))


@dataclass(frozen=True)
class Change:
    """A hyperparameter that was moved while the run went on.

    Attributes:
        epoch: Epochs finished when it happened; a fraction if in the middle of one.
        name: The hyperparameter.
        old: Its value before (None: as in the model).
        new: Its value from then on.
    """

    epoch: float
    name: str
    old: Any
    new: Any


@dataclass(frozen=True, eq=False)
class Run(RunExchange):
    """One finished training run.

    Attributes:
        history: Curves by name, each of shape (epochs,). ``loss`` and ``val_loss`` are the data loss alone;
            ``penalty`` is the L1/L2 term averaged over the epoch as ``loss`` is, ``val_penalty`` the term at
            the end of the epoch. What Keras reports as ``loss`` is ``loss + penalty``, and what it reports as
            ``val_loss`` is ``val_loss + val_penalty``. Metrics carry their Keras names.
        hyperparameters: What the run was trained with. None means "as the model has it".
        weights: Final weights, in the order of ``model.weights``.
        loss_name: Name of the data loss, for axes.
        model_name: Name of the model.
        data_name: Name of the data set.
        baseline: Loss of always predicting the same, or None if unknown.
        diverged_at: Epoch, from 1, in which the loss stopped being a number, or None.
        seconds: Time spent training.
        changes: Hyperparameters moved while it ran.
        note: One line worth knowing, such as a fallback to ``model.fit``.

    Example:
        >>> run = tk.train(model, digits, epochs=30)
        >>> run.best("val_loss")
        (22, 0.094)
        >>> run.diagnosis.kind
        'healthy'
    """

    history: Mapping[str, np.ndarray]
    hyperparameters: Mapping[str, Any]
    weights: list[np.ndarray] = field(repr=False)
    loss_name: str = "loss"
    model_name: str = ""
    data_name: str = ""
    baseline: float | None = None
    diverged_at: int | None = None
    seconds: float = 0.0
    changes: tuple[Change, ...] = ()
    note: str = ""

    @property
    def epochs(self) -> int:
        """Number of epochs trained."""
        return len(self.history["loss"])

    @cached_property
    def diagnosis(self) -> Diagnosis:
        """What the curves show; the rules are in :func:`tuningkit.training.diagnose`."""
        return diagnose(self.history, baseline=self.baseline)

    @property
    def gap(self) -> float:
        """Validation loss minus training loss at the last epoch (in units of the loss); NaN without validation."""
        if "val_loss" not in self.history:
            return float("nan")
        return float(self.history["val_loss"][-1] - self.history["loss"][-1])

    def best(self, metric: str = "val_loss") -> tuple[int, float]:
        """The best epoch, counted from 1, and its value.

        Args:
            metric: A name in ``history``.

        Returns:
            Epoch and value; ``(0, nan)`` if the run diverged at once.

        Raises:
            KeyError: If there is no such curve.
        """
        values = self._curve(metric)
        index = best_epoch(values, metric)
        return (0, float("nan")) if index is None else (index + 1, float(values[index]))

    def to_frame(self) -> pandas.DataFrame:
        """The curves as a pandas table, one row per epoch.

        Raises:
            ImportError: If pandas is not installed.
        """
        return import_pandas().DataFrame({"epoch": np.arange(1, self.epochs + 1), **self.history})

    def to_csv(self, path: str | Path) -> Path:
        """Write the curves to a CSV file, one row per epoch, and return its path."""
        columns = {"epoch": np.arange(1, self.epochs + 1), **self.history}
        return write_csv(path, list(columns), zip(*columns.values(), strict=True))

    def plot(self, ax: Axes | None = None, *, metric: str = "loss"):
        """Draw training (solid) and validation (dashed) curves of ``metric``; see ``tuningkit.plots.curves``."""
        from tuningkit import plots

        return plots.curves(self.history, metric=metric, ax=ax)

    def restore(self, model: keras.Model) -> keras.Model:
        """A copy of ``model`` that has this run's trained weights.

        Args:
            model: The model the run was made from, or one of the same layers.

        Raises:
            ValueError: If the layers differ.
        """
        import keras

        with random_numbers_undisturbed():
            copy = keras.models.clone_model(model)
        copy.set_weights(self.weights)
        return copy

    def _curve(self, metric: str) -> np.ndarray:
        if metric not in self.history:
            raise KeyError(f"No curve {metric!r} in this run. It has: {', '.join(self.history)}.")
        return self.history[metric]

    def _facts(self) -> list[tuple[str, str]]:
        validated = "val_loss" in self.history
        epoch, value = self.best("val_loss" if validated else "loss")
        found = f"{value:.4g} at epoch {epoch}" if epoch else "none: it diverged at once"
        facts = [
            ("model", self.model_name),
            ("data", self.data_name),
            ("hyperparameters", describe(self.hyperparameters)),
            ("epochs", f"{self.epochs} in {self.seconds:.1f} s"),
            ("best validation loss" if validated else "best training loss", found),
            ("gap at the end", f"{self.gap:+.3g}" if np.isfinite(self.gap) else ""),
            ("diagnosis", str(self.diagnosis)),
        ]
        if "val_accuracy" in self.history:
            epoch, value = self.best("val_accuracy")
        if "val_accuracy" in self.history and epoch:
            facts.insert(5, ("best validation accuracy", f"{100 * value:.1f} % at epoch {epoch}"))
        if self.note:
            facts.append(("note", self.note))
        return [(name, text) for name, text in facts if text]

    def __repr__(self) -> str:
        return "Run\n" + "\n".join(f"  {name}: {text}" for name, text in self._facts())

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{name}</th>'
            f'<td style="text-align:left">{html.escape(text)}</td></tr>'
            for name, text in self._facts()
        )
        return f"<table><caption>Run</caption>{rows}</table>"


def describe(hyperparameters: Mapping[str, Any]) -> str:
    """Hyperparameters in one line: those that were set, in words."""
    return ", ".join(
        f"{name.replace('_', ' ')} {format_value(value)}"
        for name, value in hyperparameters.items()
        if value is not None
    )


def import_pandas():
    """Import pandas, or say how to get it."""
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "to_frame() needs pandas, which is not installed: run 'pip install pandas', or use to_csv(path)."
        ) from error
    return pandas


def write_csv(path: str | Path, header: list[str], rows) -> Path:
    """Write a table as CSV and return its path."""
    path = Path(path)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(header)
        writer.writerows(rows)
    return path
