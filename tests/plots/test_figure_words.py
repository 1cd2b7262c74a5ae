"""Every picture has a text alternative that says what is in it."""

from __future__ import annotations

import numpy as np
from IPython.core.formatters import DisplayFormatter

from tuningkit import plots


def test_words_name_title_axes_and_curves():
    words = plots.figure_words(
        plots.learning_curves({"loss": [1.0, 0.5], "val_loss": [1.1, 0.9]}, title="Run 3")
    )
    assert words.startswith("Picture: ") and words.endswith(".")
    for part in ("Run 3", "epoch", "training", "validation"):
        assert part in words, words


def test_equal_panels_are_said_once_and_text_alone_is_read_out():
    figure = plots.new_figure()
    for ax in figure.subplots(1, 3):
        ax.set_title("a digit")
    assert plots.figure_words(figure) == "Picture: a digit (3 times)."
    note = plots.new_figure()
    note.text(0.5, 0.5, "Nothing yet.\nPress Train.")
    assert plots.figure_words(note) == "Nothing yet. Press Train."
    assert plots.figure_words(plots.new_figure()) == "An empty picture."


def test_a_notebook_keeps_the_words_where_an_exported_page_looks_for_them():
    for picture in (
        plots.metric_against([0, 1e-3, 1e-2], [1, 2, 3], name="l2"),
        plots.images(np.ones((3, 4))),
    ):
        figure = picture if hasattr(picture, "axes") and isinstance(picture.axes, list) else picture.figure
        data, metadata = DisplayFormatter().format(picture)
        assert data["image/png"] and data["text/plain"] == plots.figure_words(figure)
        assert metadata["image/png"]["alt"] == plots.figure_words(figure)
