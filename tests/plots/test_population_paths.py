"""The ways of a population: every place faint, the best network's own bold."""

import numpy as np
import pytest

from tuningkit import plots

VALUES = [[1e-3, 1e-3, 2e-3], [1e-1, 1e-1, 8e-4]]


def test_the_bold_line_changes_places():
    ax = plots.population_paths(VALUES, [0, 0, 1], name="l2")
    faint, bold = ax.lines[:2], ax.lines[-1]
    for line, row in zip(faint, VALUES, strict=True):
        np.testing.assert_array_equal(line.get_ydata(), row)
    np.testing.assert_array_equal(bold.get_ydata(), [1e-3, 1e-3, 8e-4])
    assert bold.get_linewidth() > 2 * faint[0].get_linewidth()
    assert ax.get_yscale() == "log" and ax.get_ylabel() == "l2, log scale"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "places of the population",
        "the best network's way",
    ]


@pytest.mark.parametrize("lineage", [[0, 0], [0, 0, 2], [0.0, 1.0, 1.0], [-1, 0, 0]])
def test_a_lineage_that_does_not_fit_is_refused(lineage):
    with pytest.raises(ValueError, match="lineage"):
        plots.population_paths(VALUES, lineage)
