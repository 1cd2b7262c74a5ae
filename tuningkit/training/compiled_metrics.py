"""The metrics a model was compiled with, as far as they can be measured row by row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import keras

from tuningkit.training.heads import choose_head

if TYPE_CHECKING:
    from tuningkit.datasets import Dataset


def compiled_metrics(
    model: keras.Model, data: Dataset, loss: Any = None
) -> tuple[list[Any] | None, list[str]]:
    """Metrics from ``model.compile(metrics=...)``, and the names of those that cannot be used.

    A metric that collects a state over the whole epoch, such as the area under a curve, cannot, nor can one that
    Keras does not read back from its name.

    Args:
        model: A built model, compiled or not.
        data: What it is trained on.
        loss: As in :func:`tuningkit.train`.

    Returns:
        The metrics, or None if there are none that can be used; and the names of the others.
    """
    kept, left_out = [], []
    for config in _listed(model.get_compile_config().get("metrics")):
        metric = config
        try:
            if not isinstance(metric, str):
                metric = keras.metrics.deserialize(metric)
            choose_head(model, data, loss, [metric])
        except (ValueError, TypeError):
            left_out.append(config if isinstance(config, str) else _name(config))
            continue
        kept.append(metric)
    return kept or None, left_out


def _name(config: Any) -> str:
    """What a learner calls a metric of which only the configuration is known."""
    own = config.get("config") if isinstance(config, dict) else None
    if isinstance(own, dict) and own.get("name"):
        return str(own["name"])
    return str(own or (config.get("class_name") if isinstance(config, dict) else config))


def _listed(metrics: Any) -> Iterator[Any]:
    if isinstance(metrics, (list, tuple)):
        for metric in metrics:
            yield from _listed(metric)
    elif isinstance(metrics, dict) and "class_name" not in metrics:
        yield from _listed(list(metrics.values()))
    elif metrics is not None:
        yield metrics
