"""The colours of the charts, for every kind of colour vision and in grey: arithmetic on the numbers in theme.css.

Reference: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes (2009), A Physiologically-based Model for Simulation
of Color Vision Deficiency, IEEE Transactions on Visualization and Computer Graphics 15(6),
https://doi.org/10.1109/TVCG.2009.113. The matrices are the authors' for severity 1.0, applied to linear RGB:
https://www.inf.ufrgs.br/~oliveira/pubs_files/CVD_Simulation/CVD_Simulation.html
"""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import to_hex

import tuningkit.labs
from tuningkit import plots
from tuningkit.labs.optimizer_view import LOOKS
from tuningkit.labs.schedule_kinds import KINDS
from tuningkit.labs.search_points import LOOKS_OF
from tuningkit.plots import _style

VISION = {
    "full": np.eye(3),
    "deuteranopia": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "protanopia": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
}
# CIE 15: linear sRGB to XYZ under D65.
TO_XYZ = np.array(
    [
        [0.4124564, 0.3575761, 0.1804375],
        [0.2126729, 0.7151522, 0.0721750],
        [0.0193339, 0.1191920, 0.9503041],
    ]
)
# Two thin lines are safely told apart from about here on (CIE 1976 colour difference, or steps of its lightness).
APART, APART_IN_GREY = 10, 6
THEMES = ("light", "dark")
CSS = (Path(tuningkit.labs.__file__).parent / "static" / "theme.css").read_text(encoding="utf-8")


