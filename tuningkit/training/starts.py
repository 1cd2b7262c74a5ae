"""Where the members of a graph start: initial weights, and seeds of batch order and noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from tuningkit.training import hyperparameters as table
from tuningkit.training.initial_weights import draw_initial_weights

if TYPE_CHECKING:
    import keras

    from tuningkit.training.engine import Engine


def are_several(seeds: int | Sequence[int] | None) -> bool:
    """Whether these are seeds for each member rather than one for all."""
    return seeds is not None and not isinstance(seeds, (int, np.integer))


class Starts:
    """Puts the members of a graph back to their start.

    Args:
        model: The learner's model.
        engine: The graph.
    """

    def __init__(self, model: keras.Model, engine: Engine) -> None:
        self._model, self._engine = model, engine
        self._drawn: dict[Any, list[np.ndarray]] = {}

    def put_back(self, seeds: int | Sequence[int] | None) -> None:
        """Give all members their initial weights and a fresh optimiser.

        Args:
            seeds: None for the weights that the model has, one seed, or one per member.

        Raises:
            ValueError: If the seeds do not fit the members.
        """
        engine, several = self._engine, are_several(seeds)
        listed = list(seeds) if several else [seeds]
        if several != engine.settings.own_seeds or (several and len(listed) != engine.members):
            raise ValueError(
                f"seeds must be {'one per member' if engine.settings.own_seeds else 'one number or None'} "
                f"for this trainer of {engine.members} members. Received: seeds={seeds!r}"
            )
        listed = [table.check_value("seed", seed) for seed in listed]
        # The last ones are kept: a slider that begins new runs asks for the same seeds again and again, and
        # drawing takes time.
        self._drawn = {seed: self._drawn.get(seed) or self._draw(seed) for seed in listed}
        engine.restart([self._drawn[seed] for seed in listed], [seed or 0 for seed in listed])

    def _draw(self, seed: int | None) -> list[np.ndarray]:
        if seed is None:
            return self._model.get_weights()
        places = {id(v): i for i, v in enumerate(self._engine.live.model.weights)}
        moving = [self._model.weights[places[id(v)]] for v in self._engine.network.moving]
        return draw_initial_weights(self._model, seed, also=moving)
