"""A run as a row of the table of runs."""

from __future__ import annotations

from typing import Any

from tuningkit.labs.records import Record
from tuningkit.labs.runs_table import Column
from tuningkit.labs.settings_string import describe_change
from tuningkit.training.hyperparameters import OPTIMIZER_HYPERPARAMETERS
from tuningkit.training.run import more_is_better


def columns(metric: str) -> list[Column]:
    """Columns of the table of runs; what matters most comes first, for a narrow page."""
    share = metric == "accuracy"
    word = metric.replace("_", " ")
    second = Column(
        "val_metric",
        f"best val. {word}",
        format="percent" if share else "short",
        better="higher" if more_is_better(metric) else "lower",
    )
    return [
        Column("number", "run", "integer"),
        Column("learning_rate", "learning rate"),
        Column("dropout", "dropout"),
        Column("l1", "L1"),
        Column("l2", "L2"),
        Column("val_loss", "best val. loss", better="lower"),
        Column("at", "at epoch", "integer"),
        *([] if metric == "loss" else [second]),
        Column("gap", "gap"),
        Column("diagnosis", "diagnosis", "text"),
        Column("note", "note", "text"),
        Column("optimizer", "optimizer", "text"),
        Column("batch_size", "batch", "integer"),
        Column("epochs", "epochs", "integer"),
        Column("seed", "seed", "text"),
    ]


def row(record: Record, metric: str) -> dict[str, Any]:
    """One run as a row of the table."""
    run = record.run
    at, best = run.best("val_loss")
    values = run.hyperparameters
    seeds = len(record.members["loss"])
    seed = str(values["seed"]) if seeds == 1 else f"{values['seed']} to {values['seed'] + seeds - 1}"
    changes = [describe_change(change.name, change.old, change.new) for change in run.changes]
    own = [
        f"{name.replace('_', ' ')} {values[name]:g}" for name in OPTIMIZER_HYPERPARAMETERS if name in values
    ]
    notes = ["pinned" if record.pinned else "", *own, *changes, run.note]
    shown = ("learning_rate", "dropout", "l1", "l2", "optimizer", "batch_size")
    return {
        "id": record.number,
        "number": record.number,
        **{name: values[name] for name in shown},
        "seed": seed,
        "epochs": run.epochs,
        "val_loss": best,
        "at": at or None,
        **({} if metric == "loss" else {"val_metric": run.best(f"val_{metric}")[1]}),
        "gap": run.gap,
        "diagnosis": run.diagnosis.kind,
        "note": ", ".join(note for note in notes if note),
    }
