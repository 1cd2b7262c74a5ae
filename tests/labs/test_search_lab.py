"""SearchLab from Python: one landscape, a race on it, its words, no browser."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.static import unpack_frame

VALUES = {"learning_rate": list(np.geomspace(1e-3, 3, 6)), "l2": list(np.geomspace(1e-5, 1, 5))}


@pytest.fixture(scope="module", autouse=True)
def cache(tmp_path_factory):
    """One cache for all tests of this file: the landscape is trained once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUNINGKIT_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture
def make(network, moons):
    made = []

    def make_lab(*names, model=network, data=moons, **settings):
        settings = {"values": VALUES, "epochs": 4, "budget": 32, **settings}
        made.append(tk.SearchLab(model, data, *names, **settings))
        return made[-1]

    yield make_lab
    for lab in made:
        lab.close()


def frame(widget):
    return unpack_frame(widget._frame)


def test_a_whole_race(make):
    lab = make("learning_rate", "l2")
    assert lab.trials == {} and lab.landscape is None and "nothing searched yet" in repr(lab)
    lab.run().wait(120)
    assert list(lab.trials) == ["grid", "random", "bayesian", "tpe", "halving"]
    best = lab.landscape.scores()[lab.landscape.best]
    for name, trials in lab.trials.items():
        assert 0 < trials.epochs <= 32 and trials.best.objective >= best, name
    assert lab.reasons == {} and "Finished: every budget is spent" in lab._view.status.value
    assert "Bayesian: 8 configurations, 32 epochs, best" in repr(lab)
    # The same race without a lab.
    race = tk.search.Race(lab.landscape, budget=32).run()
    for name, trials in race.trials.items():
        np.testing.assert_array_equal(trials.objectives, lab.trials[name].objectives)


def test_steps_are_counted_and_the_landscape_is_trained_once(make, monkeypatch):
    make().compute().wait(120)
    monkeypatch.setattr("tuningkit.training.grid_sweep.sweep", lambda *_, **__: pytest.fail("trained again"))
    lab = make().step().wait(60)
    assert {trials.epochs for trials in lab.trials.values()} == {4.0}
    lab.step(6).wait(60)
    assert len(lab.trials["random"]) == 7
    assert "Paused" in lab._view.status.value and "28 of 32 epochs" in lab._view.status.value
    assert lab.reasons["bayesian"].startswith("highest expected improvement: predicted")
    assert lab.reasons["bayesian"] in lab._view.table.value
    lab.reset().wait(60)
    assert len(lab.trials["random"]) == 0 and "Ready" in lab._view.status.value


def test_the_map_hides_what_was_not_looked_at_until_asked(make):
    lab = make(methods=["random", "grid"]).step(3).wait(120)
    header, cells = frame(lab._view.map)
    cells = cells.reshape(5, 6)
    seen = {look.cell for looks in lab.session.race.looks.values() for look in looks}
    for x, y in np.ndindex(6, 5):
        assert np.isposinf(cells[y, x]) == ((x, y) not in seen)
    assert header["best"] is None
    lab.set(show_landscape=True).wait(60)
    header, cells = frame(lab._view.map)
    np.testing.assert_allclose(cells.reshape(5, 6), lab.landscape.scores().T, rtol=1e-6)
    assert tuple(header["best"][::-1]) == lab.landscape.best


def test_points_carry_shape_number_and_place(make):
    lab = make(methods=["grid", "random"]).step(4).wait(120)
    lab.set(front="random").wait(60)
    points = frame(lab._view.map)[0]["points"]
    mine = [point for point in points if point["name"] == "random" and not point["next"]]
    assert sorted(point["text"] for point in mine) == ["1", "2", "3", "4"]
    assert {point["shape"] for point in mine} == {"circle"} and sum(point["latest"] for point in mine) == 1
    places = {tuple(look.proposal.point[:2]) for look in lab.session.race.looks["random"]}
    assert {(point["u"], point["v"]) for point in mine} == places
    others = [point for point in points if point["name"] == "grid"]
    assert {point["shape"] for point in others} == {"square"} and {point["text"] for point in others} == {""}
    (coming,) = [point for point in points if point["next"]]
    assert coming["name"] == "random"


