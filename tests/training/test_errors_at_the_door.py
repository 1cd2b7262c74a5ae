"""What is wrong is said before anything is trained, with what was received and what would be right."""

from __future__ import annotations

import re

import keras
import numpy as np
import pytest
import tensorflow as tf

import tuningkit as tk
from tuningkit.training import memory

LAYERS = keras.layers


@pytest.fixture(scope="module", autouse=True)
def _nothing_is_trained():
    """Every test of this file ends before the first step."""
    from tuningkit.training.engine import Engine

    def trained(*_):
        raise AssertionError("training began")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "run_steps", trained)
        patch.setattr(keras.Model, "fit", trained)
        yield


@pytest.fixture(scope="module")
def plain():
    """A network without dropout."""
    return keras.Sequential([keras.Input((64,)), LAYERS.Dense(8, "relu"), LAYERS.Dense(10)])


@pytest.fixture(params=["train", "sweep"])
def call(request, small):
    """``tk.train``, or ``tk.sweep`` over seeds, with the same keywords."""
    if request.param == "train":
        return lambda model, data=small, **settings: tk.train(model, data, **settings)
    grid = {"seed": [0, 1]}
    return lambda model, data=small, **settings: tk.sweep(model, data, settings.pop("grid", grid), **settings)


def says(*parts):
    """A pattern of parts that stand in a message in this order, each taken literally."""
    return "(?s)" + ".*".join(re.escape(part) for part in parts)


# Values


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("learning_rate", 0, "positive number"),
        ("learning_rate", -1e-3, "positive number"),
        ("learning_rate", float("nan"), "positive number"),
        ("learning_rate", float("inf"), "positive number"),
        ("dropout", -0.1, "[0, 1)"),
        ("dropout", 1, "[0, 1)"),
        ("dropout", 1.5, "[0, 1)"),
        ("l1", -1e-5, "0 or a positive number"),
        ("l2", -1, "0 or a positive number"),
        ("l2", np.float32("nan"), "0 or a positive number"),
        ("beta_1", 1.0, "[0, 1)"),
        ("epochs", 0, "whole number of at least 1"),
        ("epochs", 1.5, "whole number of at least 1"),
        ("batch_size", 0, "whole number of at least 1"),
        ("batch_size", 0.5, "whole number of at least 1"),
    ],
)
def test_a_value_out_of_range(call, dense, name, value, right):
    with pytest.raises(ValueError, match=says(name, right, f"Received: {name}={value!r}")):
        call(dense, **{name: value})


@pytest.mark.parametrize("seed", [-1, 0.5, 2**31])
def test_a_seed_out_of_range(dense, small, seed):
    with pytest.raises(ValueError, match=says("seed", "whole number from 0", f"seed={seed!r}")):
        tk.train(dense, small, seed=seed)
    with pytest.raises(ValueError, match=says("seed", "whole number from 0", f"seed={seed!r}")):
        tk.sweep(dense, small, {"seed": [0, seed]})


@pytest.mark.parametrize("value", [True, "0.1", [0.1], {"rate": 0.1}, 1j])
@pytest.mark.parametrize("name", ["learning_rate", "dropout", "epochs"])
def test_a_value_of_another_type(call, dense, name, value):
    with pytest.raises(TypeError, match=says(name, "Received", type(value).__name__)):
        call(dense, **{name: value})


@pytest.mark.parametrize("name", ["epochs", "batch_size"])
def test_a_count_has_no_own_value_in_the_model(call, dense, name):
    with pytest.raises(TypeError, match=says(name, "whole number", "None")):
        call(dense, **{name: None})


# Names


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("learning_rat", "learning_rate"),
        ("drop_out", "dropout"),
        ("epoch", "epochs"),
        ("batchsize", "batch_size"),
        ("optimiser", "optimizer"),
        ("beta1", "beta_1"),
    ],
)
def test_a_misspelt_keyword(call, dense, wrong, right):
    with pytest.raises(
        ValueError, match=says(f"Unknown hyperparameter {wrong!r}", f"Did you mean {right!r}?")
    ):
        call(dense, **{wrong: 1})


def test_a_keyword_like_no_other(call, dense):
    with pytest.raises(ValueError, match=says("'zzz'. Known here: learning_rate, dropout")):
        call(dense, zzz=1)


def test_a_misspelt_name_in_the_grid(dense, small):
    with pytest.raises(ValueError, match=says("'droput'", "Did you mean 'dropout'?")):
        tk.sweep(dense, small, {"droput": [0, 0.5]})


def test_epochs_cannot_be_swept(dense, small):
    with pytest.raises(ValueError, match=says("Unknown hyperparameter 'epochs'", "Known here", "seed")):
        tk.sweep(dense, small, {"epochs": [1, 2]})


def test_a_misspelt_optimizer(call, dense):
    with pytest.raises(ValueError, match=says("'adm'", "Did you mean 'adam'?", "rmsprop")):
        call(dense, optimizer="adm")


