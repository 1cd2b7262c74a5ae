"""TuningLab from Python: every control, every answer, no browser."""

from __future__ import annotations

import math
import threading
import time

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs import session as session_module
from tuningkit.labs.static import unpack_frame


def finished(lab, epochs=None, timeout=60):
    return lab.train(epochs).wait(timeout)


def workers() -> int:
    return sum(thread.name.startswith("tuningkit-") for thread in threading.enumerate())


def test_run_equals_tk_train(make_lab, network, moons):
    settings = {"learning_rate": 3e-3, "dropout": 0.1, "l1": 1e-4, "l2": 1e-3, "batch_size": 16, "seed": 5}
    lab = finished(make_lab(optimizer="rmsprop", **settings))
    run = tk.train(network, moons, optimizer="rmsprop", epochs=4, progress=False, **settings)
    for name, curve in run.history.items():
        np.testing.assert_array_equal(lab.runs[-1].history[name], curve)
    np.testing.assert_array_equal(lab.runs[-1].weights[0], run.weights[0])


def test_compiled_model_is_trained_with_its_own_optimizer(make_lab, moons):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(4, "tanh"), keras.layers.Dense(1)])
    schedule = keras.optimizers.schedules.CosineDecay(0.02, 40)
    model.compile(keras.optimizers.Adam(schedule, beta_1=0.5, clipvalue=0.1), "mse")
    lab = finished(make_lab(model=model, loss="binary_crossentropy"))
    run = tk.train(model, moons, epochs=4, seed=0, loss="binary_crossentropy", progress=False)
    assert lab.optimizer is None and "optimizer=model" in lab.link()
    np.testing.assert_array_equal(lab.runs[0].history["val_loss"], run.history["val_loss"])


def test_optimizer_that_cannot_be_live_is_refused_unless_another_is_named(make_lab, moons):
    import keras

    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.Adam(clipnorm=1.0), "binary_crossentropy")
    with pytest.raises(ValueError, match="clipnorm"):
        make_lab(model=model)
    assert finished(make_lab(model=model, optimizer="adam"), 1).runs


def test_every_control_works_from_python(make_lab):
    lab = make_lab()
    for name, value in {
        "learning_rate": 0.0123, "dropout": 0.33, "l1": 1e-5, "l2": 3e-4, "batch_size": 48, "epochs": 5,
        "seed": 9, "repeats": 5, "optimizer": "momentum", "momentum": 0.8,
    }.items():  # fmt: skip
        setattr(lab, name, value)
        assert getattr(lab, name) == value
    finished(lab)
    run = lab.runs[-1]
    assert run.epochs == 5
    expected = {
        "learning_rate": 0.0123,
        "l2": 3e-4,
        "momentum": 0.8,
        "batch_size": 48,
        "repeats": 5,
        "seed": 9,
    }
    assert expected.items() <= run.hyperparameters.items()
    lab.momentum = None
    assert "momentum" not in finished(lab).runs[-1].hyperparameters
    lab.mode = "mid-run"
    assert lab.mode == "mid-run"


def test_assigning_starts_nothing_but_moving_a_slider_does(make_lab):
    lab = make_lab()
    lab.l2 = 1e-3
    assert lab.wait(120).runs == []
    lab._inputs._controls["l2"].widget.value = 1e-2
    assert lab.wait(60).runs[0].hyperparameters["l2"] == 1e-2


@pytest.mark.parametrize(
    ("name", "value", "error", "words"),
    [
        ("learning_rate", -1, ValueError, "positive"),
        ("dropout", "half", TypeError, "str"),
        ("epochs", 0, ValueError, "at least 1"),
        ("repeats", 2, ValueError, "1, 5 or 10"),
        ("mode", "other", ValueError, "mid-run"),
        ("optimizer", "adan", ValueError, "adam"),
        ("momentum", 0.9, ValueError, "'adam' has no momentum to move. It has: beta_1, beta_2"),
        ("weight_decay", 0.1, ValueError, "'adam' has no weight_decay"),
        ("seed", None, ValueError, "seed=None"),
    ],
)
def test_invalid_value_raises_at_the_door_and_leaves_the_lab_as_it_was(make_lab, name, value, error, words):
    lab = make_lab(epochs=1)
    before = lab.link()
    with pytest.raises(error, match=words):
        setattr(lab, name, value)
    assert lab.link() == before


