"""The networks that the chapters use: ordinary Keras code, one paper per file.

Every builder takes sizes and returns a ``keras.Model`` with one input and one output of raw scores (logits), ready
for ``tk.train``, ``tk.sweep`` and ``tk.TuningLab``. The names of the layers are part of the interface: each
builder's docstring lists them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tuningkit.models.convolution import convolutional
    from tuningkit.models.exit_policy import exit_costs, exit_trade_off, exits_taken
    from tuningkit.models.exits import early_exit, exit_scores
    from tuningkit.models.gate_reading import read_gates
    from tuningkit.models.gated import highway
    from tuningkit.models.plain_stack import plain
    from tuningkit.models.residual_stack import residual
    from tuningkit.models.squeeze import squeeze_excitation

__all__ = [
    "convolutional",
    "early_exit",
    "exit_costs",
    "exit_scores",
    "exit_trade_off",
    "exits_taken",
    "highway",
    "plain",
    "read_gates",
    "residual",
    "squeeze_excitation",
]

_HOMES = {
    "convolutional": "convolution",
    "early_exit": "exits",
    "exit_costs": "exit_policy",
    "exit_scores": "exits",
    "exit_trade_off": "exit_policy",
    "exits_taken": "exit_policy",
    "highway": "gated",
    "plain": "plain_stack",
    "read_gates": "gate_reading",
    "residual": "residual_stack",
    "squeeze_excitation": "squeeze",
}


# Loaded when first asked for, so that importing the package does not import Keras.
def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}. It has: {', '.join(__all__)}.")


def __dir__() -> list[str]:
    return sorted(__all__)
