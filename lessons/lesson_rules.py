"""What every lesson must look like, as far as a program can tell. README.md beside this file says it in words."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from lesson_links import link_problems
from nbformat import NotebookNode

WORDS_PER_IDEA = 150

#: The parts of a lesson in their order, each with the parts that may come after it. One round of idea, prediction,
#: lab, explanation and code may follow another.
FOLLOWERS = {
    "title": ("idea",),
    "idea": ("idea", "predict"),
    "predict": ("predict", "lab"),
    "lab": ("lab", "explain"),
    "explain": ("explain", "idea", "code"),
    "code": ("code", "idea", "exercise"),
    "exercise": ("exercise", "idea", "challenge"),
    "challenge": ("challenge", "quiz"),
    "quiz": ("quiz", "takeaway"),
    "takeaway": ("takeaway", "sources"),
    "sources": ("sources",),
}
_HELPERS = ("solution", "hint", "test")
#: What the code of a part must contain.
_CODE = {
    "predict": "Prediction(",
    "explain": ".reveal(",
    "exercise": "check(",
    "challenge": "Challenge(",
    "quiz": "Quiz(",
}


def tags_of(cell: NotebookNode) -> list[str]:
    """The tags of a cell."""
    return list(cell.metadata.get("tags", []))


@dataclass
class Part:
    """Consecutive cells of a lesson that belong to one of its parts: a tagged cell and what follows it."""

    name: str
    first: int
    cells: list[NotebookNode] = field(default_factory=list)

    def text(self, kind: str) -> str:
        """The text of its cells of a kind, `"markdown"` or `"code"`; helper cells are left out."""
        chosen = [
            cell for cell in self.cells if cell.cell_type == kind and not set(tags_of(cell)) & set(_HELPERS)
        ]
        return "\n\n".join(cell.source for cell in chosen)


def problems_of(cells: Sequence[NotebookNode], path: Path, notebooks: Path) -> list[str]:
    """Everything that is wrong with the form of a lesson.

    Args:
        cells: The cells of the source.
        path: The source, for the messages and for links to other lessons.
        notebooks: The folder that links start from.

    Returns:
        Sentences that name the file and the cell, counted from 1.

    Raises:
        SyntaxError: A code cell is not Python.
    """
    parts = _parts(cells)
    found = [
        *_tag_problems(cells),
        *_order_problems(parts),
        *_part_problems(parts),
        *_prose_problems(cells),
        *_exercise_problems(cells),
        *link_problems(cells, path, notebooks),
    ]
    return [f"{path.name}{f', cell {number}' if number else ''}: {text}" for number, text in found]


Problems = Iterator[tuple[int, str]]


def _parts(cells: Sequence[NotebookNode]) -> list[Part]:
    parts: list[Part] = []
    for number, cell in enumerate(cells, start=1):
        name = next((tag for tag in tags_of(cell) if tag in FOLLOWERS), None)
        # Two ideas in a row are two sections; all other parts may be tagged cell by cell.
        if name and (not parts or parts[-1].name != name or name == "idea"):
            parts.append(Part(name, number))
        if parts:
            parts[-1].cells.append(cell)
    return parts


def _tag_problems(cells: Sequence[NotebookNode]) -> Problems:
    known = [*FOLLOWERS, *_HELPERS]
    for number, cell in enumerate(cells, start=1):
        names = [tag for tag in tags_of(cell) if tag in FOLLOWERS]
        if len(names) > 1:
            yield number, f"it has the tags of several parts: {', '.join(names)}."
        for tag in tags_of(cell):
            if tag not in known:
                near = difflib.get_close_matches(tag, known, n=1)
                yield number, f"unknown tag {tag!r}.{f' Did you mean {near[0]!r}?' if near else ''}"
    if not cells or "title" not in tags_of(cells[0]):
        yield 1, "a lesson begins with a Markdown cell tagged `title`."


def _order_problems(parts: Sequence[Part]) -> Problems:
    for before, after in pairwise(parts):
        allowed = FOLLOWERS[before.name]
        if after.name not in allowed:
            following = " or ".join(allowed)
            yield after.first, f"`{after.name}` comes after `{before.name}`; there may come: {following}."
    present = [part.name for part in parts]
    for name in FOLLOWERS:
        if name not in present:
            yield 0, f"there is no part tagged `{name}`."


def _part_problems(parts: Sequence[Part]) -> Problems:
    for part in parts:
        prose, code = part.text("markdown"), part.text("code")
        wanted = _CODE.get(part.name)
        if wanted and wanted not in code:
            yield part.first, f"the part `{part.name}` has no code with `{wanted}...)`."
        if part.name == "title":
            if not prose.startswith("# "):
                yield part.first, "the title begins with `# `."
            if "minutes" not in prose:
                yield part.first, "the card does not say how many minutes the lesson takes."
        elif part.name == "idea" and (count := len(_words(prose))) > WORDS_PER_IDEA:
            yield part.first, f"an idea has at most {WORDS_PER_IDEA} words; this one has {count}."
        elif part.name == "lab":
            if not any(cell.cell_type == "code" and "lab" in tags_of(cell) for cell in part.cells):
                yield part.first, "the cell that shows the lab is a code cell tagged `lab`."
            if not any(len(items) == 3 for items in _lists(part)):
                yield part.first, "a lab has a list of three moves to try."
        elif part.name == "takeaway" and (count := len(_sentences(prose))) != 3:
            yield part.first, f"a take-away is three sentences; this one has {count}."
        elif part.name == "sources" and "](http" not in prose:
            yield part.first, "the sources link to what they name."


def _lists(part: Part) -> Iterator[list[str]]:
    for cell in part.cells:
        if cell.cell_type == "markdown":
            yield re.findall(r"^(?:\d+\.|[-*]) .*$", cell.source, re.MULTILINE)


def bare(markdown: str) -> str:
    """Markdown without code, formulas, HTML tags, link targets and marks: the words that are read."""
    text = re.sub(r"```.*?```", " ", markdown, flags=re.DOTALL)
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", " ", text, flags=re.DOTALL)
    text = re.sub(r"`[^`\n]*`", " ", text)
    text = re.sub(r"<[^>]+>", " ", text)
    return re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)


def _words(markdown: str) -> list[str]:
    return re.findall(r"[^\W_]+(?:['\u2019\-][^\W_]+)*", bare(markdown))


def _sentences(markdown: str) -> list[str]:
    lines = [line for line in bare(markdown).splitlines() if not line.startswith("#")]
    return [text for text in re.split(r"[.?](?:\s|$)", " ".join(lines)) if re.search(r"[^\W\d_]", text)]


def _prose_problems(cells: Sequence[NotebookNode]) -> Problems:
    for number, cell in enumerate(cells, start=1):
        if cell.cell_type != "markdown":
            continue
        outside = re.sub(r"```.*?```", " ", cell.source, flags=re.DOTALL)
        headings = [line for line in outside.splitlines() if re.match(r"#{1,6} ", line)]
        if len(headings) > 1 or (headings and not cell.source.startswith(headings[0])):
            yield number, "one idea per Markdown cell: a heading stands at its top, and there is only one."
        if number > 1 and any(heading.startswith("# ") for heading in headings):
            yield number, "only the title is a heading of the first level."
        if "!" in bare(cell.source):
            yield number, "the prose has an exclamation mark."
        if re.search(r"\bsimply\b", bare(cell.source), re.IGNORECASE):
            yield number, "nothing is simple to everyone: leave out `simply`."


def _exercise_problems(cells: Sequence[NotebookNode]) -> Problems:
    waiting = 0
    checked: dict[str, int] = {}
    refused: set[str] = set()
    for number, cell in enumerate(cells, start=1):
        tags = tags_of(cell)
        if cell.cell_type != "code":
            if {"solution", "test"} & set(tags):
                yield number, "solutions and tests are code cells."
            continue
        tree = ast.parse(cell.source)
        if "exercise" in tags:
            if waiting:
                yield waiting, "this exercise has no solution before the next exercise."
            waiting = number
        elif "solution" in tags:
            if not waiting:
                yield (
                    number,
                    "this solution belongs to no exercise: a code cell tagged `exercise` comes before it.",
                )
            waiting = 0
        elif "test" in tags:
            refused |= _wrong_keys(tree)
        else:
            checked |= dict.fromkeys(checked_keys(tree), number)
    if waiting:
        yield waiting, "this exercise has no solution."
    for key, number in checked.items():
        if key not in refused:
            yield (
                number,
                f"no test cell gives wrong answers to {key!r}: WRONG = {{{key!r}: [(answer, 'words')]}}.",
            )


def checked_keys(tree: ast.Module) -> Iterator[str]:
    """The keys of the exercises that some code checks with `check("key", ...)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name == "check" and isinstance(node.args[0].value, str):
                yield node.args[0].value


def _wrong_keys(tree: ast.Module) -> set[str]:
    keys = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and any(
            getattr(target, "id", "") == "WRONG" for target in node.targets
        ):
            entries = (
                zip(node.value.keys, node.value.values, strict=True)
                if isinstance(node.value, ast.Dict)
                else ()
            )
            keys |= {ast.literal_eval(key) for key, cases in entries if getattr(cases, "elts", ())}
    return keys
