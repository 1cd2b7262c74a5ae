"""A DepthLab's experiments as rows of its table of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from tuningkit.labs.depth_lab_session import Experiment, Twin
from tuningkit.labs.runs_table import Column


def learned(twin: Twin) -> tuple[str, float] | None:
    """Name and last value of what is worth comparing: the validation accuracy, or else the loss."""
    if not twin.epochs:
        return None
    name = "val_accuracy" if "val_accuracy" in twin.history else "val_loss"
    return name, float(twin.history[name][-1])


def table_rows(experiments: Sequence[Experiment]) -> list[dict[str, Any]]:
    """Experiments as rows of a table of runs, one per network, the latest first."""
    rows = []
    for experiment in reversed(experiments):
        values = asdict(experiment.settings)
        for twin in experiment.twins:
            if not twin.epochs:
                continue
            rows.append(
                {
                    **values,
                    "id": f"{experiment.number} {twin.kind}",
                    "run": experiment.number,
                    "network": twin.kind,
                    "normalization": values["normalization"] or "none",
                    "epochs": twin.epochs,
                    "val_loss": float(twin.history["val_loss"][-1]),
                    "val_accuracy": float(twin.history["val_accuracy"][-1])
                    if "val_accuracy" in twin.history
                    else None,
                    "ratio": twin.start.ratio,
                }
            )
    return rows


def columns(accuracy: bool) -> list[Column]:
    """Columns of the table; what matters most comes first, for a narrow page.

    Args:
        accuracy: Whether there is a validation accuracy.
    """
    shown = [Column("val_accuracy", "val. accuracy", format="percent", better="higher")] if accuracy else []
    return [
        Column("run", "run", "integer"),
        Column("network", "network", "text"),
        Column("depth", "depth", "integer"),
        *shown,
        Column("val_loss", "val. loss", better="lower"),
        Column("ratio", "gradient, layer 1 / last"),
        Column("activation", "activation", "text"),
        Column("initializer", "initialiser", "text"),
        Column("normalization", "normalisation", "text"),
        Column("learning_rate", "learning rate"),
        Column("width", "width", "integer"),
        Column("epochs", "epochs", "integer"),
        Column("seed", "seed", "integer"),
    ]
