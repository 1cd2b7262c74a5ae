"""PlaygroundLab from Python: what it shows is what Keras computes, and every move is followed."""

from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.playground_data import extent_of, grid_points, make_data
from tuningkit.labs.playground_session import SIDE
from tuningkit.labs.playground_settings import SCHEDULES
from tuningkit.labs.static import unpack_frame


@pytest.fixture
def make():
    made = []

    def lab(*arguments, **settings):
        settings.setdefault("epochs", 3)
        settings.setdefault("hidden", (3,))
        made.append(tk.PlaygroundLab(*arguments, **settings))
        return made[-1].wait(60)

    yield lab
    for one in made:
        one.close()


def picture(lab):
    """Header, kernels and biases in turn, and the maps as numbers, read without the writer's code."""
    frame = lab._view.network.widget._frame
    header, numbers = unpack_frame(frame[: len(frame) - len(frame) % 4])
    sizes = [len(column["units"]) for column in header["columns"]]
    weights, at = [], 0
    for before, here in pairwise(sizes):
        weights.append(numbers[at : at + before * here].reshape(before, here))
        weights.append(numbers[at + before * here : at + (before + 1) * here])
        at += (before + 1) * here
    side = header["side"]
    shades = np.frombuffer(frame, np.uint8)[-sum(sizes) * side * side :].reshape(-1, side, side)
    maps = (shades.astype(float) - 128) / 127 * np.array(header["scales"])[:, None, None]
    return header, weights, maps


def test_run_equals_tk_train_on_the_same_network(make):
    lab = make("xor", hidden=(4, 3), features=("x1", "x1*x2"), dropout=0.1, l2=1e-3, l1=1e-4, seed=5)
    lab.train().wait(60)
    run = tk.train(
        lab.model(), lab.dataset, optimizer="adam", learning_rate=0.01, dropout=0.1, l1=1e-4, l2=1e-3,
        batch_size=10, epochs=3, seed=5, progress=False,
    )  # fmt: skip
    for name, curve in run.history.items():
        np.testing.assert_array_equal(lab.runs[-1].history[name], curve)
    model = lab.model(1)
    for mine, theirs in zip(model.get_weights(), run.weights, strict=True):
        np.testing.assert_array_equal(mine, theirs)
    with pytest.raises(ValueError, match="no run 9"):
        lab.model(9)


@pytest.mark.parametrize("trained", [False, True])
def test_the_picture_is_what_keras_computes(make, trained):
    import keras

    lab = make("moons", hidden=(5, 2), activation="gelu", features=("x1", "x2^2", "sin(x2)"), dropout=0.4)
    if trained:
        lab.train().wait(60)
    header, weights, maps = picture(lab)
    held = lab.session.trainer.engine.weights(0)
    assert [len(column["units"]) for column in header["columns"]] == [3, 5, 2, 1]
    for mine, theirs in zip(weights, held, strict=True):
        np.testing.assert_array_equal(mine, theirs)

    model = lab.model()
    model.set_weights(held)
    layers = [model.get_layer(name).output for name in ("inputs", "hidden_1", "hidden_2", "output")]
    points = grid_points(extent_of(lab.dataset), SIDE)
    outputs = keras.Model(model.input, layers).predict(points, verbose=0)
    expected = np.concatenate(outputs, axis=1).T.reshape(-1, SIDE, SIDE)
    scales = np.maximum(1, np.abs(expected).max(axis=(1, 2)))
    np.testing.assert_allclose(header["scales"], scales, rtol=1e-4)
    assert (np.abs(maps - expected).max(axis=(1, 2)) < 0.51 / 127 * scales).all()
    # Rows of a map are rising y, columns rising x: the first input is x1 itself.
    np.testing.assert_allclose(maps[0][0], np.linspace(*extent_of(lab.dataset)[:2], SIDE), atol=0.05)
    exact = lab.session.units(held)
    for mine, theirs in zip(exact, outputs, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)