def test_a_misspelt_optimizer_in_the_grid(dense, small):
    with pytest.raises(ValueError, match=says("'rmsprp'", "Did you mean 'rmsprop'?")):
        tk.sweep(dense, small, {"optimizer": ["adam", "rmsprp"]})


@pytest.mark.parametrize("optimizer", [3, keras.optimizers.Adam, ["adam"]], ids=["number", "class", "list"])
def test_what_is_no_optimizer(call, dense, optimizer):
    with pytest.raises(TypeError, match=says("a name such as 'adam' or a Keras optimizer", "Received")):
        call(dense, optimizer=optimizer)


@pytest.mark.parametrize(
    ("optimizer", "settings", "has"),
    [
        ("adam", {"momentum": 0.9}, "It has: beta_1, beta_2. momentum belongs to: momentum, nesterov"),
        ("sgd", {"beta_1": 0.9}, "It has: nothing beside the learning rate"),
        ("adam", {"weight_decay": 0.01}, "weight_decay belongs to: adamw"),
        (None, {"rho": 0.9}, "'adam' has no rho"),
        (keras.optimizers.SGD(0.1), {"momentum": 0.5}, "'sgd' has no momentum"),
    ],
)
def test_a_setting_the_optimizer_lacks(call, dense, optimizer, settings, has):
    with pytest.raises(ValueError, match=says(has)):
        call(dense, optimizer=optimizer, **settings)


def test_a_setting_that_one_optimizer_of_the_grid_lacks(dense, small):
    with pytest.raises(ValueError, match=says("'sgd' has no beta_1", "beta_1=0.8")):
        tk.sweep(dense, small, {"optimizer": ["adam", "sgd"]}, beta_1=0.8)


# Models


def make_model():
    return keras.Sequential([keras.Input((64,)), LAYERS.Dense(10)])


def test_a_class_or_a_function_instead_of_a_model(call):
    with pytest.raises(TypeError, match=says("must be a Keras model", "function", "Call it first")):
        call(make_model)
    with pytest.raises(TypeError, match=says("must be a Keras model", "type", "Call it first")):
        call(keras.Sequential)


@pytest.mark.parametrize("model", [None, "model", np.ones(3), 3])
def test_what_is_no_model(call, model):
    with pytest.raises(TypeError, match=says("must be a Keras model. Received:", type(model).__name__)):
        call(model)


def test_a_model_without_input_shape(call):
    with pytest.raises(ValueError, match=says("input shape", "keras.Input((features,))")):
        call(keras.Sequential([LAYERS.Dense(10)]))


def test_several_inputs_or_outputs(call):
    first, second = keras.Input((64,)), keras.Input((64,))
    with pytest.raises(ValueError, match=says("2 inputs", "one input and one output")):
        call(keras.Model([first, second], LAYERS.Dense(10)(first + second)))
    with pytest.raises(ValueError, match=says("2 outputs", "one input and one output")):
        call(keras.Model(first, [LAYERS.Dense(10)(first), LAYERS.Dense(10)(first)]))


def test_another_input_width(call):
    model = keras.Sequential([keras.Input((32,)), LAYERS.Dense(10)])
    with pytest.raises(ValueError, match=says("(32,)", "(64,)", "keras.Input((64,))")):
        call(model)


def test_images_for_a_network_of_rows(call, images, plain):
    with pytest.raises(ValueError, match=says("(64,)", "(8, 8, 1)")):
        call(plain, images)


@pytest.mark.parametrize(("units", "words"), [(1, "ends in one unit"), (9, "has 9 units")])
def test_another_output_width(call, units, words):
    model = keras.Sequential([keras.Input((64,)), LAYERS.Dense(units)])
    with pytest.raises(ValueError, match=says(words, "10 classes", "keras.layers.Dense(10)")):
        call(model)


def test_another_output_width_for_numbers(call, numbers):
    model = keras.Sequential([keras.Input((2,)), LAYERS.Dense(3)])
    with pytest.raises(ValueError, match=says("3 numbers per row", "keras.layers.Dense(1)")):
        call(model, numbers)


def test_dropout_without_a_dropout_layer(call, plain):
    with pytest.raises(ValueError, match=says("no dropout layer", "keras.layers.Dropout(0.3)")):
        call(plain, dropout=0.5)


def test_no_dropout_needs_no_layer(plain, small):
    with pytest.raises(AssertionError, match="training began"):
        tk.train(plain, small, dropout=0.0, progress=False)


def test_dropout_in_the_grid_without_a_dropout_layer(plain, small):
    with pytest.raises(ValueError, match="no dropout layer"):
        tk.sweep(plain, small, {"dropout": [0.0, 0.5]})


