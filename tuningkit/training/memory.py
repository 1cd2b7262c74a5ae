"""How much memory a group of members will take, asked before it is taken."""

from __future__ import annotations

import keras
import numpy as np

from tuningkit.limits import free_memory

# Copies of the parameter matrix alive at once: the parameters, up to two optimiser moments, the gradient, and
# the temporaries of the update (measured with Adam: between 6 and 8).
_PARAMETER_COPIES = 8
# Each activation is kept for the backward pass, has a gradient, and a temporary.
_ACTIVATION_COPIES = 3
# Share of the free memory that one job may take: a notebook, a browser and a second kernel live beside it.
_SHARE = 0.7
_EVALUATION_BYTES = 64 * 2**20


class TooManyMembersError(ValueError, MemoryError):
    """A sweep that would not fit into memory."""


def units_per_row(model: keras.Model) -> int:
    """Numbers that one input row leaves behind in all layers' outputs."""
    total = 0
    for layer in model._flatten_layers(include_self=False):
        try:
            shape = layer.output.shape
        except (AttributeError, ValueError, RuntimeError):
            continue
        total += int(np.prod([size or 1 for size in shape[1:]]))
    return max(total, 1)


def bytes_per_member(model: keras.Model, batch_size: int, *, at_once: bool = True) -> int:
    """Estimated bytes of one member while it trains.

    Args:
        model: The network.
        batch_size: Rows per step.
        at_once: Whether the members' activations are alive together (dense networks) or one after the other.
    """
    parameters = 4 * _PARAMETER_COPIES * sum(int(np.prod(w.shape)) for w in model.trainable_variables)
    activations = 4 * _ACTIVATION_COPIES * batch_size * units_per_row(model)
    # A model that has nothing to train still takes a little.
    return max(1, parameters + (activations if at_once else 0))


def rows_at_once(model: keras.Model, members: int) -> int:
    """Rows that can be evaluated in one go, so that all members' activations stay within 64 MB.

    Args:
        model: The network.
        members: Members evaluated together.
    """
    each = 4 * members * units_per_row(model)
    return int(np.clip(_EVALUATION_BYTES // each, 16, 2048))


def members_that_fit(model: keras.Model, batch_size: int, *, at_once: bool = True) -> int:
    """How many members the free memory has room for; at least 1.

    Args:
        model: The network.
        batch_size: Rows per step.
        at_once: As for :func:`bytes_per_member`.
    """
    each = bytes_per_member(model, batch_size, at_once=at_once)
    return max(1, int(free_memory() * _SHARE // each))


def check_members(model: keras.Model, members: int, batch_size: int, *, at_once: bool = True) -> None:
    """Refuse a number of members that would not fit.

    Raises:
        TooManyMembersError: With the number that does fit.
    """
    fits = members_that_fit(model, batch_size, at_once=at_once)
    if members > fits:
        each = bytes_per_member(model, batch_size, at_once=at_once)
        raise TooManyMembersError(
            f"{members} members of this network need about {members * each / 2**20:,.0f} MB; "
            f"{free_memory() * _SHARE / 2**20:,.0f} MB are free for it. {fits} members fit: use fewer values, "
            "a smaller network, or several sweeps one after the other."
        )
