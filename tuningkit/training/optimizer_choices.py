"""The optimisers on offer, each the real Keras class, with learning rates and momenta that can move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

import keras

from tuningkit.training.member_learning_rate import MemberLearningRate
from tuningkit.training.schedule_rates import nominal_rate


@dataclass(frozen=True)
class OptimizerChoice:
    """One optimiser that can be chosen by name.

    Attributes:
        build: The Keras class.
        arguments: Arguments that make the choice what it is, such as ``nesterov=True``.
        live: Arguments that can be changed while training runs, without a new graph.
    """

    build: type[keras.Optimizer]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    live: tuple[str, ...] = ()


OPTIMIZERS: dict[str, OptimizerChoice] = {
    "sgd": OptimizerChoice(keras.optimizers.SGD),
    "momentum": OptimizerChoice(keras.optimizers.SGD, {"momentum": 0.9}, ("momentum",)),
    "nesterov": OptimizerChoice(keras.optimizers.SGD, {"momentum": 0.9, "nesterov": True}, ("momentum",)),
    "adagrad": OptimizerChoice(keras.optimizers.Adagrad),
    "adadelta": OptimizerChoice(keras.optimizers.Adadelta, live=("rho",)),
    "rmsprop": OptimizerChoice(keras.optimizers.RMSprop, live=("rho",)),
    "adam": OptimizerChoice(keras.optimizers.Adam, live=("beta_1", "beta_2")),
    "adamw": OptimizerChoice(keras.optimizers.AdamW, live=("beta_1", "beta_2", "weight_decay")),
    "adamax": OptimizerChoice(keras.optimizers.Adamax, live=("beta_1", "beta_2")),
    "nadam": OptimizerChoice(keras.optimizers.Nadam, live=("beta_1", "beta_2")),
    "lion": OptimizerChoice(keras.optimizers.Lion, live=("beta_1", "beta_2")),
}

# They take a norm of each weight matrix, or its rows and columns. In one matrix with all the other weights they
# would compute something else, and with several members the members would influence each other.
_NOT_ELEMENTWISE = ("Lamb", "Muon", "Adafactor", "MultiOptimizer", "ScheduleFreeAdamW", "LossScaleOptimizer")


class LiveScalar(keras.Variable):
    """A scalar variable standing where Keras expects a Python float, such as Adam's ``beta_1``.

    Keras asks ``momentum != 0`` and ``momentum > 0`` to decide whether there is a momentum at all. The answer
    is a decision about the graph, so it is given once and for all: there is. And it computes ``1 - beta_1`` in
    double precision before the graph sees it; the complement is kept beside the value to get the same number.
    """

    def __init__(self, value: float, name: str) -> None:
        super().__init__(value, trainable=False, name=name, dtype="float32")
        self.complement = keras.Variable(
            1 - value, trainable=False, name=f"one_minus_{name}", dtype="float32"
        )
        self.number = value

    def set(self, value: float) -> None:
        """Move the value; the graph reads it at its next step."""
        self.number = value
        self.assign(value)
        self.complement.assign(1 - value)

    def __rsub__(self, other):
        return self.complement.value if other == 1 else other - self.value

    def __ne__(self, other: object) -> bool:  # type: ignore[override]
        return True

    def __gt__(self, other: object) -> bool:  # type: ignore[override]
        return True

    def __eq__(self, other: object) -> bool:  # type: ignore[override]
        return self is other

    def __hash__(self) -> int:
        return id(self)


def optimizer_name(optimizer: str | keras.Optimizer) -> str:
    """The name an optimiser goes by in tables and messages.

    Raises:
        ValueError: If a name is unknown; the message names the nearest one.
        TypeError: If it is neither a name nor a Keras optimiser.
    """
    if isinstance(optimizer, str):
        name = optimizer.lower()
        if name not in OPTIMIZERS:
            near = get_close_matches(name, OPTIMIZERS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            raise ValueError(
                f"Unknown optimizer {optimizer!r}.{hint} Choose one of: {', '.join(OPTIMIZERS)}."
            )
        return name
    if isinstance(optimizer, keras.Optimizer):
        for name, choice in OPTIMIZERS.items():
            if type(optimizer) is choice.build and all(
                getattr(optimizer, key) == value for key, value in _identity(choice).items()
            ):
                return name
        return type(optimizer).__name__.lower()
    raise TypeError(
        f"optimizer must be a name such as 'adam' or a Keras optimizer. Received: {type(optimizer).__name__}"
    )


def choose_optimizer(
    model: keras.Model, optimizer: str | keras.Optimizer | None
) -> tuple[str | keras.Optimizer, float]:
    """The optimiser to train with, and the learning rate that it has as long as none is set.

    Args:
        model: The model to be trained.
        optimizer: A name, a Keras optimiser, or None: the one the model was compiled with, else "adam".
    """
    own = getattr(model, "optimizer", None)
    if optimizer is None:
        optimizer = own if own is not None else "adam"
    if isinstance(optimizer, str):
        return optimizer, 1e-3 if own is None else own_learning_rate(own)
    return optimizer, own_learning_rate(optimizer)


def own_learning_rate(optimizer: keras.Optimizer) -> float:
    """The learning rate a Keras optimiser was made with; of a schedule, its top rate."""
    schedule = own_schedule(optimizer)
    if schedule is not None:
        return nominal_rate(schedule)
    return round(float(keras.ops.convert_to_numpy(optimizer._learning_rate)), 9)


def own_schedule(optimizer: Any) -> keras.optimizers.schedules.LearningRateSchedule | None:
    """The learning-rate schedule a Keras optimiser was made with; None for a constant rate, or for a name."""
    rate = getattr(optimizer, "_learning_rate", None)
    return rate if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule) else None


def build_optimizer(
    optimizer: str | keras.Optimizer, theta: keras.Variable, steps: int
) -> tuple[keras.Optimizer, MemberLearningRate, dict[str, LiveScalar]]:
    """Build a real Keras optimiser over the members' parameter matrix.

    Args:
        optimizer: A name from ``OPTIMIZERS`` or a Keras optimiser, which is copied, not used.
        theta: The parameters of all members, shape (members, parameters).
        steps: Steps of an epoch.

    Returns:
        The optimiser, built; its learning rates, which stand for the schedule it may have; and those of its own
        hyperparameters that can be moved while it runs, by name.

    Raises:
        ValueError: If the optimiser would let members influence each other.
    """
    members = theta.shape[0]
    rates = MemberLearningRate(members, steps)
    if isinstance(optimizer, str):
        choice = OPTIMIZERS[optimizer_name(optimizer)]
        built = choice.build(learning_rate=rates, **choice.arguments)
        live_names = choice.live
    else:
        _check_elementwise(optimizer, members)
        config = optimizer.get_config()
        config["learning_rate"] = rates
        built = type(optimizer)(**config)
        known = OPTIMIZERS.get(optimizer_name(optimizer))
        live_names = known.live if known else ()
    live: dict[str, LiveScalar] = {}
    for name in live_names:
        value = getattr(built, name)
        if value is None:
            continue
        variable = LiveScalar(float(value), name)
        # Around Keras's tracker: what the slider holds is not part of the optimiser's state, and a restart
        # must not set it back.
        object.__setattr__(built, name, variable)
        live[name] = variable
    # Keras sums gradients over the machines of a cluster. There is one; and TensorFlow would keep the whole graph
    # in memory for ever, for the gradient of that sum.
    object.__setattr__(built, "_all_reduce_sum_gradients", list)
    built.build([theta])
    return built, rates, live


def _identity(choice: OptimizerChoice) -> dict[str, Any]:
    if choice.build is keras.optimizers.SGD:
        return {"momentum": 0.0, "nesterov": False, **choice.arguments}
    return dict(choice.arguments)


def why_not_in_one_matrix(optimizer: str | keras.Optimizer | None) -> str | None:
    """Why this optimiser cannot update a network whose weights lie side by side in one matrix, or None.

    Such an optimiser looks at each weight matrix as a whole, at its norm or its rows and columns.
    """
    if optimizer is None or isinstance(optimizer, str):
        return None
    name = type(optimizer).__name__
    if getattr(optimizer, "clipnorm", None):
        return f"{name}(clipnorm=...) takes a norm of each layer's gradient by itself."
    if name in _NOT_ELEMENTWISE:
        return f"{name} looks at each weight matrix as a whole."
    if getattr(optimizer, "use_ema", False):
        return f"{name}(use_ema=True) replaces the weights by their moving average when training ends."
    return None


def _check_elementwise(optimizer: keras.Optimizer, members: int) -> None:
    reason = why_not_in_one_matrix(optimizer)
    if reason is not None:
        raise ValueError(
            f"{reason} The members of a graph have all their weights in one matrix. "
            f"Choose one of: {', '.join(OPTIMIZERS)}; or use tk.train, which then trains with model.fit."
        )
    if getattr(optimizer, "global_clipnorm", None) and members > 1:
        raise ValueError(
            f"{type(optimizer).__name__}(global_clipnorm=...) takes a norm over everything it updates, so the "
            f"{members} members would influence each other. Use clipvalue, which works number by number, "
            "or train the members one at a time with tk.train."
        )