def test_features_are_the_formulas(make):
    from tuningkit.labs.playground_network import PlaneFeatures

    names = ("x1", "x2", "x1^2", "x2^2", "x1*x2", "sin(x1)", "sin(x2)")
    points = np.random.default_rng(0).normal(scale=3, size=(40, 2)).astype("float32")
    x1, x2 = points.T
    expected = np.column_stack([x1, x2, x1**2, x2**2, x1 * x2, np.sin(x1), np.sin(x2)])
    np.testing.assert_allclose(PlaneFeatures(names)(points), expected, rtol=1e-5, atol=1e-5)
    again = PlaneFeatures.from_config(PlaneFeatures(names[3:5]).get_config())
    np.testing.assert_allclose(again(points), expected[:, 3:5], rtol=1e-5)
    with pytest.raises(ValueError, match="no feature 'x3'"):
        PlaneFeatures(("x3",))
    lab = make(features=names)
    assert picture(lab)[0]["columns"][0]["units"] == ["x₁", "x₂", "x₁²", "x₂²", "x₁x₂", "sin x₁", "sin x₂"]


def test_live_moves_rebuild_nothing_and_structure_begins_anew(make):
    lab = make("circles", dropout=0.0)
    lab.train(2).wait(60)
    trainer, begun = lab.session.trainer, lab.session.begun
    traces = trainer.engine.traces
    lab.learning_rate, lab.dropout, lab.l1, lab.l2 = 0.02, 0.2, 1e-4, 1e-3
    lab.train(2).wait(60)
    assert lab.session.trainer is trainer and trainer.engine.traces == traces
    assert lab.session.begun == begun and lab.runs[-1].epochs == 4
    assert {change.name for change in lab.runs[-1].changes} == {"learning_rate", "dropout", "l1", "l2"}

    # Structure, while nothing trains: a new network at once, and no training.
    for name, value in {
        "hidden": (8, 8, 2),
        "activation": "relu",
        "noise": 0.4,
        "features": ["x1*x2"],
    }.items():
        lab.set(name, value).wait(60)
        assert lab.session.begun > begun and lab.session.trainer is not trainer
        assert lab.session.trainer.position == 0
        begun, trainer = lab.session.begun, lab.session.trainer
    header, _, _ = picture(lab)
    assert [len(column["units"]) for column in header["columns"]] == [1, 8, 8, 2, 1]
    assert header["sentence"] == "1 input, 3 hidden layers of 8, 8 and 2 relu units, 1 output"
    # While it trains: training goes on, from the start of the new network.
    lab.epochs = 100_000
    lab.train()
    deadline = time.monotonic() + 60
    while lab.session.trainer.epoch < 1 and time.monotonic() < deadline:
        time.sleep(0.01)
    lab.hidden = ()
    while (
        not lab.runs or lab.runs[-1].hyperparameters["network"] != "x₁x₂ → output"
    ) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert lab.pause().wait(60).runs[-1].epochs >= 1
    assert lab.dropout == 0  # nothing left to drop


def test_classification_and_regression_each_have_their_pictures(make):
    lab = make("circles")
    assert "No run yet" in lab.figure().texts[0].get_text()
    lab.train().wait(60)
    views = lab._view
    plane, loss, accuracy = lab.figure().axes
    assert (plane.get_title(), loss.get_ylabel()) == ("Run 1 after 3 epochs", "loss")
    assert "accuracy" in accuracy.get_ylabel()
    assert (views.metric, lab.runs[-1].best("val_accuracy")[1] > 0) == ("accuracy", True)
    before = views.present
    lab.set("data", "plane").train().wait(60)
    assert views.metric == "mean_absolute_error" and views.present is not before
    assert before.chart.layout.display == "none" and views.present.chart.layout.display is None
    assert len(lab.runs) == 2 and len(views.table.rows) == 1 and len(before.table.rows) == 1
    assert "plane, noise 10 %, 50 % training" in views.table.rows[0]["data"]
    axes = lab.figure().axes
    assert axes[0].get_title() == "Run 2 after 3 epochs" and len(axes) == 4  # a colour bar beside the plane
    lab.data = "xor"
    assert views.present is before


