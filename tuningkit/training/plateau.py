"""Reduce on plateau, for each member by itself: the rule is that of Keras, carried out by Keras."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from types import SimpleNamespace

import keras
import numpy as np

from tuningkit.training.run import more_is_better


class PlateauRule:
    """A copy of ``keras.callbacks.ReduceLROnPlateau`` that watches one member.

    The callback only asks its model for the optimizer's learning rate, and sets it. It is given something that
    has just that, so that every member can have a rule of its own.

    Args:
        callback: The learner's; it is copied, never changed.

    Example:
        >>> rule = PlateauRule(keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2))
        >>> [rule.after_epoch(epoch, {"val_loss": 1.0}, 0.5) for epoch in range(3)]
        [0.5, 0.5, 0.25]
    """

    def __init__(self, callback: keras.callbacks.ReduceLROnPlateau) -> None:
        self._rule = copy.copy(callback)
        if self._rule.mode == "auto" and self._rule.monitor.removeprefix("val_") != "loss":
            # What Keras finds out from the metric objects of a compiled model.
            self._rule.mode = "max" if more_is_better(self._rule.monitor) else "min"
        self._optimizer = SimpleNamespace(learning_rate=np.float32(0))
        self._rule.set_model(SimpleNamespace(optimizer=self._optimizer))
        self._rule.on_train_begin()

    def after_epoch(self, epoch: int, logs: Mapping[str, float], rate: float) -> float:
        """The learning rate of the next epoch.

        Args:
            epoch: The epoch that has ended, from 0.
            logs: What Keras would have shown after it; ``loss`` and ``val_loss`` with the penalty.
            rate: The learning rate of the epoch that has ended.
        """
        # Keras holds the rate in single precision.
        self._optimizer.learning_rate = np.float32(rate)
        self._rule.on_epoch_end(epoch, dict(logs))
        return float(np.float32(self._optimizer.learning_rate))


def check_monitor(callback: keras.callbacks.ReduceLROnPlateau, names: Iterable[str]) -> None:
    """Raise if the rule watches a measure that there is not.

    Raises:
        ValueError: With the names there are. Keras only warns, at every epoch.
    """
    names = list(names)
    if callback.monitor not in names:
        raise ValueError(
            f"ReduceLROnPlateau cannot watch {callback.monitor!r}: this training has {', '.join(names)}. "
            f"Received: monitor={callback.monitor!r}"
        )
