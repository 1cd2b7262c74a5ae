"""How a function of one member is applied to all members. One place decides."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, Literal

import keras
import tensorflow as tf

Way = Literal["alone", "together", "in turn"]


def way_of(model: keras.Model, members: int) -> Way:
    """How the members of this network are trained fastest.

    A single member needs no mapping. Dense networks run together, as one wider computation. Stacked convolution
    kernels make ``tf.vectorized_map`` fall back to a loop that is slower than taking the members in turn, and
    the time loop of a recurrent layer cannot be widened.
    """
    if members == 1:
        return "alone"
    return "in turn" if any(_takes_turns(layer) for layer in model._flatten_layers()) else "together"


def _takes_turns(layer: keras.layers.Layer) -> bool:
    recurrent = (keras.layers.RNN, keras.layers.Bidirectional, keras.layers.TimeDistributed)
    return "Conv" in type(layer).__name__ or isinstance(layer, recurrent)


def apply_to_members(way: Way, function: Callable[[dict[str, Any]], Any], values: dict[str, Any]) -> Any:
    """Apply ``function`` to each member's slice of ``values`` and stack the results.

    Args:
        way: From :func:`way_of`.
        function: Takes the values of one member.
        values: Tensors, or lists of tensors, of shape (members, ...).

    Raises:
        NotVectorizableError: If the way is "together" and the network holds an operation that cannot be widened.
    """
    if way == "alone":
        result = function(tf.nest.map_structure(lambda value: value[0], values))
        return tf.nest.map_structure(lambda value: value[None], result)
    if way == "together":
        try:
            # Without the fallback: a loop inside a loop is slower than taking the members in turn.
            return tf.vectorized_map(function, values, fallback_to_while_loop=False)
        except (ValueError, NotImplementedError) as error:
            raise NotVectorizableError(str(error)) from error
    graph = tf.function(
        lambda: function(tf.nest.map_structure(lambda value: value[0], values)), autograph=False
    )
    one = graph.get_concrete_function().structured_outputs
    signature = tf.nest.map_structure(lambda spec: tf.TensorSpec(spec.shape, spec.dtype), one)
    return tf.map_fn(function, values, fn_output_signature=signature)


def noise_of_each(network: Any, seeds: tf.Tensor, step: tf.Tensor, rows: tf.Tensor) -> list[tf.Tensor]:
    """Dropout noise of members with seeds of their own, each ``(members, rows, ...)``.

    Drawn beforehand, because a random operation cannot be widened over the members.

    Args:
        network: What draws the noise of one member.
        seeds: Shape (members,).
        step: The step, from the beginning of the run.
        rows: Rows of the batch.
    """
    if not network.noises:
        return []
    one = network.dropout_noise(seeds[0], step, rows)
    if seeds.shape[0] == 1:
        return [noise[None] for noise in one]
    return tf.map_fn(
        lambda seed: network.dropout_noise(seed, step, rows),
        seeds,
        fn_output_signature=[tf.TensorSpec(noise.shape, noise.dtype) for noise in one],
    )


class NotVectorizableError(Exception):
    """The network holds an operation that cannot be widened over the members."""


@contextlib.contextmanager
def sequential_executor() -> Iterator[None]:
    """Run graphs one operation after the other while this is open.

    The operations of a small network take microseconds each, and handing them from thread to thread costs more
    than running them. A large operation still uses all cores.
    """
    try:
        from tensorflow.python.eager.context import function_executor_type
    except ImportError:  # Not part of TensorFlow's public face; without it everything works, a little slower.
        yield
        return
    with function_executor_type("SINGLE_THREADED_EXECUTOR"):
        yield
