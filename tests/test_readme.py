"""The README promises only what is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


@pytest.mark.parametrize("page", PAGES)
def test_links_into_the_repository_lead_somewhere(page):
    targets = re.findall(r"\]\(([^)#]+)", (ROOT / page).read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (ROOT / target).exists()] == []


def test_the_table_of_chapters_links_to_every_lesson_there_is_and_to_no_other():
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Chapters")[2].partition("\n## ")[0]
    linked = re.findall(r"\]\(notebooks/(\w+\.ipynb)\)", table)
    assert sorted(linked) == sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_every_chapter_has_a_link_that_runs_it_on_binder():
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("## Chapters")[2].partition("\n## ")[0]
    spec = importlib.util.spec_from_file_location("lesson_links", ROOT / "lessons" / "lesson_links.py")
    links = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(links)
    rows = [line for line in table.splitlines() if "notebooks/" in line]
    for row in rows:
        (name,) = re.findall(r"\]\(notebooks/(\w+)\.ipynb\)", row)
        assert re.findall(r"\[Binder\]\((\S+)\)", row) == [links.binder_url(name)]


def test_the_badge_opens_the_first_lesson():
    badge = re.search(
        r"mybinder\.org/v2/gh/tuningkit/tuningkit/HEAD\?urlpath=lab/tree/([^)]+)\)",
        (ROOT / "README.md").read_text(),
    )
    assert (ROOT / badge[1]).is_file()


def test_the_three_lines_for_your_own_model_run_as_they_stand():
    import keras
    import numpy as np

    code = re.search(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.DOTALL
    )[1]
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    x = np.random.default_rng(0).normal(size=(40, 3))
    names = {"model": model, "x": x, "y": (x[:, 0] > 0).astype(int)}
    exec(compile(code, "README.md", "exec"), names)
    assert names["data"].x_train.dtype == np.float32


@pytest.mark.parametrize("page", PAGES)
def test_pages_speak_of_no_machine(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    assert not re.search(r"/home/|/root/|/work/|C:\\\\", text)
