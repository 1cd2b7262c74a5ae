"""A lesson or a lab as an app for the projector: Voilà inside the same server that opens the lessons.

Reference: https://voila.readthedocs.io
"""

from __future__ import annotations

import difflib
import os
import tempfile
import warnings
from pathlib import Path
from urllib.parse import quote

from tuningkit.server.jupyterlab import Page, open_lab
from tuningkit.server.lab_pages import LABS, write_lab_page
from tuningkit.server.lessons import lessons_folder, lessons_source, refresh

#: Holds our template for Voilà, which links to nothing on the web.
_SHARE = Path(__file__).parent / "share"
#: What the widgets of a lab need.
_EXTENSIONS = ("@voila-dashboards/widgets-manager8", "@jupyter-widgets/jupyterlab-manager", "anywidget")


def present(
    name: str,
    *,
    port: int = 8888,
    ip: str = "localhost",
    browser: bool = True,
    dark: bool = False,
    code: bool = False,
) -> int:
    """Serve a lesson, a lab or a notebook of your own as an app, until Ctrl-C.

    The notebook is run from top to bottom each time the page is opened, in a kernel of its own; its labs and
    questions stay alive. The access token stays on.

    Args:
        name: A lesson ("03_3_regularization"), a lab ("TuningLab") or the path of a notebook.
        port: First port to try, 1 to 65535.
        ip: Address to listen on; "0.0.0.0" makes a container reachable from outside.
        browser: Whether to open a browser; the address is printed in any case.
        dark: Light letters on a dark page.
        code: Whether the cells' code is shown above what it does.

    Returns:
        Exit code: 0 after Ctrl-C.

    Raises:
        FileNotFoundError: If there is nothing of that name; says what there is, and the nearest name.

    Example:
        >>> present("03_3_regularization")  # doctest: +SKIP
        0
    """
    # Voilà has Python show what is outdated in Jupyter's libraries, which says nothing to a teacher. What it asks for
    # is undone when this block ends.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import voila  # noqa: F401
    with tempfile.TemporaryDirectory(prefix="tuningkit-present-") as temporary:
        notebook = notebook_of(name, Path(temporary))
        paths = [str(_SHARE), *filter(None, [os.environ.get("JUPYTER_PATH")])]
        os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
        options = (
            "--VoilaConfiguration.template=tuningkit",
            # Other extensions of JupyterLab look for parts of JupyterLab that are not on this page.
            *(f"--VoilaConfiguration.extension_allowlist={each}" for each in _EXTENSIONS),
            f"--VoilaConfiguration.theme={'dark' if dark else 'light'}",
            f"--VoilaConfiguration.strip_sources={not code}",
            # A page that ends in an error says which; only those who have the token see it.
            "--VoilaConfiguration.show_tracebacks=True",
        )
        words = (
            f"{notebook.stem} is ready for the projector. It runs when the page is opened, which takes as long as "
            "running the notebook; every page that is open has a kernel of its own."
        )
        page = Page(f"/voila/render/{quote(notebook.name)}", words, options)
        return open_lab(notebook.parent, port=port, ip=ip, browser=browser, page=page)


def notebook_of(name: str, temporary: Path) -> Path:
    """Find the notebook that a name stands for, or write it.

    Args:
        name: As in :func:`present`.
        temporary: Where the notebook of a single lab is written.

    Raises:
        FileNotFoundError: If there is nothing of that name.
    """
    if name in LABS:
        return write_lab_page(name, temporary)
    own = Path(name).expanduser()
    if own.suffix == ".ipynb" and own.is_file():
        return own.resolve()
    folder = lessons_folder()
    refresh(lessons_source(), folder)
    lesson = folder / f"{name.removesuffix('.ipynb')}.ipynb"
    if lesson.is_file() and lesson.parent == folder:
        return lesson
    lessons = sorted(path.stem for path in lessons_source().glob("*.ipynb"))
    raise FileNotFoundError(_nothing_called(name, lessons))


def _nothing_called(name: str, lessons: list[str]) -> str:
    known = {each.lower(): each for each in [*lessons, *LABS]}
    # A chapter is remembered by its number or its subject: "3.3", "regularization".
    wanted = name.lower().replace(".", "_")
    near = [each for low, each in known.items() if wanted and wanted in low]
    near += [known[low] for low in difflib.get_close_matches(wanted, known, n=1)]
    meant = f" Did you mean {near[0]}?" if near else ""
    return (
        f"There is no lesson, lab or notebook {name!r}.{meant}\n"
        f"lessons: {', '.join(lessons)}\nlabs: {', '.join(LABS)}\nor the path of a notebook of your own (.ipynb)"
    )
