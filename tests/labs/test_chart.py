"""The chart's Python half: what is checked at the door, and what travels to the browser."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tuningkit.labs.chart import Curve, CurveChart, Marker, Panel
from tuningkit.labs.static import _FOLDER, pack_frame, static_text, unpack_frame

PANELS = [Panel("loss", "Loss", "cross-entropy", y_log_toggle=True), Panel("accuracy", "Accuracy", "share")]


def shown(chart: CurveChart) -> tuple[dict, list[dict]]:
    """The header and the curves as the browser reads them."""
    header, numbers = unpack_frame(chart._frame)
    curves = []
    for curve in header["curves"]:
        n = curve["n"]
        sizes = {"x": n + (curve["kind"] == "bars"), "y": n, "low": n, "high": n}
        parts = {
            key: None if curve[key] is None else numbers[curve[key] : curve[key] + size]
            for key, size in sizes.items()
        }
        curves.append({**curve, **parts})
    return header, curves


def test_frame_round_trip():
    header = {"text": "L2 1e-4 → 1e-2", "n": 3, "none": None}
    numbers = [np.array([1.5, np.nan, np.inf]), np.arange(4).reshape(2, 2)]
    frame = pack_frame(header, numbers)
    back, values = unpack_frame(frame)
    assert back == header
    np.testing.assert_array_equal(values, np.float32([1.5, np.nan, np.inf, 0, 1, 2, 3]))
    assert int.from_bytes(frame[:4], "little") % 4 == 0, "numbers begin where float32 may"
    assert unpack_frame(b"")[0] == {}
    with pytest.raises(ValueError):
        pack_frame({"bad": float("nan")})


def test_a_new_chart_carries_its_panels_and_no_curve():
    chart = CurveChart(PANELS, height=200)
    assert [panel["name"] for panel in chart._panels] == ["loss", "accuracy"]
    assert chart._panels[0]["toggle"] is True and chart._panels[1]["yRange"] is None
    assert chart._height == 200 and chart._description == "Loss and Accuracy"
    assert chart._frame == b""
    assert {"_panels", "_height", "_description", "_frame", "_esm", "_css"} <= set(chart.get_state())


def test_draw_sends_every_number_and_meaning():
    chart = CurveChart(PANELS)
    x = np.arange(1, 4)
    train = np.array([0.9, np.nan, 0.4])
    band = Curve("loss", "validation", x, train, role="validation", low=train - 0.1, high=train + 0.1)
    chart.draw(
        [Curve("loss", "training", x, train, role="train", emphasis=True), band,
         Curve("accuracy", "members", x, [1, 2, 3], kind="points", ghost=True, shade=0.25, palette=3)],
        markers=[Marker(None, 2, "L2 1e-4 → 1e-2"), Marker("accuracy", 3, "best", y=0.5, before=True)],
        sentence="Epoch 3.",
        x_max=60,
    )  # fmt: skip
    header, curves = shown(chart)
    assert header["seq"] == 1 and header["sentence"] == "Epoch 3." and header["xMax"] == 60
    assert [curve["panel"] for curve in curves] == [0, 0, 1]
    assert [curve["role"] for curve in curves] == ["train", "validation", "other"]
    assert curves[0]["emphasis"] and curves[2]["ghost"]
    assert curves[2]["shade"] == 0.25 and curves[2]["palette"] == 3 and curves[2]["kind"] == "points"
    for curve in curves:
        np.testing.assert_array_equal(curve["x"], [1, 2, 3])
    np.testing.assert_array_equal(curves[0]["y"], np.float32(train))
    np.testing.assert_array_equal(curves[1]["high"], np.float32(train + 0.1))
    assert curves[0]["low"] is None
    assert header["markers"] == [
        {"panel": None, "x": 2.0, "y": None, "label": "L2 1e-4 → 1e-2", "before": False},
        {"panel": 1, "x": 3.0, "y": 0.5, "label": "best", "before": True},
    ]


def test_equal_arrays_travel_once():
    chart = CurveChart(PANELS)
    x = np.arange(50.0)
    chart.draw([Curve("loss", str(i), x, x + i + 0.5) for i in range(10)])
    assert len(unpack_frame(chart._frame)[1]) == 11 * 50


def test_one_message_for_each_drawing_and_rising_numbers():
    chart = CurveChart(PANELS)
    sent: list[tuple[str, bytes]] = []
    chart.observe(lambda change: sent.append((change["name"], change["new"])))
    for n in range(1, 6):
        chart.draw([Curve("loss", "training", np.arange(n), np.arange(n))])
    assert [name for name, _ in sent] == ["_frame"] * 5
    for number, (_, frame) in enumerate(sent, start=1):
        header, values = unpack_frame(frame)
        assert header["seq"] == number == header["curves"][0]["n"]
        assert len(values) == number


def test_a_curve_keeps_a_copy_of_what_the_worker_goes_on_filling():
    y = np.zeros(3)
    curve = Curve("loss", "training", [1, 2, 3], y)
    y[:] = 7
    assert curve.y.tolist() == [0, 0, 0]


def test_numbers_beyond_float32_become_infinite_without_a_warning():
    assert np.isinf(Curve("loss", "training", [1], [1e300]).y[0])


@pytest.mark.parametrize(
    ("x", "edges"),
    [([0, 1, 2], [0, 1, 2, 3]), ([0, 1, 2, 4], [0, 1, 2, 4]), ([0, 0.5, 1.0], [0, 0.5, 1.0, 1.5])],
)
def test_bars_take_left_edges_or_all_edges(x, edges):
    curve = Curve("loss", "weights", x, [5, 6, 7], kind="bars")
    np.testing.assert_allclose(curve.x, edges)
    chart = CurveChart(PANELS)
    chart.draw(
        [curve, Curve("loss", "none yet", [], [], kind="bars"), Curve("loss", "one", [2], [3], kind="bars")]
    )
    _, curves = shown(chart)
    assert [curve["x"].tolist() for curve in curves] == [edges, [0], [2, 3]]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"y": [1, 2]}, r"as many values as y \(2\); received 3"),
        ({"x": [1, np.nan, 3]}, "x must be finite"),
        ({"y": [[1, 2, 3]]}, r"one-dimensional; received shape \(1, 3\)"),
        ({"role": "test"}, "role must be one of .*'test'"),
        ({"kind": "area"}, "kind must be one of .*'area'"),
        ({"kind": "bars", "x": [1, 2]}, r"\(3 or 4\); received 2"),
        ({"low": [0, 0, 0]}, "both low and high"),
        ({"low": [0, 0], "high": [1, 1]}, "low must have 3 values like y; received 2"),
        ({"shade": 1.5}, "between 0 and 1; received 1.5"),
        ({"palette": 6}, "0 to 5; received 6"),
    ],
)
def test_wrong_curves_are_refused_with_what_was_received(wrong, message):
    good = {"panel": "loss", "label": "training", "x": [1, 2, 3], "y": [1, 2, 3]}
    Curve(**good)
    with pytest.raises(ValueError, match=message):
        Curve(**{**good, **wrong})


def test_wrong_panels_charts_and_markers_are_refused():
    with pytest.raises(ValueError, match="low < high"):
        Panel("a", "A", "a", y_range=(1, 0))
    with pytest.raises(ValueError, match="needs a name"):
        Panel("", "A", "a")
    with pytest.raises(ValueError, match="different names"):
        CurveChart([PANELS[0], PANELS[0]])
    with pytest.raises(ValueError, match="different names"):
        CurveChart([])
    with pytest.raises(ValueError, match="at least 120"):
        CurveChart(PANELS, height=20)
    with pytest.raises(ValueError, match="finite place"):
        Marker(None, np.nan, "gone")
    chart = CurveChart(PANELS)
    with pytest.raises(ValueError, match="no panel 'los'; the chart has 'loss', 'accuracy'"):
        chart.draw([Curve("los", "training", [1], [1])])
    with pytest.raises(ValueError, match="no panel 'best'"):
        chart.draw([], markers=[Marker("best", 1, "here")])
    with pytest.raises(ValueError, match="x_max"):
        chart.draw([], x_max=np.inf)
    assert chart._frame == b"", "a refused drawing changes nothing"


def test_the_module_is_small_and_asks_nobody_outside():
    module = CurveChart(PANELS)._esm
    assert len(module.encode()) < 30_000
    assert "export default" in module
    assert set(re.findall(r"https?://[^\"'`]+", module)) == {"http://www.w3.org/2000/svg"}
    assert "import " not in module


def test_static_text_leaves_out_only_what_people_read():
    text = static_text("common.js", "chart.js")
    assert not re.search(r"^\s|^//|^/\*.*\*/$", text, flags=re.MULTILINE)
    assert "function linearTicks" in text and "function render" in text
    # Indentation may be dropped because no text of ours spans lines.
    for file in _FOLDER.glob("*.js"):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            if not line.strip().startswith(("//", "/*")):
                assert line.count("`") % 2 == 0, f"{file.name}:{number}"
    with pytest.raises(FileNotFoundError):
        static_text("missing.js")


def test_a_line_can_have_a_pattern_of_its_own():
    chart = CurveChart([Panel("loss", "Loss", "loss")])
    chart.draw([Curve("loss", "grid", [1, 2], [3, 4], dash=3)])
    assert unpack_frame(chart._frame)[0]["curves"][0]["dash"] == 3
    chart.close()
    with pytest.raises(ValueError, match="dash must be 0 to 4"):
        Curve("loss", "grid", [1, 2], [3, 4], dash=5)