def test_what_the_model_lacks_cannot_be_set(make_lab, moons):
    import keras

    plain = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    lab = make_lab(model=plain)
    with pytest.raises(ValueError, match="no dropout layer"):
        lab.dropout = 0.5
    assert lab._inputs._controls["dropout"].widget.disabled
    with pytest.raises(ValueError, match="no dropout layer"):
        make_lab(model=plain, dropout=0.2)
    lab.dropout = 0.0
    finished(lab, 1)


def test_changing_the_optimizer_drops_what_it_does_not_have(make_lab):
    lab = make_lab(optimizer="momentum", controls=["momentum", "optimizer"])
    lab.momentum = 0.5
    slider = lab._inputs._controls["momentum"]
    assert slider.value == 0.5 and not slider.widget.disabled
    lab.optimizer = "adam"
    assert lab.momentum is None and slider.value is None and slider.widget.disabled
    lab.optimizer = "nesterov"
    assert not slider.widget.disabled


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"controls": ["l3"]}, ValueError, "Did you mean 'l"),
        ({"controls": "l2"}, TypeError, "list of names"),
        ({"l2": -1}, ValueError, "l2 must be"),
        ({"epochs": 0}, ValueError, "epochs must be"),
        ({"data": [1, 2]}, TypeError, "Dataset"),
        ({"model": "tiny"}, TypeError, "Keras"),
    ],
)
def test_constructor_says_what_is_wrong(make_lab, arguments, error, words):
    with pytest.raises(error, match=words):
        make_lab(**arguments)


def test_new_runs_begin_from_the_same_weights_and_leave_the_old_one_behind(make_lab):
    lab = finished(make_lab())
    lab.l2 = 1e-2
    finished(lab)
    lab.l2 = 0.0
    finished(lab)
    first, second, third = lab.runs
    np.testing.assert_array_equal(first.history["val_loss"], third.history["val_loss"])
    assert not np.array_equal(first.history["val_loss"], second.history["val_loss"])
    assert [record.number for record in lab.session.records] == [1, 2, 3]


def test_train_goes_on_where_it_stopped(make_lab):
    lab = finished(make_lab(epochs=6), 2)
    assert lab.runs[0].epochs == 2
    assert finished(lab).runs[0].epochs == 6
    assert finished(lab).runs[0].epochs == 12
    assert finished(lab, 1).runs[0].epochs == 13


def test_epochs_can_be_changed_while_a_run_goes_on(make_lab):
    lab = make_lab(epochs=100_000).train()
    lab.epochs = 3
    assert lab.wait(60).runs[0].epochs >= 3
    assert lab._view.status.value.count("Finished")


def test_move_mid_run_is_marked_and_training_goes_on(make_lab):
    lab = finished(make_lab(mode="mid-run"), 2)
    lab.l2 = 0.01
    lab.l2 = 0.1
    assert (
        lab.wait(120).runs[0].changes == ()
    )  # held until training goes on: one marker, not one for each stop
    finished(lab, 2)
    (change,) = lab.runs[0].changes
    assert (change.epoch, change.name, change.new, lab.runs[0].epochs) == (2, "l2", 0.1, 4)
    (marker,) = unpack_frame(lab._view.chart._frame)[0]["markers"]
    assert (marker["x"], marker["label"]) == (2, "L2 0 → 0.1")
    lab.mode = "new run"
    lab.dropout = 0.4
    assert finished(lab).runs[-1].hyperparameters["l2"] == 0.1


