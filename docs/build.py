"""Build the course as pages to read without a kernel.

    uv run --group docs python docs/build.py

runs every lesson whose notebook or package has changed since the last time (about ten minutes the first time), writes
the pages to docs/_build/html, and checks their links. Open index.html there, or put the folder on any web server.

`python docs/build.py 00_start_here` runs only the lessons named and shows the others without results;
`--output FOLDER` writes elsewhere.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import time
from collections.abc import Collection, Sequence
from pathlib import Path

import nbformat

# Run as a script, Python finds the modules beside it; loaded by a test or another tool it does not.
sys.path.insert(0, str(Path(__file__).parent))

from execution import executed
from link_check import problems as link_problems
from pages import binder_url, page

DOCS = Path(__file__).parent
NOTEBOOKS = DOCS.parent / "notebooks"
REPOSITORY = "https://github.com/tuningkit/tuningkit"
OUTPUT = DOCS / "_build"
#: Pages of this folder that GitHub shows as well; index.md becomes the start page.
_TEXTS = ("*.md", "reference/*.md", "images/*")


def assemble(source: Path, run: Collection[str], kept: Path) -> None:
    """Put together what Sphinx reads: the same folders as in the repository, with lessons that have run.

    Args:
        source: The folder to write; what it held before is removed.
        run: Names of the lessons to run; the others are shown without results.
        kept: The folder with what earlier runs showed.
    """
    shutil.rmtree(source, ignore_errors=True)
    for pattern in _TEXTS:
        for file in DOCS.glob(pattern):
            target = source / "docs" / file.relative_to(DOCS)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
            if file.suffix == ".md":
                target.write_text(with_web_links(file.read_text(encoding="utf-8")), encoding="utf-8")
    (source / "docs" / "index.md").unlink()
    (source / "notebooks").mkdir()
    lines = []
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        started = time.monotonic()
        if path.stem in run:
            lesson = executed(path, kept)
            print(f"{path.stem}: {time.monotonic() - started:.0f} s", flush=True)
        else:
            lesson = nbformat.read(path, as_version=4)
        lines.append(_listed(path, lesson))
        nbformat.write(page(lesson, path.stem), source / "notebooks" / path.name)
    start = (DOCS / "index.md").read_text(encoding="utf-8")
    start = start.replace("BINDER_URL", binder_url("00_start_here")).replace("LESSONS", "\n".join(lines))
    (source / "index.md").write_text(start, encoding="utf-8")


def with_web_links(text: str) -> str:
    """A text whose links to files that are no pages of this site lead to the repository on the web.

    Args:
        text: Markdown of a file in docs/.
    """
    return re.sub(r"\]\(\.\./(?!notebooks/)([^)\s]+)\)", rf"]({REPOSITORY}/blob/HEAD/\1)", text)


def _listed(path: Path, lesson: nbformat.NotebookNode) -> str:
    card = lesson.cells[0].source
    title = re.match(r"# (.+)", card)[1]
    minutes = re.search(r"\d+ minutes", card)[0]
    return f"- [{title}](notebooks/{path.name}), {minutes}"


def build(output: Path = OUTPUT, run: Collection[str] | None = None, kept: Path | None = None) -> list[str]:
    """Build the pages and check them.

    Args:
        output: The folder for the pages (`html`) and what leads to them.
        run: Names of the lessons to run; None runs all.
        kept: The folder with what earlier runs showed; `executed` beside the pages by default.

    Returns:
        Problems, one sentence each; empty if all is well.
    """
    from sphinx.cmd.build import build_main

    names = {path.stem for path in NOTEBOOKS.glob("*.ipynb")}
    wanted = names if run is None else set(run)
    if unknown := sorted(wanted - names):
        return [f"There is no lesson {name!r} in {NOTEBOOKS}." for name in unknown]
    assemble(output / "source", wanted, kept or output / "executed")
    shutil.rmtree(output / "html", ignore_errors=True)
    arguments = ["-c", DOCS, "-d", output / "doctrees", "-b", "html", "-q", "-W", "--keep-going", "-E"]
    if build_main([*map(str, arguments), str(output / "source"), str(output / "html")]):
        return ["Sphinx has found problems; they are written above."]
    return list(link_problems(output / "html"))


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Build the course as pages to read without a kernel.")
    parser.add_argument("lessons", nargs="*", help="lessons to run, such as 00_start_here; all if left out")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where to write; docs/_build if left out")
    options = parser.parse_args(arguments)
    found = build(options.output.resolve(), options.lessons or None)
    for problem in found:
        print(problem, file=sys.stderr)
    if not found:
        print(f"The pages are in {options.output / 'html'}; open index.html there.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
