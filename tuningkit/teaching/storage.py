"""One JSON file that several notebooks write at once and that no fault may cost a learner."""

from __future__ import annotations

import errno
import glob
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

VERSION = 1
_FORMAT = "tuningkit progress"
_MAPPINGS = ("predictions", "quizzes", "exercises", "challenges")


class DamagedFileError(Exception):
    """The file is there, but it is not a progress file that can be read."""


class NewerFileError(Exception):
    """The file was written by a newer version of tuningkit."""


def empty() -> dict[str, Any]:
    """The content of a progress file in which nothing is recorded yet."""
    return {"format": _FORMAT, "version": VERSION, "lessons": {}}


def parse(text: str) -> dict[str, Any]:
    """Read the text of a progress file and check its form.

    Args:
        text: The whole file.

    Returns:
        The content.

    Raises:
        DamagedFileError: It is not JSON, or has another form.
        NewerFileError: Its version number is above `VERSION`.
    """
    try:
        # JSON knows no NaN; a file that another tool wrote may hold one, and it must not make ours
        # unwritable.
        data = json.loads(text, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise DamagedFileError(f"it is not valid JSON ({error})") from error
    version = data.get("version") if isinstance(data, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise DamagedFileError("it has no version number")
    if version > VERSION:
        raise NewerFileError(f"version {version}")
    lessons = data.get("lessons")
    if not isinstance(lessons, dict) or not all(_is_lesson(lesson) for lesson in lessons.values()):
        raise DamagedFileError("its lessons have another form than tuningkit writes")
    return data


def _is_lesson(lesson: Any) -> bool:
    if not isinstance(lesson, dict):
        return False
    sections = [lesson.get(name, {}) for name in _MAPPINGS]
    runs = lesson.get("runs", [])
    return (
        all(isinstance(section, dict) for section in sections)
        and all(isinstance(entry, dict) for section in sections for entry in section.values())
        and isinstance(runs, list)
        and all(isinstance(run, dict) for run in runs)
    )


def _as_bytes(data: dict[str, Any]) -> bytes:
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        # A lone surrogate (half of a character that was cut in two) has no UTF-8 form; its escape has.
        return (json.dumps(data, indent=2, allow_nan=False) + "\n").encode("ascii")


class ProgressFile:
    """Reads and changes the file; every change is one lock, one read, one edit and one atomic replacement.

    Args:
        path: The file. Its folder is made when the first change is written.
    """

    def __init__(self, path: Path) -> None:
        # A link (progress kept in a synchronised folder) must stay a link: replace what it points to.
        self.path = Path(os.path.realpath(path))

    def read(self) -> dict[str, Any]:
        """The content, or `empty()` where there is no file.

        Returns:
            A dictionary that the caller may change.

        Raises:
            DamagedFileError: The file cannot be understood.
            NewerFileError: A newer version of tuningkit wrote it.
            OSError: The file is there but cannot be opened.
        """
        if self.path.exists() and not self.path.is_file():
            # A pipe would be waited for without end, and a device must not be replaced.
            raise OSError(errno.EINVAL, "there is something in its place that is no file")
        try:
            raw = self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return empty()
        try:
            # Editors on Windows put a byte-order mark in front; utf-8-sig takes it away.
            return parse(raw.decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise DamagedFileError("it is not UTF-8 text") from error

    def change(
        self, edit: Callable[[dict[str, Any]], None], last_good: dict[str, Any], timeout: float
    ) -> tuple[dict[str, Any], str]:
        """Apply `edit` to what the file holds now and write the result.

        Args:
            edit: Changes the content in place.
            last_good: What to go on from if the file turns out to be damaged.
            timeout: Seconds to wait while another notebook writes.

        Returns:
            The new content, and a message if a damaged file was set aside (else empty).

        Raises:
            NewerFileError: A newer version of tuningkit wrote the file; it was left alone.
            OSError: The folder or file cannot be written, or the lock was not free in time.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(self.path.with_name(self.path.name + ".lock"), timeout=timeout):
            message = ""
            try:
                data = self.read()
            except DamagedFileError as error:
                aside = self._set_aside()
                data = deepcopy(last_good)
                message = (
                    f"The progress file was damaged: {error}. It is kept as {aside}, and a new one was begun."
                )
            edit(data)
            self._clear_halves()
            self._replace(data)
        return data, message

    def _clear_halves(self) -> None:
        """Remove what writers left that were killed; whoever holds the lock is the only one alive."""
        for half in self.path.parent.glob(f"{glob.escape(self.path.name)}.*.tmp"):
            with suppress(OSError):
                half.unlink()

    def _set_aside(self) -> Path:
        stamp = datetime.now().astimezone().strftime("%Y%m%d-%H%M%S")
        name = f"{self.path.stem}.damaged-{stamp}"
        target = self.path.with_name(name + self.path.suffix)
        number = 1
        while target.exists():
            number += 1
            target = self.path.with_name(f"{name}-{number}{self.path.suffix}")
        self.path.rename(target)
        return target

    def _replace(self, data: dict[str, Any]) -> None:
        content = _as_bytes(data)
        handle, name = tempfile.mkstemp(prefix=self.path.name + ".", suffix=".tmp", dir=self.path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self.path)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
