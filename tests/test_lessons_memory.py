"""Every lesson fits into its memory on one processor, and the teachers' guide quotes what was measured."""

from __future__ import annotations

import importlib
import os
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "benchmarks"
RESULTS = FOLDER / "results_lessons.md"
GUIDE = ROOT / "docs" / "teaching.md"


@pytest.fixture
def benchmark_files(monkeypatch):
    """Import files of benchmarks, which are scripts, and forget them after the test."""
    monkeypatch.syspath_prepend(str(ROOT / "lessons"))
    monkeypatch.syspath_prepend(str(FOLDER))
    before = set(sys.modules)
    yield importlib.import_module
    names = {path.stem for folder in (FOLDER, ROOT / "lessons") for path in folder.glob("*.py")}
    for name in (set(sys.modules) - before) & names:
        del sys.modules[name]


def table() -> list[list[str]]:
    lines = [line for line in RESULTS.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_every_lesson_was_measured_and_fits():
    rows = table()
    assert [row[0] for row in rows] == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    for name, private, below, processor, clock, ended in rows:
        assert 0 < int(private.removesuffix(" MB")) < 2**30 / 1e6, name
        assert 0 < int(processor.removesuffix(" s")) <= int(clock.removesuffix(" s")), name
        assert (below, ended) == ("yes", "yes"), name


def test_two_open_lessons_stay_below_what_binder_gives():
    text = RESULTS.read_text(encoding="utf-8")
    together = re.search(r"together (\d+) MB", text)[1]
    assert int(together) < 2 * 2**30 / 1e6
    # They are the two largest ones of the table.
    largest = sorted(table(), key=lambda row: int(row[1].removesuffix(" MB")))[-2:]
    assert set(re.findall(r"`(\w+)`", text)) == {row[0] for row in largest}


def test_the_guide_quotes_the_results():
    quoted = re.search(
        r"<!-- lessons -->\n(.*?)<!-- /lessons -->", GUIDE.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert quoted[1] == RESULTS.read_text(encoding="utf-8")


def test_the_page_judges_rightly(benchmark_files):
    rows = benchmark_files("open_lesson").LessonRow
    benchmark = benchmark_files("lessons_memory")
    page = benchmark.page(
        [rows("fits", 2**30 - 1, 0, 20, 30, ""), rows("large", 2**30, 0, 20, 30, "NameError: x")],
        benchmark.Pair("fits", "large", 2 * 2**30, 1, 0),
    )
    assert "| fits | 1074 MB | yes | 20 s | 30 s | yes |" in page
    assert "| large | 1074 MB | no | 20 s | 30 s | no: NameError: x |" in page
    assert "above the 2 GiB" in page


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux says which pages are private")
def test_private_memory_is_what_was_written(benchmark_files):
    memory_of = benchmark_files("open_lesson").memory_of
    before = memory_of(os.getpid())
    written = bytearray(b"x" * (64 * 2**20))
    grown = memory_of(os.getpid()).private - before.private
    assert len(written) <= grown < 1.5 * len(written)
    assert before.files > 0
