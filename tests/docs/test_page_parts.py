"""The parts that make the pages, each alone: formulas, docstrings, words of pictures, the link check."""

from __future__ import annotations

import re

import nbformat
import pytest

LESSON = "03_3_regularization"


@pytest.fixture(scope="module")
def mathml(part):
    return part("formulas").mathml


def formulas_of(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "markdown":
            continue
        text = re.sub(r"```.*?```|`[^`\n]*`", " ", cell.source, flags=re.DOTALL)
        yield from ((found, True) for found in re.findall(r"\$\$(.+?)\$\$", text, flags=re.DOTALL))
        yield from ((found, False) for found in re.findall(r"\$([^$]+)\$", re.sub(r"\$\$.+?\$\$", " ", text)))


def test_every_formula_of_the_lessons_becomes_mathml(mathml, lesson_source):
    for formula, block in formulas_of(lesson_source.parents[1] / "notebooks" / f"{lesson_source.stem}.ipynb"):
        assert mathml(formula, block=block).startswith("<math"), formula


def test_formulas_that_docutils_alone_does_not_know(mathml):
    large = mathml(r"f\Big(\frac12\Big)", block=True)
    assert "<mfrac>" in large and 'display="block"' in large and large.count("<mo>(</mo>") == 1
    assert "…" in mathml(r"n_0, \dots, n_m", block=False)
    words = mathml(r"\text{Keras's val\_loss} = \texttt{loss}", block=True)
    assert "Keras's val_loss</mtext>" in words and "<mtext>loss</mtext>" in words


def test_prose_of_a_docstring_is_read_as_prose(part):
    plainer = part("docstrings").plainer
    assert plainer("The first step at which |x| is beyond: see `a|b`.", is_value=False) == (
        "The first step at which \\|x\\| is beyond: see `a|b`."
    )
    assert plainer("See :meth:`~Lab.wait` and :func:`run`.", is_value=False) == "See `Lab.wait` and `run`."
    hidden = plainer(
        "Rate: at least 0.\n\nArgs:\n    x: A number.\n\nReturns:\n    Found: the trials.\n", is_value=True
    )
    first, rest = hidden.split("\n\n", 1)
    assert ":" not in first and "    x: A number." in rest and "Found:" not in rest


def cell(*outputs, source="lab", **metadata):
    made = nbformat.v4.new_code_cell(source, metadata=metadata)
    made.outputs = [
        nbformat.v4.new_output("display_data", data=data, metadata=about) for data, about in outputs
    ]
    return made


PNG = "iVBORw0KGgo="
WIDGET = "application/vnd.jupyter.widget-view+json"


def made_page(part, *cells):
    title = nbformat.v4.new_markdown_cell("# A lesson")
    return part("pages").page(nbformat.v4.new_notebook(cells=[title, *cells]), LESSON).cells


def test_a_page_says_that_it_cannot_answer_and_where_the_lesson_can(part):
    cells = made_page(part)
    assert (
        "(https://mybinder.org/v2/gh/tuningkit/tuningkit/HEAD?urlpath=lab/tree/notebooks/" in cells[1].source
    )
    assert f"{LESSON}.ipynb)" in cells[1].source


def test_below_a_lab_stands_where_to_use_it_and_its_picture_has_words(part):
    lab = cell(
        ({"image/png": PNG, WIDGET: {}, "text/plain": "x"}, {"image/png": {"alt": "A lab,\none run."}})
    )
    figure = cell(({"image/png": PNG, "text/plain": "<Figure size 640x480>"}, {}))
    cells = made_page(part, lab, figure)
    assert cells[2].metadata["mystnb"]["image"]["alt"] == "A lab, one run."
    assert "Run this on Binder" in cells[3].source
    assert cells[4].metadata["mystnb"]["image"]["alt"] == "<Figure size 640x480>" and len(cells) == 5


def test_a_progress_bar_that_is_done_leaves_no_empty_box(part):
    [*_, shown] = made_page(part, cell(({"text/plain": " \n"}, {}), ({"text/plain": "3"}, {})))
    assert [output.data["text/plain"] for output in shown.outputs] == ["3"]


def test_what_is_printed_around_a_progress_bar_stands_in_one_box(part):
    printed = cell(({"text/plain": ""}, {}))
    lines = [nbformat.v4.new_output("stream", name="stdout", text=f"{word}\n") for word in ("one", "two")]
    printed.outputs = [lines[0], *printed.outputs, lines[1]]
    [*_, shown] = made_page(part, printed)
    assert [output.text for output in shown.outputs] == ["one\ntwo\n"]


def test_code_that_gives_answers_away_stays_folded(part):
    cells = made_page(part, cell(source="tk.Quiz()", jupyter={"source_hidden": True}), cell(source="1 + 1"))
    assert "hide-input" in cells[2].metadata["tags"] and "tags" not in cells[3].metadata


def test_what_showed_a_lab_is_run_again_only_after_a_change(part, tmp_path, monkeypatch):
    execution = part("execution")
    runs = []
    monkeypatch.setattr(execution, "run", lambda notebook: runs.append(1) or notebook)
    path = tmp_path / "00_sample.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell(source="1 + 1")]), path)
    for _ in range(2):
        execution.executed(path, tmp_path / "kept")
    assert len(runs) == 1
    nbformat.write(nbformat.v4.new_notebook(cells=[cell(source="1 + 2")]), path)
    assert execution.executed(path, tmp_path / "kept").cells[0].source == "1 + 2"
    assert len(runs) == 2 and len(list((tmp_path / "kept").iterdir())) == 1


GOOD = (
    '<link rel="canonical" href="https://example.org"/><a href="b.html#x">b</a>'
    '<a id="y" href="#y">y</a><img src="p.png" alt="">'
)


@pytest.mark.parametrize(
    ("html", "words"),
    [
        (GOOD, None),
        ('<a href="https://example.org">out</a>', None),
        ('<a href="c.html">c</a>', "c.html leads to a file that does not exist"),
        ('<a href="b.html#z">b</a>', "b.html#z leads to a place that does not exist"),
        ('<a href="#z">z</a>', "#z leads to a place that does not exist"),
        ('<img src="q.png" alt="q">', "q.png leads to a file that does not exist"),
        ('<img src="p.png">', "the picture p.png has no text alternative"),
        ('<script src="https://example.org/m.js"></script>', "loads https://example.org/m.js from the web"),
        ('<link rel="stylesheet" href="//example.org/m.css">', "loads //example.org/m.css from the web"),
    ],
)
def test_the_link_check(part, tmp_path, html, words):
    (tmp_path / "a.html").write_text(html)
    (tmp_path / "b.html").write_text('<p id="x">x</p>')
    (tmp_path / "p.png").write_bytes(b"")
    found = list(part("link_check").problems(tmp_path))
    assert found == ([f"a.html: {words}"] if words else [])


def test_links_to_what_is_no_page_lead_to_the_repository(part):
    text = "[a](../CONTRIBUTING.md), [b](../notebooks/00_start_here.ipynb), [c](teaching.md)"
    assert part("build").with_web_links(text) == text.replace(
        "../CONTRIBUTING.md", "https://github.com/tuningkit/tuningkit/blob/HEAD/CONTRIBUTING.md"
    )


def test_a_lesson_that_does_not_exist_is_named(part, tmp_path):
    assert "no lesson '00_nowhere'" in part("build").build(tmp_path, ["00_nowhere"])[0]
