"""A run as a row of the table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tuningkit.labs.records import Record
from tuningkit.labs.runs_table import Column
from tuningkit.labs.settings_string import describe_change
from tuningkit.training.hyperparameters import format_value
from tuningkit.training.run import more_is_better

#: Hyperparameters of every network, with the headings of their columns.
OWN_COLUMNS = (
    Column("learning_rate", "learning rate"),
    Column("dropout", "dropout"),
    Column("l1", "L1"),
    Column("l2", "L2"),
)

_OTHERWISE_SHOWN = ("seed", "repeats", "schedule")


def columns(metric: str, hyperparameters: Sequence[Column] = OWN_COLUMNS) -> list[Column]:
    """Columns of the table of runs; what matters most comes first, for a narrow page.

    Args:
        metric: Name of the second panel's metric.
        hyperparameters: Columns of what is tuned; their names are keys of ``run.hyperparameters``.
    """
    share = metric == "accuracy"
    taken = {column.name for column in hyperparameters}
    word = metric.replace("_", " ")
    second = Column(
        "val_metric",
        f"best val. {word}",
        format="percent" if share else "short",
        better="higher" if more_is_better(metric) else "lower",
    )
    return [
        Column("number", "run", "integer"),
        *hyperparameters,
        Column("val_loss", "best val. loss", better="lower"),
        Column("at", "at epoch", "integer"),
        *([] if metric == "loss" else [second]),
        Column("gap", "gap"),
        Column("diagnosis", "diagnosis", "text"),
        Column("note", "note", "text"),
        *([] if taken & {"optimizer"} else [Column("optimizer", "optimizer", "text")]),
        Column("batch_size", "batch", "integer"),
        Column("epochs", "epochs", "integer"),
        Column("seed", "seed", "text"),
    ]


def row(record: Record, metric: str, hyperparameters: Sequence[Column] = OWN_COLUMNS) -> dict[str, Any]:
    """One run as a row of the table; the arguments are those of :func:`columns`."""
    run = record.run
    at, best = run.best("val_loss")
    values = run.hyperparameters
    seeds = len(record.members["loss"])
    seed = str(values["seed"]) if seeds == 1 else f"{values['seed']} to {values['seed'] + seeds - 1}"
    changes = [describe_change(change.name, change.old, change.new) for change in run.changes]
    shown = (*(column.name for column in hyperparameters), "optimizer", "batch_size")
    # Momenta where they were moved, and what a hypermodel came up with after its table had its columns.
    further = [
        f"{name.replace('_', ' ')} {format_value(value)}"
        for name, value in values.items()
        if name not in (*shown, *_OTHERWISE_SHOWN) and value is not None
    ]
    notes = ["pinned" if record.pinned else "", *further, *changes, run.note]
    return {
        "id": record.number,
        "number": record.number,
        **{name: values.get(name) for name in shown},
        "seed": seed,
        "epochs": run.epochs,
        "val_loss": best,
        "at": at or None,
        **({} if metric == "loss" else {"val_metric": run.best(f"val_{metric}")[1]}),
        "gap": run.gap,
        "diagnosis": run.diagnosis.kind,
        "note": ", ".join(note for note in notes if note),
    }