def test_penalty_without_a_kernel(call):
    model = keras.Sequential([keras.Input((10,)), LAYERS.LayerNormalization()])
    data = tk.Dataset.from_arrays(np.random.default_rng(0).normal(size=(60, 10)), np.arange(60) % 10)
    with pytest.raises(ValueError, match="l2 was set, but this model has no layer with a kernel"):
        call(model, data, l2=1e-3)


# Data


@pytest.mark.parametrize(
    "data",
    [
        (np.ones((20, 64)), np.zeros(20, int)),
        np.ones((20, 64)),
        [],
        None,
        {"x_train": np.ones((20, 64))},
    ],
    ids=["pair", "array", "empty list", "None", "dict"],
)
def test_data_of_another_kind(call, dense, data):
    kind = type(data).__name__
    with pytest.raises(TypeError, match=says("Dataset", f"Received: {kind}", "tk.Dataset.from_arrays(x, y)")):
        call(dense, data)


def test_data_of_another_kind_for_a_model_with_its_own_step(dense):
    class Own(keras.Model):
        def train_step(self, data):
            return super().train_step(data)

    own = Own(dense.inputs, dense.outputs)
    with pytest.raises(TypeError, match=says("Received: tuple", "tk.Dataset.from_arrays(x, y)")):
        tk.train(own, (np.ones((20, 64)), np.zeros(20, int)))


def test_a_pipeline_cannot_be_swept(dense):
    pipeline = tf.data.Dataset.from_tensors((np.ones((4, 64)), np.zeros(4, int)))
    with pytest.raises(ValueError, match=says("tf.data pipeline", "tk.train for each value")):
        tk.sweep(dense, pipeline, {"l2": [0, 1]})


# Grids


@pytest.mark.parametrize("grid", [["l2"], "l2", None, [("l2", [0, 1])]])
def test_a_grid_that_is_no_mapping(dense, small, grid):
    with pytest.raises(
        TypeError, match=says("must be a mapping", '{"l2": [0, 1e-4, 1e-2]}', type(grid).__name__)
    ):
        tk.sweep(dense, small, grid)


def test_an_empty_grid(dense, small):
    with pytest.raises(ValueError, match=says("grid is empty", '{"l2": [0, 1e-4, 1e-2]}')):
        tk.sweep(dense, small, {})


@pytest.mark.parametrize("values", [[], np.array([]), ()])
def test_a_name_without_values(dense, small, values):
    with pytest.raises(ValueError, match="no values for l2"):
        tk.sweep(dense, small, {"l2": values})


@pytest.mark.parametrize("values", [0.1, "0.1", np.float64(0.1), np.array(0.1), {"a": 1}, np.ones((2, 2))])
def test_values_that_are_no_list(dense, small, values):
    with pytest.raises(TypeError, match="needs several values for l2"):
        tk.sweep(dense, small, {"l2": values})


@pytest.mark.parametrize(
    ("name", "values", "double"),
    [
        ("l2", [0, 1e-4, 0.0], "0"),
        ("seed", [3, 4, 3], "3"),
        ("optimizer", ["adam", "Adam"], "adam"),
        ("batch_size", [32, 32.0], "32"),
        ("learning_rate", np.array([1e-3, 1e-3]), "0.001"),
    ],
)
def test_a_value_given_twice(dense, small, name, values, double):
    with pytest.raises(ValueError, match=says(f"{name}={double}", "more than once")):
        tk.sweep(dense, small, {name: values})


@pytest.mark.parametrize(
    ("grid", "fixed"),
    [
        ({"l2": [0, 1]}, {"l2": 0.1}),
        ({"seed": [0, 1]}, {"seed": 1}),
        ({"optimizer": ["adam"]}, {"optimizer": "sgd"}),
    ],
)
def test_in_the_grid_and_fixed(dense, small, grid, fixed):
    with pytest.raises(ValueError, match=says(next(iter(grid)), "in the grid and as a fixed value")):
        tk.sweep(dense, small, grid, **fixed)


@pytest.mark.parametrize(
    ("values", "kind"), [([0, -1], ValueError), ([0, None], TypeError), ([0, "1"], TypeError)]
)
def test_a_wrong_value_in_the_grid(dense, small, values, kind):
    with pytest.raises(kind, match=says("l2", "0 or a positive number", repr(values[1]))):
        tk.sweep(dense, small, {"l2": values})


# Memory


def test_too_many_members(dense, small, monkeypatch):
    each = memory.bytes_per_member(dense, 32)
    monkeypatch.setattr(memory, "free_memory", lambda: int(5.5 * each / memory._SHARE))
    with pytest.raises(ValueError, match=says("9 members", "MB are free", "5 members fit")):
        tk.sweep(dense, small, {"l2": np.geomspace(1e-6, 1, 9)})
    with pytest.raises(MemoryError):
        tk.sweep(dense, small, {"l2": np.geomspace(1e-6, 1, 9)})
    with pytest.raises(AssertionError, match="training began"):
        tk.sweep(dense, small, {"l2": np.geomspace(1e-6, 1, 5)}, progress=False)
