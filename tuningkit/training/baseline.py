"""The loss of a network that has learned nothing but the shares of the classes: what a run is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset

_KNOWN = ("cross-entropy", "mean squared error")


def baseline_loss(data: Dataset, loss_name: str) -> float | None:
    """Loss of the best constant prediction, or None for a loss it is not known for."""
    return constant_prediction_loss(data) if loss_name in _KNOWN else None


def constant_prediction_loss(data: Dataset) -> float:
    """Loss of the best constant prediction on the training targets: entropy of the classes, or the variance."""
    if data.task == "regression":
        return float(np.mean(np.var(np.asarray(data.y_train, float), axis=0)))
    shares = np.bincount(data.y_train) / len(data.y_train)
    shares = shares[shares > 0]
    return float(-(shares * np.log(shares)).sum())
