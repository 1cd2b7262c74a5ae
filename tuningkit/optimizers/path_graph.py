"""Keras optimisers walking over a surface, each in a compiled graph of its own.

Three hundred steps of ten optimisers are some 40,000 tiny operations, and TensorFlow takes longer to start one than
to carry it out. XLA makes one piece of machine code of an optimiser's walk: a third of a second more the first time,
and a fraction of the time ever after. TensorFlow keeps such code for good. So there is one piece for each optimiser,
not one for each choice of several, of which a learner can make a thousand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tuningkit._quiet_stderr import quiet_stderr
from tuningkit.optimizers.path_record import Path, Paths
from tuningkit.optimizers.path_settings import MOST_STEPS, PATH_OPTIMIZERS, PathSettings
from tuningkit.optimizers.surfaces import Surface
from tuningkit.training.optimizer_choices import build_optimizer


class PathGraph:
    """Computes the paths of the real Keras optimisers; whatever a slider moves is a variable of the graph.

    Args:
        surfaces: Surfaces that can be walked over; which one is a variable, too.
        walkers: Paths per optimiser that are walked side by side, each with a learning rate of its own.

    Attributes:
        traces: How often a graph was made: once for each optimiser, whatever is moved and chosen.

    Example:
        >>> graph = PathGraph([get_surface("ravine")])
        >>> paths = graph.walk("ravine", PathSettings((-2.0, 1.0), learning_rate=0.05), ["sgd", "adam"])
    """

    def __init__(self, surfaces: Sequence[Surface], walkers: int = 1) -> None:
        self.surfaces = {surface.name: surface for surface in surfaces}
        self.traces = 0
        self._thetas, self._optimizers, self._rates, self._live, self._begin = {}, {}, {}, {}, {}
        for name in PATH_OPTIMIZERS:
            theta = keras.Variable(np.zeros((walkers, 2), "float32"), name=f"{name}_path")
            optimizer, rates, live = build_optimizer(name, theta, 1)
            self._thetas[name], self._optimizers[name], self._rates[name] = theta, optimizer, rates
            # What the slider does not set is as Keras has it.
            self._live[name] = {key: (scalar, scalar.number) for key, scalar in live.items()}
            # Adagrad, for one, does not begin at zero.
            self._begin[name] = [keras.ops.convert_to_numpy(variable) for variable in optimizer.variables]
        self._start = tf.Variable(tf.zeros((walkers, 2)), trainable=False)
        self._which = tf.Variable(0, trainable=False)
        self._steps = tf.Variable(1, trainable=False)
        self._condition = tf.Variable(1.0, trainable=False)
        self._noise = tf.Variable(tf.zeros((MOST_STEPS + 1, 2)), trainable=False)
        self._noise_of = (0.0, 0)
        self._functions: dict[str, Any] = {}
        self._machine_code = True

    def walk(self, surface: str, settings: PathSettings, optimizers: Sequence[str]) -> Paths:
        """Walk once; every optimiser begins afresh.

        Args:
            surface: Name of one of the surfaces.
            settings: The sliders.
            optimizers: Names of ``PATH_OPTIMIZERS``.
        """
        at = self.surfaces[surface]
        if not optimizers:
            return Paths(at, settings, {})
        rates = {name: settings.rate_of(name) for name in optimizers}
        walked = self._run(at, settings, {name: [rate] for name, rate in rates.items()})
        return Paths(
            at,
            settings,
            {
                name: Path(name, points[:, 0], loss[:, 0], at.extent, rates[name])
                for name, (points, loss) in walked.items()
            },
        )

    def losses(
        self, surface: str, settings: PathSettings, optimizers: Sequence[str], rates: Sequence[float]
    ) -> dict[str, np.ndarray]:
        """The loss along the paths of optimisers at every one of several learning rates.

        Args:
            surface: Name of one of the surfaces.
            settings: The sliders; its learning rate is not used.
            optimizers: Names of ``PATH_OPTIMIZERS``.
            rates: As many learning rates as there are walkers.

        Returns:
            By optimiser, shape (rates, steps + 1).
        """
        walked = self._run(self.surfaces[surface], settings, dict.fromkeys(optimizers, tuple(rates)))
        return {name: loss.T for name, (_, loss) in walked.items()}

    def _run(
        self, surface: Surface, settings: PathSettings, rates: Mapping[str, Sequence[float]]
    ) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """By optimiser: points, shape (steps + 1, walkers, 2), and loss, shape (steps + 1, walkers)."""
        self._start.assign(np.broadcast_to(np.asarray(settings.start, "float32"), self._start.shape))
        self._which.assign(list(self.surfaces).index(surface.name))
        self._steps.assign(settings.steps)
        condition = settings.condition if settings.condition is not None else surface.condition
        self._condition.assign(1.0 if condition is None else condition)
        noise = (surface.noise if settings.noise is None else settings.noise, settings.seed)
        if noise != self._noise_of:
            self._noise.assign(gradient_noise(surface, settings))
            self._noise_of = noise
        walked, until = {}, settings.steps + 1
        for name in (name for name in PATH_OPTIMIZERS if name in rates):
            self._rates[name].rates.assign(np.reshape(rates[name], (-1, 1)))
            for key, (scalar, default) in self._live[name].items():
                wanted = getattr(settings, key)
                wanted = default if wanted is None else wanted
                # Each assignment costs as much as a few steps; most sliders have not moved.
                if scalar.number != wanted:
                    scalar.set(wanted)
            points, loss = self._call(name)
            walked[name] = points.numpy()[:until], loss.numpy()[:until]
        return walked

    def _call(self, name: str) -> tuple[tf.Tensor, tf.Tensor]:
        if name in self._functions:
            return self._functions[name]()
        # XLA says on the error stream that it is there.
        with quiet_stderr():
            try:
                return self._function(name)()
            except tf.errors.OpError:
                if not self._machine_code:
                    raise
                # A learner's own surface may use what XLA does not have, such as tf.py_function.
                self._machine_code = False
                self._functions.clear()
                return self._function(name)()

    def _function(self, name: str) -> Any:
        walk = partial(self._walk, name)
        self._functions[name] = tf.function(walk, autograph=False, jit_compile=self._machine_code)
        return self._functions[name]

    def _walk(self, name: str) -> tuple[tf.Tensor, tf.Tensor]:
        self.traces += 1
        theta, optimizer = self._thetas[name], self._optimizers[name]
        theta.assign(self._start.read_value())
        for variable, value in zip(optimizer.variables, self._begin[name], strict=True):
            variable.assign(value)
        steps, noise = self._steps.read_value(), self._noise.read_value()
        which, condition = self._which.read_value(), self._condition.read_value()
        branches = [
            lambda at, surface=surface: _slope(surface, at, condition) for surface in self.surfaces.values()
        ]

        def step(number, points, losses):
            at = tf.convert_to_tensor(theta.value)
            calls = [lambda branch=branch: branch(at) for branch in branches]
            loss, gradient = tf.switch_case(which, calls) if len(calls) > 1 else calls[0]()
            points, losses = points.write(number, at), losses.write(number, loss)
            optimizer.apply([gradient + noise[number]], [theta])
            return number + 1, points, losses

        # One step more than asked for, so that the loss at the last point is there. XLA wants to know how long an
        # array can get; what is beyond the steps is cut off later.
        shape = self._start.shape
        _, points, losses = tf.while_loop(
            lambda number, *_: number <= steps,
            step,
            (
                0,
                tf.TensorArray(tf.float32, MOST_STEPS + 1, element_shape=shape),
                tf.TensorArray(tf.float32, MOST_STEPS + 1, element_shape=shape[:-1]),
            ),
            parallel_iterations=1,
        )
        return points.stack(), losses.stack()


def gradient_noise(surface: Surface, settings: PathSettings) -> np.ndarray:
    """The noise of each step, the same for all optimisers, so that luck is not mistaken for skill.

    Args:
        surface: Gives the standard deviation unless the settings do.
        settings: Gives the seed.

    Returns:
        Shape (1001, 2), float32; row k is added to the gradient of step k.
    """
    strength = surface.noise if settings.noise is None else settings.noise
    draws = np.random.default_rng(settings.seed).normal(size=(MOST_STEPS + 1, 2))
    return (strength * draws).astype("float32")


def _slope(surface: Surface, at: tf.Tensor, condition: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Loss and gradient at points of shape (..., 2)."""
    with tf.GradientTape() as tape:
        tape.watch(at)
        loss = surface.function(at[..., 0], at[..., 1], condition)
        total = tf.reduce_sum(loss)
    return loss, tape.gradient(total, at)