def test_move_mid_run_is_seen_before_training_goes_on(make_lab):
    lab = finished(make_lab(mode="mid-run"), 2)
    marked, draw = [], lab.session._on_update

    def watched(snapshot):
        if snapshot.record and snapshot.record.run.changes:
            marked.append(snapshot.position)
        draw(snapshot)

    lab.session._on_update = watched
    lab.l2 = 0.1
    finished(lab, 2)
    assert marked[0] == 2 and marked[-1] == 4


def test_restart_keeps_settings_and_forgets_progress(make_lab):
    lab = finished(make_lab())
    lab.restart().wait(120)
    assert len(lab.runs) == 1
    finished(lab)
    np.testing.assert_array_equal(lab.runs[0].history["loss"], lab.runs[1].history["loss"])


def test_pause_and_continue_equals_no_pause(make_lab):
    whole = finished(make_lab(epochs=400)).runs[0]
    lab, paused = make_lab(epochs=400).train(), 0
    # However fast the machine is: the first pause comes long before the end, and none after it.
    while not lab.runs:
        time.sleep(0.001)
    while paused < 5 and lab.pause().wait(120).runs[0].epochs < 400:
        paused += 1
        lab.train()
        time.sleep(0.01)
    assert paused
    lab.wait(60)
    np.testing.assert_array_equal(lab.runs[0].history["val_loss"], whole.history["val_loss"])


def test_repeats_give_mean_and_band(make_lab, network, moons):
    lab = finished(make_lab(repeats=5))
    record = lab.session.records[0]
    assert record.members["val_loss"].shape == (5, 4)
    np.testing.assert_allclose(record.run.history["val_loss"], record.members["val_loss"].mean(axis=0))
    alone = tk.train(network, moons, epochs=4, seed=2, progress=False)
    np.testing.assert_allclose(record.members["val_loss"][2], alone.history["val_loss"], rtol=1e-4)


def test_short_runs_are_not_kept_long_ones_and_pinned_ones_are(make_lab):
    lab = make_lab(epochs=2)
    for strength in (1e-3, 1e-2, 1e-1):
        lab.l2 = strength
        finished(lab)
    assert len(lab.runs) == 1
    lab.epochs = 3
    for strength in (1e-4, 1e-5, 1e-6):
        lab.l2 = strength
        finished(lab)
    numbers = [record.number for record in lab.session.records]
    assert len(numbers) == 3
    lab.pin(numbers[0]).clear().wait(120)
    assert [record.number for record in lab.session.records] == [numbers[0], numbers[-1]]
    with pytest.raises(ValueError, match="no run 99"):
        lab.pin(99)


def test_pinned_while_it_trains_stays_pinned(make_lab):
    lab = finished(make_lab(), 3)
    lab.pin()
    finished(lab, 3)
    assert lab.session.records[0].pinned
    lab.l2 = 0.5
    finished(lab)
    assert lab.session.records[0].pinned


def test_picked_run_is_redrawn_and_makes_room_for_the_next(make_lab):
    lab = finished(make_lab(weights=True))
    lab.l2 = 0.5
    finished(lab)
    weights = lab._view.extra[-1].widget
    latest = weights._frame
    lab._view.table.selected_id = 1
    lab.wait(120)
    assert "Run 1" in lab._view.diagnosis.value
    assert "run 1 is shown" in lab._view.status.value
    assert weights._frame != latest
    assert "Run 1 after 4 epochs" in str(lab._view.extra[0].widget._frame)
    finished(lab, 1)
    assert lab._view.table.selected_id is None and "Run 2" in lab._view.diagnosis.value


def test_link_makes_the_same_run_again(make_lab, network, moons):
    lab = make_lab(l2=2.3e-4, seed=11, optimizer="nesterov", repeats=5, batch_size=24)
    lab.momentum = 0.7
    finished(lab)
    twin = tk.TuningLab.from_settings(network, moons, lab.link())
    assert twin.link() == lab.link()
    finished(twin)
    np.testing.assert_array_equal(
        twin.session.records[0].members["val_loss"], lab.session.records[0].members["val_loss"]
    )
    twin.close()


