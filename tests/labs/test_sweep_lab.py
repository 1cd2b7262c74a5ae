"""SweepLab from Python: the whole slider at once, no browser."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.static import unpack_frame
from tuningkit.labs.sweep_grid import default_values, make_grid


def finished(lab, epochs=None):
    return lab.train(epochs).wait(60)


@pytest.fixture
def strengths() -> list[float]:
    return [0.0, 1e-3, 1e-1]


def test_members_equal_separate_runs(make_lab, network, moons, strengths):
    lab = finished(make_lab("l2", values={"l2": strengths}, learning_rate=0.01, seed=3))
    for member, strength in enumerate(strengths):
        run = tk.train(
            network, moons, l2=strength, learning_rate=0.01, epochs=4, seed=3, batch_size=32, progress=False
        )
        np.testing.assert_allclose(
            lab.runs[member].history["val_loss"], run.history["val_loss"], rtol=2e-4, atol=1e-6
        )
    assert lab.sweep.hyperparameters["learning_rate"] == 0.01


def test_slider_scrubs_through_finished_runs(make_lab, strengths):
    lab = finished(make_lab("l2", values={"l2": strengths}))
    shown = []
    for place in (2, 1):
        lab._slider.value = place
        lab.wait(120)
        frame, numbers = unpack_frame(lab._view.fan._frame)
        chosen = next(c for c in frame["curves"] if c["label"] == "validation, chosen")
        shown.append(numbers[chosen["y"] : chosen["y"] + chosen["n"]].copy())
        np.testing.assert_allclose(shown[-1], lab.sweep.history["val_loss"][place], rtol=1e-6)
    assert not np.array_equal(*shown)
    assert "L2 1e-3" in frame["sentence"]


def test_best_is_named_and_can_be_chosen(make_lab, strengths):
    lab = make_lab("l2", values={"l2": [*strengths, 10.0]})
    lab.go_to_best()  # nothing yet: nothing happens
    finished(lab)
    best = lab.sweep.best("val_loss").hyperparameters["l2"]
    lab.go_to_best().wait(120)
    assert lab.session.grid["l2"][lab._slider.value] == best
    assert "Best: L2" in lab._view.words.value
    with pytest.raises(IndexError, match="0 to 3"):
        lab.select(4)


def test_spread_over_seeds(make_lab, strengths):
    lab = finished(make_lab("l2", values={"l2": strengths}, seeds=3))
    assert lab.session.latest.history["val_loss"].shape == (3, 3, 4)
    assert "The 3 seeds" in lab._view.words.value
    curve = unpack_frame(lab._view.score._frame)[0]["curves"][0]
    assert curve["low"] is not None and lab.sweep.grid["seed"] == [0, 1, 2]


def test_map_over_two_replays_its_epochs(make_lab):
    lab = make_lab("learning_rate", "l2", values={"learning_rate": [0.001, 0.1], "l2": [0, 0.01, 0.1]})
    finished(lab)
    last = lab._view.map._frame
    lab._slider.value = 1
    lab.wait(120)
    assert lab._view.map._frame != last and "up to epoch 1" in str(lab._view.map._frame)
    lab._slider.value = 4
    lab.wait(120)
    assert "up to epoch 4" in str(lab._view.map._frame)
    lab.select(4).wait(120)
    assert lab._view.map.selected == (1, 1)
    assert "learning rate 0.1, L2 0.01" in unpack_frame(lab._view.fan._frame)[0]["sentence"]
    finished(lab)
    assert lab._slider.max == lab._slider.value == 8


def test_values_that_diverge_are_counted_not_hidden(make_lab):
    lab = finished(
        make_lab("learning_rate", values={"learning_rate": [0.01, 1e6]}, optimizer="sgd", l2=1.0, epochs=8)
    )
    assert "1 of 2 values diverged" in lab._view.words.value
    assert lab.runs[0].diverged_at is None and lab.runs[1].diverged_at


def test_restart_pause_continue_and_more(make_lab, strengths):
    lab = make_lab("l2", values={"l2": strengths}, epochs=6)
    finished(lab, 2)
    assert lab.sweep.history["loss"].shape == (3, 2)
    assert finished(lab).sweep.history["loss"].shape == (3, 6)
    curves = lab.sweep.history["loss"]
    lab.restart().wait(120)
    assert lab.sweep is None or lab.sweep.history["loss"].shape[1] == 0
    assert finished(lab).sweep.history["loss"].shape == (3, 6)
    np.testing.assert_array_equal(lab.sweep.history["loss"], curves)


def test_callbacks_hear_the_sweep(make_lab, strengths):
    heard = []
    lab = make_lab("l2", values={"l2": strengths})
    lab.on_run_finished(heard.append)
    finished(lab)
    assert heard[0].history["loss"].shape == (3, 4)


def test_error_is_raised_once_and_the_lab_goes_on(make_lab, monkeypatch, strengths):
    lab = finished(make_lab("l2", values={"l2": strengths}), 1)

    def broken(*_, **__):
        raise MemoryError("8 GB")

    monkeypatch.setattr(lab.session.trainer, "advance", broken)
    lab.train()
    with pytest.raises(MemoryError):
        lab.wait(120)
    assert "not enough memory" in lab._view.status.value
    assert finished(lab).sweep.history["loss"].shape == (3, 4)


def test_closing_mid_training_keeps_what_is_there(make_lab, strengths):
    lab = make_lab("l2", values={"l2": strengths}, epochs=1_000_000).train()
    while lab.sweep is None:
        time.sleep(0.01)
    lab.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "tuningkit-sweep-lab"]
    assert lab.session.trainer is None and len(lab.runs) == 3
    with pytest.raises(RuntimeError, match="closed"):
        lab.train()


@pytest.mark.parametrize(
    ("names", "arguments", "words"),
    [
        (("l3",), {}, "Did you mean"),
        (("l1", "l2", "dropout"), {}, "one or two"),
        (("l2",), {"l2": 0.1}, "swept"),
        (("seed",), {}, "tk.sweep"),
        (("l2",), {"values": {"l2": [-1]}}, "l2 must be"),
        (("l2",), {"seeds": 0}, "1 to 10"),
        (("l2",), {"at": "first"}, "'best' or 'last'"),
        (("l2",), {"optimizer": "adan"}, "adam"),
        (("l2",), {"momentum": 0.5}, "'adam' has no momentum"),
        (("l2",), {"epochs": 0}, "epochs must be"),
        (("l2",), {"seed": None}, "seed=None"),
    ],
)
def test_constructor_says_what_is_wrong(make_lab, names, arguments, words):
    with pytest.raises(ValueError, match=words):
        make_lab(*names, **arguments)


@pytest.mark.parametrize("name", ["learning_rate", "dropout", "l1", "l2"])
@pytest.mark.parametrize("dimensions", [1, 2])
def test_default_values_ascend_and_are_round(name, dimensions):
    values = default_values(name, dimensions)
    assert values == sorted(set(values)) and len(values) >= 7
    assert all(len(f"{value:g}".replace("e-0", "e-")) <= 7 for value in values)
    assert make_grid([name], None)[name] == default_values(name, 1)


@pytest.mark.parametrize("names", [("l2",), ("l1", "l2")])
def test_display_carries_picture_and_words(make_lab, names):
    lab = make_lab(*names, values={name: [0.0, 0.01] for name in names})
    assert "not trained yet" in lab._repr_mimebundle_()[0]["text/plain"]
    finished(lab, 1)
    bundle = lab._repr_mimebundle_()[0]
    assert bundle["image/png"] and "Sweep" in bundle["text/plain"]
