"""OptimizerLab from Python: paths, sliders, own surfaces, words, no browser."""

from __future__ import annotations

import itertools
import threading

import keras
import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.optimizer_view import LOOKS
from tuningkit.labs.static import unpack_frame
from tuningkit.labs.surface_map import SurfaceMap, Track
from tuningkit.optimizers import PATH_OPTIMIZERS, SURFACES, descend


@pytest.fixture
def make_lab():
    made = []

    def make(*arguments, **settings):
        settings.setdefault("steps", 30)
        made.append(tk.OptimizerLab(*arguments, **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


def drawn(lab):
    """The points on the screen, by name, and the header."""
    header, numbers = unpack_frame(lab._view.map._frame)
    points = numbers.reshape(len(header["tracks"]), header["count"], 2) if header["tracks"] else []
    return {track["name"]: points[place] for place, track in enumerate(header["tracks"])}, header


def test_lab_draws_what_descend_computes(make_lab):
    lab = make_lab("beale", ["sgd", "adam"], learning_rate=0.004, beta_1=0.5).wait(60)
    paths = descend("beale", ["sgd", "adam"], learning_rate=0.004, beta_1=0.5, steps=30)
    points, header = drawn(lab)
    for name in ("sgd", "adam"):
        np.testing.assert_array_equal(lab.paths[name].points, paths[name].points)
        np.testing.assert_array_equal(points[PATH_OPTIMIZERS[name]], paths[name].points)
    assert header["start"] == list(SURFACES["beale"].start)
    curves = {curve["label"]: curve["n"] for curve in unpack_frame(lab._view.chart._frame)[0]["curves"]}
    assert curves == {"SGD": 31, "Adam": 31}


def test_sliders_move_paths_and_python_moves_sliders(make_lab):
    lab = make_lab("ravine", ["sgd", "momentum"]).wait(60)
    before, _ = drawn(lab)
    lab._inputs.sliders["momentum"].widget.value = 0.5
    after, _ = drawn(lab.wait(60))
    assert np.array_equal(before["SGD"], after["SGD"]) and not np.array_equal(
        before["Momentum"], after["Momentum"]
    )
    assert lab.momentum == 0.5
    lab.learning_rate = 0.0123
    assert lab._inputs.sliders["learning_rate"].widget.value == 0.0123
    lab._view.map._selection.value = [1.0, -0.5]
    assert drawn(lab.wait(60))[1]["start"] == [1.0, -0.5] and lab.start == (1.0, -0.5)
    lab._view.map._selection.value = ["x", None]
    assert lab.start == (1.0, -0.5)
    lab.reset().wait(60)
    assert lab.start == SURFACES["ravine"].start


def test_choosing_a_surface_brings_its_values(make_lab):
    lab = make_lab("ravine", ["sgd"]).wait(60)
    sliders = lab._inputs.sliders
    assert not sliders["condition"].widget.disabled and sliders["rho"].widget.disabled
    lab._inputs._surface.widget.value = "noisy bowl"
    lab.wait(60)
    assert (lab.surface, lab.noise, lab.learning_rate, lab.condition) == ("noisy bowl", 1.0, 0.1, None)
    assert sliders["noise"].widget.value == 1.0 and sliders["condition"].widget.disabled
    assert unpack_frame(lab._view.map._ground)[0]["title"] == "Noisy bowl"
    lab._inputs._boxes["rmsprop"].value = True
    assert lab.wait(60).optimizers == ("sgd", "rmsprop") and not sliders["rho"].widget.disabled
    for box in lab._inputs._boxes.values():
        box.value = False
    assert "Tick at least one" in lab.wait(60)._view.status.value and drawn(lab)[0] == {}


def test_limits_are_said_on_quadratics_only(make_lab):
    lab = make_lab(
        "ravine", ["sgd", "momentum", "adam"], condition=50, learning_rate=0.05, momentum=0.9, steps=300
    )
    words = lab.wait(60)._view.limits.value
    assert "SGD 2/λ = 0.04; its rate 0.05 is above" in words
    assert "Momentum 2(1+β)/λ = 0.076; its rate 0.05 is below" in words and "Adam" not in words
    assert "<b>SGD diverges: it left the picture at step" in lab._view.endings.value
    _, header = drawn(lab)
    sgd = next(track for track in header["tracks"] if track["name"] == "SGD")
    assert sgd["diverged"] and sgd["leftAt"] == lab.paths["sgd"].left_at
    assert "SGD diverges" in header["sentence"]
    losses = lab._view.losses(lab.paths)["sgd"]
    assert np.isfinite(losses[0]) and np.isnan(losses[-1])
    lab.surface = "rosenbrock"
    assert lab.wait(60)._view.limits.value == ""


def test_each_at_its_own_rate(make_lab):
    lab = make_lab("ravine", ["sgd", "adagrad"], own_rates=True).wait(60)
    rates = tk.optimizers.best_rates("ravine", ["sgd", "adagrad"], steps=30)
    assert {path.optimizer: path.learning_rate for path in lab.paths} == rates
    assert lab._inputs.sliders["learning_rate"].widget.disabled
    assert "own best learning rate" in lab._view.status.value
    lab.own_rates = False
    assert lab.wait(60).paths["adagrad"].learning_rate == 0.05


def test_own_surface_and_its_errors(make_lab):
    lab = make_lab(lambda x, y: keras.ops.cos(x) + y**2, ["sgd"], learning_rate=0.2, start=(0.5, 0.5)).wait(
        60
    )
    assert lab.surface == "own surface" and lab.learning_rate == 0.2 and lab.start == (0.5, 0.5)
    assert lab._inputs._surface.widget.value == "own surface"
    before, _ = drawn(lab)
    lab.surface = lambda x, y: keras.ops.sqrt(x) + y
    with pytest.raises(ValueError, match="no finite loss"):
        lab.wait(60)
    assert "role='alert'" in lab._view.status.value and lab.surface == "own surface"
    np.testing.assert_array_equal(drawn(lab)[0]["SGD"], before["SGD"])
    lab.steps = 10
    assert len(lab.wait(60).paths["sgd"].loss) == 11
    assert "alert" not in lab._view.status.value
    # Another one of the same name takes its place; the built-in ones stay.
    lab.surface = lambda x, y: x**2 + y**2
    lab.wait(60)
    assert len(lab._inputs._surface.widget.options) == len(SURFACES) + 1
    lab.surface = "bowl"
    assert lab.wait(60).paths.surface is SURFACES["bowl"]


def test_a_function_that_fails_at_once_is_shown_in_the_lab(make_lab):
    lab = make_lab(lambda x, y: keras.ops.sum(x), ["sgd"])
    with pytest.raises(ValueError, match="one number for each place"):
        lab.wait(60)
    assert "role='alert'" in lab._view.status.value and lab.paths is None
    lab.learning_rate = 0.1
    assert len(lab.wait(60).paths) == 1


@pytest.mark.parametrize(
    ("arguments", "settings", "error", "words"),
    [
        (("ravin",), {}, ValueError, "Did you mean 'ravine'"),
        ((3,), {}, TypeError, "a name, a Surface or a function"),
        (("bowl", "adma"), {}, ValueError, "Did you mean 'adam'"),
        (("bowl", "sgd"), {"momentum": 0.5}, ValueError, "'sgd' has no momentum"),
        (("bowl",), {"learning_rate": {"sgd": 1}}, TypeError, "one learning rate for all"),
        (("bowl",), {"own_rates": 1}, TypeError, "True or False"),
        (("bowl",), {"speed": 1}, ValueError, "Unknown"),
        (("bowl",), {"steps": 2000}, ValueError, "from 1 to 1000"),
    ],
)
def test_door(make_lab, arguments, settings, error, words):
    with pytest.raises(error, match=words):
        make_lab(*arguments, **settings)


def test_wrong_values_later_change_nothing(make_lab):
    lab = make_lab("bowl", ["sgd"])
    for name, value in [("steps", 0), ("rho", 0.5), ("start", (1,)), ("optimizers", []), ("surface", "bow")]:
        with pytest.raises(ValueError):
            lab.set(name, value)
    assert lab.steps == 30 and lab.optimizers == ("sgd",) and lab.surface == "bowl"


def test_callbacks_threads_and_pictures(make_lab):
    lab, heard = make_lab("bowl", ["sgd"]), []
    lab.on_run_finished(heard.append)
    lab.train().wait(60)
    assert heard and heard[-1]["sgd"].loss[0] == lab.paths["sgd"].loss[0]
    assert len(lab.figure().axes) == 2
    bundle = lab._repr_mimebundle_()[0]
    assert bundle["image/png"] and "SGD ends at" in bundle["text/plain"]
    lab.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "tuningkit-optimizer-lab"]
    with pytest.raises(RuntimeError, match="closed"):
        lab.train()


def test_no_two_optimisers_look_alike():
    assert set(LOOKS) == set(PATH_OPTIMIZERS)
    for one, other in itertools.combinations(LOOKS.values(), 2):
        assert one[:2] != other[:2] and (one[0], one[2]) != (other[0], other[2])


def test_surface_map_checks_what_it_is_given():
    picture = SurfaceMap()
    flat = np.zeros((4, 4))
    for shades, extent in [(np.zeros((3, 4)), (0, 1, 0, 1)), (flat + 2, (0, 1, 0, 1)), (flat, (1, 0, 0, 1))]:
        with pytest.raises(ValueError, match=r"must (be|lie)"):
            picture.set_ground(shades, extent)
    good = np.zeros((3, 2))
    for tracks in (
        [Track("a", np.zeros(3), 0, "circle")],
        [Track("a", good, 9, "circle")],
        [Track("a", good, 0, "star")],
        [Track("a", good, 0, "circle"), Track("b", np.zeros((4, 2)), 1, "circle")],
    ):
        with pytest.raises(ValueError):
            picture.draw(tracks, start=(0, 0))
    with pytest.raises(ValueError, match="height"):
        SurfaceMap(height=10)
    picture.close()