def test_link_repeats_moves_in_the_middle_of_a_run(make_lab, network, moons):
    lab = make_lab(epochs=120, mode="mid-run").train()
    for name, value in (("l2", 0.03), ("learning_rate", 0.01)):
        count = len(lab.runs[0].history["loss"]) if lab.runs else 0
        while not lab.runs or len(lab.runs[0].history["loss"]) == count:
            time.sleep(0.005)
        setattr(lab, name, value)
    lab.wait(60)
    link = lab.link()
    assert len(lab.runs[0].changes) == 2 and "l2=0.0&" in link and "changes=" in link
    twin = tk.TuningLab.from_settings(network, moons, link)
    finished(twin)
    np.testing.assert_array_equal(twin.runs[0].history["val_loss"], lab.runs[0].history["val_loss"])
    assert twin.runs[0].changes == lab.runs[0].changes
    finished(twin.restart())
    np.testing.assert_array_equal(twin.runs[1].history["val_loss"], lab.runs[0].history["val_loss"])
    twin.mode = "new run"
    twin.l2 = 0.5
    assert "changes" not in twin.link() and "l2=0.5&" in twin.link()
    twin.close()


def test_error_is_shown_raised_once_and_the_lab_goes_on(make_lab, monkeypatch):
    lab = finished(make_lab(), 3)

    def broken(*_, **__):
        raise RuntimeError("the <disk> is full")

    monkeypatch.setattr(lab.session.trainer, "advance", broken)
    lab.train()
    with pytest.raises(RuntimeError, match="disk"):
        lab.wait(120)
    shown = lab._view.status.value
    assert "the &lt;disk&gt; is full" in shown and "<details>" in shown and "Traceback" in shown
    assert lab.wait(60) is lab
    finished(lab)
    assert "Finished" in lab._view.status.value
    assert [run.epochs for run in lab.runs] == [3, 4]


def test_divergence_is_a_state(make_lab):
    lab = finished(make_lab(learning_rate=10.0, optimizer="sgd", l2=1.0, epochs=30))
    run = lab.runs[0]
    assert run.diverged_at and run.diagnosis.kind == "diverged"
    assert "diverged in epoch" in lab._view.status.value
    lab.learning_rate, lab.l2 = 0.01, 0.0
    assert math.isfinite(finished(lab).runs[-1].gap)


def test_callbacks_hear_of_every_end_and_their_mistakes_stay_theirs(make_lab, monkeypatch):
    said, heard = [], []
    monkeypatch.setattr(threading, "excepthook", said.append)
    lab = make_lab()
    lab.on_run_finished(lambda run: 1 / 0)
    lab.on_run_finished(lambda run: heard.append(run.epochs))
    for _ in range(4):
        finished(lab, 1)
    lab.session.refresh()
    lab.wait(120)
    assert heard == [1, 2, 3, 4]
    assert said[0].exc_type is ZeroDivisionError and "Paused" not in lab._view.status.value


def test_two_labs_take_turns_and_the_waiting_one_says_so(make_lab):
    first, second = make_lab(epochs=1_000_000), make_lab()
    first.train()
    while not first.runs:
        time.sleep(0.01)
    second.train()
    end = time.monotonic() + 120
    while "Waiting: another lab" not in second._view.status.value:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert second.runs == []
    second.pause().wait(60)  # who waits can be called off
    assert "Waiting" not in second._view.status.value
    second.train()
    first.pause()
    assert second.wait(60).runs[0].epochs == 4


def test_closing_ends_the_thread_and_keeps_the_runs(make_lab):
    before = workers()
    lab = make_lab(epochs=1_000_000).train()
    while not lab.runs:
        time.sleep(0.01)
    began = time.monotonic()
    lab.close()
    assert time.monotonic() - began < 2
    assert workers() == before and lab.session.trainer is None and lab.runs
    for act in (lab.train, lab.restart, lambda: setattr(lab, "l2", 0.1)):
        with pytest.raises(RuntimeError, match="closed"):
            act()
    lab.close()
    assert "TuningLab" in repr(lab)


