"""CostLab from Python: the multiplication, what was measured, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import tuningkit as tk
from tuningkit.labs.cost_session import TIMED
from tuningkit.labs.cost_settings import duration
from tuningkit.labs.static import unpack_frame


@pytest.fixture
def cost_lab():
    made = []

    def make(*arguments, **settings):
        made.append(tk.CostLab(*arguments, **settings))
        return made[-1]

    yield make
    for lab in made:
        lab.close()


def frame(lab):
    return unpack_frame(lab._view.chart._frame)


def test_the_cost_is_runs_times_epochs_times_seconds(cost_lab):
    lab = cost_lab(seconds=30, hyperparameters=3, values=5, seeds=2, epochs=20)
    assert lab.runs == 5**3 * 2
    assert lab.total_seconds == 5**3 * 2 * 20 * 30
    lab.hyperparameters = 4
    assert lab.total_seconds == 5**4 * 2 * 20 * 30
    lab.seconds = 3
    lab.wait(120)
    assert lab.total_seconds == 5**4 * 2 * 20 * 3
    assert "625" not in lab._view.sum.value and "1,250 runs" in lab._view.sum.value


def test_a_network_is_timed_on_this_machine(cost_lab, network, moons):
    lab = cost_lab(network, moons, epochs=10)
    assert lab.measured is None and lab.total_seconds is None
    assert "not known yet" in repr(lab)
    before = [array.copy() for array in network.get_weights()]
    lab.measure().wait(120)
    assert 0 < lab.measured < 5
    assert lab.total_seconds == pytest.approx(25 * 10 * lab.measured)
    assert len(lab.session._times) == TIMED + 1 and lab.session._trainer is None
    assert lab.measured == np.median(lab.session._times[1:])
    assert "Measured on this machine" in lab._view.status.value
    assert all((old == new).all() for old, new in zip(before, network.get_weights(), strict=True))
    # What was chosen counts before what was measured, until it is taken back.
    lab.seconds = 60
    assert lab.total_seconds == 25 * 10 * 60
    lab.seconds = None
    assert lab.total_seconds == pytest.approx(250 * lab.measured)


def test_the_chart_grows_by_a_factor_with_each_hyperparameter(cost_lab):
    lab = cost_lab(seconds=2, values=10, epochs=3)
    lab.values = 4
    lab.wait(120)
    header, numbers = frame(lab)
    curve = next(one for one in header["curves"] if one["label"] == "4 values each")
    hours = numbers[curve["y"] : curve["y"] + curve["n"]]
    np.testing.assert_allclose(hours[1:] / hours[:-1], 4, rtol=1e-5)
    assert hours[0] == pytest.approx(4 * 3 * 2 / 3600)
    assert "With one hyperparameter more" in header["sentence"]


def test_a_slider_moved_by_hand_counts(cost_lab):
    lab = cost_lab(seconds=1)
    lab._controls["values"].widget.value = 7
    lab._controls["seconds"].widget.value = 10.0
    lab.wait(120)
    assert lab.values == 7 and lab.total_seconds == 7**2 * 20 * 10


def test_the_picture_says_the_sum(cost_lab, network, moons):
    lab = cost_lab(seconds=30, hyperparameters=3)
    assert "125 runs" in lab.figure().axes[0].get_title(loc="left")
    assert "image/png" in lab._repr_mimebundle_()[0]
    unmeasured = cost_lab(network, moons).figure()
    assert not unmeasured.axes and "measure" in unmeasured.texts[0].get_text()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (0.0123, "12 ms"), (0.1, "0.1 s"), (12.3, "12 s"), (89, "89 s"), (91, "1.5 min"), (5400, "1.5 h"),
     (86_400 * 3, "3 days"), (4e8, "13 years"), (3.2e10, "1,015 years")],
)  # fmt: skip
def test_lengths_of_time_are_said_for_people(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({}, ValueError, "nothing to time"),
        ({"seconds": 0}, ValueError, "above 0"),
        ({"seconds": "long"}, TypeError, "must be a number"),
        ({"seconds": 1, "values": 1}, ValueError, "from 2 to 20"),
        ({"seconds": 1, "hyperparameters": 2.5}, TypeError, "whole number"),
        ({"seconds": 1, "epochs": True}, TypeError, "whole number"),
    ],
)
def test_what_cannot_be_is_refused(settings, error, words):
    with pytest.raises(error, match=words):
        tk.CostLab(**settings)


def test_an_error_says_which_button_to_press(cost_lab, network, moons, monkeypatch):
    from tuningkit.training import trainer

    def fails(*arguments, **settings):
        raise MemoryError("nothing left.")

    lab = cost_lab(network, moons)
    monkeypatch.setattr(trainer, "Trainer", fails)
    with pytest.raises(MemoryError):
        lab.measure().wait(60)
    said = lab._view.status.value
    assert "not enough memory" in said and "Press Measure to try again" in said and "press Train" not in said


def test_without_a_model_nothing_is_timed(cost_lab, network):
    lab = cost_lab(seconds=3)
    with pytest.raises(ValueError, match="no model"):
        lab.measure()
    with pytest.raises(ValueError, match="no model"):
        lab.seconds = None
    with pytest.raises(ValueError, match="CostLab has no setting"):
        lab.set("value", 3)
    with pytest.raises(ValueError, match="both"):
        tk.CostLab(network, seconds=3)
