"""A chart of questions: numbered, in order, each with its own action, and all of it in words."""

import pytest

from tuningkit import plots

STEPS = [
    ("Does the loss diverge or hardly move?", "find the rate: range test"),
    ("Found?", "test rows, once"),
]


def test_questions_and_actions_stand_side_by_side_in_order():
    ax = plots.flow_chart(STEPS, title="What next?")
    boxes = [text for text in ax.texts if text.get_gid() == "step"]
    words = [" ".join(text.get_text().split()) for text in boxes]
    assert words == ["1. Does the loss diverge or hardly move?", STEPS[0][1], "2. Found?", STEPS[1][1]]
    places = [text.get_position() for text in boxes]
    assert places[0][1] == places[1][1] > places[2][1] == places[3][1]
    assert places[0][0] == places[2][0] < places[1][0] == places[3][0]
    assert [text.get_text() for text in ax.texts if text.get_text() in ("yes", "no")] == ["yes", "no", "yes"]
    # Round and square: colour is not the only sign.
    assert {type(patch.get_boxstyle()).__name__ for patch in ax.patches} == {"Round", "Square"}


def test_the_chart_is_told_in_words():
    words = plots.figure_words(plots.flow_chart(STEPS, title="What next?").figure)
    assert words == (
        "Picture: What next?; 1. Does the loss diverge or hardly move?; find the rate: range test; 2. Found?; "
        "test rows, once."
    )


@pytest.mark.parametrize("steps", [[], ["ab"], [("one",)], [("", "x")], [("x" * 61, "y")], [("question", 3)]])
def test_what_does_not_fit_is_refused(steps):
    with pytest.raises(ValueError, match="step"):
        plots.flow_chart(steps)


def test_letters_stay_inside_their_boxes():
    ax = plots.flow_chart([("w" * 29 + " " + "w" * 29, "m" * 29 + " " + "m" * 29)])
    ax.figure.canvas.draw()
    for patch, text in zip(ax.patches, [t for t in ax.texts if t.get_gid() == "step"], strict=True):
        box, letters = patch.get_window_extent(), text.get_window_extent()
        assert box.y0 <= letters.y0 and letters.y1 <= box.y1
