import re
from pathlib import Path

import numpy as np
import pytest
import traitlets

import tuningkit.labs.static
from tuningkit.labs.heat_map import HeatMap, colour_range
from tuningkit.labs.map_points import MapPoint
from tuningkit.labs.static import unpack_frame

RATES = [1e-4, 1e-3, 1e-2]
STRENGTHS = [0.0, 1e-2]
LOSSES = np.array([[0.9, 0.4, np.nan], [1.2, 0.5, 0.7]])


@pytest.fixture
def heat():
    widget = HeatMap("learning rate", "L2 strength", "validation loss")
    yield widget
    widget.close()


def draw(heat, values=LOSSES, **changes):
    options = {"x_values": RATES, "y_values": STRENGTHS, "best": (0, 1), "sentence": "Rate 1e-3 wins."}
    heat.draw(values, **{**options, **changes})


def test_frame_carries_values_names_and_best_cell(heat):
    draw(heat)
    header, numbers = unpack_frame(heat._frame)
    np.testing.assert_array_equal(numbers.reshape(2, 3), LOSSES.astype(np.float32))
    assert (header["rows"], header["columns"]) == (2, 3)
    assert (header["x"], header["y"]) == (RATES, STRENGTHS)
    assert header["best"] == [0, 1]
    assert header["sentence"] == "Rate 1e-3 wins."
    assert header["lowerIsBetter"] is True


def test_infinite_cells_are_sent_as_nan_and_huge_ones_stay_finite(heat):
    draw(heat, [[np.inf, -np.inf, 1e300], [1.0, 2.0, 3.0]])
    numbers = unpack_frame(heat._frame)[1]
    assert np.isnan(numbers[:2]).all()
    assert np.isfinite(numbers[2])


def test_all_cells_diverged_still_draws(heat):
    draw(heat, np.full((2, 3), np.nan), best=None)
    header, numbers = unpack_frame(heat._frame)
    assert header["range"] == [0.0, 1.0]
    assert header["best"] is None
    assert np.isnan(numbers).all()


def test_words_may_name_rows_and_columns(heat):
    draw(heat, x_values=["sgd", "adam", "rmsprop"])
    assert unpack_frame(heat._frame)[0]["x"] == ["sgd", "adam", "rmsprop"]


def test_the_same_drawing_twice_sends_nothing_new(heat):
    draw(heat)
    frames = []
    heat.observe(frames.append, "_frame")
    draw(heat)
    assert not frames
    draw(heat, LOSSES + 1)
    assert len(frames) == 1


def test_colours_span_the_finite_values():
    assert colour_range(np.array([[0.2, 0.9], [np.nan, 0.4]])) == (0.2, 0.9)


@pytest.mark.parametrize(
    ("values", "lower_is_better", "expected"),
    [
        ([0.25, 0.5, 0.75, 1e9], True, (0.25, 0.75)),
        ([0.9, 0.8, 0.7, -1e9], False, (0.7, 0.9)),
        # Half of the values are at the median: no distance to judge by, so all of them count.
        ([1.0, 1.0, 1.0, 5.0], True, (1.0, 5.0)),
    ],
)
def test_one_wild_value_does_not_take_the_colours_from_all_others(values, lower_is_better, expected):
    assert colour_range(np.array(values), lower_is_better) == expected


def test_equal_values_get_a_range_that_is_not_empty():
    low, high = colour_range(np.full(4, 0.3))
    assert low < 0.3 < high


def test_values_off_the_scale_are_announced(heat):
    draw(heat, value_range=(0.5, 1.0))
    header = unpack_frame(heat._frame)[0]
    assert (header["range"], header["below"], header["above"]) == ([0.5, 1.0], True, True)
    draw(heat, value_range=(0.0, 2.0))
    header = unpack_frame(heat._frame)[0]
    assert (header["below"], header["above"]) == (False, False)


def test_pick_from_python_reaches_the_browser_and_observers(heat):
    draw(heat)
    seen = []
    heat.observe(lambda change: seen.append(change.new), "selected")
    heat.selected = np.unravel_index(4, (2, 3))
    assert heat._selection.value == [1, 1]
    assert seen == [(1, 1)]
    assert all(type(place) is int for place in heat.selected)


