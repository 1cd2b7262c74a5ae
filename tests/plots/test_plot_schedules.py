"""Learning-rate schedules above, the losses they led to below."""

from __future__ import annotations

import numpy as np
import pytest

from tuningkit import plots

NAMES = [
    "constant",
    "step",
    "exponential",
    "polynomial",
    "cosine",
    "warm-up cosine",
    "inverse time",
    "plateau",
]
RATES = {name: ([0, 1, 2, 3], [0.1, 0.1 / (i + 1), 0.05, 0.02]) for i, name in enumerate(NAMES)}
LOSSES = {name: [1.0, 0.5, 0.4 - 0.01 * i] for i, name in enumerate(NAMES)}


def test_both_axes_show_every_schedule_in_the_same_look():
    figure = plots.schedules(RATES, LOSSES, loss_name="cross-entropy", title="Run 3")
    rate, loss = figure.axes
    looks = {
        ax: {line.get_label(): (line.get_color(), line.get_linestyle()) for line in ax.lines}
        for ax in (rate, loss)
    }
    assert list(looks[rate]) == NAMES and looks[rate] == looks[loss]
    assert len({line.get_color() for line in rate.lines}) == len(NAMES)
    assert len({line.get_marker() for line in loss.lines}) == len(NAMES)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == NAMES
    np.testing.assert_array_equal(loss.lines[0].get_xdata(), [1, 2, 3])
    assert loss.get_ylabel() == "validation cross-entropy" and rate.get_title() == "Run 3"
    assert rate.get_xlim() == loss.get_xlim()


def test_without_losses_there_is_one_pair_of_axes():
    figure = plots.schedules({"constant": RATES["constant"]})
    assert len(figure.axes) == 1
    assert plots.to_png(figure).startswith(b"\x89PNG")


def test_a_schedule_that_diverged_leaves_a_gap():
    figure = plots.schedules({"constant": RATES["constant"]}, {"constant": [1.0, np.nan, np.nan]})
    assert np.isnan(figure.axes[1].lines[0].get_ydata()).sum() == 2
    assert plots.to_png(figure)


def test_mistakes_are_said():
    with pytest.raises(ValueError, match="at least one schedule"):
        plots.schedules({})
    with pytest.raises(ValueError, match="epochs"):
        plots.schedules({"constant": ([0, 1], [0.1])})
    with pytest.raises(TypeError, match="rates"):
        plots.schedules({"constant": ([0], ["fast"])})
