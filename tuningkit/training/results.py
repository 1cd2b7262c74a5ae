"""The record of a sweep: many members, trained together, as plain data."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training.exchange import SweepExchange
from tuningkit.training.hyperparameters import format_value
from tuningkit.training.run import Run, best_epoch, import_pandas, more_is_better, write_csv

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes


@dataclass(frozen=True, eq=False)
class Sweep(SweepExchange):
    """The finished runs of a sweep, one member per combination of values.

    Attributes:
        history: Curves by name, each of shape (members, epochs). Names as in :class:`Run`.
        grid: The values swept, by hyperparameter, in the order given.
        configurations: What differs, per member, in the order of ``history``'s rows: the last name of
            ``grid`` changes fastest.
        hyperparameters: What all members share.
        weights: Final weights of each member.
        diverged_at: Epoch, from 1, in which a member diverged; 0 for those that did not. Shape (members,).
        seconds: Time spent training.

    Example:
        >>> sweep = tk.sweep(model, digits, {"l2": [0, 1e-4, 1e-2]}, epochs=30)
        >>> sweep.history["val_loss"].shape
        (3, 30)
        >>> sweep.best("val_loss").hyperparameters["l2"]
        0.0001
    """

    history: Mapping[str, np.ndarray]
    grid: Mapping[str, Sequence[Any]]
    configurations: list[dict[str, Any]]
    hyperparameters: Mapping[str, Any]
    weights: list[list[np.ndarray]] = field(repr=False)
    diverged_at: np.ndarray
    loss_name: str = "loss"
    model_name: str = ""
    data_name: str = ""
    baseline: float | None = None
    seconds: float = 0.0
    note: str = ""

    @property
    def members(self) -> int:
        """Number of networks trained."""
        return len(self.configurations)

    @property
    def epochs(self) -> int:
        """Number of epochs each was trained for."""
        return self.history["loss"].shape[1]

    @property
    def shape(self) -> tuple[int, ...]:
        """Lengths of the swept values; the product is the number of members of a finished sweep."""
        return tuple(len(values) for values in self.grid.values())

    def __len__(self) -> int:
        return self.members

    def __iter__(self) -> Iterator[Run]:
        return (self[member] for member in range(self.members))

    def __getitem__(self, member: int) -> Run:
        """One member as a :class:`Run`.

        Raises:
            IndexError: If there is no such member.
        """
        if not -self.members <= member < self.members:
            raise IndexError(f"This sweep has members 0 to {self.members - 1}. Received: {member}")
        diverged = int(self.diverged_at[member])
        return Run(
            history={name: values[member] for name, values in self.history.items()},
            hyperparameters={**self.hyperparameters, **self.configurations[member]},
            weights=self.weights[member],
            loss_name=self.loss_name,
            model_name=self.model_name,
            data_name=self.data_name,
            baseline=self.baseline,
            diverged_at=diverged or None,
            seconds=self.seconds / self.members,
            note=self.note,
        )

    def scores(self, metric: str = "val_loss", *, at: str = "best") -> np.ndarray:
        """One number per member, shape (members,); NaN for members that never had one.

        Args:
            metric: A name in ``history``.
            at: "best" for each member's best epoch, "last" for its last.

        Raises:
            KeyError: If there is no such curve.
            ValueError: If ``at`` is neither.
        """
        curves = self._curves(metric)
        if at not in ("best", "last"):
            raise ValueError(f"at must be 'best' or 'last'. Received: at={at!r}")
        if at == "last":
            return curves[:, -1].copy()
        picked = [best_epoch(curve, metric) for curve in curves]
        return np.array([np.nan if e is None else curve[e] for e, curve in zip(picked, curves, strict=True)])

    def best(self, metric: str = "val_loss", *, at: str = "best") -> Run:
        """The member with the best ``metric``, as a :class:`Run`.

        Raises:
            KeyError: If there is no such curve.
            ValueError: If every member diverged.
        """
        scores = self.scores(metric, at=at)
        if not np.isfinite(scores).any():
            raise ValueError("Every member of this sweep diverged. Try smaller learning rates.")
        return self[int(np.nanargmax(scores) if more_is_better(metric) else np.nanargmin(scores))]

    def table(self, metric: str = "val_loss", *, at: str = "best") -> np.ndarray:
        """Scores arranged by the grid, shape ``self.shape``.

        Raises:
            ValueError: If the sweep was interrupted before it was complete.
        """
        if self.members != int(np.prod(self.shape)):
            raise ValueError(
                f"This sweep was interrupted: {self.members} of {int(np.prod(self.shape))} members are finished."
            )
        return self.scores(metric, at=at).reshape(self.shape)

    def _curves(self, metric: str) -> np.ndarray:
        if metric not in self.history:
            raise KeyError(f"No curve {metric!r} in this sweep. It has: {', '.join(self.history)}.")
        return self.history[metric]

    def _columns(self) -> dict[str, list]:
        columns: dict[str, list] = {
            name: [configuration[name] for configuration in self.configurations] for name in self.grid
        }
        for metric in self.history:
            if metric.startswith("val_") and metric != "val_penalty":
                columns[f"best_{metric}"] = list(self.scores(metric))
                columns[f"last_{metric}"] = list(self.scores(metric, at="last"))
        columns["best_epoch"] = [run.best("val_loss")[0] for run in self]
        columns["diagnosis"] = [run.diagnosis.kind for run in self]
        return columns

    def to_frame(self) -> pandas.DataFrame:
        """One row per member: what differs, best and last validation figures, diagnosis.

        Raises:
            ImportError: If pandas is not installed.
        """
        return import_pandas().DataFrame(self._columns())

    def to_csv(self, path: str | Path) -> Path:
        """Write the table of :meth:`to_frame` as CSV and return its path."""
        columns = self._columns()
        return write_csv(path, list(columns), zip(*columns.values(), strict=True))

    def plot(self, ax: Axes | None = None, *, metric: str = "val_loss"):
        """Draw the sweep: a fan of curves for one hyperparameter, a heat map of best values for two.

        Raises:
            KeyError: If there is no such curve.
            ValueError: If more than two hyperparameters were swept, or a sweep of two was interrupted.
        """
        from tuningkit import plots

        names = list(self.grid)
        curves = self._curves(metric)
        if len(names) == 1:
            return plots.sweep_fan(
                curves,
                _for_a_scale(self.grid[names[0]])[: self.members],
                name=names[0],
                metric_label=label_of(metric),
                ax=ax,
            )
        if len(names) == 2:
            return plots.heat_map(
                self.table(metric),
                _for_a_scale(self.grid[names[1]]),
                _for_a_scale(self.grid[names[0]]),
                x_name=names[1],
                y_name=names[0],
                value_label=f"best {label_of(metric)}",
                best="max" if more_is_better(metric) else "min",
                ax=ax,
            )
        raise ValueError(
            f"plot() draws one or two swept hyperparameters; this sweep has {len(names)}: {', '.join(names)}. "
            "Use to_frame() to choose a slice."
        )

    def _rows(self) -> list[tuple[str, str, str]]:
        rows = []
        for run, configuration in zip(self, self.configurations, strict=True):
            name = ", ".join(f"{key} {format_value(value)}" for key, value in configuration.items())
            epoch, value = run.best("val_loss")
            rows.append((name, f"{value:.4g} at epoch {epoch}" if epoch else "none", run.diagnosis.kind))
        return rows

    def __repr__(self) -> str:
        lines = [f"Sweep of {self.members} members over {', '.join(self.grid)}, {self.epochs} epochs"]
        lines += [f"  {name}: best validation loss {value}, {kind}" for name, value, kind in self._rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(f'<td style="text-align:left">{html.escape(cell)}</td>' for cell in row)
            + "</tr>"
            for row in self._rows()
        )
        return (
            f"<table><caption>Sweep over {html.escape(', '.join(self.grid))}, {self.epochs} epochs</caption>"
            f"<tr><th>member</th><th>best validation loss</th><th>diagnosis</th></tr>{rows}</table>"
        )


def _for_a_scale(values: Sequence[Any]) -> list[Any]:
    """Values as a plot takes them: numbers as they are, anything else as text."""
    numeric = all(isinstance(value, (int, float, np.number)) for value in values)
    return list(values) if numeric else [format_value(value) for value in values]


def label_of(metric: str) -> str:
    """A curve's name in words: ``val_loss`` is "validation loss"."""
    return metric.replace("val_", "validation ").replace("_", " ")