def test_the_surrogates_maps_and_another_acquisition(make):
    lab = make(methods=["bayesian"])
    lab.step(3).wait(120)
    assert lab._view.surrogate.layout.display == "none"
    lab.step(3).wait(60)
    assert lab._view.surrogate.layout.display == "grid"
    maps = lab.session.latest.coming["bayesian"].maps
    for name in ("mean", "deviation", "acquisition"):
        header, cells = frame(lab._view.maps[name])
        np.testing.assert_allclose(cells.reshape(5, 6), getattr(maps, name).T, rtol=1e-5, atol=1e-7)
        assert sum(point["next"] for point in header["points"]) == 1
    lab.set(acquisition="lcb", exploration=3).wait(60)
    assert "with luck of 3 deviations" in lab.reasons["bayesian"]
    header, _ = frame(lab._view.maps["acquisition"])
    assert header["lowerIsBetter"] and "lower confidence bound" in header["sentence"]
    # Each acquisition keeps its own exploration.
    lab.set(acquisition="ei").wait(60)
    assert lab._controls.exploration.value == 0.01
    lab._controls.acquisition.value = "lcb"
    lab.wait(60)
    assert lab._controls.exploration.value == 3 and lab.session.settings.exploration == 3
    # What it believed stays on show at the end.
    lab.run().wait(60)
    assert lab._view.surrogate.layout.display == "grid"
    lab.set(methods=["random"]).wait(60)
    assert lab._view.surrogate.layout.display == "none"


def test_an_irrelevant_hyperparameter_begins_the_race_anew(make):
    lab = make(methods=["grid", "random"])
    lab.run().wait(120)
    lab._controls.irrelevant.value = True
    lab.wait(60)
    assert len(lab.trials["grid"]) == 0
    lab.run().wait(60)
    assert len(lab.trials["grid"]) == 8 and "4 of 8 configurations repeat" in lab._view.closing.value
    lab.set(front="grid").wait(60)
    points = [point for point in frame(lab._view.map)[0]["points"] if point["name"] == "grid"]
    assert [point["times"] for point in points] == [2, 2, 2, 2]


def test_many_seeds(make):
    lab = make(methods=["grid", "random"]).race_seeds(5).wait(120)
    assert lab.spread.seeds == (0, 1, 2, 3, 4) and set(lab.spread.best) == {"grid", "random"}
    curves = [curve for curve in frame(lab._view.chart)[0]["curves"] if curve["panel"] == 1]
    assert [curve["label"] for curve in curves] == ["grid", "random"] and curves[0]["low"] is not None
    # Another race has another spread; the first is there when it comes back.
    lab.set(irrelevant=True).wait(60)
    assert lab.spread is None
    lab.set(irrelevant=False, seed=3).wait(60)
    assert lab.spread.seeds == (0, 1, 2, 3, 4)


def test_ticking_a_method_lets_it_catch_up(make):
    lab = make(methods=["random"]).step(4).wait(120)
    lab._controls.ticks["grid"].value = True
    lab.step().wait(60)
    assert lab.trials["grid"].epochs == lab.trials["random"].epochs == 20
    for tick in lab._controls.ticks.values():
        tick.value = False
    lab.run().wait(60)
    assert "Tick at least one method" in lab._view.table.value


def test_play_goes_on_by_itself_and_pause_ends_it(make):
    lab = make(methods=["random"])
    lab._controls.speed.value = 20.0
    lab.session.play()
    lab.wait(120)
    assert len(lab.trials["random"]) == 8
    lab.reset().wait(60)
    lab._controls.speed.value = 0.5
    lab.session.play()
    lab.pause().wait(60)
    assert len(lab.trials["random"]) < 8


