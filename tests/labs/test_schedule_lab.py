"""ScheduleLab from Python: previews, runs and comparisons, no browser."""

from __future__ import annotations

import threading
import time

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.schedule_kinds import KINDS, PARAMETERS, build, in_keras, preview
from tuningkit.labs.static import unpack_frame

SETTINGS = {
    "learning_rate": 0.02, "end": 1e-3, "power": 2, "decay_epochs": None, "warmup_epochs": 2, "factor": 0.5,
    "every": 2, "halved_after": 3, "patience": 1, "epochs": 8,
}  # fmt: skip


@pytest.fixture
def make_lab(network, moons):
    made = []

    def make(model=network, data=moons, **settings):
        settings.setdefault("epochs", 4)
        made.append(tk.ScheduleLab(model, data, **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


def finished(lab, epochs=None):
    return lab.train(epochs).wait(60)


def curves(lab, panel, *, ghosts=False):
    """Numbers of the curves in a panel, by label."""
    header, numbers = unpack_frame(lab._view.chart._frame)
    return {
        curve["label"]: numbers[curve["y"] : curve["y"] + curve["n"]].copy()
        for curve in header["curves"]
        if curve["panel"] == ("rate", "loss").index(panel) and curve["ghost"] == ghosts
    }


def sentence(lab):
    return unpack_frame(lab._view.chart._frame)[0]["sentence"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_preview_is_the_keras_schedule(kind):
    steps = 10
    x, y = preview(kind, SETTINGS, steps)
    schedule = build(kind, SETTINGS, steps)
    if isinstance(schedule, keras.optimizers.schedules.LearningRateSchedule):
        np.testing.assert_allclose(y, [float(schedule(int(step))) for step in np.rint(x * steps)], rtol=1e-5)
        assert in_keras(kind, SETTINGS, steps).startswith(
            f"keras.optimizers.schedules.{type(schedule).__name__}("
        )
    else:
        np.testing.assert_allclose(y, 0.02)
    assert x[0] == 0 and x[-1] == 8 - 1 / steps
    assert y.max() == pytest.approx(0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_every_parameter_of_a_kind_matters_and_the_others_do_not(kind):
    changed = {
        "learning_rate": 0.01, "end": 5e-3, "power": 1, "decay_epochs": 4, "warmup_epochs": 1, "factor": 0.1,
        "every": 3, "halved_after": 1, "patience": 4,
    }  # fmt: skip
    before = in_keras(kind, SETTINGS, 10)
    for name, value in changed.items():
        after = in_keras(kind, {**SETTINGS, name: value}, 10)
        assert (after != before) == (name in KINDS[kind].parameters), name


def test_no_two_kinds_look_alike():
    assert len({(kind.palette, kind.dash) for kind in KINDS.values()}) == len(KINDS)


def test_what_cannot_be_is_moved_to_what_can():
    high_end = build("cosine", {**SETTINGS, "end": 1.0}, 10)
    assert float(high_end(79)) == pytest.approx(0.02)
    long_warmup = build("warm-up cosine", {**SETTINGS, "warmup_epochs": 10}, 10)
    assert long_warmup.warmup_steps == 72 and long_warmup.decay_steps == 8


def test_a_piecewise_rate_drops_at_half_and_at_three_quarters():
    x, y = preview("piecewise", SETTINGS, 10)
    np.testing.assert_allclose(y, np.where(x < 4, 0.02, np.where(x < 6, 0.01, 0.005)), rtol=1e-5)
    # However short the run is, each of its rates has a step.
    assert len(set(build("piecewise", {**SETTINGS, "decay_epochs": 0.01}, 10).boundaries)) == 2


def test_a_cosine_with_restarts_is_back_at_the_top():
    x, y = preview("cosine restarts", {**SETTINGS, "every": 2}, 10)
    top = np.isclose(y, 0.02, rtol=1e-5)
    np.testing.assert_allclose(x[top], [0, 2, 4, 6])
    assert y.min() == pytest.approx(1e-3, rel=0.2)


def test_the_schedule_is_seen_before_anything_is_trained(make_lab):
    lab = make_lab(kind="step", every=1, factor=0.5, learning_rate=0.08)
    assert list(curves(lab, "rate")) == ["step"] and not curves(lab, "loss")
    assert sentence(lab) == "Schedule step. No epoch is trained yet."
    lab.kind = "exponential"
    lab.wait(120)
    assert list(curves(lab, "rate")) == ["exponential"] and not lab.runs
    assert "ExponentialDecay(initial_learning_rate=0.08, decay_steps=" in lab._view.schedule.value
    assert "Ready" in lab._view.status.value


def test_a_run_is_that_of_train(make_lab, network, moons):
    lab = finished(make_lab(kind="warm-up cosine", warmup_epochs=1, learning_rate=0.05, end=1e-3, seed=3))
    steps = tk.schedules.steps_per_epoch(moons, 32)
    cosine = tk.schedules.cosine(0.05, epochs=4, steps_per_epoch=steps, end=1e-3, warmup_epochs=1)
    run = tk.train(network, moons, schedule=cosine, epochs=4, seed=3, progress=False)
    for name, curve in run.history.items():
        np.testing.assert_allclose(lab.runs[0].history[name], curve, rtol=1e-6, err_msg=name)
    np.testing.assert_allclose(curves(lab, "loss")["validation"], run.history["val_loss"], rtol=1e-6)
    assert lab.runs[0].hyperparameters["kind"] == "warm-up cosine"
    assert lab.runs[0].weights


def test_side_by_side_is_one_graph_and_the_same_runs(make_lab):
    settings = {"learning_rate": 0.05, "every": 1, "patience": 1, "seed": 1}
    alone = finished(make_lab(kind="step", **settings)).runs[0]
    lab = finished(make_lab(kind="step", compare=list(KINDS), **settings))
    assert lab.session.trainer.members == len(KINDS)
    names = [run.hyperparameters["kind"] for run in lab.runs]
    assert names[0] == "step" and sorted(names) == sorted(KINDS)
    np.testing.assert_allclose(
        lab.runs[0].history["val_loss"], alone.history["val_loss"], rtol=2e-4, atol=1e-6
    )
    by_kind = dict(zip(names, lab.runs, strict=True))
    np.testing.assert_allclose(by_kind["constant"].history["learning_rate"], 0.05)
    np.testing.assert_allclose(by_kind["step"].history["learning_rate"], 0.05 * 0.5 ** np.arange(4))
    assert set(curves(lab, "loss")) == {f"{kind}, validation" for kind in KINDS}
    assert "lowest first" in lab._view.diagnosis.value and f"lowest of {len(KINDS)} now" in sentence(lab)


def test_moving_sliders_builds_no_graph(make_lab):
    lab = finished(make_lab(compare=["plateau", "polynomial", "cosine"], epochs=3))
    engine, traces = lab.session.trainer.engine, lab.session.trainer.engine.traces
    for name, value in {
        "learning_rate": 0.03, "end": 1e-3, "power": 3, "decay_epochs": 2, "factor": 0.1, "patience": 2,
        "epochs": 4, "seed": 5, "kind": "polynomial",
    }.items():  # fmt: skip
        slider = lab._inputs._controls[name]
        slider._on_move(name, value)
        lab.wait(30)
        finished(lab)
    lab.kind = "inverse time"
    lab.compare = ["cosine", "step"]
    finished(lab)
    assert lab.session.trainer.engine is engine and engine.traces == traces


def test_moving_a_slider_by_hand_trains_and_leaves_a_ghost(make_lab):
    lab = finished(make_lab(kind="cosine", learning_rate=0.01))
    first = lab.runs[0]
    lab._inputs._controls["learning_rate"].widget.value = 0.05
    lab.wait(60)
    assert lab.learning_rate == 0.05 and len(lab.runs) == 2
    ghost = curves(lab, "rate", ghosts=True)["run 1"]
    steps = lab.session.steps_per_epoch
    np.testing.assert_allclose(ghost[steps - 1 :: steps], first.history["learning_rate"], rtol=1e-5)
    lab.clear().wait(120)
    assert not curves(lab, "rate", ghosts=True) and len(lab.runs) == 1


def test_another_schedule_in_front_trains_nothing_again(make_lab):
    lab = finished(make_lab(kind="cosine", compare=["cosine", "constant"]))
    runs = lab.runs
    lab.kind = "constant"
    lab.wait(120)
    assert len(lab.runs) == len(runs)
    np.testing.assert_array_equal(lab.runs[0].history["loss"], runs[0].history["loss"])
    assert ": constant, learning rate 0.01" in sentence(lab)


def test_only_the_sliders_of_the_kind_are_shown(make_lab):
    lab = make_lab(kind="constant")
    for kind in KINDS:
        lab.kind = kind
        shown = {name for name in PARAMETERS if lab._inputs._controls[name].widget.layout.display != "none"}
        assert shown == set(KINDS[kind].parameters)
        assert lab._inputs._controls["kind"].value == kind


def test_a_plateau_shows_what_it_did(make_lab):
    # Nothing improves with a rate this small, so the rule acts in every epoch after its patience.
    lab = finished(
        make_lab(kind="plateau", learning_rate=1e-9, patience=1, factor=0.1, optimizer="sgd", epochs=5)
    )
    rates = lab.runs[0].history["learning_rate"]
    assert rates[-1] < rates[0]
    drawn = curves(lab, "rate")["plateau"]
    np.testing.assert_allclose(drawn[:-1], np.repeat(rates, 2), rtol=1e-6)


def test_train_step_pause_restart_and_once_more(make_lab):
    lab = finished(make_lab(epochs=5), 2)
    assert lab.runs[-1].epochs == 2 and "Finished" in lab._view.status.value
    assert finished(lab).runs[-1].epochs == 5
    loss = lab.runs[-1].history["loss"]
    assert len(finished(lab).runs) == 2  # Once more: its schedule had come to its end.
    np.testing.assert_array_equal(lab.runs[-1].history["loss"], loss)
    lab.epochs = 1_000_000
    lab.train()
    while len(lab.runs) < 3:
        time.sleep(0.01)
    lab.pause().wait(120)
    assert "Paused" in lab._view.status.value
    lab.restart().wait(120)
    assert lab.session.trainer.epoch == 0


def test_divergence_is_said(make_lab):
    lab = finished(make_lab(kind="constant", compare=["cosine"], learning_rate=1e30, optimizer="sgd"))
    assert (
        "Diverged:" in lab._view.diagnosis.value and "No schedule came through" in lab._view.diagnosis.value
    )
    assert "constant diverged in epoch" in sentence(lab)


def test_errors_reach_the_learner_and_the_lab_goes_on(make_lab, monkeypatch):
    lab = finished(make_lab(), 1)

    def broken(*_, **__):
        raise MemoryError("8 GB")

    monkeypatch.setattr(lab.session.trainer, "advance", broken)
    lab.train()
    with pytest.raises(MemoryError):
        lab.wait(120)
    assert "not enough memory" in lab._view.status.value
    assert finished(lab).runs[-1].epochs == 4


def test_closing_ends_the_thread_and_keeps_the_runs(make_lab):
    lab = make_lab(epochs=1_000_000).train()
    while not lab.runs:
        time.sleep(0.01)
    lab.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "tuningkit-schedule-lab"]
    assert lab.runs and lab.session.trainer is None
    with pytest.raises(RuntimeError, match="closed"):
        lab.train()


def test_callbacks_hear_every_run(make_lab):
    heard = []
    lab = make_lab(compare=["constant"])
    lab.on_run_finished(heard.append)
    finished(lab)
    assert [run.hyperparameters["kind"] for run in heard] == ["cosine", "constant"]


def test_display_carries_picture_and_words(make_lab):
    lab = make_lab(kind="cosine", compare=["constant"])
    assert "no run yet" in lab._repr_mimebundle_()[0]["text/plain"]
    assert len(lab.figure().axes) == 1
    finished(lab)
    bundle = lab._repr_mimebundle_()[0]
    assert bundle["image/png"] and "2 runs. Schedule: constant, cosine." in bundle["text/plain"]
    rate, loss = lab.figure().axes
    assert {line.get_label() for line in rate.lines} == {"cosine", "constant"} and len(loss.lines) == 2
    assert len({(line.get_color(), line.get_linestyle()) for line in rate.lines}) == 2


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"kind": "cosin"}, ValueError, "Did you mean 'cosine'"),
        ({"compare": "step"}, TypeError, "compare must be a list"),
        ({"compare": ["stairs"]}, ValueError, "There is no schedule 'stairs'"),
        ({"learning_rate": 0}, ValueError, "learning_rate must be a positive number"),
        ({"patience": 1.5}, ValueError, "patience must be a whole number"),
        ({"factor": 1}, ValueError, "factor must be greater than 0 and at most 0.99"),
        ({"power": "2"}, TypeError, "power must be"),
        ({"rate": 0.1}, ValueError, "has no setting 'rate'"),
        ({"epochs": 0}, ValueError, "epochs must be"),
    ],
)
def test_mistakes_are_said_at_the_door(make_lab, settings, error, words):
    with pytest.raises(error, match=words):
        make_lab(**settings)


def test_settings_from_python(make_lab):
    lab = make_lab()
    assert lab.set("factor", 0.25).factor == 0.25 and lab._inputs._controls["factor"].value == 0.25
    lab.compare = ["step", "constant"]
    assert lab.compare == ("constant", "step") and lab._inputs._boxes["step"].value
    lab.decay_epochs = 7
    assert lab._inputs._controls["decay_epochs"].widget.label == "7 epochs"
    lab.decay_epochs = None
    assert lab._inputs._controls["decay_epochs"].widget.label == "the whole run"
    with pytest.raises(ValueError, match="end must be 0 or a positive number"):
        lab.end = -1
    with pytest.raises(ValueError, match="no setting 'momentum'"):
        lab.set("momentum", 0.9)