def test_closed_labs_leave_no_widget_behind(make_lab):
    from ipywidgets.widgets.widget import _instances

    make_lab(controls=["l2", "table"]).close()
    before = len(_instances)
    finished(make_lab(weights=True)).close()
    assert len(_instances) == before


def test_fifty_moves_a_second_end_on_the_last_value(make_lab):
    lab = make_lab(epochs=30)
    slider = lab._inputs._controls["l2"].widget
    for move in range(100):
        slider.index = move % 20
        time.sleep(0.002)
    slider.index = 7
    lab.wait(60)
    assert lab.runs[-1].hyperparameters["l2"] == slider.value and lab.runs[-1].epochs == 30
    assert all(run.epochs >= 3 for run in lab.runs[:-1])


def test_runs_can_be_read_while_it_trains(make_lab):
    lab = make_lab(epochs=100_000).train()
    while not lab.runs:
        time.sleep(0.01)
    # As often as it takes to be read while a run grows and while runs begin; how long that is does not matter.
    seen, epochs = 0, set()
    while seen < 30 or len(epochs) < 4:
        if seen % 7 == 6:
            lab.l2 = 10.0 ** -(seen % 5)
        for record in lab.session.records:
            assert record.members["loss"].shape[1] == record.run.epochs
            seen += 1
            epochs.add((record.number, record.run.epochs))
        repr(lab)
        lab.figure()
    lab.pause().wait(120)


def test_long_epochs_show_where_their_training_curve_goes(make_lab, monkeypatch):
    monkeypatch.setattr(session_module, "LONG_EPOCH", 0.0)
    lab = make_lab(batch_size=4)
    partial = []
    draw = lab._view.draw

    def watch(snapshot, session):
        if snapshot.partial:
            partial.append((snapshot.position, float(snapshot.partial["loss"][0]), snapshot.record))
        draw(snapshot, session)

    monkeypatch.setattr(lab._view, "draw", watch)
    finished(lab)
    position, loss, record = partial[0]
    assert 0 < position < 1 and math.isfinite(loss) and record is None


def test_headless_display_carries_picture_and_words(make_lab):
    lab = make_lab()
    bundle = lab._repr_mimebundle_()[0]
    assert "no run yet" in bundle["text/plain"]
    finished(lab)
    bundle = lab._repr_mimebundle_()[0]
    assert {"application/vnd.jupyter.widget-view+json", "image/png", "text/plain"} <= set(bundle)
    assert bundle["image/png"].startswith(b"\x89PNG") or bundle["image/png"].startswith("iVBOR")
    assert [axes.get_title() for axes in lab.figure().axes]


def test_regression_without_accuracy(make_lab):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(120, 2))
    data = tk.Dataset.from_arrays(x, x[:, 0] ** 2, name="parabola")
    lab = finished(make_lab(data=data, metrics=[]))
    assert lab._view.panels == ["loss"] and lab.runs[0].epochs == 4
    lab.figure()
    assert lab._view.extra[0].widget._labels["kind"] == "regression"


def test_more_than_six_classes_get_no_boundary(make_lab):
    import keras

    rng = np.random.default_rng(0)
    data = tk.Dataset.from_arrays(rng.normal(size=(210, 2)), np.arange(210) % 7)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(7)])
    assert make_lab(model=model, data=data)._view.extra == []


def test_teacher_hides_controls(make_lab):
    lab = make_lab(controls=["l2", "buttons"])
    shown = [widget.description for row in lab.children[:2] for widget in row.children]
    assert shown == ["L2", "Train", "Pause", "Step one epoch", "Restart", "Pin run", "Clear"]
    assert lab._view.table not in lab.children
    lab.dropout = 0.3  # hidden, not forbidden