def colours(theme: str) -> dict[str, str]:
    """Name and hexadecimal value; of a variable of JupyterLab the value that stands in for it."""
    block = CSS.split("}")[THEMES.index(theme)]
    found = re.findall(r"--tk-([a-z0-9]+): (?:var\([^,]+, )?(#[0-9a-f]{3,6})\b", block)
    return {
        name: value if len(value) == 7 else "#" + "".join(2 * c for c in value[1:]) for name, value in found
    }


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def lab(colour: str, vision: str = "full") -> np.ndarray:
    """CIE 1976 L*, a*, b* of a colour as someone with this vision sees it."""
    seen = TO_XYZ @ np.clip(VISION[vision] @ linear(colour), 0, 1) / TO_XYZ.sum(axis=1)
    cubed = np.where(seen > 216 / 24389, np.cbrt(seen), (24389 / 27 * seen + 16) / 116)
    return np.array([116 * cubed[1] - 16, 500 * (cubed[0] - cubed[1]), 200 * (cubed[1] - cubed[2])])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    low, high = sorted(float(TO_XYZ[1] @ linear(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def test_the_arithmetic_is_right():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert lab("#ffffff") == pytest.approx([100, 0, 0], abs=0.01)
    assert lab("#ff0000") == pytest.approx([53.24, 80.09, 67.20], abs=0.02)
    # What red-green blindness is about: this red and this green are far apart, and then nearly the same.
    red, green = "#c4520a", "#96800f"
    assert np.linalg.norm(lab(red) - lab(green)) > 40
    assert np.linalg.norm(lab(red, "deuteranopia") - lab(green, "deuteranopia")) < 5


@pytest.mark.parametrize("theme", THEMES)
def test_words_and_lines_stand_out(theme):
    shown = colours(theme)
    for surface in (shown["surface"], shown["raised"]):
        for name in ("text", "muted", "good", "warn", "bad"):
            assert contrast(shown[name], surface) >= 4.5, name
    for name in ("c0", "c1", "c2", "c3", "c4", "c5", "focus", "border", "ghost", "ramp0", "ramp4"):
        assert contrast(shown[name], shown["surface"]) >= 3, name


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("theme", THEMES)
def test_six_colours_are_apart_for_every_vision(theme, vision):
    shown = colours(theme)
    for one, other in itertools.combinations([f"c{number}" for number in range(6)], 2):
        distance = np.linalg.norm(lab(shown[one], vision) - lab(shown[other], vision))
        assert distance >= APART, f"{one} and {other} are {distance:.1f} apart"


@pytest.mark.parametrize("theme", THEMES)
def test_the_ordered_scale_is_ordered_in_grey(theme):
    shown = colours(theme)
    steps = np.diff([lab(shown[f"ramp{number}"])[0] for number in range(5)])
    assert (np.sign(steps) == np.sign(steps[0])).all() and np.abs(steps).min() >= APART_IN_GREY


LINES = {
    "optimisers": {name: look[:2] for name, look in LOOKS.items()},
    "schedules": {name: (kind.palette, kind.dash) for name, kind in KINDS.items()},
    "pinned runs": {f"run {place}": (2 + place % 4, 1 + place % 4) for place in range(4)},
}


@pytest.mark.parametrize("chart", LINES)
@pytest.mark.parametrize("theme", THEMES)
def test_in_grey_lines_differ_in_brightness_or_in_their_dashes(theme, chart):
    shown = colours(theme)
    for (one, (colour, dash)), (other, (second, dashes)) in itertools.combinations(LINES[chart].items(), 2):
        gap = abs(lab(shown[f"c{colour}"])[0] - lab(shown[f"c{second}"])[0])
        assert dash != dashes or gap >= APART_IN_GREY, (
            f"{one} and {other}: {gap:.1f} apart, with the same dashes"
        )


def drawn(figure: str) -> list:
    """The axes of a figure of several lines, as the lessons draw them."""
    line = np.linspace(1, 2, 5)
    names = ["grid", "random", "bayesian", "tpe", "hyperband"]
    if figure == "train and validation":
        ax = plots.curves(
            {"loss": line, "val_loss": line + 1}, ghosts=[{"loss": line + 2, "val_loss": line + 3}]
        )
    elif figure == "schedules":
        return plots.schedules({name: (line, line + place) for place, name in enumerate(names)}).axes
    elif figure == "race":
        ax = plots.best_so_far({name: (line, line + place) for place, name in enumerate(names)})
    elif figure == "against steps":
        ax = plots.loss_against_step({name: line + place for place, name in enumerate(names)})
    else:
        lab = tuningkit.MetricsLab([0, 0, 1, 0, 1, 1], [0.1, 0.3, 0.4, 0.6, 0.7, 0.9])
        axes = lab.figure().axes
        lab.close()
        return axes
    return [ax]


@pytest.mark.parametrize("figure", ["train and validation", "schedules", "race", "against steps", "metrics"])
def test_in_rendered_figures_no_two_lines_look_the_same(figure):
    told = 0
    for ax in drawn(figure):
        named = [line for line in ax.lines if not line.get_label().startswith("_")]
        for one, other in itertools.combinations(named, 2):
            shapes = [(line._unscaled_dash_pattern, line.get_marker()) for line in (one, other)]
            colour, second = (to_hex(line.get_color()) for line in (one, other))
            apart = np.linalg.norm(lab(colour, "deuteranopia") - lab(second, "deuteranopia")) >= APART
            lighter = abs(lab(colour)[0] - lab(second)[0]) >= APART_IN_GREY
            assert shapes[0] != shapes[1] or (apart and lighter), f"{one.get_label()} and {other.get_label()}"
            told += 1
    assert told


def test_maps_are_ordered_in_grey():
    (mesh,) = plots.heat_map(
        np.arange(6.0).reshape(2, 3), ["a", "b", "c"], ["d", "e"], x_name="x", y_name="y"
    ).collections[:1]
    steps = np.diff([lab(to_hex(mesh.cmap(share)))[0] for share in np.linspace(0, 1, 6)])
    assert (np.sign(steps) == np.sign(steps[0])).all() and np.abs(steps).min() >= APART_IN_GREY


def test_points_differ_in_shape():
    shapes = [shape for shape, *_ in LOOKS_OF.values()]
    assert len(set(shapes)) == len(shapes)
    assert len(set(_style.MARKERS)) == len(_style.MARKERS) >= len(_style.PALETTE)


def test_static_figures_use_the_same_six():
    assert list(_style.PALETTE[:6]) == [colours("light")[f"c{number}"] for number in range(6)]
