"""The builder, the rules and the runner, tried on a sample lesson that is changed in every way that matters."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest


@pytest.fixture
def problems(build, course):
    def of(**options):
        return build.build(lessons=course.lessons, notebooks=course.notebooks, **options)

    return of


def cells_with(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def test_the_sample_is_in_order_and_built(problems, course):
    assert problems() == []
    notebook = nbformat.read(course.notebook, as_version=4)
    nbformat.validate(notebook)
    assert notebook.metadata == {
        "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
        "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
    }
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)


def test_the_same_bytes_every_time(problems, course, build):
    assert problems() == []
    first = course.notebook.read_bytes()
    course.notebook.unlink()
    assert problems() == []
    assert course.notebook.read_bytes() == first and first.endswith(b"}\n")
    program = (
        f"import sys; sys.path.insert(0, {str(build.LESSONS)!r}); import build; from pathlib import Path\n"
        f"sys.stdout.write(build.as_text(build.learner_notebook(Path({str(course.source)!r}))))"
    )
    other = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True).stdout
    assert other == first


def test_cell_ids_follow_position_and_content(build, course):
    before = [cell.id for cell in build.learner_notebook(course.source).cells]
    assert len(set(before)) == len(before)
    course.replace("A half of $x$", "One half of $x$")
    after = [cell.id for cell in build.learner_notebook(course.source).cells]
    assert sum(a != b for a, b in zip(before, after, strict=True)) == 1


def test_learners_get_starting_code_and_a_folded_solution(build, course):
    notebook = build.learner_notebook(course.source)
    [start] = [cell for cell in cells_with(notebook, "exercise") if cell.cell_type == "code"]
    assert start.source == "# Write a function of one number and call it `answer`.\nanswer = None"
    [solution] = cells_with(notebook, "solution")
    assert solution.cell_type == "markdown"
    assert solution.source == (
        "<details>\n<summary>Solution</summary>\n\n"
        "```python\ndef answer(number):\n    return number / 2\n```\n\n</details>"
    )
    [hint] = cells_with(notebook, "hint")
    assert "<summary>Hint</summary>" in hint.source and "The operator is `/`." in hint.source
    assert cells_with(notebook, "test") == []
    assert not any("WRONG" in cell.source for cell in notebook.cells)


def test_the_tests_get_solutions_and_assertions(build, course):
    notebook = build.test_notebook(course.source)
    [start] = [cell for cell in cells_with(notebook, "exercise") if cell.cell_type == "code"]
    assert start.source.endswith("answer = None")
    solution, check = cells_with(notebook, "solution")
    assert solution.source == "def answer(number):\n    return number / 2"
    assert check.source == 'tk.check("9.9-a", answer)'
    sources = [cell.source for cell in notebook.cells]
    first = sources.index(check.source)
    assert (
        sources.index(start.source)
        < first
        < sources.index(solution.source)
        < sources.index(check.source, first + 1)
    )
    assert "answer(3) == 1.5" in cells_with(notebook, "test")[0].source
    assert "for _key, _cases in WRONG.items()" in cells_with(notebook, "test")[1].source
    assert build.exercise_keys(course.source) == ["9.9-a"]


def test_a_solution_with_a_fence_inside_stays_folded(build, course):
    course.replace("    return number / 2", '    """```"""\n    return number / 2')
    [solution] = cells_with(build.learner_notebook(course.source), "solution")
    assert solution.source.count("````") == 2


def test_checking_writes_nothing_and_sees_every_difference(problems, course):
    assert "differs from a fresh build" in problems(check=True)[0] and not course.notebook.exists()
    problems()
    assert problems(check=True) == []
    course.notebook.write_bytes(course.notebook.read_bytes() + b"\n")
    assert "differs" in problems(check=True)[0]


def test_strays_and_unknown_names_are_reported(problems, course):
    problems()
    (course.notebooks / "07_gone.ipynb").write_text("{}")
    assert problems() == ["07_gone.ipynb has no lesson; delete it, or restore its source."]
    assert problems(names=["00_sample"]) == [] and problems(names=["00_sample.py"]) == []
    assert "no lesson '00_simple'" in problems(names=["00_simple"])[0]
    course.source.unlink()
    assert "There is no lesson in" in problems(check=True)[0]


def test_the_command_line(build, course, monkeypatch, capsys):
    monkeypatch.setattr(
        build.build,
        "__kwdefaults__",
        {**build.build.__kwdefaults__, "lessons": course.lessons, "notebooks": course.notebooks},
    )
    assert build.main(["--check"]) == 1 and "differs" in capsys.readouterr().err
    assert build.main(["00_sample"]) == 0 and "wrote 00_sample.ipynb" in capsys.readouterr().out
    assert build.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('[markdown] tags=["title"]', "[markdown]", "begins with a Markdown cell tagged `title`"),
        ("# # A sample", "# ## A sample", "the title begins with"),
        ("5 minutes", "5 hours", "how many minutes"),
        (
            '# %% [markdown] tags=["predict"]\n# ## Predict\n\n# %% tags=["predict"]',
            "# %%",
            "`lab` comes after `idea`; there may come: idea or predict",
        ),
        ('[markdown] tags=["code"]', "[markdown]", "`exercise` comes after `explain`; there may come: explain or"),
        ('[markdown] tags=["sources"]', "[markdown]", "there is no part tagged `sources`"),
        ('[markdown] tags=["idea"]', '[markdown] tags=["ide"]', "unknown tag 'ide'. Did you mean 'idea'?"),
        ('[markdown] tags=["idea"]', '[markdown] tags=["idea", "lab"]', "tags of several parts: idea, lab"),
        ("A half of $x$ is", "A half of $x$ is" + " word" * 151, "at most 150 words; this one has 1"),
        ('tk.Prediction("9.9-half"', 'print("9.9-half"', "`predict` has no code with `Prediction(...)`"),
        ("prediction.reveal(", "print(", "`explain` has no code with `.reveal(...)`"),
        ("tk.Challenge(", "print(", "has no code with `Challenge(...)`"),
        ("tk.Quiz(", "print(", "has no code with `Quiz(...)`"),
        ('tk.check("9.9-a", answer)', "answer", "has no code with `check(...)`"),
        ("# 3. Look once more.\n", "", "three moves"),
        ('# %% tags=["lab"]', "# %%", "a code cell tagged `lab`"),
        ("This is the third sentence.", "", "three sentences; this one has 2"),
        ("[A book](https://example.org/book)", "A book", "link to what they name"),
        ("# Write a function that", "# ## Another\n# Write a function that", "a heading stands at its top"),
        ("# ## Halves", "# # Halves", "only the title"),
        ("# A half is less.", "# A half is less than $x!$ and `x!`, wow!", "exclamation mark"),
        ("# A half is less.", "# A half is simply less.", "leave out `simply`"),
        ('# %% tags=["solution"]', "# %%", "this exercise has no solution"),
        ('# %% tags=["exercise"]', "# %%", "belongs to no exercise"),
        (
            '# %% tags=["solution"]',
            '# %% tags=["exercise"]\nanswer = None\n\n# %% tags=["solution"]',
            "no solution before the next exercise",
        ),
        ('# %% tags=["test"]', '# %% [markdown] tags=["test"]', "are code cells"),
        ('WRONG = {"9.9-a": [(3', 'WRONG = {"9.9-b": [(3', "no test cell gives wrong answers to '9.9-a'"),
        ('[(3, "a function"), (lambda number: number, "not 4")]', "[]", "no test cell gives wrong answers"),
        ("#Your-task", "#My-task", "the link to #My-task leads to a heading that does not exist"),
        ("00_sample.ipynb#Halves", "00_sample.ipynb#Thirds", "00_sample.ipynb#Thirds leads to a heading"),
        ("00_sample.ipynb#Halves", "01_next.ipynb", "leads to a lesson that does not exist"),
        ("00_sample.ipynb#Halves", "../figure.png", "leads to a file that does not exist"),
        ("00_sample.ipynb#Halves", "attachment:figure.png", "neither a web address nor a file"),
        ("00_sample.ipynb#Halves", "https:///x", "names no host"),
        ("See [the task](#Your-task)", 'See <img src="gone.png">', "the link to gone.png leads to a file"),
        ("4 / 2", "4 /", "a code cell is not Python"),
    ],
)  # fmt: skip
def test_each_rule(problems, course, old, new, words):
    course.replace(old, new)
    found = problems()
    assert any(words in problem for problem in found), found
    assert all(problem.startswith("00_sample.py") for problem in found)
    assert not course.notebook.exists(), "a lesson with problems must not be written"


def test_links_that_lead_somewhere(problems, course):
    course.notebooks.mkdir()
    (course.notebooks / "figure 1.png").write_bytes(b"")
    course.replace("00_sample.ipynb#Halves", "figure%201.png")
    course.replace("(#Your-task)", '(#Your-task "with a title"), `[not a link](gone)`')
    assert problems() == []


def test_a_round_of_parts_may_follow_another(problems, course):
    course.replace(
        '# %% [markdown] tags=["exercise"]\n# ## Your task',
        '# %% [markdown] tags=["idea"]\n# ## Twice\n\n# %% [markdown] tags=["idea"]\n# ## Thrice\n\n'
        '# %% [markdown] tags=["predict"]\n# ## Predict again\n\n# %%\n'
        'twice = tk.Prediction("9.9-twice", "Twice 4?", between=(0, 10))\n\n'
        '# %% tags=["lab"]\nlab\n\n# %% [markdown]\n# - a\n# - b\n# - c\n\n# %% tags=["explain"]\ntwice.reveal(8)\n\n'
        '# %% [markdown] tags=["code"]\n# ## Code again\n\n'
        '# %% [markdown] tags=["exercise"]\n# ## Your task',
    )
    assert problems() == []


@pytest.mark.notebook
def test_the_runner_measures_and_records(runner, build, course, tmp_path):
    report = runner.run(build.test_notebook(course.source), tmp_path)
    assert 0 < report.seconds < runner.SECONDS
    assert 20 << 20 < report.peak_memory < runner.MEMORY
    assert report.checks()["9.9-a"]["passed"] is True and report.passed_unsolved == set()
    assert report.red_output() == [] and report.without_picture() == []
    page = report.exported()
    # Questions, options and results are on the page although no widget can run there.
    for words in ("What is half of 4?", "Two and two are four.", "Half of 6?", "a) 3"):
        assert words in page
    assert runner.WIDGET not in page


@pytest.mark.notebook
def test_an_exercise_that_is_passed_unsolved_is_seen(runner, build, course, tmp_path):
    course.replace("\nanswer = None\n", "\nanswer = lambda number: number / 2  # noqa: E731\n")
    assert runner.run(build.test_notebook(course.source), tmp_path).passed_unsolved == {"9.9-a"}


@pytest.mark.notebook
def test_the_learners_version_runs_without_answers(runner, build, course, tmp_path):
    report = runner.run(build.learner_notebook(course.source), tmp_path)
    assert report.checks() == {}
    outputs = [output for cell in report.notebook.cells for output in cell.get("outputs", [])]
    assert any("There is no answer yet" in json.dumps(output.get("data", {})) for output in outputs)


@pytest.mark.notebook
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("return number / 2", "return number / 3", "AssertionError"),
        ('(3, "a function")', "(lambda number: number / 2, 'x')", "accepts the wrong answer"),
        ('"not 4")', '"a sentence of another kind")', "Expected 'a sentence of another kind'"),
    ],
)
def test_a_lesson_with_a_fault_fails(runner, build, course, tmp_path, old, new, words):
    course.replace(old, new)
    with pytest.raises(AssertionError, match=words):
        runner.run(build.test_notebook(course.source), tmp_path)


@pytest.mark.notebook
def test_red_output_and_missing_pictures_are_seen(runner, build, course, tmp_path):
    course.replace(
        "\nlab\n",
        '\nimport warnings\nimport ipywidgets\n\nwarnings.warn("careful")\nipywidgets.IntSlider()\n',
    )
    report = runner.run(build.learner_notebook(course.source), tmp_path)
    assert "careful" in report.red_output()[0]
    assert [problem.split(": ")[1] for problem in report.without_picture()] == [
        "a widget without a picture or a text for exported pages",
        "the lab brings no picture (image/png)",
    ]


def test_answers_are_folded_away(build, course):
    cells = build.learner_notebook(course.source).cells
    hidden = [cell.source for cell in cells if cell.metadata.get("jupyter", {}).get("source_hidden")]
    assert len(hidden) == 3
    assert all(any(word in source for word in ("Quiz(", ".reveal(", "Prediction(")) for source in hidden)
