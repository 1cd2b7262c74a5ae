"""What mybinder.org would do, replayed outside the repository: the pip steps, postBuild, and the first lesson opens.

Not replayed: the machine image and conda, which brings Python and nothing else that the lessons need. The packages
are linked out of uv's cache instead of being downloaded by pip, which takes minutes: the same list, the same files;
that the list is complete is checked. postBuild runs as it stands, with the pip of the new environment.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml
from playwright.sync_api import expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Binder's machines run Linux"),
]

ROOT = Path(__file__).parents[2]
NO_NETWORK = re.compile(
    r"Failed to fetch|dns error|error sending request|Could not connect|network was disabled"
    r"|No matching distribution found|Failed to establish a new connection|Temporary failure in name resolution"
)
CURVES = (
    "lab => [...lab.querySelectorAll('.tk-chart .tk-line')].map(line => line.getAttribute('d')).join('|')"
)


@dataclass
class Session:
    """What a learner meets on Binder.

    Attributes:
        folder: The server's own folder, with the home.
        repository: The copy of the repository.
        python: The interpreter of the new environment.
    """

    folder: Path
    repository: Path
    python: Path

    def run(self, *command: str | Path, **options: Any) -> str:
        """Run a command as the build does: in the copy, with the new environment first on the path."""
        environment = {
            name: value
            for name, value in os.environ.items()
            # Compiled files are kept in the new environment, and go with it.
            if not name.startswith(("PYTHON", "VIRTUAL_ENV", "JUPYTER", "TUNINGKIT", "MPL"))
        }
        environment |= {
            "HOME": str(self.folder / "home"),
            "PATH": f"{self.python.parent}{os.pathsep}{os.environ['PATH']}",
        }
        return run(command, cwd=self.repository, env=environment, **options)


def run(command: tuple[str | Path, ...], **options: Any) -> str:
    """What a command prints; without a network and what it needs, the tests are skipped, or fail in CI."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, **options)
    said = done.stdout + done.stderr
    if done.returncode and NO_NETWORK.search(said) and "CI" not in os.environ:
        pytest.skip(f"{command[0]} needs packages that are not in its cache, and there is no network")
    assert done.returncode == 0, f"{command}\n{said[-3000:]}"
    return done.stdout


def uv(*arguments: str | Path, **options: Any) -> str:
    """Run uv from its cache; where something is missing there, with the network."""
    program = shutil.which("uv")
    if program is None and "CI" not in os.environ:
        pytest.skip("uv is not on the path")
    assert program is not None, "uv is not on the path"
    command = (program, *arguments, "--quiet", "--no-config")
    offline = subprocess.run((*command, "--offline"), capture_output=True, text=True, timeout=600, **options)
    return offline.stdout if offline.returncode == 0 else run(command, **options)


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """The environment that `binder/` describes, made anew."""
    # Not pytest's own folder: it would keep three of these environments.
    with tempfile.TemporaryDirectory(prefix="tuningkit-binder-") as name:
        place = Path(name)
        made = Session(place / "server", place / "srv" / "repo", place / "env" / "bin" / "python")
        (made.folder / "home").mkdir(parents=True)
        copy_repository(made.repository)
        described = yaml.safe_load((made.repository / "binder/environment.yml").read_text(encoding="utf-8"))
        (python,) = [
            entry.removeprefix("python=")
            for entry in described["dependencies"]
            if str(entry).startswith("python=")
        ]
        uv("venv", "--seed", "--python", python, place / "env")
        (steps,) = [entry["pip"] for entry in described["dependencies"] if isinstance(entry, dict)]
        for step in steps:
            # What a step names is beside the file that names it.
            into = ("--python", made.python, "--no-deps")
            uv("pip", "install", *into, *shlex.split(step), cwd=made.repository / "binder")
        made.run("binder/postBuild")
        yield made


def copy_repository(target: Path) -> None:
    """The files that a clone would have if all work were committed as it is now."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
    for name in set(listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)


def test_the_list_is_complete_and_tuningkit_is_the_one_of_the_copy(session):
    uv("pip", "check", "--python", session.python)
    where = "import tuningkit; print(tuningkit.__file__, tuningkit.__version__)"
    # Not from the copy itself, where Python would find the folder without any installation.
    file, version = session.run(session.python, "-P", "-c", where).split()
    assert Path(file).resolve() == (session.repository / "tuningkit" / "__init__.py").resolve()
    assert version


def test_the_badge_opens_the_first_lesson_and_its_lab_answers(session, browser):
    harness = sys.modules["tuningkit_browser_harness"]
    lab_server = sys.modules["tuningkit_browser_lab_server"]
    server = lab_server.LabServer(
        session.folder, preload=True, python=session.python, root=session.repository
    )
    try:
        told = told_to_the_browser(server.url)
        assert told["disabledExtensions"] == ["@jupyterlab/apputils-extension:announcements"]
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(path=harness.PROBE)
        page = harness.NotebookPage(context, server, badge().removeprefix("lab/tree/"))
        page.start("light")
        work_with_the_first_lab(page)
        assert page.execute("import sys; print(sys.prefix)") == str(session.python.parents[1])
        assert page.error_outputs() == []
        assert page.console_errors == []
        page.screenshot("binder-first-lesson")
        context.close()
        server.end_sessions()
    finally:
        server.stop()


def badge() -> str:
    """The path inside JupyterLab that the README's badge opens."""
    (link,) = re.findall(
        r"\[!\[Binder\]\([^)]*\)\]\(([^)]*)\)", (ROOT / "README.md").read_text(encoding="utf-8")
    )
    return parse_qs(urlsplit(link).query)["urlpath"][0]


def told_to_the_browser(url: str) -> dict[str, Any]:
    """What the server's page tells JupyterLab about its settings."""
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{url}/lab") as answer:
        page = answer.read().decode()
    return json.loads(re.search(r'<script id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)[1])


def work_with_the_first_lab(page: Any) -> None:
    """Run the cells down to the first lab, train, and move a slider."""
    cells = json.loads(page.path.read_text(encoding="utf-8"))["cells"]
    code = [place for place, cell in enumerate(cells) if cell["cell_type"] == "code"]
    (first,) = [place for place in code if "".join(cells[place]["source"]).startswith("lab = tk.TuningLab(")]
    for place in code[: code.index(first) + 1]:
        page.run_cell(place)
    lab = page.page.locator(".tk-lab").first
    lab.scroll_into_view_if_needed()
    page.press_button(lab, "Train")
    expect(lab.locator(".tk-words b").first).to_have_text("Finished")
    # The curves follow the words; what moves from here on is the slider's doing.
    page.at_rest(lab)
    before = lab.evaluate(CURVES)
    assert "L" in before, "a curve has more than one point"
    page.press_slider(lab, times=2)
    page.page.wait_for_function(
        f"([lab, before]) => ({CURVES})(lab) !== before", arg=[lab.element_handle(), before], polling=100
    )
