"""A FeatureLab's experiments as rows of its table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tuningkit.labs.feature_lab_session import Experiment
from tuningkit.labs.runs_table import Column


def table_rows(experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """Experiments as rows of a table of runs, the latest first."""
    rows = []
    for experiment in reversed(experiments):
        if experiment.run is None:
            continue
        settings, plan = experiment.settings, experiment.plan
        rows.append(
            {
                **asdict(settings),
                "id": str(experiment.number),
                "run": experiment.number,
                "pooling": f"{settings.pooling} {settings.pool_size}" if settings.pooling else "none",
                "map": f"{plan.rows.places} by {plan.columns.places}",
                "parameters": plan.parameters,
                "epochs": experiment.epochs,
                "val_loss": float(experiment.run.history["val_loss"][-1]),
                "val_accuracy": float(experiment.run.history["val_accuracy"][-1]),
            }
        )
    return rows


def columns() -> list[Column]:
    """Columns of the table; what matters most comes first, for a narrow page."""
    return [
        Column("run", "run", "integer"),
        Column("val_accuracy", "val. accuracy", format="percent", better="higher"),
        Column("parameters", "parameters", "integer"),
        Column("kernel_size", "kernel", "integer"),
        Column("filters", "filters", "integer"),
        Column("stride", "stride", "integer"),
        Column("padding", "padding", "text"),
        Column("pooling", "pooling", "text"),
        Column("map", "map", "text"),
        Column("val_loss", "val. loss", better="lower"),
        Column("learning_rate", "learning rate"),
        Column("epochs", "epochs", "integer"),
        Column("seed", "seed", "integer"),
    ]
