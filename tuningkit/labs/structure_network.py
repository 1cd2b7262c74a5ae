"""A network that a lab has built itself, with its trainer, and a copy to look into."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras

    from tuningkit.datasets import Dataset
    from tuningkit.labs.structure_settings import StructureSettings
    from tuningkit.training.run import Run
    from tuningkit.training.trainer import Trainer

#: A look into the network may take at most this share of the time.
_LOOKING = 0.25


class StructureNetwork:
    """A network and its trainer.

    Args:
        model: The network, new.
        data: What it learns, in the shape that it takes.
        settings: Learning rate and seed count.
    """

    def __init__(self, model: keras.Model, data: Dataset, settings: StructureSettings) -> None:
        from tuningkit.training.trainer import Trainer

        self.trainer: Trainer = Trainer(model, data, optimizer="adam", seeds=settings.seed)
        self.trainer.set("learning_rate", settings.learning_rate)

    def look(self, *, always: bool = False) -> None:
        """Called after an epoch, and with ``always`` when training rests; here there is nothing to note."""

    def run(self, structure: dict[str, Any], *, weights: bool = True) -> Run | None:
        """The record so far, or None before the first epoch.

        Args:
            structure: What the network was built with, noted among the hyperparameters.
            weights: Whether the record holds the weights as well.
        """
        if not self.trainer.epoch:
            return None
        run = self.trainer.run(0, weights=weights)
        return replace(run, hyperparameters={**run.hyperparameters, **structure})


class WatchedNetwork(StructureNetwork):
    """A network that is looked into while it learns; a subclass says in ``_read`` what is noted.

    Args:
        model: The network, new; its weights follow those of the trainer at every look.
        data: What it learns, in the shape that it takes.
        settings: Learning rate and seed count.
    """

    def __init__(self, model: keras.Model, data: Dataset, settings: StructureSettings) -> None:
        super().__init__(model, data, settings)
        self._model = model
        self._looked_at: int | None = None
        self._looking = 0.0

    def look(self, *, always: bool = False) -> None:
        """Look, unless that was done for this epoch already or would take up too much of the time.

        Args:
            always: Look whatever time it takes.
        """
        trainer = self.trainer
        due = self._looking <= _LOOKING * (trainer.seconds + 0.5) or always
        if trainer.epoch == self._looked_at or not due or trainer.diverged:
            return
        begin = time.monotonic()
        self._model.set_weights(trainer.engine.weights(0))
        self._read()
        self._looked_at = trainer.epoch
        self._looking += time.monotonic() - begin

    def _read(self) -> None:
        """Note what is to be seen in ``_model``, which has the weights of this moment."""
        raise NotImplementedError