def test_pick_in_the_browser_reaches_python(heat):
    draw(heat)
    heat._selection.set_state({"value": [1, 2]})
    assert heat.selected == (1, 2)
    heat._selection.set_state({"value": None})
    assert heat.selected is None


def test_pick_of_a_cell_that_is_gone_is_ignored(heat):
    draw(heat)
    heat._selection.set_state({"value": [7, 0]})
    assert heat.selected is None


def test_a_smaller_map_drops_the_pick_it_no_longer_has(heat):
    draw(heat)
    heat.selected = (1, 2)
    heat.draw([[1.0]], x_values=[1], y_values=[1])
    assert heat.selected is None
    assert heat._selection.value is None


def test_a_redraw_keeps_the_pick(heat):
    draw(heat)
    heat.selected = (1, 2)
    draw(heat, LOSSES + 1)
    assert heat.selected == (1, 2)


@pytest.mark.parametrize("cell", [(2, 0), (0, 3), (-1, 0)])
def test_picking_no_cell_is_an_error(heat, cell):
    draw(heat)
    with pytest.raises(traitlets.TraitError, match=r"within \(2, 3\)"):
        heat.selected = cell


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"values": np.zeros(3)}, r"shape \(rows, columns\), but got \(3,\)"),
        ({"values": np.zeros((0, 3))}, r"but got \(0, 3\)"),
        ({"x_values": [1, 2]}, "each of the 3 columns, but got 2"),
        ({"y_values": [1, 2, 3]}, "each of the 2 rows, but got 3"),
        ({"x_values": [1, 2, np.nan]}, "finite numbers or words, but got nan"),
        ({"best": (2, 0)}, r"best must be \(row, column\) within \(2, 3\)"),
        ({"best": 4}, r"or None, but got 4"),
        ({"value_range": (1.0, 1.0)}, r"low < high, but got \(1.0, 1.0\)"),
        ({"value_range": (0.0, np.inf)}, "finite"),
    ],
)
def test_what_does_not_fit_is_refused(heat, changes, message):
    draw(heat)
    before = heat._frame
    with pytest.raises(ValueError, match=message):
        draw(heat, **changes)
    assert heat._frame == before


@pytest.mark.parametrize("labels", [("", "y", "v"), ("x", " ", "v"), ("x", "y", None)])
def test_labels_must_say_something(labels):
    with pytest.raises(ValueError, match="must be a name"):
        HeatMap(*labels)


def test_height_must_be_sensible():
    with pytest.raises(ValueError, match="between 160 and 1200 pixels, but got 20"):
        HeatMap("x", "y", "v", height=20)


def test_the_colours_are_viridis():
    import matplotlib

    source = (Path(tuningkit.labs.static.__file__).parent / "map_parts.js").read_text(encoding="utf-8")
    codes = re.search(r'VIRIDIS = \("([0-9a-f ]+)"\)', source)[1].split()
    ours = np.array([[int(code[i : i + 2], 16) for i in (0, 2, 4)] for code in codes])
    theirs = matplotlib.colormaps["viridis"](np.linspace(0, 1, len(codes)))[:, :3] * 255
    assert np.abs(ours - theirs).max() <= 3


def test_hidden_cells_travel_without_their_value(heat):
    hidden = np.array([[True, False, False], [False, False, True]])
    draw(heat, hidden=hidden, best=None)
    numbers = unpack_frame(heat._frame)[1].reshape(2, 3)
    np.testing.assert_array_equal(np.isposinf(numbers), hidden)
    assert np.isnan(numbers[0, 2]) and numbers[0, 1] == np.float32(0.4)
    with pytest.raises(ValueError, match="hidden must have the shape"):
        draw(heat, hidden=[True])


def test_points_lie_on_the_map(heat):
    point = MapPoint(0.5, 0.25, "random", "circle", 1, words="random 3", text="3")
    draw(heat, points=[point])
    (sent,) = unpack_frame(heat._frame)[0]["points"]
    assert (sent["u"], sent["v"], sent["shape"], sent["text"], sent["next"]) == (
        0.5,
        0.25,
        "circle",
        "3",
        False,
    )
    with pytest.raises(ValueError, match="must lie on the map"):
        MapPoint(1.2, 0.5, "random", "circle", 1)
    with pytest.raises(ValueError, match="shape must be one of"):
        MapPoint(0.2, 0.5, "random", "star", 1)
