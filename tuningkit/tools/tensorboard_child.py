"""TensorBoard's server in a process of its own, which ends when the one that started it does.

Run as a file, by :mod:`tuningkit.tools.tensorboard_server`, so that nothing of tuningkit or TensorFlow is loaded.
"""

from __future__ import annotations

import io
import json
import os
import sys
import threading
import types
import zipfile


def main(arguments: list[str]) -> None:
    """Serve until standard input is closed, which happens however the other process ends.

    Args:
        arguments: As of the command ``tensorboard``.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # TensorBoard's own switch for its small stand-in of TensorFlow: the real one takes ten seconds and 300 MB, and
    # is used for nothing that is shown here.
    sys.modules["tensorboard.compat.notf"] = types.ModuleType("tensorboard.compat.notf")
    from tensorboard import assets, default, program

    files = assets.get_default_assets_zip_provider()
    board = program.TensorBoard(default.get_plugins(), lambda: _with_own_fonts(files()))
    board.configure(argv=["tensorboard", *arguments])
    address = board.launch()
    print(json.dumps({"address": address}), flush=True)
    threading.Event().wait()


def _with_own_fonts(files: io.BufferedIOBase) -> io.BytesIO:
    """TensorBoard's page files, with its fonts looked for beside the page.

    The page asks for them at the root of the server, which is not TensorBoard's behind a proxy.
    """
    made = io.BytesIO()
    with zipfile.ZipFile(files) as before, zipfile.ZipFile(made, "w") as after:
        for one in before.infolist():
            content = before.read(one)
            if one.filename.endswith(".html"):
                content = content.replace(b"url(/font-roboto/", b"url(font-roboto/")
            after.writestr(one.filename, content)
    made.seek(0)
    return made


def _end_with_parent() -> None:
    # Below Python's own buffer, whose lock would be held while the interpreter ends.
    while os.read(sys.stdin.fileno(), 1024):
        pass
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
