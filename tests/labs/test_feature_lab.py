"""FeatureLab from Python: pictures before and after training, every control, what cannot be, errors, the image."""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.static import unpack_frame

SMALL = {"filters": 3, "epochs": 2}


@pytest.fixture(scope="module")
def digits():
    return tk.datasets.load_digits(images=True).subset(200, seed=0)


@pytest.fixture
def make(digits) -> Iterator:
    made = []

    def lab(data=None, **settings):
        made.append(tk.FeatureLab(digits if data is None else data, **{**SMALL, **settings}))
        return made[-1]

    yield lab
    for one in made:
        one.close()


def pictures(lab):
    return unpack_frame(lab._view.pictures._frame)


def control(lab, name):
    return lab._inputs.controls[name].widget


def test_filters_and_maps_are_there_before_any_training(make, digits):
    lab = make().wait(60)
    assert lab.runs == []
    maps = lab.feature_maps
    assert maps.filters.shape == (3, 3, 3) and maps.after_convolution.shape == (6, 6, 3)
    assert maps.after_pooling.shape == (3, 3, 3)
    np.testing.assert_array_equal(maps.image, digits.x_validation[0, ..., 0])
    header, numbers = pictures(lab)
    assert header["kernel"] == [3, 3] and header["map"] == [6, 6] and header["pooled"] == [3, 3]
    assert len(numbers) == 64 + 3 * (9 + 1 + 36 + 9)
    np.testing.assert_array_equal(numbers[64:73].reshape(3, 3), maps.filters[:, :, 0])
    np.testing.assert_allclose(numbers[94:130].reshape(6, 6), maps.after_convolution[:, :, 0], rtol=1e-6)
    assert header["sentence"].startswith("Before training, the network says")
    assert "Ready" in lab._view.status.value and "(3 · 3 · 1 + 1) · 3 = 30 numbers" in lab._view.counts.value


def test_the_network_trained_is_that_of_tk_train(make, digits):
    lab = make().train().wait(120)
    (run,) = lab.runs
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            keras.layers.Conv2D(3, 3, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(10),
        ]
    )
    again = tk.train(model, digits, epochs=2, seed=0, progress=False)
    np.testing.assert_allclose(run.history["val_loss"], again.history["val_loss"], rtol=1e-5)
    assert run.hyperparameters["kernel_size"] == 3 and run.hyperparameters["pooling"] == "max"
    np.testing.assert_array_equal(lab.feature_maps.filters, run.weights[0][:, :, 0])
    copy = lab.model()
    assert [layer.name for layer in copy.layers] == ["conv", "pool", "flatten", "scores"]
    shares = keras.ops.softmax(copy(digits.x_validation[:1]))
    np.testing.assert_allclose(lab.feature_maps.shares, np.asarray(shares)[0], atol=1e-5)
    assert pictures(lab)[0]["sentence"].startswith("After 2 epochs, the network says")
    assert "Finished" in lab._view.status.value


def test_pictures_change_while_the_network_learns(make, monkeypatch):
    lab = make(epochs=6).wait(60)
    frames = []
    draw = lab._view.pictures.draw

    def noted(plan, maps, **words):
        frames.append(maps.filters.copy() if maps is not None else None)
        draw(plan, maps, **words)

    monkeypatch.setattr(lab._view.pictures, "draw", noted)
    monkeypatch.setattr("tuningkit.labs.base_session.REFRESH", 0.0)
    lab.train().wait(120)
    different = {frame.tobytes() for frame in frames if frame is not None}
    assert len(different) >= 4


