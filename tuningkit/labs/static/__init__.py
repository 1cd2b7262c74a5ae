"""The browser halves of the widgets, and the one wire format that Python and JavaScript share."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

_FOLDER = Path(__file__).parent


def static_text(*names: str) -> str:
    """The texts of files of this folder, one after the other, without indentation and whole-line comments.

    Every widget in a page carries its own copy, so what only people read stays here.

    Args:
        names: File names, in the order in which the browser shall read them.

    Returns:
        One text, the files separated by a line break.

    Raises:
        FileNotFoundError: A name is not a file of this folder.

    Example:
        >>> class Chart(anywidget.AnyWidget):
        ...     _esm = static_text("common.js", "chart.js")
        ...     _css = static_text("theme.css", "chart.css")
    """
    texts = [(_FOLDER / name).read_text(encoding="utf-8") for name in names]
    lines = (line.strip() for text in texts for line in text.splitlines())
    return "\n".join(line for line in lines if line and not _is_comment(line))


def pack_frame(header: Mapping[str, Any], arrays: Iterable[np.ndarray] = ()) -> bytes:
    r"""One snapshot for a widget as a single value, so that numbers and their description cannot be parted.

    The form is: the header's length (uint32, little-endian), the header (JSON, padded with spaces so that the
    numbers start at a multiple of four), then all numbers as little-endian float32. `unpackFrame` in
    `common.js` reads it.

    Args:
        header: What the numbers mean; plain JSON values, no NaN.
        arrays: Arrays of any shape, written one after the other in C order.

    Returns:
        The bytes for a `traitlets.Bytes` trait.

    Raises:
        ValueError: The header holds NaN or infinity, which JSON cannot carry.
        TypeError: The header holds something that JSON cannot carry.

    Example:
        >>> pack_frame({"lengths": [2]}, [np.array([0.5, 0.25])])[-8:]
        b'\x00\x00\x00?\x00\x00\x80>'
    """
    text = json.dumps(dict(header), allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    # Far beyond float32 means infinite for a picture: say nothing about it.
    with np.errstate(over="ignore"):
        numbers = b"".join(np.ascontiguousarray(array, dtype="<f4").tobytes() for array in arrays)
    return len(text).to_bytes(4, "little") + text + numbers


def unpack_frame(frame: bytes) -> tuple[dict[str, Any], np.ndarray]:
    """What `pack_frame` packed: the header, and all numbers as one float32 array of shape (count,).

    Args:
        frame: Bytes made by `pack_frame`.

    Returns:
        The header and the numbers; `({}, empty)` for empty bytes, the state before the first frame.

    Example:
        >>> unpack_frame(pack_frame({"a": 1}, [np.array([2.0])]))
        ({'a': 1}, array([2.], dtype=float32))
    """
    if not frame:
        return {}, np.empty(0, np.float32)
    start = 4 + int.from_bytes(frame[:4], "little")
    return json.loads(frame[4:start]), np.frombuffer(frame, "<f4", offset=start)


def _is_comment(line: str) -> bool:
    return line.startswith("//") or (line.startswith("/*") and line.endswith("*/"))
