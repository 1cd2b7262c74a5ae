"""TensorBoard's own page inside the notebook."""

from __future__ import annotations

import html
import importlib.util
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, get_args

import anywidget
import traitlets

from tuningkit.labs import controls as parts
from tuningkit.labs.base_lab import Lab
from tuningkit.labs.sentences import state_html
from tuningkit.labs.static import static_text
from tuningkit.labs.tensorboard_session import BoardSnapshot, TensorBoardSession
from tuningkit.tools.tensorboard_reader import run_names

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of more runs than these TensorBoard's page of scalars selects none.
MOST_RUNS = 40
Page = Literal["timeseries", "scalars", "histograms", "distributions", "hparams", "text"]


class BoardFrame(anywidget.AnyWidget):
    """A frame with TensorBoard's page, or words where there is none; a screen reader hears the words either way."""

    _esm = static_text("common.js", "board.js")
    _css = static_text("theme.css", "board.css")

    _place = traitlets.Dict().tag(sync=True)
    _words = traitlets.Unicode().tag(sync=True)
    _height = traitlets.Int(640).tag(sync=True)


class TensorBoardLab(Lab):
    """TensorBoard's real server on a folder of runs, with its page below the cell.

    The server listens on a free port of this machine alone. Behind JupyterHub and on Binder its page comes through
    jupyter-server-proxy. It ends when the lab is closed, when its cell is run again, and with the kernel.

    Args:
        directory: The folder with the event files of Keras's TensorBoard callback or of ``to_tensorboard(...)``.
            It is made if it is not there; runs that are added later appear by themselves.
        page: What is open at first: "timeseries", "scalars", "histograms", "distributions", "hparams" or "text".
        height: Height of the page in pixels, at least 300.

    Attributes:
        directory: The folder.

    Raises:
        ValueError: If there is no such page, the height is too small, or the folder is a file.

    Example:
        >>> run.to_tensorboard("logs", name="first")
        >>> tk.TensorBoardLab("logs", page="hparams")

    Reference:
        https://www.tensorflow.org/tensorboard
    """

    session: TensorBoardSession

    def __init__(self, directory: str | Path, *, page: Page = "scalars", height: int = 640) -> None:
        if page not in get_args(Page):
            raise ValueError(f"page must be one of: {', '.join(get_args(Page))}. Received: page={page!r}")
        if not isinstance(height, int) or height < 300:
            raise ValueError(
                f"height must be a whole number of pixels, at least 300. Received: height={height!r}"
            )
        self.directory = Path(directory)
        if self.directory.exists() and not self.directory.is_dir():
            raise ValueError(f"directory must be a folder. Received the file {str(directory)!r}")
        self.directory.mkdir(parents=True, exist_ok=True)
        self._page = page
        self._frame = BoardFrame(_height=height, _words="TensorBoard is about to start.")
        self._line = parts.words()
        session = TensorBoardSession(self.directory.resolve(), self._update)
        buttons = parts.button_row(
            [
                parts.button("Start", "Start TensorBoard's server", session.start, primary=True),
                parts.button("Stop", "End TensorBoard's server; the runs stay", session.pause),
            ]
        )
        super().__init__(session, [buttons, self._line, self._frame])
        session.start()

    def start(self) -> Self:
        """Start the server, if it was stopped; the call returns at once.

        Raises:
            RuntimeError: If the lab is closed.
        """
        self.session.check_open()
        self.session.start()
        return self

    @property
    def port(self) -> int | None:
        """The port on 127.0.0.1, or None while no server runs."""
        return self.session.server.port

    @property
    def pid(self) -> int | None:
        """Number of the server's process, or None while none runs."""
        return self.session.server.pid

    @property
    def address(self) -> str | None:
        """The page's address for a browser on this machine, or None while no server runs."""
        return self.session.server.address

    def figure(self) -> Figure:
        """The runs' loss curves as a still picture."""
        from tuningkit.labs.tensorboard_figure import board_figure

        return board_figure(self.directory)

    def _update(self, snapshot: BoardSnapshot) -> None:
        """The worker's door."""
        names = run_names(self.directory) if snapshot.port is not None else []
        self._line.value = _in_words(snapshot, self.directory, len(names), runs_to_show(names))
        self._frame._words = {
            "starting": "TensorBoard is starting.",
            "running": f"TensorBoard runs on port {snapshot.port}.",
            "stopped": "TensorBoard is stopped. Press Start to see the runs again.",
        }.get(snapshot.status, "TensorBoard is not running. Press Start.")
        through = proxy_is_likely()
        self._frame._place = (
            {}
            if snapshot.port is None
            else {"port": snapshot.port, "proxy": through, "page": self._page, "runs": runs_to_show(names)}
        )

    def __repr__(self) -> str:
        where = f"at {self.address}, process {self.pid}" if self.address else "not running"
        return f"TensorBoardLab on {str(self.directory)!r}: {where}"


def proxy_is_likely() -> bool:
    """Whether Jupyter's server can be expected to pass pages on: behind a hub, or with the package installed."""
    return "JUPYTERHUB_SERVICE_PREFIX" in os.environ or (
        importlib.util.find_spec("jupyter_server_proxy") is not None
    )


def runs_to_show(names: Sequence[str]) -> str:
    """What TensorBoard's filter of runs begins with, so that something is seen; empty: no filter.

    Of more than 40 runs its page of scalars selects none, and shows empty axes. A run of tuningkit or Keras is three
    of them: its two curves, and the folder itself with hyperparameters and histograms.

    Args:
        names: The runs, as TensorBoard calls them.

    Example:
        >>> runs_to_show([f"{run}/{part}" for run in range(30) for part in ("train", "validation")])
        'validation$'
    """
    if len(names) <= MOST_RUNS:
        return ""
    for kept in ("(train|validation)$", "validation$"):
        if 0 < sum(re.search(kept, name) is not None for name in names) <= MOST_RUNS:
            return kept
    return ""


def _in_words(snapshot: BoardSnapshot, directory: Path, runs: int, shown: str) -> str:
    folder = f"<code>{html.escape(str(directory))}</code>"
    if snapshot.error is not None:
        return state_html(snapshot.status, "", snapshot.error, start="", again="Press Start to try again.")
    text = {
        "starting": f"TensorBoard is starting on {folder}. This takes a few seconds.",
        "running": f"TensorBoard runs on {folder}: port {snapshot.port}, process {snapshot.pid}. "
        "It looks for new runs every two seconds.",
        "stopped": f"TensorBoard is stopped. Press <b>Start</b> to see {folder} again.",
    }[snapshot.status]
    if runs > MOST_RUNS:
        text += (
            f" Of more than {MOST_RUNS} runs its page of scalars selects none by itself. There are {runs}, so "
            + (f"its filter of runs begins as <code>{shown}</code>." if shown else "tick some at the left.")
        )
    return f"<div>{text}</div>"