def test_every_structural_move_builds_another_network(make):
    lab = make(epochs=1).wait(60)
    control(lab, "kernel_size").value = 5
    lab.wait(60)
    assert lab.runs == [] and lab.feature_maps.filters.shape == (5, 5, 3)
    told = []
    lab.on_run_finished(told.append)
    lab.train().wait(60)
    control(lab, "pooling").value = "average"
    lab.wait(60)
    lab.set(stride=2, padding="same", pooling=None, filters=4).wait(60)
    assert [len(runs) for runs in told] == [1, 2, 3]
    assert lab.feature_maps.after_convolution.shape == (4, 4, 4) and lab.feature_maps.after_pooling is None
    assert control(lab, "stride").value == 2 and lab._inputs.controls["pooling"].value is None
    assert [run.hyperparameters["pooling"] for run in lab.runs] == ["max", "average", None]
    assert [row["run"] for row in lab._view.table.rows] == [3, 2, 1]
    assert [row["parameters"] for row in lab._view.table.rows] == [lab.plan.parameters, 78 + 130, 78 + 130]
    # More epochs continue the same network.
    lab.set(epochs=3).train().wait(60)
    assert len(lab.runs) == 3 and lab.runs[-1].epochs == 3 and "epoch 3 of 3" in lab._view.status.value
    # A run picked in the table shows its own filters.
    lab._view.table.selected_id = "1"
    lab.wait(120)
    assert "run 1 is shown" in lab._view.status.value
    np.testing.assert_array_equal(lab.feature_maps.filters, lab.runs[0].weights[0][:, :, 0])
    assert lab.model().layers[0].kernel_size == (5, 5)
    lab._view.table.selected_id = None
    lab.wait(120)
    assert lab.feature_maps.filters.shape == (5, 5, 4)


def test_what_cannot_be_is_said_in_place_and_waits_for_the_next_move(make):
    lab = make().wait(60)
    control(lab, "kernel_size").value = 9
    assert "A kernel of 9 by 9 pixels does not fit" in lab._notice.value
    assert lab.settings.kernel_size == 3
    lab.train().wait(60)  # the network of before
    assert lab.runs[0].hyperparameters["kernel_size"] == 3
    control(lab, "kernel_size").value = 8
    assert "nothing would be left" in lab._notice.value
    control(lab, "padding").value = "same"
    assert lab._notice.value == ""
    lab.wait(60)
    assert lab.settings.kernel_size == 8 and lab.feature_maps.after_convolution.shape == (8, 8, 3)
    with pytest.raises(ValueError, match="does not fit into an image of 8 by 8"):
        lab.set(kernel_size=9, padding="valid")
    assert lab.settings.padding == "same" and control(lab, "kernel_size").value == 8
    assert lab.set(kernel_size=13).wait(60).plan.rows.places == 8  # farther than the slider reaches
    assert control(lab, "kernel_size").value == 13


def test_the_image_is_chosen_by_place_class_and_button(make, digits):
    lab = make().wait(60)
    control = lab._images
    lab.show(5).wait(120)
    np.testing.assert_array_equal(lab.feature_maps.image, digits.x_validation[5, ..., 0])
    sevens = np.flatnonzero(digits.y_validation == 7)
    lab.show(1, label=7).wait(120)
    assert lab.feature_maps.label == 7
    np.testing.assert_array_equal(lab.feature_maps.image, digits.x_validation[sevens[1], ..., 0])
    assert control._slider.widget.max == len(sevens) - 1
    for _ in range(len(sevens)):  # round and round
        control._next.click()
    lab.wait(120)
    assert control.place == sevens[1] and f"validation image {sevens[1]}, a 7" in str(
        pictures(lab)[0]["caption"]
    )
    control._of.widget.value = 3
    lab.wait(120)
    assert lab.feature_maps.label == 3 and control._slider.value == 0
    control._slider.widget.value = 1
    lab.wait(120)
    assert control.place == np.flatnonzero(digits.y_validation == 3)[1]
    with pytest.raises(ValueError, match="image must lie between 0 and"):
        lab.show(len(digits.y_validation))
    with pytest.raises(ValueError, match="label must lie between 0 and 9"):
        lab.show(label=10)
    with pytest.raises(TypeError, match="image must be a whole number"):
        lab.show("first")


