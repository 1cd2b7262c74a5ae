"""The record of a search: one row per trial, whatever library ran it, as plain data."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from tuningkit.search.exchange import TrialsExchange

if TYPE_CHECKING:
    import pandas
    from matplotlib.axes import Axes

#: How a trial can end. "stopped early": a method such as halving gave its epochs to better ones.
STATUSES = ("finished", "stopped early", "diverged", "failed", "interrupted")


@dataclass(frozen=True, eq=False)
class Trial:
    """One configuration that a search tried.

    Attributes:
        number: From 1, in the order in which the trials began.
        configuration: Hyperparameters by name.
        objective: The number that the search compares; NaN if the trial has none.
        epochs: Cost in epochs of training; NaN where the library does not train in epochs.
        seconds: Cost in seconds.
        status: "finished", "stopped early", "diverged", "failed" or "interrupted".
        seed: The seed the trial was trained with, or None.
        message: Why a trial failed, or another line worth knowing.
        curve: The objective after each epoch (or each resource step), if it is known.
        details: What the library knows beside, such as the scores of the folds.

    Raises:
        ValueError: If the status is unknown, or a finished trial has no objective.

    Example:
        >>> Trial(1, {"learning_rate": 0.01}, objective=0.21, epochs=30, seconds=0.4, seed=0)
    """

    number: int
    configuration: Mapping[str, Any]
    objective: float = math.nan
    epochs: float = math.nan
    seconds: float = 0.0
    status: str = "finished"
    seed: int | None = None
    message: str = ""
    curve: tuple[float, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise ValueError(f"status must be one of: {', '.join(STATUSES)}. Received: {self.status!r}")
        object.__setattr__(self, "objective", float(self.objective))
        object.__setattr__(self, "curve", tuple(float(value) for value in self.curve))
        if self.status == "finished" and not math.isfinite(self.objective):
            raise ValueError(
                f"Trial {self.number} has no finite objective ({self.objective}), so it is not finished: "
                "its status must say what happened, for example 'diverged' or 'failed'."
            )

    @property
    def scored(self) -> bool:
        """Whether the trial has an objective that can be compared."""
        return math.isfinite(self.objective)


@dataclass(frozen=True, eq=False)
class Trials(TrialsExchange):
    """All trials of a search, in the order in which they began.

    Attributes:
        trials: The trials.
        objective: Name of what is compared, such as "val_loss": a data loss or a metric, never a loss that
            holds the L1/L2 penalty.
        direction: "min" if less is better, "max" if more is.
        method: Such as "random", "grid", "halving", "bayesian", "hyperband", "tpe".
        library: What ran the search: "tuningkit", "scikit-learn", "KerasTuner" or "Hyperopt".
        seconds: Time the whole search took.
        space: What was searched, by hyperparameter: ranges and choices; empty if unknown.
        epochs_saved: Epochs that early stopping left out, compared with training every trial to its end.
        side_by_side: Whether all trials advanced together, an epoch of each in turn, as in halving.
        interrupted: Whether the search was stopped before it was done.
        note: One line worth knowing.

    Example:
        >>> trials = tk.search(model, digits, {"learning_rate": tk.search.Log(1e-4, 1)}, trials=16, epochs=10)
        >>> trials.best.configuration
        {'learning_rate': 0.0123}
        >>> trials.counts
        {'finished': 14, 'diverged': 2}
    """

    trials: tuple[Trial, ...]
    objective: str = "val_loss"
    direction: Literal["min", "max"] = "min"
    method: str = ""
    library: str = "tuningkit"
    seconds: float = 0.0
    space: Mapping[str, Any] = field(default_factory=dict)
    epochs_saved: float = 0.0
    side_by_side: bool = False
    interrupted: bool = False
    note: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "trials", tuple(self.trials))
        if self.direction not in ("min", "max"):
            raise ValueError(f"direction must be 'min' or 'max'. Received: {self.direction!r}")

    def __len__(self) -> int:
        return len(self.trials)

    def __iter__(self) -> Iterator[Trial]:
        return iter(self.trials)

    def __getitem__(self, place: int) -> Trial:
        """The trial at a place in the list, from 0; its ``number`` is one more."""
        return self.trials[place]

    # What the search found

    @property
    def names(self) -> tuple[str, ...]:
        """The hyperparameters, in the order in which they first appear."""
        return tuple(dict.fromkeys(name for trial in self for name in trial.configuration))

    @property
    def objectives(self) -> np.ndarray:
        """Objective of every trial, shape (trials,); NaN for those without."""
        return np.array([trial.objective for trial in self], float)

    @property
    def epochs(self) -> float:
        """Epochs of all trials together; NaN if the library does not count in epochs."""
        known = [trial.epochs for trial in self if math.isfinite(trial.epochs)]
        return float(sum(known)) if known else math.nan

    @property
    def counts(self) -> dict[str, int]:
        """How many trials ended in which way; only the ways that occurred."""
        found = Counter(trial.status for trial in self)
        return {status: found[status] for status in STATUSES if found[status]}

    @property
    def ranking(self) -> tuple[Trial, ...]:
        """Best first: finished trials, then those stopped early or interrupted, then those without a number.

        A trial that was stopped early is compared after the finished ones, because its number comes from less
        training; among these, the one that got further comes first.
        """
        sign = 1 if self.direction == "min" else -1

        def place(trial: Trial) -> tuple:
            if not trial.scored:
                return (2, 0.0, 0.0, trial.number)
            if trial.status == "finished":
                return (0, 0.0, sign * trial.objective, trial.number)
            further = trial.epochs if math.isfinite(trial.epochs) else float(len(trial.curve))
            return (1, -further, sign * trial.objective, trial.number)

        return tuple(sorted(self, key=place))

    @property
    def best(self) -> Trial:
        """The best trial: of the finished ones, or, if none finished, of the others that have a number.

        Raises:
            ValueError: If no trial has a number; the message says what happened to them.
        """
        ranking = self.ranking
        if not ranking:
            raise ValueError("This search has no trials yet.")
        if not ranking[0].scored:
            from tuningkit.search.trials_text import sentence_of_counts

            raise ValueError(f"No trial of this search has a result. {sentence_of_counts(self)}")
        return ranking[0]

    def best_so_far(
        self, by: Literal["trials", "epochs", "seconds"] = "trials"
    ) -> tuple[np.ndarray, np.ndarray]:
        """The best objective found, against what was spent until then.

        Against epochs, a search that ran its trials side by side (halving) is taken epoch by epoch: after the
        first epoch of all trials, the second of all that were left, and so on. Otherwise a trial counts from
        its end.

        Args:
            by: "trials", "epochs" or "seconds".

        Returns:
            What was spent, increasing, and the best objective until then (NaN before the first); the same length.

        Raises:
            ValueError: If ``by`` is none of these, or the trials do not count in epochs.
        """
        if by not in ("trials", "epochs", "seconds"):
            raise ValueError(f"by must be 'trials', 'epochs' or 'seconds'. Received: by={by!r}")
        if by == "epochs" and len(self) and not math.isfinite(self.epochs):
            raise ValueError(
                f"{self.library} does not count its trials in epochs. Use by='trials' or 'seconds'."
            )
        if by == "epochs" and self.side_by_side:
            values = _epoch_by_epoch(self)
            spent = np.arange(1.0, len(values) + 1)
        else:
            values = self.objectives
            cost = [{"trials": 1.0, "epochs": trial.epochs, "seconds": trial.seconds}[by] for trial in self]
            spent = np.cumsum(np.nan_to_num(cost))
        values = np.where(np.isfinite(values), values, np.nan)
        running = np.fmin.accumulate(values) if self.direction == "min" else np.fmax.accumulate(values)
        return spent, running

    # Out of here

    def _columns(self) -> dict[str, list]:
        columns: dict[str, list] = {"trial": [trial.number for trial in self]}
        for name in self.names:
            columns[name] = [trial.configuration.get(name) for trial in self]
        fixed = {
            self.objective: [trial.objective for trial in self],
            "epochs": [trial.epochs for trial in self],
            "seconds": [trial.seconds for trial in self],
            "status": [trial.status for trial in self],
            "seed": [trial.seed for trial in self],
            "message": [trial.message for trial in self],
        }
        for name, values in fixed.items():
            # A hyperparameter may be called "seed" or "epochs" itself.
            columns[f"trial {name}" if name in columns else name] = values
        return columns

    def to_frame(self) -> pandas.DataFrame:
        """One row per trial: number, hyperparameters, objective, cost, status, seed, message.

        Raises:
            ImportError: If pandas is not installed.
        """
        from tuningkit.training.run import import_pandas

        return import_pandas().DataFrame(self._columns())

    def to_csv(self, path: str | Path) -> Path:
        """Write the table of :meth:`to_frame` as CSV and return its path."""
        from tuningkit.training.run import write_csv

        columns = self._columns()
        return write_csv(path, list(columns), zip(*columns.values(), strict=True))

    def plot(self, ax: Axes | None = None, *, by: Literal["trials", "epochs", "seconds"] = "trials"):
        """Draw every trial and the best so far; see ``tuningkit.plots.search_progress``.

        Args:
            ax: Axes to draw on, or None for a new figure.
            by: What the search is drawn against, as for :meth:`best_so_far`.
        """
        from tuningkit import plots

        statuses = [trial.status for trial in self]
        cost = [{"trials": 1.0, "epochs": trial.epochs, "seconds": trial.seconds}[by] for trial in self]
        return plots.search_progress(
            self.objectives,
            statuses=statuses,
            spent=np.cumsum(np.nan_to_num(cost)),
            running=self.best_so_far(by),
            direction=self.direction,
            metric_label=self.objective.replace("val_", "validation ").replace("_", " "),
            spent_label=by,
            ax=ax,
        )

    def __repr__(self) -> str:
        from tuningkit.search.trials_text import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from tuningkit.search.trials_text import as_html

        return as_html(self)


def _epoch_by_epoch(trials: Trials) -> np.ndarray:
    """Objectives in the order in which trials that advance together reach them: all first epochs come first."""
    longest = max((len(trial.curve) for trial in trials), default=0)
    return np.array(
        [trial.curve[e] for e in range(longest) for trial in trials if e < len(trial.curve)], float
    )