def test_points_and_the_discrete_picture(make):
    lab = make("spirals")
    plane = lab._view.present.extra[0].widget
    assert unpack_frame(plane._points)[0]["count"] == 500
    _, numbers = unpack_frame(lab._view.network.widget._points)
    np.testing.assert_array_equal(numbers[500:], 2 * lab.dataset.y_train - 1)
    lab.set("show_validation", False).wait(60)
    assert unpack_frame(plane._points)[0]["count"] == 250
    begun = lab.session.begun
    lab.set("discretize", True).wait(60)
    assert picture(lab)[0]["discrete"] is True and b'"discrete":true' in plane._frame
    assert lab.session.begun == begun  # only the picture
    # More training points keep those of a smaller share, before they are stretched anew.
    settings = {"data": "blobs", "noise": 0.1, "data_seed": 0}
    few, many = (make_data({**settings, "train_share": share}) for share in (0.2, 0.8))
    assert (len(few.x_train), len(few.x_validation), len(few.x_test)) == (100, 400, 125)
    assert (len(many.x_train), len(many.x_validation)) == (400, 100)
    np.testing.assert_allclose([many.x_train.mean(), many.x_train.std()], [0, 3], atol=1e-4)
    np.testing.assert_array_equal(many.y_train[:100], few.y_train)


def test_a_data_set_of_ones_own(make):
    rng = np.random.default_rng(0)
    labels = np.array(["red", "green", "blue"])[np.arange(150) % 3]
    own = tk.Dataset.from_arrays(rng.normal(size=(150, 2)), labels, name="fruit")
    lab = make(own)
    assert lab.data == "own" and lab.dataset is own
    lab.train().wait(60)
    header, _, maps = picture(lab)
    assert header["columns"][-1]["units"] == ["blue", "green", "red"] and len(maps) == 2 + 3 + 3
    line = lab.link()
    assert "data=own" in line
    again = tk.PlaygroundLab.from_settings(line, own)
    assert again.link() == line
    again.close()
    with pytest.raises(ValueError, match="pass it when you make the lab"):
        tk.PlaygroundLab.from_settings(line)
    lab.set("data", "moons").train(1).wait(60)
    assert len(picture(lab)[0]["columns"][-1]["units"]) == 1
    with pytest.raises(ValueError, match="two inputs"):
        tk.PlaygroundLab(tk.datasets.load_iris())
    with pytest.raises(TypeError, match="make a new lab"):
        lab.data = own


def test_schedules_and_repeats(make):
    lab = make(schedule="cosine", repeats=5, epochs=4)
    run = lab.train().wait(60).runs[-1]
    rates = run.history["learning_rate"]
    assert rates[0] > rates[-1] and rates[-1] < 0.005
    assert "the first of 5 seeds" in picture(lab)[0]["sentence"]
    engine = lab.session.trainer.engine
    for kind in SCHEDULES:
        lab.set("schedule", kind).train(2).wait(60)
        assert kind == "constant" or lab.runs[-1].hyperparameters["rate schedule"] == kind
    assert lab.session.trainer.engine is engine  # no new graph for another schedule
    # The schedule falls over the planned length: another length is another run.
    lab.set("epochs", 8).wait(60)
    assert lab.session.trainer.position == 0


def test_a_line_makes_the_same_run_again(make):
    lab = make("moons", hidden=(4,), l2=1e-4)
    lab.train(2).wait(60)
    lab.learning_rate = 0.05
    lab.train(2).wait(60)
    line = lab.link()
    assert "changes=2.0:learning_rate:0.05" in line
    again = tk.PlaygroundLab.from_settings(line).wait(60)
    assert again.link() == line
    again.train(4).wait(60)
    for name, curve in lab.runs[-1].history.items():
        np.testing.assert_array_equal(again.runs[-1].history[name], curve)
    # Typed over in the field: taken over; a damaged one is refused in words, and nothing has changed.
    field, refusal = again._line.widgets
    field.value = line.replace("hidden=4", "hidden=4,9")
    assert "hidden layer 2 must lie between 1 and 8" in refusal.value and again.hidden == (4,)
    field.value = "data=xor&hidden=2,2&optimizer=momentum&momentum=0.5&learning_rate=0.1"
    assert refusal.value == "" and again.hidden == (2, 2) and again.momentum == 0.5
    assert field.value == again.link() and again.link().startswith("data=xor")
    again.close()


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"data": "spiral"}, ValueError, "Did you mean 'spirals'"),
        ({"data": np.zeros((9, 2))}, TypeError, "tk.Dataset with two inputs.*Received: ndarray"),
        ({"noise": 0.7}, ValueError, "noise must be a number from 0 to 0.5"),
        ({"train_share": "half"}, TypeError, "train_share must be a number"),
        ({"features": ()}, ValueError, "at least one input"),
        ({"features": ["x1", "x1"]}, ValueError, "each once"),
        ({"features": "x1"}, TypeError, "a list of names"),
        ({"features": ["sin(x)"]}, ValueError, "Did you mean 'sin"),
        ({"hidden": 8}, TypeError, "such as \\(8, 8\\)"),
        ({"hidden": (1,) * 7}, ValueError, "Received: 7 layers"),
        ({"hidden": (0,)}, ValueError, "hidden layer 1 must lie between 1 and 8"),
        ({"hidden": (2.5,)}, TypeError, "whole number"),
        ({"activation": "softplus"}, ValueError, "no 'softplus'"),
        ({"schedule": "cosinus"}, ValueError, "Did you mean 'cosine'"),
        ({"discretize": 1}, TypeError, "True or False"),
        ({"dropout": 0.2, "hidden": ()}, ValueError, "nothing to drop"),
        ({"learning_rate": -1}, ValueError, "learning_rate must be"),
        ({"controls": ["nois"]}, ValueError, "Did you mean 'noise'"),
    ],
)
def test_what_is_not_possible_is_refused_at_the_door(settings, error, words):
    with pytest.raises(error, match=words):
        tk.PlaygroundLab(**settings)


