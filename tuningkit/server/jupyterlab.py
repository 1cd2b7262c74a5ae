"""JupyterLab, started on a folder of lessons, with a calm terminal and a clean end."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_server.serverapp import ServerApp

_FIRST_LESSON = "00_start_here.ipynb"
# Turns off the question about JupyterLab's news, which would cover the first lesson, and the check for updates.
_CONFIG = Path(__file__).parent / "config"
# Cleaning up waits for kernels, each of which may be in the middle of a long computation.
_PATIENCE_SECONDS = 15


@dataclass(frozen=True)
class Page:
    """What a server shows first, if it is not the first lesson.

    Attributes:
        path: Path of the address, from its first slash on.
        words: What is printed above the address.
        options: More options for the server, as on its command line.
    """

    path: str
    words: str
    options: tuple[str, ...] = ()


def open_lab(
    folder: Path, *, port: int = 8888, ip: str = "localhost", browser: bool = True, page: Page | None = None
) -> int:
    """Serve a folder in JupyterLab until Ctrl-C.

    The access token stays on. A port that is taken moves on to the next free one. As root (in a container) the
    server starts as well. News, update checks and package installation from the browser are off, so that a
    closed network causes no errors.

    Args:
        folder: The folder to open.
        port: First port to try, 1 to 65535.
        ip: Address to listen on; "0.0.0.0" makes a container reachable from outside.
        browser: Whether to open a browser; the address is printed in any case.
        page: What is shown first; the first lesson if left out.

    Returns:
        Exit code: 0 after Ctrl-C or a shutdown from the browser's menu.
    """
    # While the server is being put together there is nothing to save, and a KeyboardInterrupt raised somewhere
    # inside an import can be swallowed there: Ctrl-C ends the process at once.
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    import zmq
    from jupyterlab.labapp import LabApp

    paths = [str(_CONFIG), *filter(None, [os.environ.get("JUPYTER_CONFIG_PATH")])]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(paths)
    if page is None:
        first = f"/lab/tree/{_FIRST_LESSON}" if (folder / _FIRST_LESSON).is_file() else "/lab"
        page = Page(first, f"The lessons are open in JupyterLab. Your folder: {folder}")
    server = LabApp.initialize_server(
        argv=[
            f"--ServerApp.root_dir={folder}",
            f"--ServerApp.port={port}",
            f"--ServerApp.ip={ip}",
            f"--ServerApp.open_browser={browser}",
            f"--LabApp.open_browser={browser}",
            f"--LabApp.default_url={page.path}",
            "--ServerApp.allow_root=True",
            "--Application.log_level=ERROR",
            "--LabApp.extension_manager=readonly",
            # Other users of a shared machine cannot listen in, and the kernel has nothing to warn about.
            f"--KernelManager.transport_encryption={'auto' if zmq.has('curve') else 'disabled'}",
            # Voilà, which is in the same server, hands out pictures beside a notebook without asking for the token.
            "--VoilaConfiguration.file_denylist=.*",
            *page.options,
        ]
    )
    server.log.addFilter(_without_address)
    # Jupyter's own handler asks "Shut down?" first, and is missing altogether where there is no terminal.
    signal.signal(signal.SIGINT, lambda *_: _stop(server))
    _print_address(server, page.words)
    server.start()
    print(f"Stopped. What you saved is in {folder}", flush=True)
    return 0


def should_open_browser(
    environment: Mapping[str, str] | None = None, platform: str = sys.platform, root: Path = Path("/")
) -> bool:
    """Tell whether a browser opened from here would appear in front of the learner.

    Args:
        environment: Environment variables; the process's own if left out.
        platform: As `sys.platform`.
        root: Root of the file system, where containers leave their marks.

    Returns:
        False in a container, over SSH, and on Linux without a display.
    """
    environment = os.environ if environment is None else environment
    marks = ("/.dockerenv", "/run/.containerenv")
    if any((root / mark.lstrip("/")).exists() for mark in marks) or "KUBERNETES_SERVICE_HOST" in environment:
        return False
    if "SSH_CONNECTION" in environment:
        return False
    if platform.startswith("linux"):
        return bool(environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"))
    return True


def _print_address(server: ServerApp, words: str) -> None:
    address = server.local_url if server.ip == "localhost" else server.connect_url
    print(f"\n{words}", flush=True)
    print(f"\n    {address}\n\nTo stop: Ctrl-C here.\n", flush=True)


def _without_address(record: logging.LogRecord) -> bool:
    """Drop Jupyter's own, longer message with the address: ours has been printed."""
    return "token=" not in record.getMessage()


def _stop(server: ServerApp) -> None:
    """Stop at once and without asking; a second Ctrl-C, or kernels that will not end, end the process."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(130))
    print("\nStopping.", flush=True)
    server.stop(from_signal=True)
    threading.Thread(target=_give_up_later, daemon=True).start()


def _give_up_later() -> None:
    time.sleep(_PATIENCE_SECONDS)
    os._exit(130)
