"""TensorFlow's advice about retracing, where it does not apply."""

from __future__ import annotations

import logging

_HOMES = ("tuningkit.training", "tuningkit.optimizers")


class _NotAboutEngines(logging.Filter):
    """Drops the advice where a new engine builds its graph: another optimiser or batch size needs one.

    TensorFlow counts the graphs of all engines together, because they share their code, and would print eight
    lines about ``tf.function`` under a learner's cell after the fifth change. What it says about any other
    function still comes through; that no engine traces twice is tested.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        return not ("retracing" in message and any(home in message for home in _HOMES))


_FILTER = _NotAboutEngines()


def expect_new_graphs() -> None:
    """Keep TensorFlow from advising learners about the graphs that tuningkit builds on purpose.

    Example:
        >>> expect_new_graphs()
    """
    # Adding it twice changes nothing.
    logging.getLogger("tensorflow").addFilter(_FILTER)
