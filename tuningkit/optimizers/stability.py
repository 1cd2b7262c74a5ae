"""How large a step may be on a quadratic surface before it leads uphill for ever."""

from __future__ import annotations


def rate_limit(optimizer: str, curvature: float, momentum: float = 0.9) -> float | None:
    r"""The learning rate at which an optimiser stops converging on a quadratic loss.

    Below it every start point leads to the minimum; above it nearly every one leads away. For the largest eigenvalue
    of the Hessian, :math:`\lambda`, and momentum :math:`\beta`:

    - gradient descent: :math:`2 / \lambda`
    - momentum: :math:`2 (1 + \beta) / \lambda`
    - Nesterov's momentum, as Keras has it: :math:`2 (1 + \beta) / ((1 + 2 \beta) \lambda)`

    Args:
        optimizer: "sgd", "momentum" or "nesterov".
        curvature: Largest eigenvalue of the Hessian, in loss per squared weight, above 0.
        momentum: Momentum, from 0 to below 1.

    Returns:
        The limit, or None for optimisers that scale each step themselves: they have no such limit.

    Raises:
        ValueError: If the curvature is not above 0 or the momentum lies outside [0, 1).

    Example:
        >>> rate_limit("sgd", 20.0)
        0.1

    Reference:
        G. Goh, Why momentum really works, Distill 2017, https://distill.pub/2017/momentum/. The limit for Nesterov's
        follows from the same argument: with g = 1 - rate * curvature both roots of z^2 - (1 + beta) g z + beta g lie
        inside the unit circle exactly if -1 / (1 + 2 beta) < g < 1.
    """
    if not curvature > 0:
        raise ValueError(f"curvature must be above 0. Received: {curvature!r}")
    if not 0 <= momentum < 1:
        raise ValueError(f"momentum must be at least 0 and below 1. Received: {momentum!r}")
    if optimizer == "sgd":
        return 2 / curvature
    if optimizer == "momentum":
        return 2 * (1 + momentum) / curvature
    if optimizer == "nesterov":
        return 2 * (1 + momentum) / ((1 + 2 * momentum) * curvature)
    return None
