"""Write the learners' notebooks from the lesson sources.

`python lessons/build.py` builds all, `python lessons/build.py 03_3_regularization` one, `--check` only compares.
How a source looks is described in README.md beside this file; lesson_rules.py says what is checked.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

# Run as a script, Python finds the module beside it; loaded by a test or another tool it does not.
sys.path.insert(0, str(Path(__file__).parent))

from lesson_rules import checked_keys, problems_of, tags_of

LESSONS = Path(__file__).parent
NOTEBOOKS = LESSONS.parent / "notebooks"

_METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"file_extension": ".py", "mimetype": "text/x-python", "name": "python"},
}
# Run after a test cell that gives wrong answers: each must be refused in words that the author expects.
_REFUSE_WRONG = '''from tuningkit.teaching import check as _check

for _key, _cases in WRONG.items():
    for _answer, _words in _cases:
        _result = _check(_key, _answer)
        assert not _result.passed, f"Exercise {_key} accepts the wrong answer {_answer!r}."
        assert _words in " ".join(_result.wrong), f"Expected {_words!r} in the answer to {_answer!r}:\\n{_result}"
        assert _result.hint, f"Exercise {_key} does not say where to look after {_answer!r}."'''


# Cells whose code gives the answers away before the learner has thought about the question.
_SPOILERS = re.compile(r"\bQuiz\(|\.reveal\(|\bPrediction\(")


def lesson_paths(lessons: Path = LESSONS) -> list[Path]:
    """The lesson sources, in the order of the course.

    Args:
        lessons: The folder with the sources.

    Returns:
        All files whose name begins with two digits and an underscore.
    """
    return sorted(lessons.glob("[0-9][0-9]_*.py"))


def read_cells(path: Path) -> list[NotebookNode]:
    """The cells of a lesson source, with nothing but their kind, text and tags.

    Args:
        path: A Jupytext py:percent file.

    Returns:
        Cells in order, empty ones left out.
    """
    cells = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent").cells
    return [_cell(cell.cell_type, cell.source, tags_of(cell)) for cell in cells if cell.source.strip()]


def _cell(kind: str, source: str, tags: Sequence[str] = ()) -> NotebookNode:
    new = nbformat.v4.new_markdown_cell if kind == "markdown" else nbformat.v4.new_code_cell
    return new(source.strip("\n"), metadata={"tags": list(tags)} if tags else {})


def folded(heading: str, body: str) -> str:
    """Markdown that is hidden under a heading until the reader opens it.

    Args:
        heading: Words.
        body: Markdown; code blocks are fine.
    """
    return f"<details>\n<summary>{heading}</summary>\n\n{body}\n\n</details>"


def learner_notebook(path: Path) -> NotebookNode:
    """What learners open: starting code instead of solutions, solutions and hints folded, tests left out.

    Args:
        path: A lesson source.

    Returns:
        A notebook without outputs, the same for the same source.
    """
    return _notebook(_for_learners(read_cells(path)))


def _for_learners(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    for cell in cells:
        tags = tags_of(cell)
        if "test" in tags:
            continue
        if "solution" in tags:
            # Longer than any fence inside the code itself.
            fence = "````" if "```" in cell.source else "```"
            yield _cell(
                "markdown", folded("Solution", f"{fence}python\n{cell.source}\n{fence}"), ["solution"]
            )
        elif "hint" in tags:
            yield _cell("markdown", folded("Hint", cell.source), ["hint"])
        else:
            if cell.cell_type == "code" and _SPOILERS.search(cell.source):
                # JupyterLab shows three dots instead of the code; a click opens it.
                cell.metadata["jupyter"] = {"source_hidden": True}
            yield cell


def test_notebook(path: Path) -> NotebookNode:
    """The lesson as the tests run it: all that the learner has, then each solution, and the test cells.

    Args:
        path: A lesson source.

    Returns:
        A notebook without outputs. An exercise is met unsolved first, as learners meet it. Then its solution runs,
        and the cells between the two, which check the answer, run once more; all these are tagged `solution`. After
        a test cell that sets `WRONG`, a cell checks that these answers fail.
    """
    return _notebook(_for_tests(read_cells(path)))


def _for_tests(cells: Sequence[NotebookNode]) -> Iterator[NotebookNode]:
    between: list[NotebookNode] = []
    for cell in cells:
        tags = tags_of(cell)
        yield cell
        if "solution" in tags:
            yield from (_cell("code", again.source, ["solution"]) for again in between)
        elif "test" in tags and "WRONG" in _assigned(cell.source):
            yield _cell("code", _REFUSE_WRONG, ["test"])
        if cell.cell_type == "code":
            between = [] if {"exercise", "solution", "test"} & set(tags) else [*between, cell]


def exercise_keys(path: Path) -> list[str]:
    """The keys of the exercises that a lesson checks, in order."""
    code = [cell for cell in read_cells(path) if cell.cell_type == "code" and "test" not in tags_of(cell)]
    return list(dict.fromkeys(key for cell in code for key in checked_keys(ast.parse(cell.source))))


def _assigned(source: str) -> set[str]:
    statements = ast.parse(source).body
    targets = [target for node in statements if isinstance(node, ast.Assign) for target in node.targets]
    return {target.id for target in targets if isinstance(target, ast.Name)}


def _notebook(cells: Iterator[NotebookNode]) -> NotebookNode:
    notebook = nbformat.v4.new_notebook(metadata=_METADATA)
    for position, cell in enumerate(cells):
        # Not random as nbformat's own: the same source must give the same bytes.
        content = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()
        cell["id"] = f"{position:03d}-{content[:12]}"
        notebook.cells.append(cell)
    return notebook


def as_text(notebook: NotebookNode) -> str:
    """A notebook as the text of its file, ending in a line break."""
    nbformat.validate(notebook)
    return nbformat.writes(notebook, version=nbformat.NO_CONVERT).rstrip("\n") + "\n"


def build(
    names: Sequence[str] = (), *, check: bool = False, lessons: Path = LESSONS, notebooks: Path = NOTEBOOKS
) -> list[str]:
    """Build lessons, or compare them with what was built before.

    Args:
        names: Lessons such as `"03_3_regularization"`; all if empty.
        check: Whether to write nothing and report every notebook that differs from a fresh build.
        lessons: The folder with the sources.
        notebooks: The folder with the notebooks.

    Returns:
        Problems, one sentence each; empty if all is well. A lesson with problems is not written.
    """
    paths = {path.stem: path for path in lesson_paths(lessons)}
    wanted = [name.removesuffix(".py") for name in names] or list(paths)
    problems = [f"There is no lesson {name!r} in {lessons}." for name in wanted if name not in paths]
    if not paths:
        problems.append(f"There is no lesson in {lessons}.")
    for name in wanted:
        if name in paths:
            problems += _build_one(paths[name], notebooks, check)
    if not names:
        strays = sorted(path.name for path in notebooks.glob("*.ipynb") if path.stem not in paths)
        problems += [f"{name} has no lesson; delete it, or restore its source." for name in strays]
    return problems


def _build_one(path: Path, notebooks: Path, check: bool) -> list[str]:
    try:
        problems = problems_of(read_cells(path), path, notebooks)
    except SyntaxError as error:
        problems = [f"{path.name}: a code cell is not Python: {error}"]
    if problems:
        return problems
    text = as_text(learner_notebook(path)).encode()
    target = notebooks / f"{path.stem}.ipynb"
    if target.exists() and target.read_bytes() == text:
        return []
    if check:
        return [f"{target.name} differs from a fresh build; run: python lessons/build.py {path.stem}"]
    notebooks.mkdir(parents=True, exist_ok=True)
    target.write_bytes(text)
    print(f"wrote {target.name}")
    return []


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the learners' notebooks from the lesson sources.")
    parser.add_argument("names", nargs="*", help="lessons, such as 03_3_regularization; all if left out")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a notebook is out of date"
    )
    options = parser.parse_args(arguments)
    problems = build(options.names, check=options.check)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
