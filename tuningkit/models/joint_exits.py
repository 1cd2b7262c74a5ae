"""The output of a network with several exits, made so that one cross-entropy trains them all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable(package="tuningkit")
class JointExits(keras.layers.Layer):
    """Mean log-probabilities of several exits, and the disagreement between them as an added loss.

    With ``p_e`` the probabilities of exit e (softmax of its scores), the output is the mean of ``log p_e`` over the E
    exits, call it ``m``. The cross-entropy of ``softmax(m)`` is ``-m[y] + log Z`` with ``Z = sum_k exp(m[k])``, at
    most 1. The layer adds ``-log Z``, averaged over the rows, so that both together are ``-m[y]``: the mean of the
    exits' own cross-entropies. ``-log Z`` is 0 where all exits agree.

    Example:
        >>> output = JointExits(name="joint")([scores_1, scores_2])

    Reference:
        Teerapittayanon, McDanel & Kung (2016), section 3.2, https://arxiv.org/abs/1709.01686: a weighted sum of the
        exits' losses, here with equal weights that add up to 1.
    """

    def call(self, scores: Sequence[Any] | Any) -> Any:
        """Mean log-probabilities, shape ``(batch, classes)``."""
        scores = scores if isinstance(scores, (list, tuple)) else [scores]
        mean = sum(ops.log_softmax(each, axis=-1) for each in scores) / len(scores)
        self.add_loss(-ops.mean(ops.logsumexp(mean, axis=-1)))
        return mean

    def compute_output_shape(self, input_shape: Any) -> tuple[int | None, ...]:
        """The shape of one exit's scores."""
        several = isinstance(input_shape[0], (list, tuple))
        return tuple(input_shape[0] if several else input_shape)
