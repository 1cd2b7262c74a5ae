"""GateLab from Python: what is read against Keras, looks that train nothing, three kinds, errors."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.gate_lab_charts import bars, histogram
from tuningkit.labs.gate_lab_data import MOST_ROWS, Naming, picture_svg, shown_rows
from tuningkit.labs.gate_lab_settings import GateSettings
from tuningkit.labs.static import unpack_frame

SMALL = {"filters": (4, 6), "ratio": 2, "depth": 5, "units": 8, "epochs": 2}


@pytest.fixture(scope="module")
def digits():
    return tk.datasets.load_digits(images=True).subset(150, seed=0)


@pytest.fixture
def make(digits) -> Iterator:
    made = []

    def lab(data=None, **settings):
        made.append(tk.GateLab(digits if data is None else data, **{**SMALL, **settings}))
        return made[-1]

    yield lab
    for one in made:
        one.close()


def frame(lab, kind=None):
    """What the chart of a kind shows: header, and values of a curve by panel number and label."""
    header, numbers = unpack_frame(lab._view.charts[kind or lab.settings.kind]._frame)
    curves = {}
    for curve in header["curves"]:
        curves[curve["panel"], curve["label"]] = numbers[curve["y"] : curve["y"] + curve["n"]]
    return header, curves


def rebuilt(lab, data):
    """The trained network, built anew, and its validation rows."""
    settings = lab.settings
    flat = settings.kind != "squeeze_excitation"
    model = getattr(tk.models, settings.kind)(64 if flat else (8, 8, 1), 10, **settings.network)
    model.set_weights(lab.runs[-1].weights)
    return model, data.x_validation.reshape(-1, 64) if flat else data.x_validation


def test_channel_weights_of_the_image_and_of_its_class(make, digits):
    lab = make().wait(60)
    assert lab.runs == [] and "Before training" in lab._view.words.value
    assert {label for _, label in frame(lab)[1]} == {"this image", "mean of its class"}
    lab.train().wait(120)
    model, x = rebuilt(lab, digits)
    lab.set(image=17).wait(120)
    for block in (1, 2):
        gate = keras.Model(model.input, model.get_layer(f"gate_{block}").output)(x).numpy()
        np.testing.assert_allclose(lab.reading.gates[block - 1], gate, atol=1e-5)
        shown = frame(lab)[1]
        np.testing.assert_allclose(shown[block - 1, "this image"][::2], gate[17], atol=1e-5)
        alike = gate[digits.y_validation == digits.y_validation[17]].mean(axis=0)
        np.testing.assert_allclose(shown[block - 1, "mean of its class"], alike, atol=1e-5)
    assert f"Validation image 17, class {digits.y_validation[17]}" in lab._view.image.value
    assert lab.runs[0].hyperparameters["kind"] == "squeeze_excitation"
    again = tk.train(
        tk.models.squeeze_excitation((8, 8, 1), 10, filters=(4, 6), ratio=2), digits,
        learning_rate=3e-3, epochs=2, seed=0, progress=False,
    )  # fmt: skip
    np.testing.assert_allclose(lab.runs[0].history["val_loss"], again.history["val_loss"], rtol=1e-4)


def test_highway_gates_layer_by_layer(make, digits):
    lab = make(kind="highway", layer=2).train().wait(120)
    model, x = rebuilt(lab, digits)
    names = ["gate_1", "gate_2", "gate_3"]
    gates = [keras.Model(model.input, model.get_layer(name).output)(x).numpy() for name in names]
    lab.set(image=4).wait(120)
    header, shown = frame(lab)
    np.testing.assert_allclose(
        shown[0, "mean of all validation images"][::2], [gate.mean() for gate in gates], atol=1e-5
    )
    np.testing.assert_allclose(shown[0, "this image"], [gate[4].mean() for gate in gates], atol=1e-5)
    expected = np.histogram(gates[1], np.linspace(0, 1, 21))[0] / gates[1].size
    np.testing.assert_allclose(shown[1, "layer 2"], expected, atol=2e-3)
    assert [c["emphasis"] for c in header["curves"] if c["label"].startswith("layer") and c["kind"] == "line"] == [
        False, True, False,
    ]  # fmt: skip
    carried = 1 - np.mean([gate.mean() for gate in gates])
    assert f"carry {carried:.0%} on" in lab._view.words.value
    # A shallower network has fewer gate layers; the one in front stays among them.
    lab.set(layer=3).set(depth=4).wait(60)
    assert lab.settings.layer == 2 and lab._controls["layer"].widget.max == 2
    assert len(lab.reading.gates) == 2


def test_the_threshold_moves_without_training(make, digits, monkeypatch):
    lab = make(kind="early_exit").train().wait(120)
    model, x = rebuilt(lab, digits)
    scores = [keras.ops.convert_to_numpy(s) for s in tk.models.exit_scores(model)(x)]
    labels = digits.y_validation
    accuracies = [(s.argmax(-1) == labels).mean() for s in scores]
    monkeypatch.setattr("tuningkit.training.trainer.Trainer.advance", None)  # any training would fail
    monkeypatch.setattr("tuningkit.models.gate_reading.GateReader.__call__", None)
    lab._controls["threshold"].widget.value = 0.0
    lab.wait(120)
    np.testing.assert_array_equal(lab.trade_off().shares[0], [1, 0, 0])
    assert lab.trade_off().accuracy[0] == accuracies[0]
    np.testing.assert_array_equal(frame(lab)[1][1, "leave here"][::2], [1, 0, 0])
    lab.set(threshold=1.01).wait(120)
    np.testing.assert_array_equal(lab.trade_off().shares[0], [0, 0, 1])
    assert lab.trade_off().accuracy[0] == accuracies[-1]
    assert lab.trade_off().computation[0] > 1 and "asked in vain" in lab._view.words.value
    assert "the last, so it leaves here" in lab._view.image.value
    lab.set(threshold=0.3, image=9).wait(120)
    probabilities = np.array([keras.ops.convert_to_numpy(keras.ops.softmax(s)) for s in scores])
    taken = [
        next(e for e in (1, 2, 3) if e == 3 or row[e - 1].max() >= 0.3)
        for row in probabilities.swapaxes(0, 1)
    ]
    np.testing.assert_allclose(lab.trade_off().shares[0], [taken.count(e) / len(taken) for e in (1, 2, 3)])
    header, shown = frame(lab)
    np.testing.assert_allclose(shown[1, "leave here"][::2], lab.trade_off().shares[0], atol=1e-6)
    ring = next(mark for mark in header["markers"] if mark["y"] is not None)
    assert ring["x"] == pytest.approx(lab.trade_off().computation[0])
    assert ring["y"] == pytest.approx(lab.trade_off().accuracy[0])
    assert (
        f"exit {taken[9]}: " in lab._view.image.value
        and f"exit {taken[9] + 1}: " not in lab._view.image.value
    )
    right = probabilities[taken[9] - 1, 9].argmax() == labels[9]
    assert ("✓ right" if right else "✗ wrong") in lab._view.image.value
    assert len(lab.runs) == 1 and lab.runs[0].epochs == 2


def test_the_cost_is_shown_with_its_numbers(make):
    lab = make(kind="early_exit", exits=2).wait(60)
    first, without = 64 * 8 + 8 * 10, 64 * 8 + 8 * 8 + 8 * 10
    assert lab.costs.through == (first, without + 80) and lab.costs.without_early_exits == without
    said = lab._view.words.value
    assert f"64 x 8 + 8 x 10 = {first}" in said and f"64 x 8 + 8 x 8 + 8 x 10 = {without}" in said
    assert "entropy" in said


def test_a_move_after_train_trains_another_network(make):
    lab = make(epochs=1).wait(60)
    told = []
    lab.on_run_finished(told.append)
    lab.set(ratio=1).wait(60)
    assert lab.runs == []  # before Train a control only builds
    lab.train().wait(60)
    lab._controls["kind"].widget.value = "highway"
    lab.wait(60)
    lab.set(kind="early_exit", exits=2).wait(60)
    assert [run.hyperparameters["kind"] for run in lab.runs] == [
        "squeeze_excitation",
        "highway",
        "early_exit",
    ]
    assert [len(runs) for runs in told] == [1, 2, 3]
    assert len(lab.reading.probabilities) == 2
    # A size of another kind of network changes nothing, and more epochs go on with the same one.
    lab.set(ratio=4, filters=(4, 6)).wait(120)
    assert len(lab.runs) == 3
    lab.set(epochs=2).train().wait(60)
    assert len(lab.runs) == 3 and lab.runs[-1].epochs == 2
    assert lab.train(1).wait(60).runs[-1].epochs == 3


def test_only_the_controls_of_the_kind_are_seen(make):
    lab = make(kind="early_exit")
    seen = lambda name: lab._controls[name].widget.layout.display is None  # noqa: E731
    assert seen("threshold") and seen("units") and not seen("ratio") and not seen("layer")
    assert lab._view.charts["early_exit"].layout.display is None
    lab.set(kind="squeeze_excitation")
    assert seen("ratio") and not seen("threshold") and not seen("units")
    assert lab._view.charts["early_exit"].layout.display == "none"


def test_images_are_walked_through(make, digits):
    lab = make(image=224).wait(60)
    lab._next_image()
    assert lab.wait(120).settings.image == 0
    lab._least_sure()
    assert lab.wait(120).settings.image == lab.reading.confidence[0].argmin()
    assert lab._controls["image"].value == lab.settings.image


def test_rows_of_features_have_no_channels_and_are_called_rows(make):
    iris = tk.datasets.load_iris()
    lab = make(iris, epochs=1).wait(60)
    assert lab.settings.kind == "highway"
    assert "squeeze_excitation" not in [value for _, value in lab._controls["kind"].widget.options]
    lab.set(kind="early_exit", exits=2).train().wait(60)
    assert "Validation row 0" in lab._view.image.value and "image" not in lab._view.words.value
    with pytest.raises(ValueError, match="needs images, for example"):
        lab.set(kind="squeeze_excitation")
    with pytest.raises(ValueError, match="needs images"):
        tk.GateLab(iris, kind="squeeze_excitation")
    assert lab.wait(120).runs


@pytest.mark.parametrize("kind", ["squeeze_excitation", "highway", "early_exit"])
def test_pictures_and_words_before_and_after(make, kind):
    lab = make(kind=kind, epochs=1)
    assert len(lab.figure().axes) <= 1 or lab.session.latest.present.look is not None
    lab.train().wait(60)
    assert len(lab.figure().axes) == (4 if kind == "early_exit" else 3)
    bundle = lab._repr_mimebundle_()[0]
    assert bundle["image/png"] and "After epoch 1" in bundle["text/plain"]
    assert unpack_frame(lab._view.charts[kind]._frame)[0]["sentence"].startswith("After epoch 1")


def test_a_failure_is_shown_and_the_lab_goes_on(make, monkeypatch):
    lab = make().wait(60)
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise ValueError("no such network")

        patch.setattr("tuningkit.models.gated.highway", broken)
        with pytest.raises(ValueError, match="no such network"):
            lab.set(kind="highway").train().wait(60)
        assert "no such network" in lab._view.status.value
    lab.train().wait(60)
    assert lab.runs[-1].hyperparameters["kind"] == "highway"


def test_a_network_that_diverges_is_said_and_another_one_learns(make):
    lab = make(kind="highway", learning_rate=1e30).train().wait(60)
    assert lab.runs[0].diverged_at and "diverged in epoch" in lab._view.status.value
    assert lab.set(learning_rate=1e-3).wait(60).runs[-1].diverged_at is None


def test_a_paused_lab_answers_looks_and_a_closed_one_says_so(make):
    lab = make(kind="early_exit", epochs=3000).train()
    lab.set(threshold=0.5)  # while it trains
    lab.pause().wait(60)
    done = lab.runs[0].epochs if lab.runs else 0
    assert done < 3000 and lab.session.latest.settings.threshold == 0.5
    assert lab.train(1).wait(60).runs[0].epochs == done + 1
    assert lab.session.latest.present.look.epoch == done + 1
    lab.close()
    for call in (lab.train, lambda: lab.set(image=1)):
        with pytest.raises(RuntimeError, match="closed"):
            call()


def test_exits_are_asked_of_networks_that_have_them(make):
    lab = make().wait(60)
    for ask in (lab.trade_off, lambda: lab.costs):
        with pytest.raises(ValueError, match="has no early exits"):
            ask()
    with pytest.raises(ValueError, match="when the lab is made"):
        lab.set(filters=(8,))


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kind": "highwey"}, ValueError, "Did you mean 'highway'.*'highwey'"),
        ({"treshold": 0.5}, ValueError, "Did you mean 'threshold'"),
        ({"threshold": 1.5}, ValueError, "between 0 and 1.01.*threshold=1.5"),
        ({"threshold": "high"}, TypeError, "threshold must be a number"),
        ({"image": 225}, ValueError, "0 to 224. Received: image=225"),
        ({"image": -1}, ValueError, "image=-1"),
        ({"depth": 3}, ValueError, "between 4 and 30. Received: depth=3"),
        ({"depth": 10, "layer": 9}, ValueError, "layer must lie between 1 and 8"),
        ({"exits": 1}, ValueError, "between 2 and 5"),
        ({"filters": ()}, ValueError, "one to three numbers"),
        ({"filters": 8}, TypeError, "one to three numbers"),
        ({"gate_bias": float("nan")}, ValueError, "gate_bias"),
        ({"units": 2.5}, TypeError, "units must be a whole number"),
        ({"learning_rate": 0}, ValueError, "learning"),
        ({"epochs": None}, ValueError, "epochs=None"),
    ],
)
def test_wrong_settings_are_refused_in_words(digits, settings, error, words):
    with pytest.raises(error, match=words):
        tk.GateLab(digits, **settings)


def test_wrong_data_is_refused_in_words(digits):
    with pytest.raises(TypeError, match=r"load_digits\(images=True\). Received: ndarray"):
        tk.GateLab(digits.x_train)
    numbers = tk.Dataset.from_arrays(np.eye(40), np.linspace(0, 1, 40), name="numbers")
    with pytest.raises(ValueError, match=r"needs classes.*'numbers', a regression"):
        tk.GateLab(numbers)
    signals = tk.Dataset.from_arrays(np.random.default_rng(0).normal(size=(40, 5, 2)), np.arange(40) % 2)
    with pytest.raises(ValueError, match=r"shape \(5, 2\)"):
        tk.GateLab(signals)


def test_the_parts_of_the_pictures(digits):
    edges, heights = bars(np.array([0.5, 0.7]))
    np.testing.assert_allclose(edges, [0.6, 1.4, 1.6, 2.4])
    np.testing.assert_allclose(heights, [0.5, np.nan, 0.7])
    assert histogram(np.array([0.0, 0.01, 0.99, 1.0])).tolist() == [0.5, *[0.0] * 18, 0.5]
    svg = picture_svg(np.array([[[0.0], [1.0]], [[0.5], [0.0]]]), 0, 1, "a <b>")
    assert svg.count("<rect") == 2 and "rgb(0,0,0)" in svg and "a &lt;b&gt;" in svg
    assert "rgb(255,0,0)" in picture_svg(np.array([[[1.0, 0.0, 0.0]]]), 0, 1, "red")
    assert Naming.of(digits).row == "image" == Naming.of(tk.datasets.load_digits()).row
    assert shown_rows(digits).tolist() == list(range(225))
    assert GateSettings(kind="highway", ratio=2).training == GateSettings(kind="highway", image=3).training

    class Many:
        x_validation = np.zeros((10 * MOST_ROWS, 1))

    assert len(shown_rows(Many)) == MOST_ROWS
