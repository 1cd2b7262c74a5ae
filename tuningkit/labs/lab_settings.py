"""The settings of a TuningLab: which there are, what they may be, and which need a new graph."""

from __future__ import annotations

from typing import Any

from tuningkit.training import hyperparameters as table

NEW_RUN, MID_RUN = "new run", "mid-run"
REPEATS = (1, 5, 10)
#: Settings that need another graph or another start; the rest moves while training runs.
STRUCTURAL = ("optimizer", "batch_size", "repeats")
#: What a hypermodel's hyperparameters begin with among the settings, so that one may be called "epochs", too.
HYPER = "hp."
#: Settings for which None means "as in the model", or "as the model was compiled".
MAY_BE_NONE = (*table.MEMBER_HYPERPARAMETERS, *table.OPTIMIZER_HYPERPARAMETERS, "optimizer")


def check_setting(name: str, value: Any) -> Any:
    """Check one of the lab's own settings or a hyperparameter; see ``tuningkit.training.hyperparameters``.

    Raises:
        ValueError: If the name is unknown or the value is not possible.
        TypeError: If the value is of the wrong type.

    Example:
        >>> check_setting("repeats", 5)
        5
    """
    if name == "mode":
        if value not in (NEW_RUN, MID_RUN):
            raise ValueError(f"mode must be {NEW_RUN!r} or {MID_RUN!r}. Received: mode={value!r}")
        return value
    if name == "repeats":
        if isinstance(value, bool) or value not in REPEATS:
            raise ValueError(f"repeats must be 1, 5 or 10. Received: repeats={value!r}")
        return int(value)
    if value is None:
        table.check_name(name)
        if name not in MAY_BE_NONE:
            raise ValueError(f"{name} must be {table.HYPERPARAMETERS[name].rule}. Received: {name}=None")
        return None
    if name == "optimizer":
        from tuningkit.training.optimizer_choices import optimizer_name

        if not isinstance(value, str):
            raise TypeError(
                f"optimizer must be a name such as 'adam'. Received: {type(value).__name__}. To use an optimizer "
                "of your own, compile the model with it and leave optimizer out."
            )
        return optimizer_name(value)
    return table.check_value(name, value)
