"""What an exported page shows of a lab in which nothing has happened yet."""

from __future__ import annotations

from tuningkit.labs.static_picture import STILL, empty_figure


def test_an_empty_picture_says_what_to_do_where_no_button_can_be_pressed():
    figure = empty_figure("No run yet. Press Train, or call lab.train().")
    assert [text.get_text() for text in figure.texts] == [
        "No run yet. Press Train, or call lab.train().",
        STILL,
    ]
    assert "JupyterLab" in STILL and "lab.figure()" in STILL
    # Everything lies within the picture, one line under the other.
    figure.canvas.draw()
    first, second = (text.get_window_extent() for text in figure.texts)
    inside = figure.bbox
    assert first.y0 > second.y1
    for box in (first, second):
        assert inside.x0 <= box.x0 and box.x1 <= inside.x1 and inside.y0 <= box.y0 and box.y1 <= inside.y1
