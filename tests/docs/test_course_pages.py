"""The course as pages, built by the documented command and read in a browser that has no network.

One lesson is run, the other fourteen are shown without results: all of them take ten minutes, which is for a release.
"""

from __future__ import annotations

import functools
import http.server
import importlib
import re
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

# One of them for the whole file: the tests are sorted by it, and share what they have built.
pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
LESSON = "00_start_here"
WIDGET = "application/vnd.jupyter.widget-view+json"
PAGES = [
    "index.html",
    f"notebooks/{LESSON}.html",
    "notebooks/03_2_network_structure.html",
    "docs/teaching.html",
]


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    command = [sys.executable, "docs/build.py", LESSON, "--output", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    assert "open index.html there" in done.stdout
    return folder


@pytest.fixture(scope="module")
def site(output):
    return output / "html"


@pytest.fixture(scope="module")
def executed(output):
    [file] = (output / "executed").glob(f"{LESSON}-*.ipynb")
    return nbformat.read(file, as_version=4)


class Pictures(HTMLParser):
    """Source and text alternative of every picture on a page."""

    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        if tag == "img":
            self.found.append((dict(attributes).get("src"), dict(attributes).get("alt")))


def labs_of(notebook):
    return [
        output
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if {WIDGET, "image/png"} <= set(output.get("data", {}))
    ]


def test_every_lesson_has_a_page_with_a_link_that_runs_it(site, build, part):
    start = (site / "index.html").read_text()
    for path in build.lesson_paths():
        page = (site / "notebooks" / f"{path.stem}.html").read_text()
        address = part("pages").binder_url(path.stem)
        # In a sentence at the top, and behind the rocket that Jupyter's books have.
        assert page.count(f'href="{address}"') >= 2, path.stem
        assert f'href="notebooks/{path.stem}.html"' in start
    titles = re.findall(r'toctree-l1[^>]*><a[^>]*href="notebooks/(\w+)\.html"', start)
    assert titles == [path.stem for path in build.lesson_paths()]


def test_every_lab_is_a_picture_in_use_with_words(site, executed):
    page = (site / "notebooks" / f"{LESSON}.html").read_text()
    words = [alt for source, alt in Pictures(page).found if source.startswith("../_images/")]
    labs = labs_of(executed)
    assert len(labs) == 2
    for lab in labs:
        said = lab.metadata["image/png"]["alt"]
        assert "1 run" in said and "loss" in said and "No run yet" not in said
        assert " ".join(said.split()) in words
    assert page.count("A still picture of the lab") == len(labs)
    assert all(words)


def test_questions_are_words_and_their_answers_folded(site):
    page = (site / "notebooks" / f"{LESSON}.html").read_text()
    assert "Which learning rate gives the best network" in page and "open the lesson in JupyterLab" in page
    folds = re.findall(r"<details.*?</details>", page, flags=re.DOTALL)
    assert sum("Show the answer" in fold for fold in folds) == 3
    outside = re.sub(r"<details.*?</details>", "", page, flags=re.DOTALL)
    assert "You choose it before training begins." not in outside and "jumps over the valley" not in outside
    assert any("<summary>Solution</summary>" in fold and "answer" in fold for fold in folds)


def test_no_page_asks_for_widgets_or_formulas_elsewhere(site):
    for file in [*site.glob("*.html"), *site.glob("notebooks/*.html"), *site.glob("docs/**/*.html")]:
        page = file.read_text()
        assert not re.search(
            r"require(\.min)?\.js|html-manager|MathJax|mathjax[.@/]|model not found", page
        ), file.name
        assert WIDGET not in page


def test_the_reference_holds_every_public_name(site):
    from sphinx.util.inventory import InventoryFile

    import tuningkit as tk

    known = InventoryFile.loads((site / "objects.inv").read_bytes(), uri="").data
    names = {name for kind in known if kind.startswith("py:") for name in known[kind]}
    wanted = {f"tuningkit.{name}" for name in tk.__all__} - {"tuningkit.__version__"}
    for package in ("datasets", "models", "plots", "search", "teaching"):
        public = importlib.import_module(f"tuningkit.{package}").__all__
        wanted |= {f"tuningkit.{package}.{name}" for name in public} - {
            f"tuningkit.{name}" for name in public
        }
        wanted.discard(f"tuningkit.{package}")
    missing = {
        name for name in wanted if name not in names and f"tuningkit.{name.rpartition('.')[2]}" not in names
    }
    labs = re.sub(r"<[^>]*>|\s", "", (site / "docs" / "reference" / "labs.html").read_text())
    assert "TuningLab(model,data,*" in labs and "Lab(*args" not in labs
    # A function and a package at once: the function is documented where it lives, with its package's names beside it.
    assert (
        missing <= {"tuningkit.optimizers", "tuningkit.schedules"}
        and "tuningkit.search.vectorized.search" in names
    )


def test_the_exported_notebook_shows_pictures_and_no_empty_box(executed):
    from nbconvert import HTMLExporter

    html, _ = HTMLExporter().from_notebook_node(executed)
    classic, _ = HTMLExporter(template_name="classic").from_notebook_node(executed)
    assert "widgets" not in executed.metadata and WIDGET not in html
    shown = Pictures(html).found
    for lab in labs_of(executed):
        assert any(
            lab.data["image/png"].replace("\n", "")[:200] in source.replace("\n", "") for source, _ in shown
        )
    assert len(shown) >= 4
    # nbconvert's own template asks for no words; the classic one does.
    assert len(executed_words := [alt for _, alt in Pictures(classic).found if alt]) >= 4
    assert all("No description" not in alt for alt in executed_words)
    for number, cell in enumerate(executed.cells):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert WIDGET not in data or {"text/html", "image/png"} & set(data), (
                f"cell {number} would be empty"
            )


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "The browser tests need Chromium, for example: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(site):
    """The pages on a plain web server."""
    handler = functools.partial(Quiet, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def opened(chromium):
    """A page with a record of what went wrong in it and of what it asked for."""
    contexts = []

    def open_in(scheme="light", width=1280):
        context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        page = context.new_page()
        page.said, page.asked = [], []
        page.on(
            "console", lambda message: page.said.append(message.text) if message.type == "error" else None
        )
        page.on("pageerror", lambda error: page.said.append(str(error)))
        page.on("request", lambda request: page.asked.append(request.url))
        return page

    yield open_in
    for context in contexts:
        context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_read_from_the_disk_need_no_network(site, opened, scheme):
    page = opened(scheme, 1280 if scheme == "light" else 800)
    for name in PAGES:
        page.goto((site / name).as_uri())
        assert page.locator("html").get_attribute("data-theme") == scheme
        light = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] > 128")
        assert light == (scheme == "light")
        # Nothing sticks out of the page, in code and tables it scrolls within its own box.
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"), name
        images = page.evaluate(
            "Promise.all([...document.images].map(image => { image.loading = 'eager';"
            " return image.decode().then(() => image.naturalWidth); }))"
        )
        assert all(images), name
    assert page.said == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:"))] == []


def test_formulas_are_drawn_with_the_font_that_comes_along(site, opened):
    page = opened()
    page.goto((site / "notebooks" / "03_2_network_structure.html").as_uri())
    page.wait_for_function("document.fonts.check('16px \"STIX Two Math\"')")
    block = page.locator(".tk-formula math").first
    assert page.evaluate("math => getComputedStyle(math).fontFamily", block.element_handle()).startswith(
        '"STIX'
    )
    box = block.bounding_box()
    assert box["height"] > 20 and box["width"] > 60
    assert any("stix-two-math" in url for url in page.asked)


@pytest.mark.parametrize("where", ["server", "disk"])
def test_search_finds_a_lesson(site, address, opened, where):
    page = opened()
    root = address if where == "server" else site.as_uri()
    page.goto(f"{root}/search.html?q=overfitting")
    page.locator("#search-results a", has_text="3.3 Regularisation").first.wait_for()
    if where == "server":
        assert page.said == []