def test_pausing_while_the_landscape_is_trained(make):
    lab = make(
        "learning_rate", "l1", values={"learning_rate": [0.01, 0.1], "l1": [0.0, 0.1]}, epochs=500, budget=500
    )
    drawn = lab._update
    seen = threading.Event()

    def update(snapshot):
        drawn(snapshot)
        if snapshot.status == "training" and snapshot.progress[0]:
            seen.set()

    lab.session._on_update = update
    lab.run()
    assert seen.wait(120)
    lab.pause().wait(60)
    assert lab.landscape is None and "Ready" in lab._view.status.value


def test_edges_are_named_in_the_lab(make):
    values = {"learning_rate": [1e-6, 1e-5, 1e-4, 1e-3, 1e-2], "l2": [1e-6, 1e-5, 1e-4]}
    lab = make(values=values, methods=["grid", "random"], budget=60).run().wait(120)
    assert "widen learning rate beyond 0.01" in lab._view.closing.value


def test_an_error_reaches_the_learner_and_the_lab_goes_on(make, monkeypatch):
    lab = make(methods=["random"])

    def broken(*_, **__):
        raise ValueError("No such luck.")

    monkeypatch.setattr("tuningkit.labs.search_session.compute_landscape", broken)
    with pytest.raises(ValueError, match="No such luck"):
        lab.run().wait(60)
    assert "No such luck." in lab._view.status.value and "Details" in lab._view.status.value
    monkeypatch.undo()
    assert len(lab.run().wait(120).trials["random"]) == 8


def test_pictures_words_and_callbacks(make):
    lab = make(methods=["random", "bayesian"])
    told = []
    lab.on_run_finished(told.append)
    empty = lab._repr_mimebundle_()[0]
    assert empty["image/png"] and "nothing searched yet" in empty["text/plain"]
    lab.run().wait(120)
    assert told and set(told[-1]) == {"random", "bayesian"}
    figure = lab.figure()
    gids = {line.get_gid() for axes in figure.axes for line in axes.lines}
    assert {"looks of random", "looks of Bayesian", "best of random"} <= gids
    sentence = frame(lab._view.chart)[0]["sentence"]
    assert sentence.startswith("Bayesian look 8: ") and sentence.endswith("Its budget is spent.")


def test_closing_ends_the_thread(make):
    lab = make(methods=["random"]).step().wait(120)
    lab.close()
    assert not any(
        thread.name == "tuningkit-search-lab" and thread.is_alive() for thread in threading.enumerate()
    )
    with pytest.raises(RuntimeError, match="closed"):
        lab.step()


@pytest.mark.parametrize(
    ("names", "settings", "words"),
    [
        (("l2",), {"values": None}, "two different hyperparameters"),
        (("l2", "units"), {"values": None}, "Unknown hyperparameter"),
        ((), {"methods": ["annealing"]}, "methods must be some of"),
        ((), {"budget": 3}, "one full training of 4 epochs"),
        ((), {"acquisition": "pi"}, "'ei' or 'lcb'"),
        ((), {"exploration": -1.0}, "0 or a positive number"),
        ((), {"training_seeds": 9}, "from 1 to 5"),
        ((), {"objective": "val_penalty"}, "objective must be val_loss"),
        ((), {"l2": 0.1}, "l2 is searched"),
        ((), {"momentum": 0.5}, "no momentum"),
    ],
)
def test_the_door(make, names, settings, words):
    with pytest.raises(ValueError, match=words):
        make(*names, **settings)


def test_the_door_of_set(make):
    lab = make(methods=["random"])
    for changes, words in [
        ({"front": "x"}, "methods must"),
        ({"seed": -1}, "seed must"),
        ({"acquisition": "x"}, "'ei'"),
    ]:
        with pytest.raises(ValueError, match=words):
            lab.set(**changes)
