"""A branch inside a compiled graph that no thread has to wait for."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

#: Operations that hand their inner graph to another thread and wait for it.
WAITING = frozenset(
    {"If", "StatelessIf", "Case", "StatelessCase", "PartitionedCall", "StatefulPartitionedCall"}
)


def result_if(condition: tf.Tensor, result: Callable[[], tf.Tensor], otherwise: tf.Tensor) -> tf.Tensor:
    """``result()`` where ``condition`` holds, else ``otherwise``: ``tf.cond`` as a loop of one round or none.

    Where graphs run one operation after the other, ``tf.cond`` hands its branch to another thread of TensorFlow's
    pool and waits for it. On a machine with one processor the pool is one thread, the one that waits: training
    would stand still for ever. Loops run where they are.

    Args:
        condition: A scalar, bool.
        result: Makes a tensor of the shape and type of ``otherwise``; what it assigns is assigned only if the
            condition holds.
        otherwise: The result where it does not.

    Example:
        >>> float(result_if(tf.constant(True), lambda: tf.constant(2.0), tf.constant(1.0)))
        2.0
    """

    def once(rounds, _):
        return rounds + 1, result()

    wanted = tf.cast(condition, tf.int32)
    return tf.while_loop(
        lambda rounds, _: rounds < wanted, once, [tf.constant(0), otherwise], parallel_iterations=1
    )[1]


def waits(graph: tf.Graph) -> bool:
    """Whether the graph, or a graph inside it, holds an operation that waits for another thread.

    Example:
        >>> waits(tf.function(lambda: tf.constant(1.0)).get_concrete_function().graph)
        False
    """
    definition = graph.as_graph_def()
    inner = (function.node_def for function in definition.library.function)
    return any(node.op in WAITING for nodes in (definition.node, *inner) for node in nodes)