def test_one_image_of_a_class_is_enough(make, digits):
    keep = np.concatenate(
        [np.flatnonzero(digits.y_validation == 1)[:1], np.flatnonzero(digits.y_validation == 2)]
    )
    parts = (digits.x_validation[keep], digits.y_validation[keep])
    few = tk.Dataset("few", digits.x_train, digits.y_train, *parts, digits.x_test, digits.y_test)
    lab = make(few, epochs=1).wait(60)
    lab.show(label=1).wait(120)
    assert lab._images.place == 0 and lab._images._slider.widget.disabled
    lab._images._next.click()
    assert lab._images.place == 0
    with pytest.raises(ValueError, match="no validation image of class 5"):
        lab.show(label=5)


def test_pictures_words_and_a_challenge(make, tmp_path, monkeypatch):
    monkeypatch.setenv("TUNINGKIT_HOME", str(tmp_path))
    lab = make(epochs=1)
    lab.train().wait(60)
    assert len(lab.figure().axes) == 1 + 3 * 3 + 2
    assert "image/png" in lab._repr_mimebundle_()[0]
    assert "3 filters of 3 by 3" in repr(lab) and "30 numbers" in repr(lab)
    challenge = tk.Challenge("9.9-features", "Any", check=lambda runs: len(runs) == 1)
    assert challenge.check(lab).passed


def test_a_network_that_diverges_is_said_in_words(make):
    lab = make(learning_rate=1e30, epochs=3).train().wait(60)
    assert lab.runs[0].diverged_at
    assert "diverged in epoch" in lab._view.status.value
    assert "no answer" in pictures(lab)[0]["sentence"]
    assert lab.figure().axes
    assert lab.set(learning_rate=1e-3).wait(60).runs[-1].diverged_at is None


def test_a_failure_is_shown_and_the_lab_goes_on(make, monkeypatch):
    lab = make().wait(60)
    with monkeypatch.context() as patch:

        def broken(*args, **kwargs):
            raise ValueError("no such network")

        patch.setattr("tuningkit.labs.feature_lab_network.build_network", broken)
        with pytest.raises(ValueError, match="no such network"):
            lab.set(kernel_size=5).train().wait(60)
        assert "no such network" in lab._view.status.value
    lab.train().wait(60)
    assert lab.runs[-1].hyperparameters["kernel_size"] == 5


def test_a_paused_lab_goes_on_and_a_closed_one_says_so(make):
    lab = make(epochs=300).train()
    lab.pause().wait(60)
    done = lab.runs[-1].epochs if lab.runs else 0
    assert done < 300
    lab.train(1).wait(60)
    assert lab.runs[-1].epochs >= done + 1
    lab.close()
    for call in (lab.train, lambda: lab.set(stride=2), lambda: lab.show(1)):
        with pytest.raises(RuntimeError, match="closed"):
            call()


def test_digits_are_the_data_when_none_is_given():
    lab = tk.FeatureLab()
    assert lab.plan.image == (8, 8, 1) and lab.settings.filters == 8
    lab.close()


def test_wrong_data_and_settings_are_refused_in_words(digits):
    with pytest.raises(TypeError, match=r"load_digits\(images=True\). Received: ndarray"):
        tk.FeatureLab(digits.x_train)
    with pytest.raises(ValueError, match=r"Received rows of the shape \(64,\)"):
        tk.FeatureLab(tk.datasets.load_digits())
    amounts = tk.Dataset.from_arrays(digits.x_train, digits.x_train.mean(axis=(1, 2, 3)), name="ink")
    with pytest.raises(ValueError, match="images with classes"):
        tk.FeatureLab(amounts)
    with pytest.raises(ValueError, match="does not fit into an image of 8 by 8"):
        tk.FeatureLab(digits, kernel_size=9)
    with pytest.raises(ValueError, match="nothing would be left"):
        tk.FeatureLab(digits, kernel_size=8)
