"""Paths of the real optimisers: equal to plain Keras, one graph, limits of stability, divergence."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from tuningkit.optimizers import PATH_OPTIMIZERS, SURFACES, best_rates, descend, rate_limit
from tuningkit.optimizers.descent import RATES
from tuningkit.optimizers.path_graph import PathGraph, gradient_noise
from tuningkit.optimizers.path_settings import OWNERS, PathSettings
from tuningkit.training.optimizer_choices import OPTIMIZERS

ALL = list(PATH_OPTIMIZERS)
KERAS = {
    "sgd": (keras.optimizers.SGD, {}),
    "momentum": (keras.optimizers.SGD, {"momentum": 0.8}),
    "nesterov": (keras.optimizers.SGD, {"momentum": 0.8, "nesterov": True}),
    "adagrad": (keras.optimizers.Adagrad, {}),
    "adadelta": (keras.optimizers.Adadelta, {"rho": 0.7}),
    "rmsprop": (keras.optimizers.RMSprop, {"rho": 0.7}),
    "adam": (keras.optimizers.Adam, {"beta_1": 0.8, "beta_2": 0.95}),
    "adamw": (keras.optimizers.AdamW, {"beta_1": 0.8, "beta_2": 0.95, "weight_decay": 0.05}),
    "nadam": (keras.optimizers.Nadam, {"beta_1": 0.8, "beta_2": 0.95}),
    "lion": (keras.optimizers.Lion, {"beta_1": 0.8, "beta_2": 0.95}),
}
MOVED = {"momentum": 0.8, "rho": 0.7, "beta_1": 0.8, "beta_2": 0.95, "weight_decay": 0.05}


@pytest.fixture(scope="module")
def graph():
    return PathGraph(list(SURFACES.values()))


def keras_loop(name, surface, settings, moved):
    """A Python loop around a Keras optimiser, as a learner would write it."""
    kind, arguments = KERAS[name]
    optimizer = kind(learning_rate=settings.learning_rate, **(arguments if moved else _identity(name)))
    weights = keras.Variable(np.asarray(settings.start, "float32"))
    noise = gradient_noise(surface, settings)
    points = [weights.numpy()]
    for step in range(settings.steps):
        with tf.GradientTape() as tape:
            loss = surface.function(
                weights.value[0], weights.value[1], settings.condition or surface.condition
            )
        gradient = tape.gradient(loss, weights.value)
        optimizer.apply([gradient + noise[step]], [weights])
        points.append(weights.numpy())
    return np.array(points)


def _identity(name):
    return {
        key: 0.9 if key == "momentum" else value
        for key, value in KERAS[name][1].items()
        if key in ("momentum", "nesterov")
    }


@pytest.mark.parametrize("name", ALL)
def test_paths_equal_a_plain_keras_loop(graph, name):
    ravine = PathSettings(
        (-2.0, 1.0), steps=60, learning_rate=0.03, condition=12.0, noise=0.3, seed=2, **MOVED
    )
    found = graph.walk("ravine", ravine, [name])[name].points
    np.testing.assert_allclose(
        found, keras_loop(name, SURFACES["ravine"], ravine, True), rtol=1e-5, atol=1e-5
    )
    # What is not set is as Keras has it; and nothing is left of the walk before.
    plain = PathSettings((1.0, 1.2), steps=40, learning_rate=0.002)
    found = graph.walk("beale", plain, [name])[name].points
    np.testing.assert_allclose(found, keras_loop(name, SURFACES["beale"], plain, False), rtol=1e-5, atol=1e-5)


def test_no_move_makes_a_new_graph(graph):
    names = ["sgd", "adam", "lion"]
    graph.walk("bowl", PathSettings((1.0, 1.0), steps=5), names)
    before = graph.traces
    last = None
    for moved in (
        {"learning_rate": 0.3},
        {"steps": 7},
        {"condition": 3.0},
        {"noise": 0.5},
        {"noise": 0.5, "seed": 1},
        {"beta_1": 0.1},
        {"beta_2": 0.2},
        {"momentum": 0.3},
        {"rho": 0.3},
        {"weight_decay": 0.5},
        {"start": (-1.0, 0.3)},
    ):
        paths = graph.walk("ravine", PathSettings(**{"start": (1.0, 1.0), "steps": 6, **moved}), names)
        now = np.concatenate([path.points for path in paths])
        same_as_before = last is not None and now.shape == last.shape and np.array_equal(now, last)
        assert not same_as_before or set(moved) <= {"rho", "weight_decay"}
        last = now
    for surface in SURFACES:
        graph.walk(surface, PathSettings((1.0, 1.0), steps=5), names)
    assert graph.traces == before


def test_an_optimizer_has_one_graph_whatever_stands_beside_it():
    graph = PathGraph([SURFACES["bowl"]])
    settings = PathSettings((1.0, 1.0), steps=5)
    for names in (
        ["sgd"],
        ["sgd", "momentum"],
        ["momentum"],
        ["nesterov", "sgd"],
        ["sgd", "nesterov", "momentum"],
    ):
        graph.walk("bowl", settings, names)
    assert graph.traces == 3


def test_neighbours_do_not_matter(graph):
    settings = PathSettings((-2.0, 1.0), steps=30, learning_rate=0.05)
    together = graph.walk("ravine", settings, ALL)
    for name in ("momentum", "adam"):
        np.testing.assert_allclose(
            graph.walk("ravine", settings, [name])[name].points, together[name].points, rtol=1e-6, atol=1e-7
        )


@pytest.mark.parametrize(
    ("name", "momentum"), [("sgd", None), ("momentum", 0.9), ("momentum", 0.5), ("nesterov", 0.9)]
)
@pytest.mark.parametrize("surface", ["ravine", "tilted ravine"])
def test_limit_of_stability(graph, name, momentum, surface):
    condition = 30.0
    limit = rate_limit(name, SURFACES[surface].largest_curvature(condition), momentum or 0.0)
    ends = {}
    for share in (0.97, 1.03):
        settings = PathSettings(
            (-1.0, 0.5), steps=1000, learning_rate=share * limit, condition=condition, momentum=momentum
        )
        ends[share] = graph.walk(surface, settings, [name])[name]
    assert ends[0.97].loss[-1] < 1e-6 * ends[0.97].loss[0] and ends[0.97].diverged_at is None
    assert ends[1.03].diverged_at is not None
    assert "diverges" in ends[1.03].in_words()


def test_rate_limit_formulas_and_door():
    assert rate_limit("sgd", 20) == 0.1
    assert rate_limit("momentum", 20, 0.9) == pytest.approx(0.19)
    assert rate_limit("nesterov", 20, 0.9) == pytest.approx(2 * 1.9 / 2.8 / 20)
    assert rate_limit("momentum", 5, 0) == rate_limit("nesterov", 5, 0) == rate_limit("sgd", 5)
    assert rate_limit("adam", 20) is None
    for wrong in ({"curvature": 0}, {"curvature": 1, "momentum": 1}):
        with pytest.raises(ValueError, match="must be"):
            rate_limit("sgd", **wrong)


def test_diverged_is_a_state():
    paths = descend("rosenbrock", ["sgd", "adam"], learning_rate=0.1, steps=50)
    assert paths["sgd"].left_at >= 1 and paths["sgd"].diverged_at >= paths["sgd"].left_at
    assert paths["adam"].diverged_at is None and np.isfinite(paths["adam"].points).all()
    assert paths["sgd"].steps_to(1e-9) is None and paths["adam"].steps_to(np.inf) == 0
    assert "SGD diverges" in repr(paths)


def test_best_rates_are_the_best():
    settings = {"steps": 80, "start": (-2.0, 1.0)}
    found = best_rates("ravine", ["sgd", "adagrad"], **settings)
    for name, best in found.items():
        tails = {
            rate: descend("ravine", name, learning_rate=rate, **settings)[name].loss[-8:].mean()
            for rate in (*RATES[::4], best)
        }
        # Several rates may end at zero, to the last digit.
        assert tails[best] == np.nanmin(list(tails.values()))
    assert found["sgd"] < rate_limit("sgd", 20.0)


def test_owners_agree_with_the_live_optimisers():
    for key, owners in OWNERS.items():
        assert set(owners) == {name for name in ALL if key in OPTIMIZERS[name].live}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("ravin",), "Did you mean 'ravine'"),
        (("bowl", "adma"), "Did you mean 'adam'"),
        (("bowl", []), "at least one"),
        (("bowl", "sgd", {"steps": 0}), "from 1 to 1000"),
        (("bowl", "sgd", {"steps": 5.5}), "whole number"),
        (("bowl", "sgd", {"learning_rate": -1}), "learning_rate must be"),
        (("bowl", "sgd", {"learning_rate": {"adam": 1}}), "no rate for 'sgd'"),
        (("bowl", "sgd", {"condition": 0.5}), "from 1 to 1000"),
        (("bowl", "sgd", {"noise": -1}), "at least 0"),
        (("bowl", "sgd", {"start": (1, 2, 3)}), "two numbers"),
        (("bowl", "sgd", {"start": (1, float("nan"))}), "finite"),
        (("bowl", "sgd", {"momentum": 0.5}), "'sgd' has no momentum"),
        (("bowl", ["adam", "sgd"], {"rho": 0.5}), "adadelta, rmsprop"),
        (("bowl", "momentum", {"momentum": 1.0}), r"\[0, 1\)"),
        (("bowl", "sgd", {"speed": 1}), "Unknown hyperparameter"),
    ],
)
def test_door(arguments, words):
    surface, names, settings = (*arguments, *(("sgd", {})[len(arguments) - 1 :]))
    with pytest.raises(ValueError, match=words):
        descend(surface, names, **settings)


def test_own_function_can_be_walked():
    paths = descend(lambda x, y: (x - 1) ** 2 + keras.ops.abs(y), ["sgd"], learning_rate=0.05, steps=200)
    assert paths["sgd"].points[-1][0] == pytest.approx(1, abs=1e-3)
    assert paths.surface.name == "own surface"
    with pytest.raises(KeyError, match="there are: sgd"):
        paths["adam"]
    with pytest.raises(ValueError, match="leave learning_rate out"):
        best_rates("bowl", learning_rate=1.0)


def test_a_surface_that_machine_code_cannot_hold_is_walked_all_the_same():
    def through_python(x, y):
        squared = tf.py_function(lambda at: at * at, [x], tf.float32)
        return tf.reshape(squared, tf.shape(x)) + y * y

    def plain(x, y):
        return x * x + y * y

    walks = [descend(surface, ["sgd", "adam"], steps=20) for surface in (through_python, plain)]
    for name in ("sgd", "adam"):
        np.testing.assert_allclose(walks[0][name].points, walks[1][name].points, rtol=1e-5, atol=1e-6)
