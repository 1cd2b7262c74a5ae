"""The metrics a model was compiled with, as far as they can be measured row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras

from tuningkit.training.heads import choose_head

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset


def compiled_metrics(model: keras.Model, data: Dataset, loss: Any = None) -> list[Any] | None:
    """Metrics from ``model.compile(metrics=...)``; None if there are none that can be used.

    A metric that collects a state over the whole epoch, such as the area under a curve, is left out, as is one
    that Keras cannot read back from its name.

    Args:
        model: A built model, compiled or not.
        data: What it is trained on.
        loss: As in :func:`tuningkit.train`.
    """
    kept = []
    for metric in _listed(model.get_compile_config().get("metrics")):
        try:
            if not isinstance(metric, str):
                metric = keras.metrics.deserialize(metric)
            choose_head(model, data, loss, [metric])
        except (ValueError, TypeError):
            continue
        kept.append(metric)
    return kept or None


def _listed(metrics: Any) -> Iterator[Any]:
    if isinstance(metrics, (list, tuple)):
        for metric in metrics:
            yield from _listed(metric)
    elif isinstance(metrics, dict) and "class_name" not in metrics:
        yield from _listed(list(metrics.values()))
    elif metrics is not None:
        yield metrics