def test_what_is_not_possible_is_refused_and_the_lab_goes_on(make):
    lab = make()
    for name, value, words in (
        ("hidden", (9,), "between 1 and 8"), ("nois", 0.1, "Did you mean 'noise'"), ("momentum", 0.5, "no momentum"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            lab.set(name, value)
    assert lab.train().wait(60).runs
    lab.learning_rate = 1e30
    lab.optimizer = "sgd"
    lab.train().wait(60)  # weights that are no numbers any more are drawn as such
    assert lab.session.trainer.diverged
    lab.learning_rate = 0.01
    assert lab.restart().train().wait(60).runs[-1].diverged_at is None
    lab.close()
    with pytest.raises(RuntimeError, match="closed"):
        lab.train()


def test_an_error_while_building_reaches_the_learner_and_passes(make, monkeypatch):
    from tuningkit.labs import playground_network

    lab = make()
    real = playground_network.build_network

    def fails(settings, outputs):
        raise MemoryError("nothing left.")

    monkeypatch.setattr(playground_network, "build_network", fails)
    lab.hidden = (8, 8)
    with pytest.raises(MemoryError):
        lab.wait(60)
    status = lab._view.present.status
    assert "not enough memory" in status.value and "role='alert'" in status.value
    monkeypatch.setattr(playground_network, "build_network", real)
    assert lab.train().wait(60).runs[-1].hyperparameters["network"] == "x₁ x₂ → 8 8 tanh"
    assert "alert" not in status.value


def test_pictures_of_networks_are_checked_at_the_door():
    from tuningkit.labs.playground_picture import LayerPicture, NetworkPicture

    maps = np.zeros((2, 4, 4))
    inputs = LayerPicture("inputs", "", ("a", "b"), maps)
    output = LayerPicture("output", "", ("o",), maps[:1], np.zeros((2, 1)), np.zeros(1))
    picture = NetworkPicture()
    picture.draw([inputs, output], extent=(0, 1, 0, 1))
    with pytest.raises(ValueError, match="from its inputs"):
        picture.draw([inputs], extent=(0, 1, 0, 1))
    with pytest.raises(ValueError, match="must have 1 rows"):
        picture.draw([LayerPicture("inputs", "", ("a",), maps[:1]), output], extent=(0, 1, 0, 1))
    with pytest.raises(ValueError, match=r"maps must have the shape \(1, side, side\)"):
        LayerPicture("inputs", "", ("a",), maps)
    with pytest.raises(ValueError, match="belong together"):
        LayerPicture("output", "", ("o",), maps[:1], np.zeros((2, 1)))
    with pytest.raises(ValueError, match="kernel must have"):
        LayerPicture("output", "", ("o",), maps[:1], np.zeros((2, 2)), np.zeros(1))
    with pytest.raises(ValueError, match="points, 2"):
        picture.set_points(np.zeros((3, 2)), np.zeros(2))
    picture.close()


def test_the_door_of_the_tuning_lab():
    lab = tk.TuningLab.playground("xor", hidden=(2,), controls=["data", "features", "buttons"])
    assert isinstance(lab, tk.PlaygroundLab) and lab.get("hidden") == (2,)
    lab.close()
